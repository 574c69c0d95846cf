// Filters of a list: they stand in the address, so that a filtered list can be sent to somebody, and Back undoes them.

import { read } from "../api.js";
import { setQuery } from "../router.js";
import { html, useEffect, useRef, useState } from "../view.js";
import { Combobox } from "./combobox.js";

const TYPING_MS = 400;

/** The row of filters. */
export const Filters = ({ children }) => html`<div class="filters" role="group" aria-label="Filters">${children}</div>`;

/** A choice; `options` are values with words, the empty value for all. */
export function Pick({ query, name, label, options }) {
  const chosen = query.get(name) ?? "";
  return html`<div class="field"><label for="filter-${name}">${label}</label>
    <select id="filter-${name}" value=${chosen} onChange=${(e) => setQuery({ [name]: e.target.value, page: "" })}>
      ${options.map(([value, words]) => html`<option key=${value} value=${value} selected=${value === chosen}>${words}</option>`)}
      ${!options.some(([value]) => value === chosen) && html`<option value=${chosen} selected>${chosen}</option>`}</select></div>`;
}

/** A text, taken when typing pauses. */
export function Typed({ query, name, label, placeholder }) {
  const [text, setText] = useState(query.get(name) ?? "");
  const timer = useRef(0);
  useEffect(() => setText(query.get(name) ?? ""), [query.get(name)]);
  const type = (event) => {
    setText(event.target.value);
    clearTimeout(timer.current);
    const wanted = event.target.value.trim();
    timer.current = setTimeout(() => setQuery({ [name]: wanted, page: "" }), TYPING_MS);
  };
  return html`<div class="field"><label for="filter-${name}">${label}</label>
    <input id="filter-${name}" type="search" placeholder=${placeholder} value=${text} onInput=${type} autocomplete="off" spellcheck=${false} /></div>`;
}

const SHOWN = 20;
const ADDRESS = /^[^@\s]+@[^@\s]+\.[^@\s]+$/;

/** People whom doorward knows, for a field that completes; `value` is what a choice stands for. */
export async function findPeople(text, signal, value = (user) => user.id) {
  const { result } = await read("~/access/users", { search: text, per_page: SHOWN }, signal);
  return result.map((user) => ({ value: value(user), words: user.name || user.email, note: user.email }));
}

/** Somebody by name or address. The logs know addresses: one that belongs to nobody here is taken as it was typed. */
export function Person({ query, name, label }) {
  const timer = useRef(0);
  useEffect(() => () => clearTimeout(timer.current), []);
  const take = (address) => {
    clearTimeout(timer.current);
    setQuery({ [name]: address, page: "" });
  };
  const type = (text) => {
    clearTimeout(timer.current);
    const wanted = text.trim();
    if (!wanted || ADDRESS.test(wanted)) timer.current = setTimeout(() => take(wanted), TYPING_MS);
  };
  const search = async (text, signal) => ({ options: await findPeople(text, signal, (user) => user.email), notes: ["Anybody else by their whole address."] });
  return html`<div class="field"><label for="filter-${name}">${label}</label>
    <${Combobox} id="filter-${name}" label=${label} placeholder="Name or address" shown=${query.get(name) ?? ""} search=${search} choose=${(option) => take(option.value)} type=${type} /></div>`;
}

const SPANS = [["", "any time"], ["1", "the last hour"], ["24", "the last day"], ["168", "the last week"], ["720", "the last 30 days"]];

/** How far back to look, in hours. */
export const Back = ({ query }) => html`<${Pick} query=${query} name="hours" label="Time" options=${SPANS} />`;

/** `since` for the API, as the address says; the same for a whole minute, so that a list that is followed asks the same. */
export function sinceOf(query) {
  const hours = Number(query.get("hours"));
  if (!hours) return undefined;
  const minute = 60_000;
  return new Date(Math.floor(Date.now() / minute) * minute - hours * 3_600_000).toISOString();
}

/** The applications by name, for filters and forms. */
export function useApps(fixed = {}) {
  const [apps, setApps] = useState([]);
  useEffect(() => {
    read("~/access/apps", { per_page: 1000, ...fixed }).then(({ result }) => setApps(result), () => {});
  }, []);
  return apps;
}
