// Team > Groups: what the directories sent by provisioning, one login method at a time, and what rules name that was never sent.

import { ROOT } from "../router.js";
import { html } from "../view.js";
import { ChooseDirectory, useDirectory } from "../parts/directory.js";
import { Empty, Heading, Time } from "../parts/page.js";
import { Table, useThing } from "../parts/table.js";

export default function Groups({ query }) {
  const { idps, id } = useDirectory(query);
  const empty = html`<${Empty} title="No group was sent" action=${id ? [`/settings/authentication/${id}`, "Open the login method"] : ["/settings/authentication/add", "Add a login method"]}>
    Groups come by provisioning (SCIM): switch it on at the login method, and assign groups to the provisioning application of the directory. Sign-ins tell groups without it, too; rules hold their object ids.<//>`;
  return html`
    <${Heading} title="Groups" lead="Groups as the directory sent them. Rules hold their object ids.">
      <a class="button quiet" href="${ROOT}/team/provisioning${id ? `?idp=${id}` : ""}">Drift and guard</a><//>
    <${ChooseDirectory} idps=${idps} id=${id} />
    ${id ? html`<${Table} key=${id} path=${`~/doorward/identity_providers/${id}/scim/groups`} caption="groups" query=${query} search="search" empty=${empty} columns=${[
    { title: "Name", cell: (g) => html`<a href="${ROOT}/team/groups/${id}/${g.id}"><bdi>${g.name ?? g.external_id ?? g.id}</bdi></a>` },
    { title: "Members", cell: (g) => `${g.more_members ? "more than " : ""}${g.members.toLocaleString()}` },
    { title: "Object id", narrow: "hide", cell: (g) => html`<code class="long">${g.object_id ?? g.external_id ?? ""}</code>` },
    { title: "Source", narrow: "hide", cell: () => "provisioning (SCIM)" },
    { title: "Changed", narrow: "hide", cell: (g) => html`<${Time} at=${g.updated_at} />` },
  ]} /><${Unsent} id=${id} />` : empty}`;
}

const UNSENT = { not_provisioned: "rules name it; provisioning does not send it", gone: "rules name it; the directory has it no more" };

/** Groups that rules name and nobody provisioned: known by their object id, and by the sign-ins of those who are in them. */
function Unsent({ id }) {
  const { thing: report } = useThing(`~/doorward/identity_providers/${id}/drift`);
  const groups = (report?.groups ?? []).filter((group) => UNSENT[group.state]);
  if (groups.length === 0) return null;
  return html`
    <section aria-labelledby="unsent"><h2 id="unsent">Named in rules only</h2>
      <p class="hint">As of <${Time} at=${report.checked_at} />. Access decides by what the sign-in tells, so that such rules work; here nobody knows who is in them.</p>
      <ul class="stream">${groups.map((group) => html`<li key=${group.id}><bdi>${group.name ?? ""}</bdi> <code class="long">${group.id}</code> <span class="quiet-text">${UNSENT[group.state]}</span>${group.fix && html`<span class="hint">To do: ${group.fix}</span>`}</li>`)}</ul>
    </section>`;
}
