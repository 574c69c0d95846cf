// One record of the provisioning log: what the directory asked, what it was answered, and what followed.

import { ROOT } from "../router.js";
import { html } from "../view.js";
import { useLoginMethods } from "../parts/app_fields.js";
import { Difference } from "../parts/difference.js";
import { about, effectWords } from "../parts/log_provisioning.js";
import { Facts, Failure, Heading, Time, Waiting } from "../parts/page.js";
import { useThing } from "../parts/table.js";

const BACK = ["/team/logs?log=provisioning", "Provisioning log"];

/** A body as it came, indented where it is JSON. */
function indented(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

export default function Record({ params }) {
  const idps = useLoginMethods();
  const { thing: u, error, again } = useThing(`~/doorward/provisioning_log/${encodeURIComponent(params.id)}`);
  if (error && !u) return html`<${Heading} title="Provisioning" back=${BACK} /><${Failure} error=${error} again=${again} />`;
  if (!u) return html`<${Waiting} what="the record" />`;
  const isDone = u.status === "SUCCESS";
  return html`
    <${Heading} title="${u.request_method} ${u.resource_type === "USER" ? "person" : "group"}" lead=${html`<bdi>${about(u)}</bdi>`} back=${BACK}>
      <span class="badge" data-decision=${isDone ? "allow" : "deny"}>${isDone ? "carried out" : "refused"}</span><//>
    <${Facts} rows=${[
    ["Time", html`<${Time} at=${u.logged_at} />`],
    ["Login method", html`<a href="${ROOT}/settings/authentication/${u.idp_id}"><bdi>${idps.find((idp) => idp.id === u.idp_id)?.name ?? u.idp_id}</bdi></a>`],
    ["Answer", `status ${u.response_status}`],
    ["What was wrong", u.error_description && html`<bdi>${u.error_description}</bdi>`],
    ["Id in the directory (externalId)", u.idp_resource_id && html`<code class="long">${u.idp_resource_id}</code>`],
    ["Id here", u.cf_resource_id && html`<code class="long">${u.cf_resource_id}</code>`],
    ["Client", u.agent],
  ]} />
    <section aria-labelledby="effects"><h2 id="effects">What followed</h2>
      ${(u.effects ?? []).length === 0 ? html`<p>Nobody lost a session or a seat by it.</p>` : html`<ul>${u.effects.map((effect, i) => html`<li key=${i}>${effectWords(effect)}${effect.user && html`, <a href="${ROOT}/team/users/${effect.user}">of this person</a>`}</li>`)}</ul>`}</section>
    <section aria-labelledby="difference"><h2 id="difference">What is different</h2>
      ${u.before === null && u.after === null ? html`<p>Nothing.</p>` : html`<${Difference} before=${u.before} after=${u.after} />`}</section>
    <section aria-labelledby="request"><h2 id="request">What the directory sent</h2>
      ${u.request_body ? html`<pre>${indented(u.request_body)}</pre>` : html`<p>No body.</p>`}
      ${Object.keys(u.normalised ?? {}).length > 0 && html`<p class="hint">Brought into the form of the RFC: ${Object.entries(u.normalised).map(([kind, count]) => `${kind.replaceAll("_", " ")} (${count})`).join(", ")}.</p>`}</section>`;
}
