// Account > Pages: HTML of the organisation's own in place of doorward's pages for people who are refused.

import { ROOT } from "../router.js";
import { useMay } from "../session.js";
import { html } from "../view.js";
import { Empty, Heading, Time } from "../parts/page.js";
import { Table } from "../parts/table.js";

export const KINDS = [["identity_denied", "A person is refused"], ["forbidden", "Refused by address, country or certificate"]];
const LEAD = "Shown instead of doorward's own, for the whole organisation (Account > Organisation) or for one application.";

export default function OwnPages({ query }) {
  const may = useMay("pages");
  const empty = html`<${Empty} title="doorward's own pages are shown" action=${may && ["/account/pages/add", "Add a page"]}>They carry your logo, colours and words already (Account > Organisation). A page of your own replaces one altogether.<//>`;
  return html`
    <${Heading} title="Pages" lead=${LEAD}>${may && html`<a class="button" href="${ROOT}/account/pages/add">Add a page</a>`}<//>
    <${Table} path="~/access/custom_pages" caption="pages" query=${query} empty=${empty} keyOf=${(page) => page.uid} columns=${[
    { title: "Name", cell: (page) => html`<a href="${ROOT}/account/pages/${page.uid}"><bdi>${page.name}</bdi></a>` },
    { title: "When", cell: (page) => KINDS.find(([kind]) => kind === page.type)?.[1] ?? page.type },
    { title: "Applications", cell: (page) => String(page.app_count) },
    { title: "Changed", narrow: "hide", cell: (page) => html`<${Time} at=${page.updated_at} />` },
  ]} />`;
}
