// Settings > Authentication: the login methods, with what can be done about each.

import { ROOT } from "../router.js";
import { useMay } from "../session.js";
import { html } from "../view.js";
import { TestButton } from "../parts/login_test.js";
import { Empty, Heading } from "../parts/page.js";
import { Table } from "../parts/table.js";

export const TYPES = { azureAD: "Microsoft Entra ID", oidc: "OpenID Connect" };

export default function Authentication({ query }) {
  const may = useMay("organization");
  const empty = html`<${Empty} title="Nobody can sign in yet" action=${may && ["/settings/authentication/add", "Add a login method"]}>
    A login method says who people are: your Entra ID, or another OpenID Connect provider. With the first one, Test shows whether it is set up right.<//>`;
  return html`
    <${Heading} title="Login methods" lead="Who people are, they tell themselves at one of these.">
      ${may && html`<a class="button" href="${ROOT}/settings/authentication/add">Add new</a>`}<//>
    <${Table} path="~/access/identity_providers" caption="login methods" query=${query} empty=${empty} columns=${[
    { title: "Name", cell: (idp) => html`<a href="${ROOT}/settings/authentication/${idp.id}">${idp.name}</a>` },
    { title: "Type", cell: (idp) => TYPES[idp.type] ?? idp.type },
    { title: "Provisioning (SCIM)", narrow: "hide", cell: (idp) => (idp.scim_config?.enabled ? "on" : "off") },
    { title: "Test", cell: (idp) => (may ? html`<${TestButton} idp=${idp} />` : "") },
  ]} />`;
}
