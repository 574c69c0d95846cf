// Team > Logs: decisions, writes of provisioning, administrators' changes; one of them at a time.

import { ROOT, setQuery } from "../router.js";
import { html } from "../view.js";
import { Empty, Heading, Time } from "../parts/page.js";
import { Table } from "../parts/table.js";

const LOGS = {
  decisions: {
    name: "Access decisions", path: "~/doorward/decisions", key: (d) => d.reference,
    columns: [
      { title: "Time", cell: (d) => html`<${Time} at=${d.created_at} />` },
      { title: "Who", cell: (d) => d.user_email ?? "" },
      { title: "Application", cell: (d) => d.app_name ?? d.host },
      { title: "Verdict", cell: (d) => html`<span class="badge" data-decision=${d.allowed ? "allow" : "deny"}>${d.allowed ? "let in" : "refused"}</span> ${d.allowed ? d.policy_name ?? "" : d.reason ?? ""}` },
      { title: "Reference", narrow: "hide", cell: (d) => html`<code>${d.reference}</code>` },
    ],
  },
  provisioning: {
    name: "Provisioning (SCIM)", path: "~/doorward/provisioning_log", key: (u) => u.id ?? JSON.stringify(u),
    columns: [
      { title: "Time", cell: (u) => html`<${Time} at=${u.logged_at} />` },
      { title: "Request", cell: (u) => `${u.request_method ?? ""} ${u.resource_type ?? ""}` },
      { title: "About", cell: (u) => u.resource_user_email ?? u.resource_group_name ?? u.idp_resource_id ?? "" },
      { title: "Status", cell: (u) => u.status ?? "" },
    ],
  },
  audit: {
    name: "Administrators' changes", path: "~/doorward/audit", key: (c) => c.id,
    columns: [
      { title: "Time", cell: (c) => html`<${Time} at=${c.at} />` },
      { title: "Who", cell: (c) => c.actor_name || c.actor },
      { title: "What", cell: (c) => c.action },
      { title: "Object", narrow: "hide", cell: (c) => html`<code>${c.object}</code>` },
      { title: "Before and after", narrow: "hide", cell: (c) => (c.before || c.after) && html`<details><summary>Show</summary><pre>${JSON.stringify({ before: c.before, after: c.after }, null, 2)}</pre></details>` },
    ],
  },
};

export default function Logs({ query }) {
  const chosen = LOGS[query.get("log")] ? query.get("log") : "decisions";
  const log = LOGS[chosen];
  return html`
    <${Heading} title="Logs" />
    <nav class="tabs" aria-label="Logs">${Object.entries(LOGS).map(([name, { name: words }]) => html`
      <a key=${name} href=${`${ROOT}/team/logs${name === "decisions" ? "" : `?log=${name}`}`} aria-current=${name === chosen ? "page" : undefined}>${words}</a>`)}</nav>
    ${chosen === "decisions" && html`<div class="search"><label for="allowed">Show</label>
      <select id="allowed" value=${query.get("allowed") ?? ""} onChange=${(e) => setQuery({ allowed: e.target.value, page: "" })}>
        <option value="">all decisions</option><option value="true" selected=${query.get("allowed") === "true"}>let in</option><option value="false" selected=${query.get("allowed") === "false"}>refused</option></select></div>`}
    <${Table} key=${chosen} path=${log.path} caption=${log.name} query=${query} keyOf=${log.key} columns=${log.columns}
      fixed=${chosen === "decisions" && query.get("allowed") ? { allowed: query.get("allowed") } : {}}
      empty=${html`<${Empty} title="Nothing here yet">What happens is written down here.<//>`} />`;
}
