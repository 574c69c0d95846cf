// One application: settings, origin, policies, and its end.

import { make, remove } from "../api.js";
import { go, ROOT } from "../router.js";
import { useMay } from "../session.js";
import { html } from "../view.js";
import { KINDS } from "./applications.js";
import { useLoginMethods } from "../parts/app_fields.js";
import { Streams, Upstream } from "../parts/app_origin.js";
import { AppPolicies } from "../parts/app_policies.js";
import { Settings } from "../parts/app_settings.js";
import { Confirmed } from "../parts/dialog.js";
import { addressOf } from "../parts/first_run.js";
import { Facts, Failure, Heading, Jump, Time, Waiting } from "../parts/page.js";
import { useThing } from "../parts/table.js";
import { toast } from "../parts/toasts.js";

export default function Application({ params }) {
  const path = `~/access/apps/${params.id}`;
  const { thing: app, error, again, setThing } = useThing(path);
  if (error && !app) return html`<${Heading} title="Application" back=${["/access/applications", "Applications"]} /><${Failure} error=${error} again=${again} />`;
  if (!app) return html`<${Waiting} what="the application" />`;
  return html`<${Loaded} key=${app.id} app=${app} path=${path} setApp=${setThing} />`;
}

const hosted = (type) => type === "self_hosted";
const SECTIONS = [
  ["policies", "Policies", (type) => type !== "bookmark"], ["settings", "Settings"], ["origin", "Origin", hosted], ["streams", "Open streams", hosted],
  ["sessions", "Sessions", (type, may) => hosted(type) && may], ["end", "Remove", (_, may) => may],
];

function Loaded({ app, path, setApp }) {
  const may = useMay("apps");
  const idps = useLoginMethods();
  const opens = app.type === "self_hosted" ? addressOf(app) : app.type === "app_launcher" && "/";
  return html`
    <${Heading} title=${app.name || app.domain} back=${["/access/applications", "Applications"]}>
      <a class="button quiet" href="${ROOT}/team/access?app=${app.id}">Who may open it</a>
      ${opens && html`<a class="button quiet" href=${opens} target="_blank" rel="noreferrer">Open it</a>`}<//>
    <${Jump} sections=${SECTIONS.filter(([, , fits]) => !fits || fits(app.type, may))} />
    <${Facts} rows=${[["Kind", KINDS[app.type] ?? app.type], ["Id", html`<code>${app.id}</code>`], ["Audience (aud)", html`<code class="long">${app.aud}</code>`], ["Changed", html`<${Time} at=${app.updated_at} />`]]} />
    ${app.type !== "bookmark" && html`
      <section aria-labelledby="policies"><h2 id="policies">Policies</h2><${AppPolicies} app=${app} path=${path} setApp=${setApp} /></section>`}
    <section aria-labelledby="settings"><h2 id="settings">Settings</h2><${Settings} app=${app} path=${path} setApp=${setApp} idps=${idps} /></section>
    ${app.type === "self_hosted" && html`
      <section aria-labelledby="origin"><h2 id="origin">Origin</h2><${Upstream} app=${app} /></section>
      <section aria-labelledby="streams"><h2 id="streams">Open streams</h2><${Streams} app=${app} /></section>`}
    ${app.type === "self_hosted" && html`<${Revoke} app=${app} path=${path} />`}
    ${may && html`
      <section aria-labelledby="end"><h2 id="end">Remove</h2>
        <${Confirmed} label="Remove this application" title="Remove ${app.name}?" act=${async () => {
    await remove(path);
    toast(`${app.name} was removed.`);
    go("/access/applications");
  }}><p>Its address answers with a 404 page from then on; open connections are cut, and policies that are its own go with it.</p><//></section>`}`;
}

/** Ends what the application's tokens let in; who may in signs in again. */
function Revoke({ app, path }) {
  const [revokes, writes] = [useMay("revoke"), useMay("apps")];
  if (!revokes && !writes) return null;
  return html`
    <section aria-labelledby="sessions"><h2 id="sessions">Sessions</h2>
      <p class="hint">Everybody's sign-in to this application, not their sign-in elsewhere.</p>
      <${Confirmed} label="End all sessions of this application" title="End everybody's session of ${app.name}?" act=${async () => {
    await make(`${path}/revoke_tokens`);
    toast("They have ended. Open connections are cut.");
  }}><p>Tokens that were given out so far are worthless at once, and open connections are cut. Who may in gets a new one without noticing, as long as the sign-in itself lives.</p><//></section>`;
}
