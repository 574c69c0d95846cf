// The log of provisioning: what directories sent and what followed from it.

import { ROOT } from "../router.js";
import { html, useState } from "../view.js";
import { useLoginMethods } from "./app_fields.js";
import { Export } from "./export.js";
import { Back, Filters, Person, Pick, sinceOf, Typed } from "./filters.js";
import { Empty, Time } from "./page.js";
import { Table } from "./table.js";

const FOLLOW_MS = 3000;
const METHODS = [["", "all"], ["POST", "created (POST)"], ["PATCH", "changed (PATCH)"], ["PUT", "replaced (PUT)"], ["DELETE", "deleted (DELETE)"]];

/** Who or what a record is about. */
export const about = (u) => u.resource_user_email ?? u.resource_group_name ?? u.idp_resource_id ?? u.cf_resource_id ?? "";

const EFFECTS = {
  sessions_ended: "sessions ended", seat_freed: "seat freed", seat_held: "seat held by the guard", deletion_held: "deletion held by the guard",
  identity_updated: "identity updated", link_conflict: "conflict: tied to several", guard_tripped: "the guard tripped",
};

/** What followed from it, in words. */
export const effectWords = (effect) => `${EFFECTS[effect.effect] ?? effect.effect}${effect.why ? ` (${effect.why.replaceAll("_", " ")})` : ""}${effect.of ? `: ${effect.deactivated} of ${effect.of} people` : ""}`;

export function ProvisioningLog({ query }) {
  const [isFollowed, setFollowed] = useState(false);
  const idps = useLoginMethods();
  const names = Object.fromEntries(idps.map((idp) => [idp.id, idp.name]));
  const filter = {
    idp_id: query.get("idp_id"), resource_type: query.get("resource_type"), request_method: query.get("request_method"), status: query.get("status"),
    resource_user_email: query.get("user"), resource_group_name: query.get("group"), since: sinceOf(query),
  };
  const isFiltered = Object.values(filter).some(Boolean);
  const empty = isFiltered ? html`<p>Nothing fits the filters. <a href="${ROOT}/team/logs?log=provisioning">Show everything</a>.</p>`
    : html`<${Empty} title="Nothing was provisioned yet" action=${["/settings/authentication", "Login methods"]}>Switch provisioning on at the login method, and enter its address and secret in the directory. What it sends is written down here.<//>`;
  return html`
    <${Filters}>
      <${Pick} query=${query} name="idp_id" label="Login method" options=${[["", "all"], ...idps.map((idp) => [idp.id, idp.name])]} />
      <${Pick} query=${query} name="resource_type" label="About" options=${[["", "all"], ["USER", "people"], ["GROUP", "groups"]]} />
      <${Pick} query=${query} name="request_method" label="What" options=${METHODS} />
      <${Pick} query=${query} name="status" label="Outcome" options=${[["", "all"], ["SUCCESS", "carried out"], ["FAILURE", "refused"]]} />
      <${Person} query=${query} name="user" label="Person" />
      <${Typed} query=${query} name="group" label="Group" placeholder="Whole name" />
      <${Back} query=${query} />
    <//>
    <div class="actions bar">
      <button type="button" aria-pressed=${isFollowed} onClick=${() => setFollowed(!isFollowed)}>${isFollowed ? "Pause" : "Follow"}</button>
      <${Export} path="~/doorward/provisioning_log/export" query=${filter} name="provisioning-log" />
    </div>
    <${Table} path="~/doorward/provisioning_log" caption="records of provisioning" query=${query} fixed=${filter} empty=${empty} follow=${isFollowed ? FOLLOW_MS : 0} columns=${[
    { title: "Time", cell: (u) => html`<a href="${ROOT}/team/logs/provisioning/${u.id}"><${Time} at=${u.logged_at} /></a>` },
    { title: "Request", cell: (u) => `${u.request_method} ${u.resource_type === "USER" ? "person" : "group"}` },
    { title: "About", cell: (u) => html`<bdi>${about(u)}</bdi>` },
    { title: "Outcome", cell: (u) => html`<span class="badge" data-decision=${u.status === "SUCCESS" ? "allow" : "deny"}>${u.status === "SUCCESS" ? "carried out" : "refused"}</span> <span class="quiet-text">${u.response_status}</span>` },
    { title: "Followed from it", narrow: "hide", cell: (u) => (u.effects ?? []).map(effectWords).join("; ") },
    { title: "Login method", narrow: "hide", cell: (u) => html`<bdi>${names[u.idp_id] ?? ""}</bdi>` },
  ]} />`;
}
