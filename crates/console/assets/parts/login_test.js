// The test of a login method: a real sign-in in a window of its own, whose result comes back here (ruling 30).

import { make, read } from "../api.js";
import { html, useEffect, useRef, useState } from "../view.js";
import { Dialog } from "./dialog.js";

const ASK_AGAIN_MS = 1500;
const WORDS = { waiting: "Waiting for the sign-in in the other window …", passed: "Your connection works!", failed: "The test failed." };

/** @param {{idp: {id: string, name: string}, label?: string}} options */
export function TestButton({ idp, label = "Test" }) {
  const [test, setTest] = useState(null);
  const [error, setError] = useState(null);
  const start = async () => {
    // Opened by the click itself, or the browser would take it for advertising.
    const other = open("", "_blank");
    setError(null);
    try {
      const { result } = await make(`~/doorward/identity_providers/${idp.id}/test`);
      if (other) other.location.replace(result.url);
      setTest(result);
    } catch (refusal) {
      other?.close();
      setError(refusal);
    }
  };
  return html`
    <button type="button" onClick=${start} aria-label="Test ${idp.name}">${label}</button>
    ${error && html`<span class="fault" role="alert">${error.message}</span>`}
    ${test && html`<${Result} idp=${idp} test=${test} close=${() => setTest(null)} />`}`;
}

function Result({ idp, test, close }) {
  const [report, setReport] = useState({ state: "waiting", findings: [] });
  const timer = useRef(0);
  useEffect(() => {
    let isOver = false;
    const ask = async () => {
      try {
        const { result } = await read(`~/doorward/identity_providers/${idp.id}/tests/${test.id}`);
        if (isOver) return;
        setReport(result);
        if (result.state !== "waiting") return;
      } catch {
        // Asked again: the window that is signed in tells more than this one.
      }
      if (!isOver) timer.current = setTimeout(ask, ASK_AGAIN_MS);
    };
    ask();
    return () => {
      isOver = true;
      clearTimeout(timer.current);
    };
  }, [test.id]);
  const person = report.identity;
  return html`
    <${Dialog} title="Test of ${idp.name}" close=${close}>
      <p role="status" class=${`notice ${report.state === "passed" ? "good" : report.state === "failed" ? "bad" : ""}`} data-state=${report.state}>${WORDS[report.state] ?? report.state}</p>
      ${report.state === "waiting" && html`<p>No window opened? <a href=${test.url} target="_blank">Open the test</a>. The address works once and for ten minutes.</p>`}
      ${person && html`<p>${person.name} · ${person.email}</p>`}
      <${Findings} findings=${report.findings ?? []} />
      ${person && html`<details><summary>The identity as policies will see it</summary><pre>${JSON.stringify(person, null, 2)}</pre></details>`}
      <div class="actions"><button type="button" onClick=${close}>Close</button></div>
    <//>`;
}

const SEVERITIES = { fault: "Fault", warning: "Warning", unknown: "Unknown", note: "Note", ok: "In order" };
const ORDER = Object.keys(SEVERITIES);

/** What the doctor or a test found, the worst first; what is in order stands folded. */
export function Findings({ findings }) {
  const sorted = [...findings].sort((a, b) => ORDER.indexOf(a.severity) - ORDER.indexOf(b.severity));
  const [good, others] = [sorted.filter((f) => f.severity === "ok"), sorted.filter((f) => f.severity !== "ok")];
  const item = (f) => html`<li data-severity=${f.severity}><strong>${SEVERITIES[f.severity] ?? f.severity}</strong> ${f.text}${f.fix && " "}
    ${f.fix && html`<span class="hint">To do: ${f.fix}</span>`}${f.link && html` <a href=${f.link} target="_blank" rel="noreferrer">Open</a>`}</li>`;
  return html`
    ${others.length > 0 && html`<ul class="findings">${others.map(item)}</ul>`}
    ${good.length > 0 && html`<details><summary>${good.length} in order</summary><ul class="findings">${good.map(item)}</ul></details>`}`;
}
