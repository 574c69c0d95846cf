// Lists of any length: one page at a time comes from the server; page and search stand in the address.

import { read } from "../api.js";
import { setQuery } from "../router.js";
import { html, useEffect, useRef, useState } from "../view.js";
import { Button, Failure, Waiting } from "./page.js";

const PER_PAGE = 25;
const TYPING_MS = 250;

/** One page of a list, followed; `again` reads it once more. `path` may be empty for "not at all". */
export function useList(path, query) {
  const [state, setState] = useState({ rows: null, info: null, error: null });
  const [count, setCount] = useState(0);
  const key = JSON.stringify([path, query]);
  useEffect(() => {
    if (!path) return undefined;
    const called = new AbortController();
    read(path, query, called.signal).then(
      ({ result, info }) => setState({ rows: result, info, error: null, key }),
      (error) => called.signal.aborted || setState((before) => ({ ...before, error })),
    );
    return () => called.abort();
  }, [key, count]);
  return { ...state, again: () => setCount((n) => n + 1) };
}

/** Reads again while somebody looks, `every` so many milliseconds; 0: not at all. */
export function useFollow(again, every) {
  const latest = useRef(again);
  latest.current = again;
  useEffect(() => {
    if (!every) return undefined;
    const timer = setInterval(() => document.visibilityState === "visible" && latest.current(), every);
    return () => clearInterval(timer);
  }, [every]);
}

/** One object, followed. `path` may be empty for "not yet". */
export function useThing(path, query) {
  const [state, setState] = useState({ thing: undefined, error: null });
  const [count, setCount] = useState(0);
  useEffect(() => {
    if (!path) return undefined;
    const called = new AbortController();
    read(path, query, called.signal).then(
      ({ result }) => setState({ thing: result, error: null }),
      (error) => called.signal.aborted || setState((before) => ({ ...before, error })),
    );
    return () => called.abort();
  }, [path, JSON.stringify(query), count]);
  return { ...state, setThing: (thing) => setState({ thing, error: null }), again: () => setCount((n) => n + 1) };
}

const FRESH_MS = 8000;
const CLOCK = new Intl.DateTimeFormat(undefined, { timeStyle: "medium" });

/** Of a list that is followed: the rows that came lately, by their keys, and how many came last, in words for screen readers. */
function useFresh(rows, key, keyOf, caption) {
  const known = useRef({ key: "", keys: new Set(), fresh: new Map(), said: "", rows: null });
  const { current } = known;
  if (rows && current.rows !== rows) {
    const now = Date.now();
    const keys = new Set(rows.map(keyOf));
    const came = current.key === key ? [...keys].filter((one) => !current.keys.has(one)) : [];
    const fresh = new Map([...current.fresh].filter(([one, at]) => keys.has(one) && now - at < FRESH_MS));
    came.forEach((one) => fresh.set(one, now));
    known.current = { key, keys, rows, fresh, said: came.length > 0 ? `${came.length} new ${caption}, ${CLOCK.format(now)}` : current.said };
  }
  return known.current;
}

/** Keeps the focus at the list when it was in a row that is gone. Returns the list's ref. */
function useKeptFocus(rows) {
  const region = useRef(null);
  const held = useRef(null);
  useEffect(() => {
    const note = () => {
      if (document.activeElement !== document.body) held.current = region.current?.contains(document.activeElement) ? document.activeElement : null;
    };
    document.addEventListener("focusin", note);
    return () => document.removeEventListener("focusin", note);
  }, []);
  useEffect(() => {
    if (!held.current || held.current.isConnected || document.activeElement !== document.body) return;
    held.current = null;
    (region.current ?? document.getElementById("content")).focus();
  }, [rows]);
  return region;
}

