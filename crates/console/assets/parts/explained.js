// Why somebody would or would not get in: the sentence, what to do, and each policy with its rules and facts.

import { html } from "../view.js";
import { decisionInWords } from "./policy_fields.js";

const STATES = { approved: ["would get in", "good"], blocked: ["would not get in", "bad"], error: ["cannot be told", "warning"] };
const SOURCES = { "sign-in": "the last sign-in", provisioning: "provisioning (SCIM)" };

/** @param {{person: any}} options one person as the tester explains them */
export function Explained({ person }) {
  const [words, look] = STATES[person.status] ?? [person.status, ""];
  const { why } = person;
  return html`
    <p class="notice ${look}"><strong>${person.email || person.name} ${words}.</strong> ${why.summary}</p>
    ${why.fixes.length > 0 && html`<h3>What would change it</h3><ul>${why.fixes.map((fix) => html`<li key=${fix}>${fix}</li>`)}</ul>`}
    ${why.policies.map((policy) => html`
      <details key=${policy.id ?? policy.name} open=${why.policies.length === 1}>
        <summary><bdi>${policy.name}</bdi> <span class="badge" data-decision=${policy.action}>${decisionInWords(policy.action)}</span> ${policy.asked === false ? "was not asked" : policy.verdict}</summary>
        <ul class="findings">${policy.rules.map((rule, i) => html`<li key=${i}><strong>${rule.part}</strong>${rule.inside && html` in <bdi>${rule.inside}</bdi>`}: <bdi>${rule.rule}</bdi>: ${rule.verdict}.
          ${rule.meaning && html` <span class="hint">${rule.meaning}</span>`}</li>`)}</ul>
      </details>`)}
    <p class="hint">Judged by ${SOURCES[person.source] ?? person.source}.</p>
    ${person.assumed.length > 0 && html`<details><summary>What was assumed</summary><ul>${person.assumed.map((one, i) => html`<li key=${i}>${one.fact}: ${one.how}</li>`)}</ul></details>`}`;
}
