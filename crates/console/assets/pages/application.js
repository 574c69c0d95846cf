// One application: settings, origin, policies, and its end.

import { make, put, read, remove } from "../api.js";
import { go } from "../router.js";
import { useMay } from "../session.js";
import { html, useEffect, useState } from "../view.js";
import { Cookies, Origin, Pages, Sessions, useLoginMethods } from "../parts/app_fields.js";
import { Confirmed } from "../parts/dialog.js";
import { saved } from "../parts/editing.js";
import { Choice, Form, Lines, Text, useForm } from "../parts/form.js";
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
      <section aria-labelledby="origin"><h2 id="origin">Origin</h2><${Upstream} app=${app} /></section>`}
    ${app.type !== "bookmark" && html`
      <section aria-labelledby="policies"><h2 id="policies">Policies</h2><${Policies} app=${app} path=${path} setApp=${setApp} idps=${idps} may=${may} /></section>`}
    ${may && html`
      <section aria-labelledby="end"><h2 id="end">Remove</h2>
        <${Confirmed} label="Remove this application" title="Remove ${app.name}?" act=${async () => {
    await remove(path);
    toast(`${app.name} was removed.`);
    go("/access/applications");
  }}><p>Its address answers with a 404 page from then on; open connections are cut, and policies that are its own go with it.</p><//></section>`}`;
}

const TEXTS = ["logo_url", "custom_deny_message", "custom_deny_url", "same_site_cookie_attribute"];
const valuesOf = (app) => ({ ...app, ...Object.fromEntries(TEXTS.map((name) => [name, app[name] ?? ""])), destinations: (app.destinations ?? []).map((d) => d.uri) });

function bodyOf(values) {
  const body = { ...values };
  if (values.type === "self_hosted") {
    body.destinations = values.destinations.map((uri) => ({ type: "public", uri }));
    body.domain = values.destinations[0];
    delete body.self_hosted_domains;
  } else {
    delete body.destinations;
  }
  for (const name of TEXTS) if (body[name] === "") delete body[name];
  return body;
}

function Settings({ app, path, setApp, idps }) {
  const form = useForm(valuesOf(app), async (values) => {
    const take = (now) => {
      setApp(now);
      form.reset(valuesOf(now));
    };
    await saved({ path, seen: app, body: bodyOf({ ...values, policies: app.policies }), form, take });
    toast("Saved.");
  });
  const hosted = app.type === "self_hosted";
  return html`
    <${Form} form=${form}>
      <${Text} form=${form} at="/name" label="Name" />
      <${Text} form=${form} at="/logo_url" label="Logo" placeholder="https://…" />
      ${hosted && html`<${Lines} form=${form} at="/destinations" label="Public addresses" hint="One a line; the first is the main one." />`}
      ${app.type === "bookmark" && html`<${Text} form=${form} at="/domain" label="Link" />`}
      ${app.type !== "bookmark" && html`<fieldset><legend>Sessions</legend><${Sessions} form=${form} idps=${idps} /></fieldset>`}
      ${app.type !== "app_launcher" && html`<fieldset><legend>Pages and App Launcher</legend><${Pages} form=${form} /></fieldset>`}
      ${hosted && html`<fieldset><legend>Cookie</legend><${Cookies} form=${form} /></fieldset>`}
    <//>`;
}

function Upstream({ app }) {
  const path = `~/doorward/apps/${app.id}/upstream`;
  const [state, setState] = useState(undefined);
  useEffect(() => {
    read(path).then(({ result }) => setState(result), (error) => setState(error.kind === "missing" ? null : error));
  }, [path]);
  if (state === undefined) return html`<${Waiting} what="the origin" />`;
  if (state instanceof Error) return html`<${Failure} error=${state} />`;
  return html`<${UpstreamForm} path=${path} stored=${state} />`;
}

function UpstreamForm({ path, stored }) {
  const form = useForm({ upstream: stored ?? { url: "" } }, async (values) => {
    try {
      const { result } = await put(path, values.upstream);
      form.reset({ upstream: result });
      toast("Saved.");
    } catch (error) {
      error.faults = error.faults?.map((fault) => ({ ...fault, pointer: `/upstream${fault.pointer}` }));
      throw error;
    }
  });
  return html`<${Form} form=${form}>
    ${!stored && html`<p class="notice">Without an origin people who are let in see a page that says so.</p>`}
    <${Origin} form=${form} />
    <${Text} form=${form} at="/upstream/host_header" label="Host header for the origin" hint="Empty: the host that was asked for." />
  <//>`;
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
