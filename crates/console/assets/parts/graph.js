// The graph of access as a drawing: people, rules, policies and applications in four columns. The list below it says the same in words, so
// that it is hidden from screen readers and from narrow screens.

import { html } from "../view.js";

const COLUMNS = [["people", 0], ["rules", 300], ["policies", 620], ["applications", 900]];
const [WIDE, ROW, TALL, LONGEST] = [1120, 34, 26, 28];
const BOXES = [200, 240, 200, 200];

const cut = (text) => ([...text].length > LONGEST ? `${[...text].slice(0, LONGEST - 1).join("")}…` : text);

/** Nodes by column and edges between neighbours; an edge is open where the way is. */
export function graphOf(rows) {
  const columns = [new Map(), new Map(), new Map(), new Map()];
  const edges = new Map();
  const node = (column, id, text, kind = "") => columns[column].has(id) || columns[column].set(id, { text, kind });
  const edge = (column, from, to, isOpen) => {
    const key = JSON.stringify([column, from, to]);
    edges.set(key, { column, from, to, isOpen: isOpen || edges.get(key)?.isOpen === true });
  };
  for (const row of rows) {
    const isOpen = row.status === "approved";
    node(0, row.user.id, row.user.name || row.user.email);
    node(3, row.app.id, row.app.name);
    if (!row.policy) {
      if (isOpen) edge(0, row.user.id, null, true);
      continue;
    }
    node(2, row.policy.id, row.policy.name, row.policy.action);
    for (const rule of row.rules) {
      const id = `${rule.part}/${rule.words}`;
      node(1, id, `${rule.part === "exclude" ? "not: " : ""}${rule.words}`);
      // Who is to be left out is let past by not being it.
      const isMet = rule.verdict === (rule.part === "exclude" ? "not matched" : "matched");
      edge(0, row.user.id, id, isMet);
      edge(1, id, row.policy.id, isMet && isOpen);
    }
    edge(2, row.policy.id, row.app.id, isOpen);
  }
  return { columns, edges: [...edges.values()].filter((one) => one.to !== null) };
}

export function Graph({ rows }) {
  const { columns, edges } = graphOf(rows);
  if (columns[1].size === 0) return null;
  const tallest = Math.max(...columns.map((column) => column.size));
  const height = tallest * ROW + ROW;
  const places = columns.map((column) => new Map([...column.keys()].map((id, i) => [id, ROW + (height - ROW - column.size * ROW) / 2 + i * ROW])));
  const line = ({ column, from, to, isOpen }) => {
    const [x1, x2] = [COLUMNS[column][1] + BOXES[column], COLUMNS[column + 1][1]];
    const [y1, y2] = [places[column].get(from) + TALL / 2, places[column + 1].get(to) + TALL / 2];
    const middle = (x1 + x2) / 2;
    return html`<path class=${isOpen ? "open" : "closed"} d="M${x1} ${y1} C${middle} ${y1} ${middle} ${y2} ${x2} ${y2}" />`;
  };
  return html`
    <div class="graph" aria-hidden="true"><svg viewBox="0 0 ${WIDE} ${height}">
      ${COLUMNS.map(([title, x]) => html`<text class="title" x=${x} y="18">${title}</text>`)}
      ${edges.map(line)}
      ${columns.map((column, i) => [...column.entries()].map(([id, { text, kind }]) => html`<g key=${`${i}${id}`}><title>${text}</title>
        <rect class=${kind === "deny" ? "block" : ""} x=${COLUMNS[i][1]} y=${places[i].get(id)} width=${BOXES[i]} height=${TALL} rx="5" />
        <text x=${COLUMNS[i][1] + 8} y=${places[i].get(id) + 18}>${cut(text)}</text></g>`))}
    </svg></div>`;
}
