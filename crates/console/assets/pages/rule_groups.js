// Access > Rule groups: rules that have a name.

import { ruleInWords } from "../parts/rules.js";
import { html } from "../view.js";
import { Empty, Heading, Time } from "../parts/page.js";
import { Table } from "../parts/table.js";

export default function Page({ query }) {
  const empty = html`<${Empty} title="No rule group yet">A rule group gives rules a name, so that policies say who is meant.<//>`;
  return html`
    <${Heading} title="Rule groups" lead="Rules under one name, for policies to refer to." />
    <${Table} path="~/access/groups" caption="rule groups" query=${query} search="search" empty=${empty} columns=${[
    { title: "Name", cell: (g) => g.name },
    { title: "Include", cell: (g) => (g.include ?? []).map((rule) => ruleInWords(rule)).join(", ") },
    { title: "Changed", narrow: "hide", cell: (g) => html`<${Time} at=${g.updated_at} />` },
  ]} />`;
}
