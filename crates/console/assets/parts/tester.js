// "Who would get in now": policies as they stand in a form, judged on everybody who is known while somebody edits them.

import { call, read, remove, Refusal } from "../api.js";
import { ROOT } from "../router.js";
import { html, useEffect, useRef, useState } from "../view.js";
import { Dialog } from "./dialog.js";
import { Button, Failure, Waiting } from "./page.js";
import { Judged } from "./why.js";

const TYPING_MS = 700;
const FIRST_LOOK_MS = 100;
const ASK_AGAIN_MS = 400;
const ROWS = 7;
const SIDES = [["success", "would get in", "users_approved"], ["fail", "would not", "users_blocked"], ["error", "cannot be told", "users_errored"]];

const rest = (ms, signal) => new Promise((done, gone) => {
  if (signal.aborted) {
    gone(signal.reason);
    return;
  }
  const timer = setTimeout(done, ms);
  signal.addEventListener("abort", () => {
    clearTimeout(timer);
    gone(signal.reason);
  }, { once: true });
});

/** Runs one test to its end and tells how far it is; a test that is called off is ended on the server, too. */
async function judge(policies, signal, tell) {
  // Not called off under way: whoever does not hear the id cannot end the test.
  const { id } = (await call("POST", "~/access/policy-tests", { body: { policies } })).result;
  let isOver = false;
  try {
    for (let wait = FIRST_LOOK_MS; !isOver; wait = Math.min(wait * 2, ASK_AGAIN_MS)) {
      await rest(wait, signal);
      const { result } = await read(`~/access/policy-tests/${id}`, {}, signal);
      isOver = result.status !== "processing";
      tell(result);
    }
  } finally {
    if (!isOver) remove(`~/doorward/policy-tests/${id}`).catch(() => {});
  }
}

/** What a test's verdicts hang on: not on names. */
const judgedBy = (policies) => JSON.stringify(policies.map((policy) => (typeof policy === "string" ? policy : { ...policy, name: "" })));

/** How far a test is; the last one of a hundred is no percentage, as people may come while they are judged. */
const progress = ({ status, percent_users_processed: percent }) => (status !== "processing" ? "" : percent < 100 ? `Judging … ${percent} %` : "Judging …");

/**
 * Everybody is judged with the first edit, or when somebody asks for it: looking at a page judges nobody.
 * @param {{policies: any[], title?: string, hint?: any, sides?: string[]}} options `policies` as the API takes them: ids or whole ones, in order; none:
 *   nothing to try yet; `sides` are the words for whom they let in, whom they do not, and who cannot be told
 */
export function Tester({ policies, title = "Who would get in now", hint, sides = SIDES.map(([, words]) => words) }) {
  const key = judgedBy(policies);
  const untouched = useRef(key);
  const [isWanted, setWanted] = useState(false);
  const [shown, setShown] = useState(null);
  const [trouble, setTrouble] = useState(null);
  const called = useRef(null);
  const begin = (wait) => {
    called.current?.abort();
    called.current = new AbortController();
    const { signal } = called.current;
    const run = async () => {
      await rest(wait, signal);
      setTrouble(null);
      await judge(policies, signal, (counts) => signal.aborted || setShown({ key, counts }));
    };
    run().catch((error) => signal.aborted || setTrouble(error));
  };
  useEffect(() => {
    if (policies.length > 0 && (isWanted || key !== untouched.current)) {
      setWanted(true);
      begin(TYPING_MS);
    }
    return () => called.current?.abort();
  }, [key]);
  const now = () => {
    setWanted(true);
    setTrouble(null);
    begin(0);
  };
  const isOld = shown && shown.key !== key && policies.length > 0;
  return html`
    <section class="tester" aria-labelledby="tester">
      <h2 id="tester">${title}</h2>
      <p class="hint">${hint ?? "Everybody whom doorward knows, by their last sign-in or by what provisioning sent. Nothing is saved by this."}</p>
      ${policies.length === 0 && html`<p>Add a rule to see who would get in.</p>`}
      ${policies.length > 0 && !isWanted && html`<p><button type="button" onClick=${now}>Judge now</button></p>`}
      <p role="status" class="state" data-old=${Boolean(isOld)}>${trouble ? "" : isOld ? "This is for an older edit. Judging the new one …" : policies.length > 0 && shown ? progress(shown.counts) : ""}</p>
      ${trouble && (trouble instanceof Refusal && trouble.kind === "invalid"
    ? html`<p class="notice" role="status">Not to be judged yet: ${trouble.message}</p>` : html`<${Failure} error=${trouble} again=${now} />`)}
      ${shown && policies.length > 0 && html`<${Result} counts=${shown.counts} isOld=${isOld} sides=${sides} />`}
    </section>`;
}

