// The first steps of a new installation: what is done is read from what is there, so one can leave at any step and go on later.

import { hear, read } from "../api.js";
import { ROOT } from "../router.js";
import { html, useEffect, useState } from "../view.js";

/** Set while somebody walks through the steps in this window; what is done never hangs on it. */
const WALKING = "doorward-first-steps";
/** Set where somebody does not want to see the steps any more. */
const UNWANTED = "doorward-first-steps-hidden";
const AGAIN_MS = 60_000;
/** The name of an installation that was given none. */
const UNNAMED = "doorward";

const count = async (path, query) => (await read(path, { per_page: 1, ...query })).info?.total_count ?? 0;

export function addressOf(app) {
  const [host, ...path] = app.domain.replace(/\*/g, "").split("/");
  return `https://${host}${location.port ? `:${location.port}` : ""}/${path.join("/")}`;
}

const wasAnybodyLetIn = async () => (await read("~/doorward/decisions", { allowed: true, per_page: 1, total: false })).result.length;

/** @returns {Promise<{text: string, isDone: boolean, href: string, isOutside?: boolean}[]>} the steps in order */
async function readSteps() {
  const [organisation, methods, apps, options, console] = await Promise.all([
    read("~/access/organizations"), read("~/access/identity_providers", { per_page: 1 }), read("~/access/apps", { per_page: 50 }),
    read("~/doorward/organization/options"), read("~/doorward/console"),
  ]);
  const app = apps.result.find((one) => one.type === "self_hosted");
  const method = methods.result[0];
  // Who was let in somewhere has signed in; logs are not kept for ever, seats are. The logs are asked only while nobody has, and only when there is something to find.
  const isUsed = options.result.seats_used > 0;
  const [passed, entered] = isUsed ? [1, 1] : await Promise.all([
    method ? count("~/doorward/audit", { action: "identity_provider.test_passed" }) : 0, app ? wasAnybodyLetIn() : 0,
  ]);
  return [
    { text: "Give your team its name", isDone: ![UNNAMED, ""].includes(organisation.result.name), href: "/account" },
    { text: "Add a login method", isDone: Boolean(method), href: "/settings/authentication/add" },
    { text: "Test it", isDone: passed > 0 || isUsed, href: method ? `/settings/authentication/${method.id}` : "" },
    { text: "Protect the first application", isDone: Boolean(app), href: "/access/applications/add" },
    { text: "Open it", isDone: Boolean(app) && (entered > 0 || isUsed), href: app ? addressOf(app) : "", isOutside: true },
    { text: "Name administrators who sign in through your organisation", isDone: console.result !== null, href: "/account/administrators" },
  ];
}

function useSteps(isWanted, key) {
  const [steps, setSteps] = useState(null);
  useEffect(() => {
    if (!isWanted) return undefined;
    let isOver = false;
    let isReading = false;
    let isStale = false;
    const look = async () => {
      if (isOver || document.visibilityState !== "visible") return;
      if (isReading) {
        isStale = true;
        return;
      }
      isReading = true;
      isStale = false;
      try {
        const now = await readSteps();
        if (!isOver) setSteps(now);
        // Nothing is left: nothing is asked any more.
        if (now.every((step) => step.isDone)) end();
      } catch {
        // A step that cannot be read is no reason to disturb anybody: the page below tells what is wrong.
      }
      isReading = false;
      if (isStale) look();
    };
    const deaf = hear((what) => what === "changed" && look());
    const timer = setInterval(look, AGAIN_MS);
    // Whoever comes back from another window may have done a step there.
    const back = [[window, "focus"], [document, "visibilitychange"]];
    back.forEach(([where, what]) => where.addEventListener(what, look));
    const end = () => {
      isOver = true;
      deaf();
      clearInterval(timer);
      back.forEach(([where, what]) => where.removeEventListener(what, look));
    };
    look();
    return end;
  }, [isWanted, key]);
  return steps;
}

function StepLink({ step }) {
  if (!step.href) return step.text;
  const walk = () => sessionStorage.setItem(WALKING, "yes");
  if (step.isOutside) return html`<a href=${step.href} target="_blank" rel="noreferrer" onClick=${walk}>${step.text}</a>`;
  return html`<a href="${ROOT}${step.href}" onClick=${walk}>${step.text}</a>`;
}

/** On the overview: all of them, as long as one is left. */
export function FirstSteps() {
  const [isLeft, setLeft] = useState(localStorage.getItem(UNWANTED) === null);
  const steps = useSteps(isLeft, "");
  const done = steps?.filter((step) => step.isDone).length ?? 0;
  useEffect(() => {
    if (steps && done === steps.length) setLeft(false);
  }, [steps]);
  if (!isLeft || !steps || done === steps.length) return null;
  const next = steps.find((step) => !step.isDone);
  const hide = () => {
    localStorage.setItem(UNWANTED, "yes");
    setLeft(false);
  };
  return html`
    <section class="card first-steps" aria-labelledby="first"><h2 id="first">First steps: ${done} of ${steps.length} done</h2>
      <ol>${steps.map((step) => html`<li key=${step.text} aria-current=${step === next ? "step" : undefined}>
        ${step.isDone ? html`${step.text} <span class="badge">done</span>` : html`<${StepLink} step=${step} />`}</li>`)}</ol>
      <p class="hint">You can leave at any step: this list says where you are, and goes away when everything is done.</p>
      <button type="button" class="quiet" onClick=${hide}>Hide these steps</button>
    </section>`;
}

/** On every other page, for somebody who walks through the steps: the next one. */
export function NextStep({ path }) {
  const [isWalking, setWalking] = useState(false);
  useEffect(() => setWalking(path !== "/" && sessionStorage.getItem(WALKING) !== null), [path]);
  const steps = useSteps(isWalking, path);
  if (!isWalking || !steps) return null;
  const leave = () => {
    sessionStorage.removeItem(WALKING);
    setWalking(false);
  };
  const next = steps.find((step) => !step.isDone);
  const done = steps.filter((step) => step.isDone).length;
  return html`
    <aside class="notice next-step" aria-label="First steps"><p>First steps: ${done} of ${steps.length} done. ${next
    ? html`Next: <${StepLink} step=${next} />` : html`That was all of them. <a href="${ROOT}/" onClick=${leave}>Go to the overview</a>`}</p>
      <button type="button" class="quiet" onClick=${leave}>${next ? "Leave the tour" : "Close"}</button></aside>`;
}
