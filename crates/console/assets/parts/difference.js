// What is different between two states of an object: the fields by name, one line each, never two blocks of JSON.

import { html } from "../view.js";

const MOST = 100;
// Names that the API leaves out or masks already; if one ever came, it is not shown here either.
const HIDDEN = /secret|password|private_key|assertion|token_value/i;

// When it was changed stands beside the difference already.
const BESIDES = /(^|› )(updated_at|version)$/;

const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);

/** Leaves of an object by their path; lists of plain values are one leaf. */
function leaves(value, path, out) {
  if (isObject(value)) Object.entries(value).forEach(([name, inner]) => leaves(inner, path ? `${path} › ${name}` : name, out));
  else if (Array.isArray(value) && value.some(isObject)) value.forEach((inner, i) => leaves(inner, `${path} ${i + 1}`, out));
  else out.set(path, value);
}

/** Names, with both values where they differ. */
export function differences(before, after) {
  const [was, is] = [new Map(), new Map()];
  if (before !== null && before !== undefined) leaves(before, "", was);
  if (after !== null && after !== undefined) leaves(after, "", is);
  const names = [...new Set([...was.keys(), ...is.keys()])].filter((name) => !BESIDES.test(name));
  return names.filter((name) => JSON.stringify(was.get(name)) !== JSON.stringify(is.get(name))).map((name) => ({ name, was: was.get(name), is: is.get(name) }));
}

function Value({ name, value }) {
  if (value === undefined || value === null || value === "") return html`<span class="quiet-text">nothing</span>`;
  if (HIDDEN.test(name)) return html`<span class="quiet-text">not shown</span>`;
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (Array.isArray(value)) return value.length === 0 ? html`<span class="quiet-text">nothing</span>` : html`<bdi>${value.join(", ")}</bdi>`;
  return html`<bdi>${String(value)}</bdi>`;
}

/** @param {{before: any, after: any}} options either may be null: something was made, or removed */
export function Difference({ before, after }) {
  const rows = differences(before, after);
  if (rows.length === 0) return html`<p class="quiet-text">Nothing that is kept is different.</p>`;
  const both = before !== null && before !== undefined && after !== null && after !== undefined;
  return html`
    <div class="scroll" role="region" aria-label="What is different" tabindex="0"><table class="difference">
      <thead><tr><th scope="col">Field</th>${both ? html`<th scope="col">Before</th><th scope="col">After</th>` : html`<th scope="col">${after ? "Value" : "Was"}</th>`}</tr></thead>
      <tbody>${rows.slice(0, MOST).map(({ name, was, is }) => html`
        <tr key=${name}><th scope="row">${name.replaceAll("_", " ") || "value"}</th>
          ${both ? html`<td class="was"><${Value} name=${name} value=${was} /></td><td class="is"><${Value} name=${name} value=${is} /></td>`
    : html`<td><${Value} name=${name} value=${after ? is : was} /></td>`}</tr>`)}</tbody>
    </table></div>
    ${rows.length > MOST && html`<p class="hint">The first ${MOST} of ${rows.length} fields.</p>`}`;
}