function Result({ counts, isOld, sides }) {
  const [side, setSide] = useState("success");
  const judged = counts.users_approved + counts.users_blocked + counts.users_errored;
  if (counts.status === "complete" && judged === 0) return html`<p>Nobody is known yet: people appear with their first sign-in, or by provisioning.</p>`;
  return html`
    <div class="result" data-old=${Boolean(isOld)}>
      <div class="sides" role="group" aria-label="Show people who">
        ${SIDES.map(([one, , member], i) => html`<button key=${one} type="button" aria-pressed=${side === one ? "true" : "false"} onClick=${() => setSide(one)}>
          <strong>${counts[member].toLocaleString()}</strong> ${sides[i]}</button>`)}
      </div>
      ${["exceeded time", "blocked"].includes(counts.status) && html`<p class="notice warning">The test ended before everybody was judged.</p>`}
      <${People} key=${`${counts.id}${side}`} test=${counts.id} side=${side} total=${counts[SIDES.find(([one]) => one === side)[2]]} />
    </div>`;
}

function People({ test, side, total }) {
  const [rows, setRows] = useState(null);
  const [error, setError] = useState(null);
  const [page, setPage] = useState(1);
  useEffect(() => {
    const called = new AbortController();
    read(`~/access/policy-tests/${test}/users`, { status: side, per_page: ROWS, page }, called.signal).then(
      ({ result }) => setRows(result), (refusal) => called.signal.aborted || setError(refusal),
    );
    return () => called.abort();
  }, [test, side, total, page]);
  if (error) return error.kind === "missing" ? null : html`<${Failure} error=${error} />`;
  if (!rows) return html`<${Waiting} what="people" />`;
  if (total === 0) return html`<p class="quiet-text">Nobody.</p>`;
  const last = Math.ceil(total / ROWS);
  return html`
    <ul class="stream">${rows.map((person) => html`<${Person} key=${person.id} test=${test} person=${person} />`)}</ul>
    ${last > 1 && html`<nav class="pages" aria-label="Pages of people"><span>${(page - 1) * ROWS + 1} to ${(page - 1) * ROWS + rows.length} of ${total.toLocaleString()}</span>
      <${Button} off=${page <= 1} onClick=${() => setPage(page - 1)}>Previous<//>
      <${Button} off=${page >= last} onClick=${() => setPage(page + 1)}>Next<//></nav>`}`;
}

function Person({ test, person }) {
  const [told, setTold] = useState(null);
  const [error, setError] = useState(null);
  const name = person.name || person.email;
  const ask = () => {
    setError(null);
    read(`~/doorward/policy-tests/${test}/users/${person.id}`).then(({ result }) => setTold(result), setError);
  };
  return html`
    <li class="row"><span class="grow"><bdi>${name}</bdi>${person.name && html` <span class="hint">${person.email}</span>`}</span>
      <button type="button" class="quiet" onClick=${ask} aria-label="Why: ${name}">Why</button>
      ${error && html`<span class="fault" role="alert">${error.message}</span>`}
      ${told && html`
        <${Dialog} title=${name} close=${() => setTold(null)}>
          <${Judged} person=${told} />
          <div class="actions end">${told.registered && html`<a class="button quiet" href="${ROOT}/team/users/${told.id}">${name} in the registry</a>`}<button type="button" onClick=${() => setTold(null)}>Close</button></div>
        <//>`}
    </li>`;
}
