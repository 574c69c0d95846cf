// One application: settings, origin, policies, and its end.

import { make, read, remove } from "../api.js";
import { go } from "../router.js";
import { useMay } from "../session.js";
import { html, useState } from "../view.js";
import { useLoginMethods } from "../parts/app_fields.js";
import { Streams, Upstream } from "../parts/app_origin.js";
import { Settings } from "../parts/app_settings.js";
import { Confirmed } from "../parts/dialog.js";
import { saved } from "../parts/editing.js";
import { Choice, Form, Text, useForm } from "../parts/form.js";
import { Facts, Failure, Heading, Time, Waiting } from "../parts/page.js";
import { Rules } from "../parts/rules.js";
import { useThing } from "../parts/table.js";
import { toast } from "../parts/toasts.js";

export default function Application({ params }) {
  const path = `~/access/apps/${params.id}`;
  const { thing: app, error, again, setThing } = useThing(path);
  if (error && !app) return html`<${Heading} title="Application" back=${["/access/applications", "Applications"]} /><${Failure} error=${error} again=${again} />`;
  if (!app) return html`<${Waiting} what="the application" />`;
  return html`<${Loaded} key=${app.id} app=${app} path=${path} setApp=${setThing} />`;
}

function Loaded({ app, path, setApp }) {
  const may = useMay("apps");
  const idps = useLoginMethods();
  const opens = app.type === "self_hosted" && `https://${app.domain.replace("*", "")}${location.port ? `:${location.port}` : ""}`.replace(/^(https:\/\/[^/]+)(\/.*)(:\d+)$/, "$1$3$2");
  return html`
    <${Heading} title=${app.name || app.domain} back=${["/access/applications", "Applications"]}>
      ${opens && html`<a class="button quiet" href=${opens} target="_blank" rel="noreferrer">Open it</a>`}<//>
    <${Facts} rows=${[["Kind", app.type], ["Id", html`<code>${app.id}</code>`], ["Audience (aud)", html`<code class="long">${app.aud}</code>`], ["Changed", html`<${Time} at=${app.updated_at} />`]]} />
    <section aria-labelledby="settings"><h2 id="settings">Settings</h2><${Settings} app=${app} path=${path} setApp=${setApp} idps=${idps} /></section>
    ${app.type === "self_hosted" && html`
      <section aria-labelledby="origin"><h2 id="origin">Origin</h2><${Upstream} app=${app} /></section>
      <section aria-labelledby="streams"><h2 id="streams">Open streams</h2><${Streams} app=${app} /></section>`}
    ${app.type !== "bookmark" && html`
      <section aria-labelledby="policies"><h2 id="policies">Policies</h2><${Policies} app=${app} path=${path} setApp=${setApp} idps=${idps} may=${may} /></section>`}
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
  const may = useMay("revoke") || useMay("apps");
  if (!may) return null;
  return html`
    <section aria-labelledby="sessions"><h2 id="sessions">Sessions</h2>
      <p class="hint">Everybody's sign-in to this application, not their sign-in elsewhere.</p>
      <${Confirmed} label="End all sessions of this application" title="End everybody's session of ${app.name}?" act=${async () => {
    await make(`${path}/revoke_tokens`);
    toast("They have ended. Open connections are cut.");
  }}><p>Tokens that were given out so far are worthless at once, and open connections are cut. Who may in gets a new one without noticing, as long as the sign-in itself lives.</p><//></section>`;
}

const DECISIONS = [["allow", "Allow"], ["deny", "Block"], ["bypass", "Bypass: no check, no log"], ["non_identity", "Service Auth: programs"]];

function Policies({ app, path, setApp, idps, may }) {
  const [edited, setEdited] = useState(null);
  const policies = [...(app.policies ?? [])].sort((a, b) => a.precedence - b.precedence);
  const blank = { name: "", decision: "allow", include: [], require: [], exclude: [] };
  const done = async () => {
    setApp((await read(path)).result);
    setEdited(null);
    toast("Saved. It is in force already.");
  };
  return html`
    <p class="hint">The first one that fits decides; who fits none is refused. Bypass and Service Auth are asked before the others.</p>
    ${policies.length === 0 && html`<p class="notice warning">Without a policy nobody gets in.</p>`}
    <ol class="policies">${policies.map((policy) => html`
      <li key=${policy.id}>
        <strong>${policy.name}</strong> <span class="badge" data-decision=${policy.decision}>${DECISIONS.find(([d]) => d === policy.decision)?.[1] ?? policy.decision}</span>
        ${policy.reusable && html` <span class="badge">reusable</span>`}
        ${may && !policy.reusable && html` <button type="button" onClick=${() => setEdited(policy)}>Edit</button>`}
        ${edited?.id === policy.id && html`<${PolicyForm} key=${policy.id} app=${app} policy=${policy} idps=${idps} done=${done} cancel=${() => setEdited(null)} />`}
      </li>`)}</ol>
    ${may && (edited && !edited.id
    ? html`<${PolicyForm} key="new" app=${app} policy=${blank} idps=${idps} done=${done} cancel=${() => setEdited(null)} />`
    : html`<button type="button" onClick=${() => setEdited(blank)}>Add a policy</button>`)}`;
}

function PolicyForm({ app, policy, idps, done, cancel }) {
  const path = `~/access/apps/${app.id}/policies`;
  const form = useForm({ ...policy, include: policy.include ?? [], require: policy.require ?? [], exclude: policy.exclude ?? [] }, async (values) => {
    if (policy.id) await saved({ path: `${path}/${policy.id}`, seen: policy, body: values, form, take: () => {} });
    else await make(path, values);
    await done();
  });
  const cancelButton = html`<button type="button" onClick=${cancel}>Cancel</button>`;
  return html`
    <div class="card">
      <${Form} form=${form} cancel=${cancelButton}>
        <${Text} form=${form} at="/name" label="Name" hint="People who are refused read it." />
        <${Choice} form=${form} at="/decision" label="What it does" options=${DECISIONS} />
        <${Rules} form=${form} at="/include" label="Include" hint="Whoever fits one of these." idps=${idps} />
        <${Rules} form=${form} at="/require" label="Require" hint="All of these must hold besides." idps=${idps} />
        <${Rules} form=${form} at="/exclude" label="Exclude" hint="None of these may hold." idps=${idps} />
      <//>
    </div>`;
}
