// One group of a directory: who is in it and from where that is known, and which rules hang on it.

import { ROOT } from "../router.js";
import { html } from "../view.js";
import { Empty, Facts, Failure, Heading, Time, Waiting } from "../parts/page.js";
import { Table, useThing } from "../parts/table.js";

const ACTIONS = { allow: "Allow", deny: "Block", non_identity: "Service Auth", bypass: "Bypass" };

export default function Group({ params, query }) {
  const back = [`/team/groups?idp=${params.idp}`, "Groups"];
  const path = `~/doorward/identity_providers/${encodeURIComponent(params.idp)}/scim/groups/${encodeURIComponent(params.id)}`;
  const { thing: group, error, again } = useThing(path);
  if (error && !group) return html`<${Heading} title="Group" back=${back} /><${Failure} error=${error} again=${again} />`;
  if (!group) return html`<${Waiting} what="the group" />`;
  const empty = html`<${Empty} title="Nobody is in it">The directory sent the group without members, or all of them left.<//>`;
  return html`
    <${Heading} title=${html`<bdi>${group.name ?? group.id}</bdi>`} back=${back} />
    <${Facts} rows=${[
    ["Object id", group.object_id ? html`<code class="long">${group.object_id}</code>` : html`none: no rule can name it (externalId <code class="long">${group.external_id ?? ""}</code>)`],
    ["Source", "provisioning (SCIM)"],
    ["Direct members", group.members.toLocaleString()],
    ["Filled in through groups in it", group.expansion && html`${group.filled_in.toLocaleString()}, read from the directory <${Time} at=${group.expansion.read_at} />${group.expansion.why ? ` (the last try failed: ${group.expansion.why})` : ""}`],
    ["Sent first", html`<${Time} at=${group.created_at} />`],
    ["Changed", html`<${Time} at=${group.updated_at} />`],
  ]} />
    <section aria-labelledby="uses"><h2 id="uses">What hangs on it</h2><${Uses} uses=${group.uses} /></section>
    <section aria-labelledby="members"><h2 id="members">Members</h2>
      <p class="hint">Provisioning sends direct members. Access itself decides by the groups that the sign-in tells, nested ones included.</p>
      <${Table} path=${`${path}/members`} caption="members" query=${query} empty=${empty} keyOf=${(m) => `${m.source}${m.id ?? m.object_id}`} columns=${[
    { title: "Name", cell: (m) => html`<${Member} member=${m} idp=${params.idp} />` },
    { title: "User principal name", narrow: "hide", cell: (m) => html`<bdi>${m.user_name ?? ""}</bdi>` },
    { title: "Account", cell: (m) => (m.kind === "group" ? "group" : m.active === false ? html`<span class="badge" data-decision="deny">deactivated</span>` : m.active ? "active" : html`<span class="quiet-text">not told</span>`) },
    { title: "Source", cell: (m) => (m.source === "graph" ? html`Microsoft Graph, through a group in it <span class="quiet-text">read <${Time} at=${m.read_at} /></span>` : "provisioning (SCIM)") },
  ]} /></section>`;
}

function Member({ member, idp }) {
  const name = html`<bdi>${member.name ?? member.user_name ?? member.object_id ?? member.id}</bdi>`;
  if (member.kind === "group") return html`<a href="${ROOT}/team/groups/${idp}/${member.id}">${name}</a>`;
  return member.user_uid ? html`<a href="${ROOT}/team/users/${member.user_uid}">${name}</a>` : html`${name} <span class="quiet-text">never signed in</span>`;
}

/** Rule groups, policies and applications that name it. */
function Uses({ uses }) {
  const { rule_groups: groups, policies } = uses;
  if (groups.total === 0 && policies.total === 0) return html`<p>No rule names this group.</p>`;
  const list = (all) => all.map((one, i) => html`${i > 0 && ", "}<a href="${ROOT}/access/groups/${one.id}"><bdi>${one.name}</bdi></a>`);
  return html`
    ${groups.total > 0 && html`<h3>Rule groups</h3><ul class="stream">${groups.list.map((group) => html`<li key=${group.id}><a href="${ROOT}/access/groups/${group.id}"><bdi>${group.name}</bdi></a>${!group.directly && html` <span class="quiet-text">through a rule group in it</span>`}</li>`)}</ul>`}
    ${policies.total > 0 && html`<h3>Policies</h3><ul class="stream">${policies.list.map((policy) => html`<li key=${policy.id}>${policy.reusable ? html`<a href="${ROOT}/access/policies/${policy.id}"><bdi>${policy.name}</bdi></a>` : html`<bdi>${policy.name}</bdi>`} <span class="badge">${ACTIONS[policy.decision] ?? policy.decision}</span>
      ${policy.rule_groups.length > 0 && html` <span class="quiet-text">by the rule group ${list(policy.rule_groups)}</span>`}
      <span class="hint">${policy.applications.total === 0 ? "Stands at no application." : html`Stands at ${policy.applications.list.map((app, i) => html`${i > 0 && ", "}<a href="${ROOT}/access/applications/${app.id}"><bdi>${app.name}</bdi></a>`)}.`}</span></li>`)}</ul>`}
    ${policies.total > policies.list.length && html`<p class="hint">The first ${policies.list.length} of ${policies.total} policies.</p>`}`;
}
