// A log as a file that the browser saves: what the filters leave, streamed by the API.

import { save } from "../api.js";
import { html, useState } from "../view.js";

const KINDS = [["csv", "Save as a table (CSV)"], ["ndjson", "Save as JSON lines"]];

/** @param {{path: string, query?: Record<string, any>, name: string}} options */
export function Export({ path, query = {}, name }) {
  const [state, setState] = useState({ busy: "", said: "", error: null });
  const take = async (format) => {
    setState({ busy: format, said: "Writing the file …", error: null });
    try {
      await save(path, { ...query, format }, `${name}.${format}`);
      setState({ busy: "", said: `${name}.${format} is being saved.`, error: null });
    } catch (error) {
      setState({ busy: "", said: "", error });
    }
  };
  return html`
    ${KINDS.map(([format, words]) => html`<button type="button" key=${format} disabled=${state.busy !== ""} onClick=${() => take(format)}>${words}</button>`)}
    <span class="hint" role="status">${state.said}</span>
    ${state.error && html`<span class="fault" role="alert">${state.error.message}</span>`}`;
}
