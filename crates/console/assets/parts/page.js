// Small parts that every page has: heading, waiting, failure, empty state, facts, copying.

import { html, useEffect, useRef, useState } from "../view.js";
import { ROOT } from "../router.js";

// Stored names may hold them; in a tab they would turn around or hide what stands beside.
const UNSEEN = /[\p{Cc}\p{Cf}]/gu;

/** The heading of a page, with what can be done there; the tab is named by it, and by where it belongs. `tab` says more than the heading. */
export function Heading({ title, lead, children, back, tab }) {
  const heading = useRef(null);
  useEffect(() => {
    document.title = [tab ?? heading.current.textContent, back?.[1], "doorward"].filter(Boolean).join(" – ").replace(UNSEEN, "");
  });
  return html`
    <div class="heading">
      ${back && html`<p class="back"><a href="${ROOT}${back[0]}">← ${back[1]}</a></p>`}
      <div class="row"><h1 ref=${heading} tabindex="-1">${title}</h1><div class="actions">${children}</div></div>
      ${lead && html`<p class="lead">${lead}</p>`}
    </div>`;
}

/**
 * A button that may be at rest for a while: one that is `disabled` would lose the focus to the page, this one only does nothing.
 * Further attributes go to the element.
 */
export const Button = ({ off, onClick, children, ...more }) => html`
  <button type="button" ...${more} aria-disabled=${off ? "true" : undefined} onClick=${(event) => (off ? event.preventDefault() : onClick?.(event))}>${children}</button>`;

/** The sections of a long page. @param {{sections: [string, string][]}} options id and title */
export const Jump = ({ sections }) => html`<nav class="jump" aria-label="On this page">${sections.map(([id, title]) => html`<a key=${id} href="#${id}">${title}</a>`)}</nav>`;

/** Says what is waited for, once it takes long enough to be noticed. */
export function Waiting({ what }) {
  const [isLong, setLong] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLong(true), 250);
    return () => clearTimeout(timer);
  }, []);
  return html`<p class="waiting" role="status">${isLong ? `Loading ${what} …` : ""}</p>`;
}

/** A refusal at length, with a way to try again. */
export function Failure({ error, again }) {
  return html`
    <div class="notice bad" role="alert">
      <p>${error.message}</p>
      ${(error.faults ?? []).slice(1).map((fault) => html`<p>${fault.message}</p>`)}
      ${again && html`<p><button type="button" onClick=${() => again()}>Try again</button></p>`}
    </div>`;
}

/** What stands where nothing is yet: what it is for, and the way to the first one. */
export function Empty({ title, children, action }) {
  return html`<div class="empty"><h2>${title}</h2><p>${children}</p>
    ${action && html`<p><a class="button" href="${ROOT}${action[0]}">${action[1]}</a></p>`}</div>`;
}

/** A value to be copied elsewhere. Where the browser does not let us, it is selected instead. */
export function Copy({ label, value, hint }) {
  const field = useRef(null);
  const [said, setSaid] = useState("");
  const id = `copy-${label.toLowerCase().replace(/[^a-z0-9]+/g, "-")}`;
  const copy = async () => {
    field.current.select();
    try {
      await navigator.clipboard.writeText(value);
      setSaid("Copied");
    } catch {
      setSaid("Selected: copy it with Ctrl+C");
    }
  };
  return html`
    <div class="field copy">
      <label for=${id}>${label}</label>
      <div class="row"><input id=${id} ref=${field} readonly value=${value} /><button type="button" onClick=${copy} aria-label="Copy ${label}">Copy</button></div>
      <p class="hint" role="status">${said || hint || ""}</p>
    </div>`;
}

/** A value that is shown this once. */
export function ShownOnce({ label, value, children }) {
  return html`<div class="notice good" role="status"><p><strong>Shown this once.</strong> ${children}</p><${Copy} label=${label} value=${value} /></div>`;
}

/** Names and values. */
export function Facts({ rows }) {
  return html`<dl class="facts">${rows.filter(([, value]) => value !== undefined && value !== null && value !== "" && value !== false)
    .map(([name, value]) => html`<div key=${name}><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;
}

const TIME = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });

/** A time as people read it; the exact one in UTC is behind it. */
export function Time({ at }) {
  if (!at) return html`<span class="quiet-text">never</span>`;
  const date = new Date(at);
  return html`<time datetime=${at} title=${at}>${Number.isNaN(date.valueOf()) ? at : TIME.format(date)}</time>`;
}