/**
 * A list as a table.
 * @param {{
 *   path: string, caption: string, query: URLSearchParams, fixed?: Record<string, any>, search?: string, perPage?: number,
 *   columns: {title: string, cell: (row: any) => any, narrow?: "hide"}[], keyOf?: (row: any) => string, empty: any, count?: number,
 *   follow?: number, place?: string,
 * }} options `search` is the name of the query parameter that searches; `count` changes to read anew; `follow` reads anew every so many
 * milliseconds and says what came; `place` is the page's name in the address, where a page has several tables
 */
export function Table({ path, caption, query, fixed = {}, search, perPage = PER_PAGE, columns, keyOf = (row) => row.id, empty, count = 0, follow = 0, place = "page" }) {
  const page = Math.max(1, Number(query.get(place)) || 1);
  const sought = search ? query.get("search") ?? "" : "";
  const asked = { ...fixed, page, per_page: perPage, ...(search && sought ? { [search]: sought } : {}) };
  const { rows, info, error, again, key } = useList(path, asked);
  useFollow(again, follow);
  const { fresh, said } = useFresh(rows, key, keyOf, caption);
  const region = useKeptFocus(rows);
  const first = useRef(true);
  useEffect(() => {
    if (!first.current) again();
    first.current = false;
  }, [count]);
  // Of a list that is not counted: whether there is anything to show.
  const total = info?.total_count ?? (Number(info?.page) > 1 ? 1 : info?.count ?? 0);
  return html`
    ${search && (sought || total > 0 || rows === null) && html`<${Search} caption=${caption} sought=${sought} />`}
    ${error && html`<${Failure} error=${error} again=${again} />`}
    ${follow > 0 && html`<p class="unseen" role="status">${said}</p>`}
    ${rows === null && !error && html`<${Waiting} what=${caption} />`}
    ${rows !== null && total === 0 && (sought ? html`<p>Nothing fits “${sought}”.</p>` : empty)}
    ${rows !== null && total > 0 && html`
      <div ref=${region} class="scroll" role="region" aria-label=${caption} tabindex="0">
        <table>
          <caption class="unseen">${caption}</caption>
          <thead><tr>${columns.map((c) => html`<th scope="col" data-narrow=${c.narrow}>${c.title}</th>`)}</tr></thead>
          <tbody>${rows.map((row) => html`<tr key=${keyOf(row)} data-fresh=${fresh.has(keyOf(row))}>${columns.map((c) => html`<td data-narrow=${c.narrow}>${c.cell(row)}</td>`)}</tr>`)}</tbody>
        </table>
      </div>
      <${Pages} info=${info} caption=${caption} place=${place} />`}`;
}

function Search({ caption, sought }) {
  const [text, setText] = useState(sought);
  const timer = useRef(0);
  const type = (event) => {
    setText(event.target.value);
    clearTimeout(timer.current);
    const wanted = event.target.value.trim();
    timer.current = setTimeout(() => setQuery({ search: wanted, page: "" }), TYPING_MS);
  };
  return html`<div class="search"><label class="unseen" for="search">Search ${caption}</label>
    <input id="search" type="search" placeholder="Search" value=${text} onInput=${type} autocomplete="off" /></div>`;
}

function Pages({ info, caption, place }) {
  const isCounted = info.total_count !== undefined;
  // Where nobody counted, a full page may have another one behind it.
  const last = isCounted ? info.total_pages ?? Math.ceil(info.total_count / info.per_page) : info.page + Number(info.count === info.per_page);
  const from = (info.page - 1) * info.per_page + 1;
  const step = (page) => setQuery({ [place]: page === 1 ? "" : page });
  return html`
    <nav class="pages" aria-label="Pages of ${caption}">
      <span role="status">${info.count === 0 ? "No rows on this page" : `${from} to ${from + info.count - 1}`}${isCounted && info.count > 0 ? ` of ${info.total_count.toLocaleString()}` : ""}</span>
      ${last > 1 && html`
        <${Button} off=${info.page <= 1} onClick=${() => step(info.page - 1)}>Previous<//>
        <${Button} off=${info.page >= last} onClick=${() => step(info.page + 1)}>Next<//>`}
    </nav>`;
}
