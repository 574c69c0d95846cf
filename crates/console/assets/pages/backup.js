// Account > Backup: everything as at one moment, sealed, as a file; and what it takes to restore it.

import { fetchFile } from "../api.js";
import { useMay } from "../session.js";
import { html, useRef, useState } from "../view.js";
import { Button, Failure, Heading } from "../parts/page.js";

const LEAD = "Everything as at one moment, while the server goes on.";
const MIB = 1024 * 1024;

export default function Backup() {
  const may = useMay("backup");
  const [state, setState] = useState({ bytes: null, error: null, done: "" });
  const called = useRef(null);
  const download = async () => {
    called.current = new AbortController();
    setState({ bytes: 0, error: null, done: "" });
    try {
      const file = await fetchFile("~/doorward/backup", called.current.signal, (bytes) => setState((before) => ({ ...before, bytes })));
      const name = `doorward-${new Date().toISOString().slice(0, 19).replaceAll(":", "")}.backup`;
      const link = document.createElement("a");
      link.href = URL.createObjectURL(file);
      link.download = name;
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
      setState({ bytes: null, error: null, done: `${name}, ${(file.size / MIB).toFixed(1)} MiB, was given to the browser.` });
    } catch (error) {
      setState({ bytes: null, error: called.current.signal.aborted ? null : error, done: "" });
    }
  };
  return html`
    <${Heading} title="Backup" lead=${LEAD} />
    <h2>What is in it</h2>
    <ul><li>applications, policies, groups, login methods and every other setting, secrets sealed;</li><li>people, seats, what provisioning sent;</li><li>sessions, API tokens, service tokens;</li><li>decisions, the provisioning log and administrators' changes.</li></ul>
    <p>Not in it: the configuration file, the sealing key, certificates from files and the local authority.</p>
    <h2>Download</h2>
    ${may ? html`
      <div class="actions"><${Button} class="primary" off=${state.bytes !== null} onClick=${download}>Download a backup<//>
        ${state.bytes !== null && html`<button type="button" onClick=${() => called.current.abort()}>Stop</button>`}</div>`
    : html`<p>It needs the permission “Doorward: Backup Read”.</p>`}
    <p role="status">${state.bytes !== null ? `${(state.bytes / MIB).toFixed(1)} MiB so far …` : state.done}</p>
    ${state.error && html`<${Failure} error=${state.error} />`}
    <p class="hint">Each download stands in the audit log. For regular ones, and for large installations, use the command with a token that holds only “Doorward: Backup Read”:</p>
    <pre>doorward backup --api ${location.origin} --token-file token --out doorward.backup</pre>
    <h2>Restore</h2>
    <p><strong>The backup and the sealing key together restore the server; neither does alone.</strong> Keep a copy of the key file apart from the backups. On the machine that takes over, with configuration file and sealing key in their places and no server running:</p>
    <pre>doorward restore --config /etc/doorward/doorward.toml --from doorward.backup</pre>
    <p>Everybody signs in again. Tokens are those of the backup: what was removed or revoked since is there again, so look through API tokens, service tokens and people afterwards.</p>`;
}
