// Which login method a page of the directory is about: those that provision come first.

import { setQuery } from "../router.js";
import { html } from "../view.js";
import { useLoginMethods } from "./app_fields.js";

/** The login methods, and the one of the address or the first that provisions. */
export function useDirectory(query) {
  const idps = useLoginMethods();
  const id = query.get("idp") ?? idps.find((idp) => idp.scim_config?.enabled)?.id ?? idps[0]?.id ?? "";
  return { idps, id, idp: idps.find((idp) => idp.id === id) };
}

export function ChooseDirectory({ idps, id }) {
  if (idps.length < 2) return null;
  return html`<div class="filters"><div class="field"><label for="idp">Login method</label>
    <select id="idp" value=${id} onChange=${(e) => setQuery({ idp: e.target.value, page: "", search: "" })}>${idps.map((idp) => html`<option key=${idp.id} value=${idp.id} selected=${idp.id === id}>${idp.name}</option>`)}</select></div></div>`;
}
