// Access > Lists: addresses that rules refer to.

import { ROOT } from "../router.js";
import { useMay } from "../session.js";
import { html } from "../view.js";
import { Empty, Heading, Time } from "../parts/page.js";
import { Table } from "../parts/table.js";

export const TYPES = { EMAIL: "E-mail addresses", IP: "IP addresses and ranges" };

export default function Lists({ query }) {
  const may = useMay("lists");
  const empty = html`<${Empty} title="No list yet" action=${may && ["/access/lists/add", "Add a list"]}>
    A list holds addresses that change more often than the rules that name it: guests of a season, the networks of the branch offices.<//>`;
  return html`
    <${Heading} title="Lists" lead="E-mail and IP addresses that rules refer to.">
      ${may && html`<a class="button" href="${ROOT}/access/lists/add">Add a list</a>`}<//>
    <${Table} path="~/gateway/lists" caption="lists" query=${query} search="search" empty=${empty} columns=${[
    { title: "Name", cell: (l) => html`<a href="${ROOT}/access/lists/${l.id}"><bdi>${l.name}</bdi></a>${l.description && html`<br /><span class="hint"><bdi>${l.description}</bdi></span>`}` },
    { title: "Holds", narrow: "hide", cell: (l) => TYPES[l.type] ?? l.type },
    { title: "Entries", cell: (l) => (l.count ?? 0).toLocaleString() },
    { title: "Changed", narrow: "hide", cell: (l) => html`<${Time} at=${l.updated_at} />` },
  ]} />`;
}
