// Access > Lists: addresses that rules refer to.

import { html } from "../view.js";
import { Empty, Heading, Time } from "../parts/page.js";
import { Table } from "../parts/table.js";

export default function Page({ query }) {
  const empty = html`<${Empty} title="No list yet">A list holds addresses that change more often than the rules that name it.<//>`;
  return html`
    <${Heading} title="Lists" lead="E-mail and IP addresses that rules refer to." />
    <${Table} path="~/gateway/lists" caption="lists" query=${query} search="search" empty=${empty} columns=${[
    { title: "Name", cell: (l) => l.name },
    { title: "Type", cell: (l) => l.type },
    { title: "Entries", cell: (l) => String(l.count ?? 0) },
    { title: "Changed", narrow: "hide", cell: (l) => html`<${Time} at=${l.updated_at} />` },
  ]} />`;
}
