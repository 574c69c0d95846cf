// One decision of the door: the verdict, which rule and fact it hung on, and what would have to change.

import { ROOT } from "../router.js";
import { html } from "../view.js";
import { Verdict } from "../parts/decisions.js";
import { Explained } from "../parts/why.js";
import { Facts, Failure, Heading, Time, Waiting } from "../parts/page.js";
import { useThing } from "../parts/table.js";

const BACK = ["/team/logs", "Logs"];
const ACTIONS = { login: "sign-in", logout: "sign-out", access: "request" };

export default function Decision({ params }) {
  const { thing: d, error, again } = useThing(`~/doorward/decisions/${encodeURIComponent(params.reference)}`);
  if (error && !d) return html`<${Heading} title="Decision" back=${BACK} /><${Failure} error=${error} again=${again} />`;
  if (!d) return html`<${Waiting} what="the decision" />`;
  return html`
    <${Heading} title="Decision" tab=${`${d.user_email ?? "Somebody"} at ${d.app_name ?? d.host}`} back=${BACK}><${Verdict} row=${d} /><//>
    <section aria-labelledby="why"><h2 id="why">Why</h2><${Explained} why=${d.why} /></section>
    <section aria-labelledby="what"><h2 id="what">What was decided</h2>
      <${Facts} rows=${[
    ["Time", html`<${Time} at=${d.created_at} />`],
    ["Who", d.user_uid ? html`<a href="${ROOT}/team/users/${d.user_uid}"><bdi>${d.user_email ?? d.user_uid}</bdi></a>` : d.user_email ?? d.person],
    ["Application", d.app_uid ? html`<a href="${ROOT}/access/applications/${d.app_uid}"><bdi>${d.app_name ?? d.host}</bdi></a>` : d.host],
    ["Address that was asked for", html`<bdi>${d.host}${d.path}</bdi>`],
    ["What it was", ACTIONS[d.action] ?? d.action],
    ["Policy", d.policy_name && html`<bdi>${d.policy_name}</bdi>`],
    ["Login method", d.idp_name && html`<bdi>${d.idp_name}</bdi>`],
    ["From", `${d.ip_address}${d.country ? ` (${d.country})` : ""}`],
    ["Reference", html`<code class="long">${d.reference}</code>`],
  ]} /></section>
    <section aria-labelledby="person"><h2 id="person">What was known</h2><${Known} facts=${d.facts} /></section>`;
}

/** The facts that it was made from. */
function Known({ facts }) {
  if (!facts) return html`<p>No facts are kept with this decision: none were asked, or it is older than they are kept.</p>`;
  const { identity } = facts;
  const groups = identity?.groups;
  return html`
    <${Facts} rows=${[
    ["Name", identity && html`<bdi>${identity.name}</bdi>`],
    ["E-mail address", identity && html`<bdi>${identity.email}</bdi>`],
    ["User principal name", identity?.user_principal_name && html`<bdi>${identity.user_principal_name}</bdi>`],
    ["Signed in", identity && html`<${Time} at=${identity.signed_in_at} />`],
    ["Groups", groups && (groups.state === "known" ? html`${groups.count.toLocaleString()}, by ${groups.source === "graph" ? "Microsoft Graph" : groups.source}, read <${Time} at=${groups.read_at} />` : `unknown (${groups.reason})`)],
    ["Methods of the sign-in", identity?.authentication_methods?.join(", ")],
    ["Address of the client", facts.client_address ?? "unknown"],
    ["Country", facts.country ?? "unknown"],
    ["Client certificate", facts.certificate?.state === "shown" ? facts.certificate.common_name ?? "shown" : facts.certificate?.state === "not-shown" ? "not shown" : ""],
    ["Configuration", facts.configuration_version !== undefined && `version ${facts.configuration_version}`],
  ]} />`;
}
