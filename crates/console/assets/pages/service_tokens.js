// Access > Service tokens: how programs come in.

import { ROOT } from "../router.js";
import { useMay } from "../session.js";
import { html } from "../view.js";
import { Empty, Heading, Time } from "../parts/page.js";
import { State } from "../parts/service_token_fields.js";
import { Table } from "../parts/table.js";

export default function ServiceTokens({ query }) {
  const may = useMay("serviceTokens");
  const empty = html`<${Empty} title="No service token yet" action=${may && ["/access/service-tokens/add", "Add a service token"]}>
    A program shows a service token in the place of a person who signs in. A policy that does “Service Auth” names it.<//>`;
  return html`
    <${Heading} title="Service tokens" lead="Credentials of programs, for policies that do Service Auth.">
      ${may && html`<a class="button" href="${ROOT}/access/service-tokens/add">Add a service token</a>`}<//>
    <${Table} path="~/access/service_tokens" caption="service tokens" query=${query} search="search" empty=${empty} columns=${[
    { title: "Name", cell: (t) => html`<a href="${ROOT}/access/service-tokens/${t.id}"><bdi>${t.name}</bdi></a>` },
    { title: "State", cell: (t) => html`<${State} token=${t} />` },
    { title: "Client ID", narrow: "hide", cell: (t) => html`<code>${t.client_id}</code>` },
    { title: "Last used", narrow: "hide", cell: (t) => html`<${Time} at=${t.last_seen_at} />` },
    { title: "Ends", cell: (t) => html`<${Time} at=${t.expires_at} />` },
  ]} />`;
}
