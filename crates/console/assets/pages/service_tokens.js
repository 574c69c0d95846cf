// Access > Service tokens: how programs come in.

import { html } from "../view.js";
import { Empty, Heading, Time } from "../parts/page.js";
import { Table } from "../parts/table.js";

export default function Page({ query }) {
  const empty = html`<${Empty} title="No service token yet">A program shows a service token in the place of a person who signs in.<//>`;
  return html`
    <${Heading} title="Service tokens" lead="Credentials of programs, for policies with the action Service Auth." />
    <${Table} path="~/access/service_tokens" caption="service tokens" query=${query} search="search" empty=${empty} columns=${[
    { title: "Name", cell: (t) => t.name },
    { title: "Client ID", narrow: "hide", cell: (t) => html`<code>${t.client_id}</code>` },
    { title: "Last used", cell: (t) => html`<${Time} at=${t.last_seen_at} />` },
    { title: "Ends", cell: (t) => html`<${Time} at=${t.expires_at} />` },
  ]} />`;
}
