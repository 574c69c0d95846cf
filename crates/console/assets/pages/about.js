// Account > About: which doorward this is, who you are in it, and the way to a backup.

import { address } from "../api.js";
import { useSession } from "../session.js";
import { html } from "../view.js";
import { Facts, Heading, Time } from "../parts/page.js";
import { useThing } from "../parts/table.js";

export default function About() {
  const session = useSession();
  const { thing: health } = useThing("~/doorward/health");
  return html`
    <${Heading} title="About" />
    <${Facts} rows=${[
    ["doorward", health?.version], ["Configuration", health && `version ${health.configuration_version}`], ["Store", health?.store],
    ["Account", html`<code>${session.account.id}</code>`], ["Team domain", location.host],
  ]} />
    <h2>You</h2>
    <${Facts} rows=${[
    ["Name", session.name], ["In the audit log", html`<code>${session.actor}</code>`], ["Role", session.role === "read_only" ? "read only" : "administrator"],
    ["Until", html`<${Time} at=${session.expires_at} />`],
  ]} />
    <h2>Everything here is the API</h2>
    <p>Every page uses documented operations only: <a href=${address("/openapi.json")} target="_blank">their description</a>.</p>`;
}
