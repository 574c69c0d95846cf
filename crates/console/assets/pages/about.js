// Account > About: version and health, who you are here, the configuration file, and where things are described.

import { address, make } from "../api.js";
import { ROOT } from "../router.js";
import { useMay, useSession } from "../session.js";
import { html, useState } from "../view.js";
import { Button, Facts, Failure, Heading, Time } from "../parts/page.js";
import { useThing } from "../parts/table.js";

const GUIDES = [
  ["connect-entra-id", "Twelve actions in the Entra admin centre, and what confirms each"], ["policies", "Rules, the tester, replay, explanations"], ["provisioning", "SCIM from Entra ID, and the drift report"],
  ["origins", "Where requests go: several origins, TLS, limits"], ["console", "This console, its administrators and the local door"], ["operate", "Limits, certificates, warnings, backup, logs, metrics"], ["api", "The API, and programs that speak v4"],
];

export default function About() {
  const session = useSession();
  const { thing: health, error, again } = useThing("~/doorward/health");
  const may = useMay("account");
  return html`
    <${Heading} title="About" />
    ${error && html`<${Failure} error=${error} again=${again} />`}
    <${Facts} rows=${[
    ["doorward", health?.version], ["Licence", "Apache License 2.0"], ["Store", health?.store], ["Configuration", health && `version ${health.configuration_version}`],
    ["Decisions not written down", health && String(health.dropped_access_records)],
    ["Account", html`<code>${session.account.id}</code>`], ["Team domain", location.host], ["API", html`<code>${location.origin}/client/v4</code>`],
  ]} />
    <h2>You</h2>
    <${Facts} rows=${[
    ["Name", session.name], ["In the audit log", html`<code>${session.actor}</code>`], ["Role", session.role === "read_only" ? "read only" : "administrator"],
    ["Until", html`<${Time} at=${session.expires_at} />`],
  ]} />
    ${may && html`<h2>Configuration file</h2><${Reload} />`}
    <h2>Where things are described</h2>
    <p>Every page uses documented operations only: <a href=${address("/openapi.json")} target="_blank">the description of the API</a> (OpenAPI), for a program: <a href="${ROOT}/account/tokens/add">a token</a>.
      Origins check signatures with <a href="/cdn-cgi/access/certs" target="_blank">the public keys</a>.</p>
    <p>The guides come with doorward, in <code>docs/guides</code>:</p>
    <dl class="facts">${GUIDES.map(([file, text]) => html`<div key=${file}><dt><code>${file}.md</code></dt><dd>${text}</dd></div>`)}</dl>`;
}

/** Reads the server's configuration file anew: all of it, or nothing when anything in it is faulty. */
function Reload() {
  const [state, setState] = useState({ busy: false, done: null, error: null });
  const go = async () => {
    setState({ busy: true, done: null, error: null });
    try {
      setState({ busy: false, done: (await make("~/doorward/reload")).result, error: null });
    } catch (error) {
      setState({ busy: false, done: null, error });
    }
  };
  const names = (list) => (list.length > 0 ? list.join(", ") : "nothing");
  return html`
    <p>Certificates, trusted peers, alerts, log levels and retention follow without a restart; no connection is dropped.</p>
    <p><${Button} off=${state.busy} onClick=${go}>${state.busy ? "Reading …" : "Read it anew"}<//></p>
    <div role="status">
      ${state.error && html`<${Failure} error=${state.error} />`}
      ${state.done && html`<${Facts} rows=${[["Different now", names(state.done.changed)], ["After a restart", names(state.done.needs_restart)], ["Certificate files", state.done.certificate_files_changed ? "changed" : "as before"]]} />`}
    </div>`;
}
