// Team > Groups: what the directories sent by provisioning, one login method at a time.

import { ROOT, setQuery } from "../router.js";
import { html } from "../view.js";
import { useLoginMethods } from "../parts/app_fields.js";
import { Empty, Heading, Time } from "../parts/page.js";
import { Table } from "../parts/table.js";

export default function Groups({ query }) {
  const idps = useLoginMethods();
  const chosen = query.get("idp") ?? idps.find((idp) => idp.scim_config?.enabled)?.id ?? idps[0]?.id;
  const empty = html`<${Empty} title="No group was sent">Groups come by provisioning (SCIM). <a href="${ROOT}/settings/authentication/${chosen}">Switch it on at the login method</a>.<//>`;
  return html`
    <${Heading} title="Groups" lead="Groups as the directory sent them. Rules hold their object ids." />
    ${idps.length > 1 && html`<div class="search"><label for="idp">Login method</label>
      <select id="idp" value=${chosen} onChange=${(e) => setQuery({ idp: e.target.value, page: "" })}>${idps.map((idp) => html`<option value=${idp.id} selected=${idp.id === chosen}>${idp.name}</option>`)}</select></div>`}
    ${chosen ? html`<${Table} key=${chosen} path=${`~/access/identity_providers/${chosen}/scim/groups`} caption="groups" query=${query} empty=${empty} columns=${[
    { title: "Name", cell: (group) => group.displayName ?? "" },
    { title: "Object id", cell: (group) => html`<code>${group.externalId ?? ""}</code>` },
    { title: "Changed", narrow: "hide", cell: (group) => html`<${Time} at=${group.meta?.lastModified} />` },
  ]} />` : html`<p>There is no login method yet.</p>`}`;
}
