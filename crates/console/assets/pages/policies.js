// Access > Policies: those that several applications share.

import { ruleInWords } from "../parts/rules.js";
import { html } from "../view.js";
import { Empty, Heading } from "../parts/page.js";
import { Table } from "../parts/table.js";

export default function Page({ query }) {
  const empty = html`<${Empty} title="No reusable policy yet">A policy that belongs to one application is made there. One that several share stands here.<//>`;
  return html`
    <${Heading} title="Policies" lead="Reusable policies: several applications can name the same one." />
    <${Table} path="~/access/policies" caption="policies" query=${query} empty=${empty} columns=${[
    { title: "Name", cell: (p) => p.name },
    { title: "What it does", cell: (p) => p.decision },
    { title: "Include", narrow: "hide", cell: (p) => (p.include ?? []).map((rule) => ruleInWords(rule)).join(", ") },
    { title: "Applications", cell: (p) => String(p.app_count ?? 0) },
  ]} />`;
}
