// The logged requests decided again, as things stand and as they would be with an edit: who would gain, who would lose.

import { call } from "../api.js";
import { ROOT } from "../router.js";
import { html, useEffect, useRef, useState } from "../view.js";
import { Button, Failure, Time } from "./page.js";

const SPANS = [["1h", "the last hour"], ["24h", "the last 24 hours"], ["168h", "the last 7 days"]];
const PATIENCE_MS = 115_000;
const ROWS = 20;

/** @param {{edit: any}} options `edit` is the edited object as the API takes it; null: nothing that could be replayed yet */
export function Replay({ edit }) {
  const key = JSON.stringify(edit);
  const [since, setSince] = useState("24h");
  const [state, setState] = useState({ busy: false, error: null, answer: null, key: "" });
  const called = useRef(null);
  useEffect(() => () => called.current?.abort(), []);
  const go = async () => {
    called.current?.abort();
    called.current = new AbortController();
    const { signal } = called.current;
    setState({ busy: true, error: null, answer: null, key });
    try {
      const { result } = await call("POST", "~/doorward/policies/replay", { body: { since, with: edit }, signal, patience: PATIENCE_MS });
      setState({ busy: false, error: null, answer: result, key });
    } catch (error) {
      if (!signal.aborted) setState({ busy: false, error, answer: null, key });
    }
  };
  const isOld = state.answer && state.key !== key;
  return html`
    <section class="replay" aria-labelledby="replay">
      <h2 id="replay">Replay against the log</h2>
      <p class="hint">Decides what was logged again, without and with this edit. Nothing is saved by this.</p>
      <div class="row">
        <select aria-label="Which part of the log" value=${since} onChange=${(e) => setSince(e.target.value)}>${SPANS.map(([one, words]) => html`<option value=${one} selected=${one === since}>${words}</option>`)}</select>
        <${Button} disabled=${!edit} off=${state.busy} onClick=${go}>${state.busy ? "Replaying …" : "Replay"}<//>
      </div>
      <div role="status">${isOld ? html`<p class="notice warning">This answer is for an older edit: replay again.</p>` : ""}</div>
      ${state.error && html`<${Failure} error=${state.error} />`}
      ${state.answer && html`<${Answer} answer=${state.answer} />`}
    </section>`;
}

function Answer({ answer }) {
  const left = answer.undecided.reduce((sum, one) => sum + one.count, 0);
  return html`
    <p role="status"><strong>${answer.lost.length.toLocaleString()} would lose, ${answer.gained.length.toLocaleString()} would gain.</strong>
      ${` ${answer.decided.toLocaleString()} of ${answer.decisions.toLocaleString()} decisions since `}<${Time} at=${answer.since} /> were decided again.</p>
    ${!answer.complete && html`<p class="notice warning">The log was longer than what is gone through: it was read up to <${Time} at=${answer.until} />.</p>`}
    <${Side} title="Would lose access" rows=${answer.lost} />
    <${Side} title="Would gain access" rows=${answer.gained} />
    ${left > 0 && html`<details><summary>${left.toLocaleString()} could not be decided again</summary><ul>${answer.undecided.map((one) => html`<li key=${one.reason}>${one.count.toLocaleString()}: ${one.meaning}</li>`)}</ul></details>`}
    ${answer.decisions === 0 && html`<p class="hint">Nobody asked in this time. The tester above looks at everybody, whether they came or not.</p>`}`;
}

function Side({ title, rows }) {
  const [most, setMost] = useState(ROWS);
  if (rows.length === 0) return null;
  const who = (row) => row.email ?? row.service_token ?? "Somebody without a name";
  return html`
    <h3>${title}</h3>
    <ul class="stream">${rows.slice(0, most).map((row, i) => html`<li key=${i}>
      ${row.user_id ? html`<a href="${ROOT}/team/users/${row.user_id}"><bdi>${who(row)}</bdi></a>` : row.service_token_id ? html`<a href="${ROOT}/access/service-tokens/${row.service_token_id}"><bdi>${who(row)}</bdi></a>` : who(row)}
      at <a href="${ROOT}/access/applications/${row.app_id}"><bdi>${row.app ?? row.app_id}</bdi></a>
      <span class="hint">${row.from.policy ? `so far by “${row.from.policy}”` : "so far by no policy"}, then ${row.to.policy ? `by “${row.to.policy}”` : "by none"};
        ${row.count === 1 ? "once" : `${row.count.toLocaleString()} times`}, last <${Time} at=${row.last} />, <a href="${ROOT}/team/logs/decisions/${row.reference}">reference ${row.reference.slice(0, 8)}</a></span></li>`)}</ul>
    ${rows.length > most && html`<button type="button" onClick=${() => setMost(most + ROWS * 5)}>Show more of ${rows.length.toLocaleString()}</button>`}`;
}
