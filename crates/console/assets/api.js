// The one way to the API: v4 envelopes become results, refusals become faults with pointers, and everybody hears of a lost session.

/** @typedef {{pointer: string, message: string, code: number}} Fault one fault of a request, at its JSON pointer */
/** @typedef {{page: number, per_page: number, count: number, total_count: number, total_pages: number}} PageInfo */
/** @typedef {{result: any, info: PageInfo | null, messages: {message: string, pointer: string | null}[]}} Answer */

/** What went wrong with a call. `kind` says what can be done about it. */
export class Refusal extends Error {
  /**
   * @param {"lost" | "signed-out" | "forbidden" | "invalid" | "conflict" | "missing" | "busy" | "failed"} kind
   * @param {string} message for people
   * @param {Fault[]} faults at their places
   * @param {number} status 0 when there was no answer
   */
  constructor(kind, message, faults = [], status = 0) {
    super(message);
    this.kind = kind;
    this.faults = faults;
    this.status = status;
  }
}

const KINDS = { 400: "invalid", 401: "signed-out", 403: "forbidden", 404: "missing", 409: "conflict", 413: "invalid", 429: "busy", 503: "busy" };
const PATIENCE_MS = 20_000;
const hearers = new Set();
let account = "";

/** Hears `"signed-out"`, `"lost"`, `"answered"` and `"changed"` (something was written); returns the way to stop. */
export function hear(hearer) {
  hearers.add(hearer);
  return () => hearers.delete(hearer);
}

const tell = (what) => hearers.forEach((hearer) => hearer(what));

/** The account that `~` stands for. */
export function useAccount(id) {
  account = id;
}

/** An operation's address; `~` is the account, and members of `query` that are empty are left out. */
export function address(path, query = {}) {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== null && value !== "") search.append(name, String(value));
  }
  const words = search.toString();
  return `/client/v4${path.replace("~", `/accounts/${account}`)}${words ? `?${words}` : ""}`;
}

/**
 * Calls an operation. Throws a Refusal; one that was called off throws what `fetch` throws.
 * @param {string} method
 * @param {string} path with `~` for the account
 * @param {{body?: any, query?: Record<string, any>, signal?: AbortSignal, patience?: number}} [options] `patience` in milliseconds, for what takes long
 * @returns {Promise<Answer>}
 */
export async function call(method, path, { body, query, signal, patience = PATIENCE_MS } = {}) {
  const headers = { "x-doorward-console": "1", accept: "application/json" };
  if (body !== undefined) headers["content-type"] = "application/json";
  const ended = AbortSignal.timeout(patience);
  let response;
  let said;
  try {
    response = await fetch(address(path, query), {
      method, headers, credentials: "same-origin", cache: "no-store", redirect: "error",
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: signal ? AbortSignal.any([signal, ended]) : ended,
    });
    said = await response.json();
  } catch (error) {
    if (signal?.aborted) throw error;
    if (response) throw new Refusal("failed", `The server answered with something else than JSON (status ${response.status}).`, [], response.status);
    tell("lost");
    throw new Refusal("lost", "The server does not answer. What you entered is still here: try again when the connection is back.");
  }
  tell("answered");
  if (response.ok && said.success) {
    if (method !== "GET") tell("changed");
    const messages = (said.messages ?? []).map((m) => ({ message: plain(m.message), pointer: m.source?.pointer ?? null }));
    return { result: said.result, info: said.result_info ?? null, messages };
  }
  const faults = (said.errors ?? []).map((e) => ({ pointer: e.source?.pointer ?? "", message: plain(e.message), code: e.code }));
  const kind = KINDS[response.status] ?? "failed";
  if (kind === "signed-out") tell("signed-out");
  throw new Refusal(kind, faults[0]?.message ?? `The server refused with status ${response.status}.`, faults, response.status);
}

/**
 * Fetches a file, told piece by piece, however long it takes.
 * @param {string} path @param {AbortSignal} signal @param {(bytes: number) => void} told
 */
export async function fetchFile(path, signal, told) {
  let response;
  try {
    response = await fetch(address(path), { headers: { "x-doorward-console": "1" }, credentials: "same-origin", cache: "no-store", redirect: "error", signal });
  } catch (error) {
    if (!signal.aborted) tell("lost");
    throw signal.aborted ? error : new Refusal("lost", "The server does not answer. Try again when the connection is back.");
  }
  if (!response.ok) {
    const said = await response.json().catch(() => ({}));
    if (response.status === 401) tell("signed-out");
    throw new Refusal(KINDS[response.status] ?? "failed", plain(said.errors?.[0]?.message ?? `The server refused with status ${response.status}.`), [], response.status);
  }
  const pieces = [];
  const reader = response.body.getReader();
  let bytes = 0;
  for (let piece = await next(reader, signal); !piece.done; piece = await next(reader, signal)) {
    pieces.push(piece.value);
    bytes += piece.value.length;
    told(bytes);
  }
  return new Blob(pieces, { type: "application/octet-stream" });
}

/** A piece; one that does not come means that the file is not whole. */
async function next(reader, signal) {
  try {
    return await reader.read();
  } catch (error) {
    throw signal.aborted ? error : new Refusal("failed", "The file broke off: what came so far is worth nothing. Try again.");
  }
}

/** Texts of the API begin with a key that scripts look for. */
function plain(text) {
  return String(text ?? "").replace(/^access\.api\.error\.[a-z_]+: /, "");
}

export const read = (path, query, signal) => call("GET", path, { query, signal });
export const make = (path, body) => call("POST", path, { body });
export const put = (path, body) => call("PUT", path, { body });
export const remove = (path) => call("DELETE", path);

/**
 * Replaces an object unless somebody else changed, made or removed it since it was read: then nothing is sent, and the conflict holds theirs
 * (`null`: there is none any more).
 * @param {string} path
 * @param {any} seen the object as it was read, with `updated_at`; `null` when there was none
 * @param {any} body
 * @param {{part?: (thing: any) => any, canBeMade?: boolean}} [options] `part`: what of the object an edit rests on, where that is not told by
 *   `updated_at`; `canBeMade`: a PUT makes what is not there
 */
export async function replace(path, seen, body, { part, canBeMade } = {}) {
  const now = await stored(path, canBeMade);
  const isChanged = () => (part ? JSON.stringify(part(seen)) !== JSON.stringify(part(now)) : seen.updated_at && now.updated_at && seen.updated_at !== now.updated_at);
  if (!seen !== !now || (seen && isChanged())) {
    const conflict = new Refusal("conflict", `Somebody else ${now ? "changed" : "removed"} this while you were editing it. Nothing was saved yet.`);
    conflict.theirs = now;
    throw conflict;
  }
  return put(path, body);
}

/** What is there now; `null` when there may be nothing. */
async function stored(path, mayBeMissing) {
  try {
    return (await read(path)).result;
  } catch (error) {
    if (mayBeMissing && error.kind === "missing") return null;
    throw error;
  }
}
