// The last decisions as they come: read again while somebody looks, stopped by a button, and told to screen readers in one short sentence.

import { read } from "../api.js";
import { ROOT } from "../router.js";
import { html, useEffect, useRef, useState } from "../view.js";
import { Failure, Time, Waiting } from "./page.js";

const AGAIN_MS = 5000;
const SHOWN = 10;

const words = (came) => {
  const refused = came.filter((d) => !d.allowed).length;
  return `${came.length >= SHOWN ? `${SHOWN} or more` : came.length} new: ${came.length - refused} let in, ${refused} refused.`;
};

export function DecisionStream() {
  const [rows, setRows] = useState(null);
  const [error, setError] = useState(null);
  const [isFollowed, setFollowed] = useState(true);
  const [only, setOnly] = useState("");
  const [news, setNews] = useState("");
  const known = useRef(null);
  useEffect(() => {
    let timer = 0;
    let isOver = false;
    known.current = null;
    const look = async () => {
      try {
        if (document.visibilityState === "visible") {
          const { result } = await read("~/doorward/decisions", { per_page: SHOWN, allowed: only, total: false });
          if (isOver) return;
          const came = known.current ? result.filter((d) => !known.current.has(d.reference)) : [];
          known.current = new Set(result.map((d) => d.reference));
          if (came.length > 0) setNews(words(came));
          setRows(result);
          setError(null);
        }
      } catch (refusal) {
        if (!isOver) setError(refusal);
      }
      if (!isOver && isFollowed) timer = setTimeout(look, AGAIN_MS);
    };
    if (isFollowed || !rows) look();
    return () => {
      isOver = true;
      clearTimeout(timer);
    };
  }, [isFollowed, only]);
  return html`
    <section aria-labelledby="decisions">
      <div class="row"><h2 id="decisions">Decisions</h2>
        <label class="row" for="only">Show <select id="only" value=${only} onChange=${(e) => {
    setRows(null);
    setOnly(e.target.value);
  }}><option value="">all</option><option value="false">refused</option><option value="true">let in</option></select></label>
        <button type="button" aria-pressed=${!isFollowed} onClick=${() => setFollowed(!isFollowed)}>${isFollowed ? "Pause" : "Follow"}</button>
        <a href="${ROOT}/team/logs">All of them</a></div>
      <p class="unseen" role="status">${isFollowed ? news : "Paused."}</p>
      ${error && html`<${Failure} error=${error} />`}
      ${rows === null ? !error && html`<${Waiting} what="decisions" />` : rows.length === 0 ? html`<p>Nobody has asked for anything yet.</p>` : html`
        <ul class="stream">${rows.map((d) => html`<li key=${d.reference} data-allowed=${d.allowed}>
          <span class="badge" data-decision=${d.allowed ? "allow" : "deny"}>${d.allowed ? "let in" : "refused"}</span>${" "}
          <bdi>${d.user_email ?? "somebody"}</bdi> · <bdi>${d.app_name ?? d.host}</bdi> · <${Time} at=${d.created_at} />${" "}
          <a href="${ROOT}/team/logs/decisions/${d.reference}" aria-label="Why: ${d.user_email ?? "somebody"}, ${d.app_name ?? d.host}">Why</a></li>`)}</ul>`}
    </section>`;
}
