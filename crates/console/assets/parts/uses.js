// What names something, and which applications hang on it: beside an object, and before it is removed.

import { read, remove } from "../api.js";
import { ROOT } from "../router.js";
import { html, useEffect, useState } from "../view.js";
import { Dialog } from "./dialog.js";
import { Button, Failure, Waiting } from "./page.js";
import { useThing } from "./table.js";

const PAGES = { application: "/access/applications", policy: "/access/policies", group: "/access/groups" };
const WORDS = { application: "Application", policy: "Policy", own_policy: "Policy", group: "Rule group", console: "Console" };

/** A policy of one application is edited at that application. */
const hrefOf = (user) => (user.type === "console" ? `${ROOT}/account/administrators` : user.type === "own_policy" ? `${ROOT}${PAGES.application}/${user.applications[0]?.id}` : `${ROOT}${PAGES[user.type]}/${user.id}`);

/** What names it, as a list. @param {{query: Record<string, string>, none: string}} options */
export function Uses({ query, none }) {
  const { thing, error, again } = useThing("~/doorward/uses", query);
  if (error) return html`<${Failure} error=${error} again=${again} />`;
  if (!thing) return html`<${Waiting} what="what uses it" />`;
  return html`<${Users} uses=${thing} none=${none} />`;
}

function Users({ uses, none }) {
  if (uses.used_by_count === 0) return html`<p class="quiet-text">${none}</p>`;
  const through = uses.applications.filter((app) => !uses.used_by.some((user) => user.type === "application" && user.id === app.id));
  return html`
    <ul class="stream">${uses.used_by.map((user) => html`<li key=${`${user.type}${user.id}`}>${WORDS[user.type]} <a href=${hrefOf(user)}><bdi>${user.name}</bdi></a>
      ${user.type !== "application" && user.applications.length > 0 && html` <span class="hint">in ${user.applications.map((app, i) => html`${i > 0 && ", "}<a key=${app.id} href="${ROOT}${PAGES.application}/${app.id}"><bdi>${app.name}</bdi></a>`)}</span>`}</li>`)}</ul>
    ${uses.used_by_count > uses.used_by.length && html`<p class="hint">And ${uses.used_by_count - uses.used_by.length} more.</p>`}
    ${through.length > 0 && html`<p class="hint">${uses.applications_count === 1 ? "One application hangs on it." : `${uses.applications_count.toLocaleString()} applications hang on it.`}</p>`}`;
}

/**
 * A button that removes something nothing names, and says what does otherwise.
 * @param {{path: string, query: Record<string, string>, name: string, label: string, children: any, done: () => void}} options
 */
export function Removal({ path, query, name, label, children, done }) {
  const [isOpen, setOpen] = useState(false);
  return html`<button type="button" class="danger" onClick=${() => setOpen(true)} aria-label="${label} ${name}">${label}</button>
    ${isOpen && html`<${Asking} path=${path} query=${query} name=${name} label=${label} done=${done} close=${() => setOpen(false)}>${children}<//>`}`;
}

function Asking({ path, query, name, label, children, done, close }) {
  const [uses, setUses] = useState(null);
  const [error, setError] = useState(null);
  const [isBusy, setBusy] = useState(false);
  useEffect(() => {
    read("~/doorward/uses", query).then(({ result }) => setUses(result), setError);
  }, []);
  const go = async () => {
    setBusy(true);
    setError(null);
    try {
      await remove(path);
      close();
      done();
    } catch (refusal) {
      setError(refusal);
      setBusy(false);
    }
  };
  const isFree = uses?.used_by_count === 0;
  return html`
    <${Dialog} title="Remove ${name}?" close=${close}>
      ${!uses && !error && html`<${Waiting} what="what uses it" />`}
      ${isFree && children}
      ${uses && !isFree && html`<p>It is in use, and can be removed once it was taken out there:</p><${Users} uses=${uses} none="" />`}
      ${error && html`<p class="notice bad" role="alert">${error.message}</p>`}
      <div class="actions end"><button type="button" onClick=${close}>${uses && !isFree ? "Close" : "Cancel"}</button>
        ${(isFree || (error && !uses)) && html`<${Button} class="danger" off=${isBusy} onClick=${go}>${label}<//>`}</div>
    <//>`;
}
