// Access > Rule groups: rules that have a name.

import { ROOT } from "../router.js";
import { useMay } from "../session.js";
import { html } from "../view.js";
import { Empty, Heading, Time } from "../parts/page.js";
import { Table } from "../parts/table.js";
import { Include } from "./policies.js";

export default function RuleGroups({ query }) {
  const may = useMay("organization");
  const empty = html`<${Empty} title="No rule group yet" action=${may && ["/access/groups/add", "Add a rule group"]}>
    A rule group gives rules a name (“Everybody on night duty”), so that policies say who is meant, and one edit changes them all.<//>`;
  return html`
    <${Heading} title="Rule groups" lead="Rules under one name, for policies to refer to.">
      ${may && html`<a class="button" href="${ROOT}/access/groups/add">Add a rule group</a>`}<//>
    <${Table} path="~/access/groups" caption="rule groups" query=${query} search="search" empty=${empty} columns=${[
    { title: "Name", cell: (g) => html`<a href="${ROOT}/access/groups/${g.id}"><bdi>${g.name}</bdi></a>` },
    { title: "Include", cell: (g) => html`<${Include} rules=${g.include} />` },
    { title: "Changed", narrow: "hide", cell: (g) => html`<${Time} at=${g.updated_at} />` },
  ]} />`;
}
