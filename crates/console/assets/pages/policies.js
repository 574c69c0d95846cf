// Access > Policies: those that several applications share.

import { ROOT } from "../router.js";
import { useMay } from "../session.js";
import { html, useState } from "../view.js";
import { RuleWords, useNames } from "../parts/names.js";
import { Empty, Heading } from "../parts/page.js";
import { decisionInWords } from "../parts/policy_fields.js";
import { Table } from "../parts/table.js";
import { toast } from "../parts/toasts.js";
import { Removal } from "../parts/uses.js";

export default function Policies({ query }) {
  const may = useMay("apps");
  const [count, setCount] = useState(0);
  const empty = html`<${Empty} title="No reusable policy yet" action=${may && ["/access/policies/add", "Add a policy"]}>
    A policy says who may in. One that belongs to a single application is made there; one that several share is made here, and changed for all of them at once.<//>`;
  return html`
    <${Heading} title="Policies" lead="Reusable policies: several applications can name the same one.">
      ${may && html`<a class="button" href="${ROOT}/access/policies/add">Add a policy</a>`}<//>
    <${Table} path="~/access/policies" caption="policies" query=${query} search="search" count=${count} empty=${empty} columns=${[
    { title: "Name", cell: (p) => html`<a href="${ROOT}/access/policies/${p.id}"><bdi>${p.name}</bdi></a>` },
    { title: "What it does", cell: (p) => html`<span class="badge" data-decision=${p.decision}>${decisionInWords(p.decision)}</span>` },
    { title: "Include", narrow: "hide", cell: (p) => html`<${Include} rules=${p.include} />` },
    { title: "Applications", cell: (p) => String(p.app_count ?? 0) },
    {
      title: "",
      narrow: "hide",
      cell: (p) => may && html`<${Removal} path="~/access/policies/${p.id}" query=${{ policy_id: p.id }} name=${p.name} label="Remove" done=${() => {
        toast(`${p.name} was removed.`);
        setCount((n) => n + 1);
      }}><p>No application uses it.</p><//>`,
    },
  ]} />`;
}

export function Include({ rules }) {
  return html`<${RuleWords} rules=${rules} names=${useNames(rules)} />`;
}
