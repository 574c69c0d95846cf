// Addresses and pages: which page an address means, going from one to the other, and the guard of what was typed.

import { useEffect, useState } from "./view.js";

export const ROOT = "/console";
const hearers = new Set();
const guards = new Set();
/** The address that is shown: the browser's own steps change the real one before anybody is asked. */
let shown = location.href;

/** @typedef {{path: string, query: URLSearchParams}} Place */

/** @returns {Place} where we are, below the console's root */
export function here() {
  const path = location.pathname.replace(/^\/console/, "").replace(/\/+$/, "") || "/";
  return { path, query: new URLSearchParams(location.search) };
}

/** True when nobody minds leaving: a form with unsaved input asks first. */
function mayLeave() {
  return [...guards].every((guard) => guard());
}

/** Goes to a place of the console. */
export function go(path, { replace = false } = {}) {
  const { path: before } = here();
  const target = `${ROOT}${path}`;
  if (before !== path.split(/[?#]/)[0] && !mayLeave()) return;
  history[replace ? "replaceState" : "pushState"](null, "", target);
  tell();
}

function tell() {
  shown = location.href;
  hearers.forEach((hearer) => hearer(here()));
}

/** Changes the query of this place without making a step to come back to. */
export function setQuery(changes) {
  const { path, query } = here();
  for (const [name, value] of Object.entries(changes)) {
    if (value === "" || value === null || value === undefined) query.delete(name);
    else query.set(name, String(value));
  }
  const words = query.toString();
  go(`${path}${words ? `?${words}` : ""}`, { replace: true });
}

/** Lets links of the console change the page without loading it, and the browser's own steps too. */
export function listen() {
  addEventListener("popstate", () => {
    if (new URL(shown).pathname !== location.pathname && !mayLeave()) history.pushState(null, "", shown);
    else tell();
  });
  addEventListener("beforeunload", (event) => {
    if ([...guards].some((guard) => guard.isDirty())) event.preventDefault();
  });
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[href]");
    const ours = link && link.origin === location.origin && link.pathname.startsWith(`${ROOT}/`) && !link.target && !link.hasAttribute("download");
    if (!ours || event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    if (/^\/console\/(door|sign-in|sign-out)$/.test(link.pathname)) return;
    if (link.hash && link.pathname === location.pathname) return;
    event.preventDefault();
    go(`${link.pathname.slice(ROOT.length)}${link.search}${link.hash}`);
  });
}

/** The place, followed. */
export function usePlace() {
  const [place, setPlace] = useState(here);
  useEffect(() => {
    hearers.add(setPlace);
    return () => hearers.delete(setPlace);
  }, []);
  return place;
}

/** Asks before a page with unsaved input is left. */
export function useGuard(isDirty) {
  useEffect(() => {
    const guard = () => !isDirty() || confirm("Leave this page? What you entered is not saved.");
    guard.isDirty = isDirty;
    guards.add(guard);
    return () => guards.delete(guard);
  });
}

/**
 * The first route that fits. Patterns have places like `:id`.
 * @param {{pattern: string}[]} routes
 * @param {string} path
 */
export function find(routes, path) {
  const asked = path.split("/").filter(Boolean);
  for (const route of routes) {
    const wanted = route.pattern.split("/").filter(Boolean);
    if (wanted.length !== asked.length) continue;
    const params = {};
    const fits = wanted.every((word, i) => {
      if (!word.startsWith(":")) return word === asked[i];
      try {
        params[word.slice(1)] = decodeURIComponent(asked[i]);
      } catch {
        return false;
      }
      return true;
    });
    if (fits) return { route, params };
  }
  return null;
}
