// Why somebody got in or not: the policies in their order, each rule with the fact it looked at, where that is from and how old it was.

import { html } from "../view.js";
import { Facts } from "./page.js";

const SOURCES = {
  request: "the request itself", "sign-in": "the sign-in", token: "the ID token", graph: "Microsoft Graph", provisioning: "provisioning (SCIM)", scim: "provisioning (SCIM)",
  sign_in: "the sign-in", intune: "Intune", "identity-protection": "Identity Protection", endpoint: "your endpoint", none: "nobody: it is not known",
};
const CLASSES = {
  "client-address": "address of the client", country: "country", "client-certificate": "client certificate", "service-token": "service token", "linked-app-token": "token of an application",
  email: "e-mail address", "email-domain": "e-mail domain", groups: "groups", "login-method": "login method", "authentication-methods": "methods of the sign-in",
  "authentication-context": "authentication context", claim: "claim", devices: "devices", "external-evaluation": "external evaluation", risk: "risk",
};
export const KINDS = {
  azureAD: "Entra ID group", email: "E-mail address", email_domain: "E-mail domain", email_list: "E-mail list", everyone: "Everyone", login_method: "Login method", group: "Rule group",
  service_token: "Service token", any_valid_service_token: "Any service token", linked_app_token: "Token of an application", ip: "IP range", ip_list: "IP list", geo: "Country",
  auth_method: "Method of the sign-in", auth_context: "Authentication context", oidc: "Claim", device_posture: "Device", user_risk_score: "Risk", certificate: "Client certificate",
  common_name: "Certificate's name", external_evaluation: "External evaluation",
};
const PARTS = { include: "one of", require: "all of", exclude: "none of" };
const ACTIONS = { allow: "Allow", deny: "Block", non_identity: "Service Auth", bypass: "Bypass" };
const UNITS = [[86_400, "day"], [3_600, "hour"], [60, "minute"], [1, "second"]];

/** An age in its largest unit. */
export function age(seconds) {
  if (seconds === undefined || seconds === null) return "";
  const [size, unit] = UNITS.find(([size]) => seconds >= size) ?? [1, "second"];
  const count = Math.floor(seconds / size);
  return `${count} ${unit}${count === 1 ? "" : "s"} old`;
}

/** Where a fact is from and how old it is, in words. */
export const origin = (fact) => [SOURCES[fact.source] ?? fact.source, age(fact.age_seconds)].filter(Boolean).join(", ");

/** A rule in words. */
export const ruleWords = (rule) => `${KINDS[rule.kind] ?? rule.kind}${rule.rule && rule.kind !== "everyone" ? ` ${rule.rule}` : ""}`;

/** A rule with its verdict, its fact and what to do. */
export function Rule({ rule }) {
  const { fact } = rule;
  return html`
    <span class="badge" data-verdict=${rule.verdict}>${rule.verdict}</span> <span class="quiet-text">${PARTS[rule.part] ?? rule.part}:</span> <bdi>${ruleWords(rule)}</bdi>
    ${rule.inside && html` <span class="quiet-text">in the rule group <bdi>${rule.inside}</bdi></span>`}
    ${rule.provider && html` <span class="quiet-text">of <bdi>${rule.provider}</bdi></span>`}
    ${rule.meaning && html`<span class="hint">${rule.meaning}</span>`}
    ${fact && html`<span class="hint">The fact: ${CLASSES[fact.class] ?? fact.class} ${fact.value === undefined || fact.value === null ? "not known" : html`<bdi>“${fact.value}”</bdi>`}, told by ${origin(fact)}.</span>`}
    ${rule.fix && html`<span class="hint"><strong>To do:</strong> ${rule.fix}</span>`}`;
}

/** The whole explanation, as the API gives it under `why`. */
export function Explained({ why }) {
  return html`
    <p>${why.summary}</p>
    ${(why.fixes ?? []).length > 0 && html`<h3>What would have to change</h3><ul>${why.fixes.map((fix) => html`<li key=${fix}>${fix}</li>`)}</ul>`}
    ${(why.policies ?? []).length > 0 && html`<h3>The policies, in their order</h3>
      <ol class="policies-told">${why.policies.map((policy) => html`
        <li key=${policy.id ?? policy.name}>
          <details open=${policy.id === why.policy_id}>
            <summary><bdi>${policy.name}</bdi> <span class="badge">${ACTIONS[policy.action] ?? policy.action}</span> <span class="badge" data-verdict=${policy.verdict}>${policy.verdict}</span>
              ${policy.id === why.policy_id && html` <span class="quiet-text">the verdict hung on it</span>`}${policy.asked === false && html` <span class="quiet-text">was not asked any more</span>`}</summary>
            <ul class="stream">${(policy.rules ?? []).map((rule, i) => html`<li key=${i}><${Rule} rule=${rule} /></li>`)}</ul>
          </details>
        </li>`)}</ol>`}`;
}

/** What was supposed about somebody who did not ask just now. */
export const Assumed = ({ assumed }) => (assumed?.length > 0 ? html`
  <details><summary>Supposed for this</summary><${Facts} rows=${assumed.map((one) => [CLASSES[one.fact] ?? one.fact, one.how])} /></details>` : null);
