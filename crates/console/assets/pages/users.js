// Team > Users: the registry.

import { html } from "../view.js";
import { Empty, Heading, Time } from "../parts/page.js";
import { Table } from "../parts/table.js";

export default function Page({ query }) {
  const empty = html`<${Empty} title="Nobody yet">People appear here with their first sign-in.<//>`;
  return html`
    <${Heading} title="Users" lead="Everybody who signed in, or was entered beforehand." />
    <${Table} path="~/doorward/users" caption="users" query=${query} search="search" empty=${empty} columns=${[
    { title: "Name", cell: (u) => u.name },
    { title: "Address", cell: (u) => u.email },
    { title: "Seat", narrow: "hide", cell: (u) => (u.access_seat ? "yes" : "no") },
    { title: "Login method", narrow: "hide", cell: (u) => u.identity_provider?.name ?? "" },
    { title: "Last sign-in", cell: (u) => html`<${Time} at=${u.last_successful_login} />` },
  ]} />`;
}
