// One service token: its name and life, a new secret, more time, its end.

import { call, make } from "../api.js";
import { go } from "../router.js";
import { useMay } from "../session.js";
import { html, useState } from "../view.js";
import { Confirmed } from "../parts/dialog.js";
import { saved } from "../parts/editing.js";
import { Form, useForm } from "../parts/form.js";
import { Facts, Failure, Heading, Time, Waiting } from "../parts/page.js";
import { Secret, State, TokenFields } from "../parts/service_token_fields.js";
import { useThing } from "../parts/table.js";
import { toast } from "../parts/toasts.js";
import { Removal, Uses } from "../parts/uses.js";

const BACK = ["/access/service-tokens", "Service tokens"];
const GRACES = [[0, "No longer: it ends at once"], [3600, "For another hour"], [86_400, "For another day"], [604_800, "For another week"]];

export default function ServiceToken({ params }) {
  const path = `~/access/service_tokens/${params.id}`;
  const { thing, error, again, setThing } = useThing(path);
  if (error && !thing) return html`<${Heading} title="Service token" back=${BACK} /><${Failure} error=${error} again=${again} />`;
  if (!thing) return html`<${Waiting} what="the service token" />`;
  return html`<${Loaded} key=${thing.id} token=${thing} path=${path} setToken=${setThing} />`;
}

function Loaded({ token, path, setToken }) {
  const may = useMay("serviceTokens");
  const [secret, setSecret] = useState(null);
  const { id, name, duration } = token;
  const form = useForm({ id, name, duration }, async (values) => {
    const take = (now) => {
      setToken(now);
      form.reset({ id, name: now.name, duration: now.duration });
    };
    await saved({ path, body: values, form, take });
    toast("Saved.");
  }, token);
  const switched = async (enabled) => {
    setToken((await call("PUT", path, { body: { enabled } })).result);
    toast(enabled ? "The token works again." : "The token is revoked.");
  };
  const refresh = async () => {
    setToken((await make(`${path}/refresh`)).result);
    toast("It has its whole time before it again.");
  };
  return html`
    <${Heading} title=${name} back=${BACK} />
    ${secret && html`<div class="form"><${Secret} token=${secret} /></div>`}
    <${Facts} rows=${[
    ["State", html`<${State} token=${token} />`], ["Client ID", html`<code>${token.client_id}</code>`], ["Ends", token.expires_at ? html`<${Time} at=${token.expires_at} />` : "never"],
    ["Last used", html`<${Time} at=${token.last_seen_at} />`], ["Secret", `version ${token.client_secret_version}`],
    ["Former secret works until", token.previous_client_secret_expires_at && new Date(token.previous_client_secret_expires_at) > new Date() && html`<${Time} at=${token.previous_client_secret_expires_at} />`],
    ["Made", html`<${Time} at=${token.created_at} />`],
  ]} />
    <section aria-labelledby="settings"><h2 id="settings">Settings</h2>
      <${Form} form=${form} hideButton=${!may}><${TokenFields} form=${form} /><//></section>
    ${may && html`
      <section aria-labelledby="secret"><h2 id="secret">Secret and time</h2>
        <${Rotate} path=${path} name=${name} take=${(now) => {
    const { client_secret: _, ...rest } = now;
    setToken(rest);
    setSecret(now);
  }} />
        ${token.expires_at && html`<p><button type="button" onClick=${() => refresh().catch((error) => toast(error.message))}>Refresh</button> <span class="hint">Its time begins anew; the secret stays.</span></p>`}
      </section>`}
    <section aria-labelledby="uses"><h2 id="uses">Where it is used</h2><${Uses} query=${{ service_token_id: id }} none="No policy names it. It opens only what “any valid service token” opens." /></section>
    ${may && html`
      <section aria-labelledby="end"><h2 id="end">Revoke or remove</h2><div class="actions">
        ${token.enabled ? html`<${Confirmed} label="Revoke" title="Revoke ${name}?" act=${() => switched(false)}><p>Programs that use it are refused from their next request on, and their open connections are cut. Rules that name it stay, and it can be made to work again.</p><//>`
    : html`<button type="button" onClick=${() => switched(true).catch((error) => toast(error.message))}>Let it work again</button>`}
        <${Removal} path=${path} query=${{ service_token_id: id }} name=${name} label="Remove" done=${() => {
    toast(`${name} was removed.`);
    go("/access/service-tokens");
  }}><p>Programs that use it are refused from their next request on. This cannot be undone.</p><//>
      </div></section>`}`;
}

/** A new secret, with a choice how long the former one goes on. */
function Rotate({ path, name, take }) {
  const [grace, setGrace] = useState(86_400);
  const act = async () => {
    const body = grace > 0 ? { previous_client_secret_expires_at: new Date(Date.now() + grace * 1000).toISOString() } : {};
    take((await make(`${path}/rotate`, body)).result);
    scrollTo(0, 0);
    toast("There is a new secret.");
  };
  return html`<p><${Confirmed} label="Rotate the secret" title="Rotate the secret of ${name}?" act=${act}>
    <p>There will be a new secret, shown once.</p>
    <div class="field"><label for="grace">The former one works</label>
      <select id="grace" value=${grace} onChange=${(e) => setGrace(Number(e.target.value))}>${GRACES.map(([secs, words]) => html`<option value=${secs} selected=${secs === grace}>${words}</option>`)}</select></div><//></p>`;
}
