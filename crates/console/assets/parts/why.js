// Why somebody got in or not: the policies in their order, each rule with the fact it looked at, where that is from and how old it was.

import { html } from "../view.js";
import { Facts } from "./page.js";
import { decisionInWords } from "./policy_fields.js";

const JUDGED_BY = { "sign-in": "the sign-in", provisioning: "provisioning (SCIM)" };
const CLASSES = {
  "client-address": "address of the client", country: "country", "client-certificate": "client certificate", "service-token": "service token", "linked-app-token": "token of an application",
  email: "e-mail address", "email-domain": "e-mail domain", groups: "groups", "login-method": "login method", "authentication-methods": "methods of the sign-in",
  "authentication-context": "authentication context", claim: "claim", devices: "devices", "external-evaluation": "external evaluation", risk: "risk",
};
const PARTS = { include: "one of", require: "all of", exclude: "none of" };
const STATES = { approved: ["would get in", "good"], blocked: ["would not get in", "bad"], error: ["cannot be told", "warning"] };
const UNITS = [[86_400, "day"], [3_600, "hour"], [60, "minute"], [1, "second"]];

/** An age in its largest unit. */
export function age(seconds) {
  if (seconds === undefined || seconds === null) return "";
  const [size, unit] = UNITS.find(([size]) => seconds >= size) ?? [1, "second"];
  const count = Math.floor(seconds / size);
  return `${count} ${unit}${count === 1 ? "" : "s"} old`;
}

/** Where a fact is from and how old it is, in words. */
const origin = (fact) => {
  if (fact.source === "none") return ", not told by anybody";
  const isKnown = (fact.value !== undefined && fact.value !== null) || fact.age_seconds !== undefined;
  return ["", `${isKnown ? "" : "to be "}told by ${fact.told_by}`, age(fact.age_seconds)].filter((part, at) => at === 0 || part).join(", ");
};

/** A rule with its verdict, its fact and what to do. */
export function Rule({ rule }) {
  const { fact } = rule;
  return html`
    <span class="badge" data-verdict=${rule.verdict}>${rule.verdict}</span> <span class="quiet-text">${PARTS[rule.part] ?? rule.part}:</span> <bdi>${rule.words}</bdi>
    ${rule.inside && html` <span class="quiet-text">in the rule group <bdi>${rule.inside}</bdi></span>`}
    ${rule.provider && html` <span class="quiet-text">of <bdi>${rule.provider}</bdi></span>`}
    ${rule.meaning && html`<span class="hint">${rule.meaning}</span>`}
    ${fact && html`<span class="hint">The fact: ${CLASSES[fact.class] ?? fact.class} ${fact.value === undefined || fact.value === null ? "not known" : html`<bdi>“${fact.value}”</bdi>`}${origin(fact)}.</span>`}
    ${rule.fix && html`<span class="hint"><strong>To do:</strong> ${rule.fix}</span>`}`;
}

/** What would have to change, and each policy with its rules; the one that the verdict hung on stands open. */
function Policies({ why }) {
  return html`
    ${(why.fixes ?? []).length > 0 && html`<h3>What would have to change</h3><ul>${why.fixes.map((fix) => html`<li key=${fix}>${fix}</li>`)}</ul>`}
    ${(why.policies ?? []).length > 0 && html`<h3>The policies, in their order</h3>
      <ol class="policies-told">${why.policies.map((policy) => html`
        <li key=${policy.id ?? policy.name}>
          <details open=${(policy.id && policy.id === why.policy_id) || why.policies.length === 1}>
            <summary><bdi>${policy.name}</bdi> <span class="badge" data-decision=${policy.action}>${decisionInWords(policy.action)}</span> ${policy.asked === false ? html`<span class="quiet-text">was not asked any more</span>` : html`<span class="badge" data-verdict=${policy.verdict}>${policy.verdict}</span>`}
              ${policy.id && policy.id === why.policy_id && html` <span class="quiet-text">the verdict hung on it</span>`}</summary>
            <ul class="stream">${(policy.rules ?? []).map((rule, i) => html`<li key=${i}><${Rule} rule=${rule} /></li>`)}</ul>
          </details>
        </li>`)}</ol>`}`;
}

/** The whole explanation, as the API gives it under `why`. */
export const Explained = ({ why }) => html`<p>${why.summary}</p><${Policies} why=${why} />`;

/** What was supposed about somebody who did not ask just now. */
export const Assumed = ({ assumed }) => (assumed?.length > 0 ? html`
  <details><summary>Supposed for this</summary><${Facts} rows=${assumed.map((one) => [CLASSES[one.fact] ?? one.fact, one.how])} /></details>` : null);

/** Somebody whom the tester judged. @param {{person: any}} options as the API tells them */
export function Judged({ person }) {
  const [words, look] = STATES[person.status] ?? [person.status, ""];
  return html`
    <p class="notice ${look}"><strong><bdi>${person.email || person.name}</bdi> ${words}.</strong> ${person.why.summary}</p>
    <${Policies} why=${person.why} />
    <p class="hint">Judged by ${JUDGED_BY[person.source] ?? person.source}.</p>
    <${Assumed} assumed=${person.assumed} />`;
}
