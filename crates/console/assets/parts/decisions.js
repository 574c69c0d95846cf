// Decisions of the door in a list, for the log and for pages of people and applications.

import { ROOT } from "../router.js";
import { html } from "../view.js";
import { Failure, Time, Waiting } from "./page.js";
import { useList } from "./table.js";

/** Let in or refused. */
export const Verdict = ({ row }) => html`<span class="badge" data-decision=${row.allowed ? "allow" : "deny"}>${row.allowed ? "let in" : "refused"}</span>`;

/** Address of a decision's page. */
export const decisionPage = (reference) => `${ROOT}/team/logs/decisions/${encodeURIComponent(reference)}`;

/** The last few, by a filter. */
export function LastDecisions({ filter, most = 10 }) {
  const { rows, info, error, again } = useList("~/doorward/decisions", { ...filter, per_page: most });
  if (error) return html`<${Failure} error=${error} again=${again} />`;
  if (rows === null) return html`<${Waiting} what="decisions" />`;
  if (rows.length === 0) return html`<p>None is kept.</p>`;
  const words = new URLSearchParams(filter).toString();
  return html`
    <ul class="stream">${rows.map((row) => html`<li key=${row.reference}><${Verdict} row=${row} /> <a href=${decisionPage(row.reference)}><bdi>${row.app_name ?? row.host}</bdi>, <${Time} at=${row.created_at} /></a>
      ${!row.allowed && row.policy_name && html` <span class="quiet-text"><bdi>${row.policy_name}</bdi></span>`}</li>`)}</ul>
    ${info.total_count > rows.length && html`<p><a href="${ROOT}/team/logs?${words}">All ${info.total_count.toLocaleString()}</a></p>`}`;
}
