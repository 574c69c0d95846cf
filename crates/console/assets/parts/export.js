// A log as a file that the browser saves: what the filters leave, streamed by the API.

import { fetchFile } from "../api.js";
import { html, useEffect, useRef, useState } from "../view.js";
import { Button } from "./page.js";

const KINDS = [["csv", "Save as a table (CSV)"], ["ndjson", "Save as JSON lines"]];
const MIB = 1024 * 1024;

/** @param {{path: string, query?: Record<string, any>, name: string}} options */
export function Export({ path, query = {}, name }) {
  const [state, setState] = useState({ bytes: null, said: "", error: null });
  const called = useRef(null);
  useEffect(() => () => called.current?.abort(), []);
  const take = async (format) => {
    called.current = new AbortController();
    setState({ bytes: 0, said: "", error: null });
    const filters = Object.entries({ ...query, format }).filter(([, value]) => value !== undefined && value !== null && value !== "");
    try {
      const file = await fetchFile(`${path}?${new URLSearchParams(filters)}`, called.current.signal, (bytes) => setState((before) => ({ ...before, bytes })));
      const link = document.createElement("a");
      link.href = URL.createObjectURL(file);
      link.download = `${name}.${format}`;
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
      setState({ bytes: null, said: `${link.download} was given to the browser.`, error: null });
    } catch (error) {
      setState({ bytes: null, said: "", error: called.current.signal.aborted ? null : error });
    }
  };
  const isBusy = state.bytes !== null;
  return html`
    ${KINDS.map(([format, words]) => html`<${Button} key=${format} off=${isBusy} onClick=${() => take(format)}>${words}<//>`)}
    ${isBusy && html`<span class="hint">${(state.bytes / MIB).toFixed(1)} MiB …</span><button type="button" class="quiet" onClick=${() => called.current.abort()}>Stop</button>`}
    <span class="hint" role="status">${state.said}</span>
    ${state.error && html`<span class="fault" role="alert">${state.error.message}</span>`}`;
}
