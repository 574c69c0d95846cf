// Account > API tokens: who may call the API, for what and until when.

import { ROOT } from "../router.js";
import { useMay } from "../session.js";
import { html } from "../view.js";
import { Empty, Heading, Time } from "../parts/page.js";
import { Table } from "../parts/table.js";

const LEAD = "For programs: Terraform, backups, scripts. Each holds what its work needs, and an end.";

export default function ApiTokens({ query }) {
  const may = useMay("tokens");
  const empty = html`<${Empty} title="No program may call the API" action=${may && ["/account/tokens/add", "Make a token"]}>A token lets a program do what you do here, as far as you let it.<//>`;
  return html`
    <${Heading} title="API tokens" lead=${LEAD}>${may && html`<a class="button" href="${ROOT}/account/tokens/add">Make a token</a>`}<//>
    <${Table} path="~/doorward/api_tokens" caption="API tokens" query=${query} empty=${empty} columns=${[
    { title: "Name", cell: (token) => html`<a href="${ROOT}/account/tokens/${token.id}"><bdi>${token.name}</bdi></a>` },
    { title: "State", cell: (token) => html`<span class="badge" data-state=${token.status}>${token.status}</span>` },
    { title: "May", narrow: "hide", cell: (token) => `${token.permissions.length} ${token.permissions.length === 1 ? "thing" : "things"}${token.resources ? ", on some objects" : ""}` },
    { title: "Good until", cell: (token) => (token.expires_on ? html`<${Time} at=${token.expires_on} />` : "no end") },
    { title: "Last used", narrow: "hide", cell: (token) => html`<${Time} at=${token.last_used_on} />` },
  ]} />`;
}
