// Team > Logs: decisions, writes of provisioning, administrators' changes; one of them at a time.

import { ROOT } from "../router.js";
import { html } from "../view.js";
import { Heading } from "../parts/page.js";
import { AuditLog } from "../parts/log_audit.js";
import { DecisionLog } from "../parts/log_decisions.js";
import { ProvisioningLog } from "../parts/log_provisioning.js";

const LOGS = {
  decisions: ["Access decisions", DecisionLog],
  provisioning: ["Provisioning (SCIM)", ProvisioningLog],
  audit: ["Administrators' changes", AuditLog],
};

export default function Logs({ query }) {
  const chosen = LOGS[query.get("log")] ? query.get("log") : "decisions";
  const [, Log] = LOGS[chosen];
  return html`
    <${Heading} title="Logs" />
    <nav class="tabs" aria-label="Logs">${Object.entries(LOGS).map(([name, [words]]) => html`
      <a key=${name} href=${`${ROOT}/team/logs${name === "decisions" ? "" : `?log=${name}`}`} aria-current=${name === chosen ? "page" : undefined}>${words}</a>`)}</nav>
    <${Log} key=${chosen} query=${query} />`;
}
