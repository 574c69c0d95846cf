// Team > Users: the registry.

import { ROOT } from "../router.js";
import { html } from "../view.js";
import { Filters, Pick } from "../parts/filters.js";
import { Empty, Heading, Time } from "../parts/page.js";
import { Table } from "../parts/table.js";

const LINKS = { none: "", weak: "provisioned (by address)", strong: "provisioned", conflict: "in conflict" };

/** What the directory says about the account, where it says anything. */
const State = ({ user }) => (user.active === false ? html`<span class="badge" data-decision="deny">deactivated</span>` : user.active === true ? "active" : html`<span class="quiet-text">not told</span>`);

export default function Users({ query }) {
  const seat = query.get("seat");
  const empty = seat ? html`<p>${seat === "true" ? "Nobody holds a seat." : "Everybody holds a seat."}</p>`
    : html`<${Empty} title="Nobody yet" action=${["/access/applications", "Applications"]}>People appear here with their first sign-in to an application.<//>`;
  return html`
    <${Heading} title="Users" lead="Everybody who signed in, or was entered beforehand. Who was provisioned and has not signed in yet stands under Groups, and counts in policy tests." />
    <${Filters}><${Pick} query=${query} name="seat" label="Seat" options=${[["", "with and without"], ["true", "with a seat"], ["false", "without a seat"]]} /><//>
    <${Table} path="~/doorward/users" caption="users" query=${query} fixed=${seat ? { seat } : {}} search="search" empty=${empty} columns=${[
    { title: "Name", cell: (u) => html`<a href="${ROOT}/team/users/${u.id}"><bdi>${u.name || u.email}</bdi></a>` },
    { title: "Address", cell: (u) => html`<bdi>${u.email}</bdi>` },
    { title: "Account", narrow: "hide", cell: (u) => html`<${State} user=${u} />` },
    { title: "Seat", narrow: "hide", cell: (u) => (u.access_seat ? "yes" : "no") },
    { title: "Source", narrow: "hide", cell: (u) => [u.identity_provider?.name ?? (u.last_successful_login ? "" : "entered by hand"), LINKS[u.link]].filter(Boolean).join(", ") },
    { title: "Last seen", cell: (u) => html`<${Time} at=${u.last_seen} />` },
  ]} />`;
}
