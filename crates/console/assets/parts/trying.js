// What stands beside a form of rules: whom they would let in, and what the log says to the edit.

import { useMay } from "../session.js";
import { html } from "../view.js";
import { Replay } from "./replay.js";
import { Tester } from "./tester.js";

const KEPT_OUT = ["would be kept out", "would not", "cannot be told"];

/** A block alone lets nobody in: what is of interest is whom its rules fit. */
const asAllow = ({ purpose_justification_required: _, purpose_justification_prompt: __, approval_required: ___, approval_groups: ____, ...policy }) => ({ ...policy, decision: "allow" });

/** @param {{policy: any, edit: any}} options the policy as it would be sent; `edit` is what a replay takes, null for something that is new */
export function Trying({ policy, edit }) {
  const may = useMay("policyTests");
  if (!may) return null;
  const isEmpty = policy.include.length === 0;
  const tried = isEmpty ? [] : [{ ...policy, name: policy.name || "unnamed" }];
  const { decision } = policy;
  return html`
    <div class="trying">
      ${decision === "allow" && html`<${Tester} policies=${tried} hint="By this policy alone, of everybody whom doorward knows. Nothing is saved by this." />`}
      ${decision === "deny" && html`<${Tester} policies=${tried.map(asAllow)} title="Whom it would keep out now" sides=${KEPT_OUT} hint="Of everybody whom doorward knows. Who cannot be told is kept out, too. Nothing is saved by this." />`}
      ${decision === "non_identity" && html`<section><h2>Who would get in now</h2><p>Programs with what the rules name. People are not judged by a Service Auth policy.</p></section>`}
      ${decision === "bypass" && html`<section><h2>Who would get in now</h2><p class="notice warning">Every request that the rules fit, whoever sends it. Nobody is asked who they are, and nothing is logged.</p></section>`}
      ${edit && html`<${Replay} edit=${isEmpty ? null : edit} />`}
    </div>`;
}
