// Access > Applications: what is protected, and where it is.

import { ROOT } from "../router.js";
import { useMay } from "../session.js";
import { html } from "../view.js";
import { Empty, Heading } from "../parts/page.js";
import { Table } from "../parts/table.js";

export const KINDS = { self_hosted: "Self-hosted", bookmark: "Bookmark", app_launcher: "App Launcher" };

export default function Applications({ query }) {
  const may = useMay("apps");
  const empty = html`<${Empty} title="Nothing is protected yet" action=${may && ["/access/applications/add", "Add an application"]}>
    An application is a web page or service that only the people you choose may reach. Three steps: what it is, where it is, who may in.<//>`;
  return html`
    <${Heading} title="Applications" lead="What is protected, and by which policies.">
      ${may && html`<a class="button" href="${ROOT}/access/applications/add">Add an application</a>`}<//>
    <${Table} path="~/access/apps" caption="applications" query=${query} search="search" empty=${empty} columns=${[
    { title: "Name", cell: (app) => html`<a href="${ROOT}/access/applications/${app.id}">${app.name || app.domain}</a>` },
    { title: "Address", cell: (app) => app.domain },
    { title: "Kind", narrow: "hide", cell: (app) => KINDS[app.type] ?? app.type },
    { title: "Policies", narrow: "hide", cell: (app) => String((app.policies ?? []).length) },
  ]} />`;
}
