// How one login method is: the doctor's verdict, when its secret ends, when provisioning was heard last, the clocks, where groups come from.

import { ROOT } from "../router.js";
import { html } from "../view.js";
import { Facts, Time } from "./page.js";
import { useThing } from "./table.js";

const SOURCES = { token_first: "the token, else Graph", graph: "Graph" };
const ENDS = ["secret-end", "secret-ends", "secret-expired", "certificate-end", "certificate-ends", "certificate-expired"];

function groupsOf(idp, options) {
  if (idp.type !== "azureAD") return "its claims";
  if (idp.config.support_groups === false) return "nowhere: they are unknown";
  return options && SOURCES[options.groups_from];
}

const isOpen = (finding) => finding.severity === "fault" || finding.severity === "warning";

/** When what proves doorward to the provider ends, from whoever knows: the certificate, the settings, the registration. */
function endOf(id, credentials, options, findings) {
  const at = credentials?.not_after ?? (credentials?.method === "secret" ? options?.secret_ends_at : null);
  const finding = findings.find((f) => ENDS.includes(f.code));
  if (at) return html`<${Time} at=${at} />`;
  if (finding) return isOpen(finding) ? "soon, or past: see the warnings" : finding.text;
  return credentials && html`not known: <a href="${ROOT}/settings/authentication/${id}#own">tell doorward</a>`;
}

/** What is to be done stands among the warnings, and at the login method: here only that there is something. */
export function HealthCard({ idp }) {
  const path = `~/doorward/identity_providers/${idp.id}`;
  const entra = idp.type === "azureAD";
  const { thing: check, error } = useThing(`${path}/check`);
  const { thing: options } = useThing(`${path}/options`);
  const { thing: credentials } = useThing(entra ? `${path}/credentials` : "");
  const { thing: scim } = useThing(idp.scim_config?.enabled ? `${path}/scim` : "");
  const findings = check?.findings ?? [];
  const open = findings.filter(isOpen);
  const clock = findings.find((f) => f.code === "clock" || f.code === "clock-skew");
  // What nobody looked at is not in order.
  const verdict = error || !check?.checked_at ? "not checked yet" : open.some((f) => f.severity === "fault") ? "has faults" : open.length > 0 ? "has warnings" : "in order";
  return html`
    <section class="card" aria-labelledby="idp-${idp.id}">
      <h3 id="idp-${idp.id}" class="row"><a href="${ROOT}/settings/authentication/${idp.id}"><bdi>${idp.name}</bdi></a> <span class="badge" data-verdict=${verdict}>${verdict}</span></h3>
      ${open.length > 0 && html`<p><a href="${ROOT}/settings/authentication/${idp.id}#health">${open.length === 1 ? "What was found" : `What was found: ${open.length} things`}</a></p>`}
      <${Facts} rows=${[
    ["Checked", html`<${Time} at=${check?.checked_at} />`],
    [credentials?.method === "certificate" ? "Certificate ends" : "Secret ends", entra && endOf(idp.id, credentials, options, findings)],
    ["Last provisioning call", scim ? html`<${Time} at=${scim.status.last_used_at} />` : idp.scim_config?.enabled ? "" : "provisioning is off"],
    ["Clocks", clock && (isOpen(clock) ? "out of step: see the warnings" : clock.text)],
    ["Groups come from", groupsOf(idp, options)],
  ].map(([name, value]) => [name, value || null])} />
    </section>`;
}
