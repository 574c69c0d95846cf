// One API token: what it may do, a new text, its end.

import { put, remove } from "../api.js";
import { go } from "../router.js";
import { useMay } from "../session.js";
import { html, useState } from "../view.js";
import { Confirmed } from "../parts/dialog.js";
import { saved } from "../parts/editing.js";
import { Choice, Form, useForm } from "../parts/form.js";
import { Facts, Failure, Heading, ShownOnce, Time, Waiting } from "../parts/page.js";
import { useThing } from "../parts/table.js";
import { toast } from "../parts/toasts.js";
import { bodyOf, Fields, valuesOf } from "../parts/token_fields.js";

const BACK = ["/account/tokens", "API tokens"];

/** A use is no edit. */
const edited = (token) => {
  const { last_used_on: _, modified_on: __, value: ___, ...values } = valuesOf(token);
  return values;
};

export default function ApiToken({ params }) {
  const path = `~/doorward/api_tokens/${params.id}`;
  const { thing, error, again, setThing } = useThing(path);
  if (error && !thing) return html`<${Heading} title="API token" back=${BACK} /><${Failure} error=${error} again=${again} />`;
  if (!thing) return html`<${Waiting} what="the token" />`;
  return html`<${Loaded} key=${thing.id} token=${thing} path=${path} setToken=${setThing} />`;
}

function Loaded({ token, path, setToken }) {
  const may = useMay("tokens");
  const [value, setValue] = useState("");
  const form = useForm(valuesOf(token), async (values) => {
    const take = (now) => {
      setToken(now);
      form.reset(valuesOf(now));
    };
    await saved({ path, body: bodyOf(values), form, take, part: edited });
    toast("Saved. It is in force already.");
  }, token);
  const roll = async () => {
    const { result } = await put(`${path}/value`, undefined);
    setValue(result.value);
    setToken(result);
  };
  // An expired one is neither on nor off: what is sent back switches nothing.
  const states = [["active", "On"], ["disabled", "Off"], ...(token.status === "expired" ? [["expired", "Expired"]] : [])];
  return html`
    <${Heading} title=${token.name} back=${BACK} />
    <${Facts} rows=${[
    ["Id", html`<code>${token.id}</code>`], ["Made", html`<${Time} at=${token.issued_on} />`], ["Changed", html`<${Time} at=${token.modified_on} />`], ["Last used", html`<${Time} at=${token.last_used_on} />`],
  ]} />
    ${value && html`<${ShownOnce} label="Token" value=${value}>The former text is worthless already: copy the new one to where it is needed.<//>`}
    <${Form} form=${form} hideButton=${!may}>
      <${Choice} form=${form} at="/status" label="State" options=${states} />
      <${Fields} form=${form} />
    <//>
    ${may && html`<section aria-labelledby="end"><h2 id="end">New text, or the end</h2>
      <div class="actions">
        <${Confirmed} label="Give it a new text" title="Give ${token.name} a new text?" act=${roll}><p>The text that programs use now stops at once; the new one is shown this once.</p><//>
        <${Confirmed} label="Remove this token" title="Remove ${token.name}?" act=${async () => {
    await remove(path);
    toast(`${token.name} was removed.`);
    go("/account/tokens");
  }}><p>Every program that uses it is refused from now on.</p><//>
      </div></section>`}`;
}
