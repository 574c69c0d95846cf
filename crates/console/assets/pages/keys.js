// Account > Keys: what signs the tokens that origins check, and how often it changes.

import { make } from "../api.js";
import { useMay } from "../session.js";
import { html } from "../view.js";
import { Confirmed } from "../parts/dialog.js";
import { saved } from "../parts/editing.js";
import { Form, useForm, Whole } from "../parts/form.js";
import { Copy, Facts, Failure, Heading, Time, Waiting } from "../parts/page.js";
import { useThing } from "../parts/table.js";
import { toast } from "../parts/toasts.js";

const PATH = "~/access/keys";
const LEAD = "What signs the tokens of sessions. Origins that check signatures read the public halves at the address below and meet a new key by themselves.";

export default function Keys() {
  const { thing, error, again, setThing } = useThing(PATH);
  return html`
    <${Heading} title="Keys" lead=${LEAD} />
    <${Copy} label="Public keys (JWKS)" value="${location.origin}/cdn-cgi/access/certs" hint="For origins that check Cf-Access-Jwt-Assertion. Issuer: ${location.origin}; audience: the application's aud." />
    ${error && html`<${Failure} error=${error} again=${again} />`}
    ${!thing && !error && html`<${Waiting} what="the keys" />`}
    ${thing && html`<${Edit} stored=${thing} setStored=${setThing} />`}`;
}

const valuesOf = (stored) => ({ key_rotation_interval_days: stored.key_rotation_interval_days });

function Edit({ stored, setStored }) {
  const may = useMay("organization");
  const take = (now) => {
    setStored(now);
    form.reset(valuesOf(now));
  };
  const form = useForm(valuesOf(stored), async (values) => {
    await saved({ path: PATH, body: values, form, take, part: valuesOf });
    toast("Saved.");
  }, stored);
  const rotate = async () => {
    setStored((await make(`${PATH}/rotate`)).result);
    toast("There is a new key.");
  };
  return html`
    <${Facts} rows=${[["Made", html`<${Time} at=${stored.last_key_rotation_at} />`], ["Next one in", `${stored.days_until_next_rotation} days`]]} />
    <${Form} form=${form} hideButton=${!may}>
      <${Whole} form=${form} at="/key_rotation_interval_days" label="A new key every" unit="days" hint="21 to 365." />
    <//>
    ${may && html`<section aria-labelledby="now"><h2 id="now">Now</h2>
      <${Confirmed} label="Make a new key now" title="Make a new signing key?" act=${rotate}>
        <p>New tokens are signed with it at once. Nobody is signed out: the former key stays published for a week.</p><//></section>`}`;
}
