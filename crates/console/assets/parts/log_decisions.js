// The log of access decisions: filtered, followed, saved; each leads to its explanation.

import { ROOT } from "../router.js";
import { html, useState } from "../view.js";
import { decisionPage, Verdict } from "./decisions.js";
import { Export } from "./export.js";
import { Back, Filters, Person, Pick, sinceOf, useApps } from "./filters.js";
import { Empty, Time } from "./page.js";
import { Table } from "./table.js";

const FOLLOW_MS = 3000;

export function DecisionLog({ query }) {
  const [isFollowed, setFollowed] = useState(false);
  const apps = useApps();
  const filter = {
    email: query.get("email"), user_id: query.get("user_id"), app_id: query.get("app_id"), policy_id: query.get("policy_id"), allowed: query.get("allowed"),
    admissions: query.get("admissions"), since: sinceOf(query),
  };
  // Counting goes through the whole log: not every few seconds.
  const asked = { ...filter, total: isFollowed ? "false" : "" };
  const isFiltered = Object.values(filter).some(Boolean);
  const empty = isFiltered ? html`<p>Nothing fits the filters. <a href="${ROOT}/team/logs">Show everything</a>.</p>`
    : html`<${Empty} title="Nobody has asked for anything yet" action=${["/access/applications", "Applications"]}>Sign-ins, refusals and first visits are written down here, each with the reason.<//>`;
  return html`
    <${Filters}>
      <${Person} query=${query} name="email" label="Person" />
      <${Pick} query=${query} name="app_id" label="Application" options=${[["", "all"], ...apps.map((app) => [app.id, app.name])]} />
      <${Pick} query=${query} name="allowed" label="Verdict" options=${[["", "all"], ["true", "let in"], ["false", "refused"]]} />
      <${Pick} query=${query} name="admissions" label="First visits" options=${[["", "with them"], ["false", "without: sign-ins and refusals"]]} />
      <${Back} query=${query} />
    <//>
    ${(query.get("user_id") || query.get("policy_id")) && html`<p>Of one ${query.get("user_id") ? "person" : "policy"} only. <a href="${ROOT}/team/logs">Show everybody</a>.</p>`}
    <div class="actions bar">
      <button type="button" aria-pressed=${isFollowed} onClick=${() => setFollowed(!isFollowed)}>${isFollowed ? "Pause" : "Follow"}</button>
      <${Export} path="~/doorward/decisions/export" query=${filter} name="access-decisions" />
    </div>
    ${isFollowed && Number(query.get("page")) > 1 && html`<p class="hint">New ones appear on the first page.</p>`}
    <${Table} path="~/doorward/decisions" caption="access decisions" query=${query} fixed=${asked} keyOf=${(d) => d.reference} empty=${empty} follow=${isFollowed ? FOLLOW_MS : 0} columns=${[
    { title: "Time", cell: (d) => html`<a href=${decisionPage(d.reference)}><${Time} at=${d.created_at} /></a>` },
    { title: "Who", cell: (d) => (d.user_uid ? html`<a href="${ROOT}/team/users/${d.user_uid}"><bdi>${d.user_email ?? d.user_uid}</bdi></a>` : html`<bdi>${d.user_email ?? ""}</bdi>`) },
    { title: "Application", cell: (d) => html`<bdi>${d.app_name ?? d.host}</bdi>` },
    { title: "Verdict", cell: (d) => html`<${Verdict} row=${d} /> <span class="quiet-text">${d.policy_name ?? ""}</span>` },
    { title: "From", narrow: "hide", cell: (d) => `${d.ip_address}${d.country ? ` (${d.country})` : ""}` },
  ]} />`;
}
