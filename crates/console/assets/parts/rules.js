// Rules: a list of selectors with their values, for policies, rule groups and whoever else has include, require and exclude.

import { html, useEffect } from "../view.js";
import { fieldId } from "./form.js";
import { useNames } from "./names.js";
import { ABOUT, blankRule, KINDS, ruleInWords } from "./rule_kinds.js";
import { Value } from "./rule_values.js";

export { PEOPLE } from "./rule_kinds.js";

/**
 * One list of rules in a form. Kinds that cannot be chosen are shown as they are and stay untouched.
 * @param {{form: any, at: string, label: string, hint?: string, idps: any[], kinds?: string[], remarks?: {pointer: string, message: string}[]}} options
 *   `remarks` are what the API remarked when it was saved
 */
export function Rules({ form, at, label, hint, idps, kinds = Object.keys(KINDS), remarks = [] }) {
  const rules = form.get(at) ?? [];
  const names = useNames(rules);
  useEffect(() => {
    form.fields.add(at);
    return () => form.fields.delete(at);
  }, [at]);
  const change = (i, rule) => form.set(at, rules.map((other, j) => (i === j ? rule : other)));
  const whole = form.faultsAt(at).filter((fault) => fault.pointer === at);
  return html`
    <fieldset class="rules" id=${fieldId(at)}>
      <legend>${label}</legend>
      ${hint && html`<p class="hint">${hint}</p>`}
      ${whole.length > 0 && html`<p class="fault">${whole.map((f) => f.message).join(" ")}</p>`}
      ${rules.map((rule, i) => html`
        <${Rule} key=${`${at}${i}`} rule=${rule} names=${names} at="${at}/${i}" form=${form} idps=${idps} kinds=${kinds} label=${label}
          remarks=${remarks.filter((one) => one.pointer === `${at}/${i}` || one.pointer?.startsWith(`${at}/${i}/`))}
          change=${(next) => change(i, next)} remove=${() => form.set(at, rules.filter((_, j) => j !== i))} />`)}
      <button type="button" onClick=${() => form.set(at, [...rules, blankRule(kinds[0], idps)])}>Add a rule to ${label.toLowerCase()}</button>
    </fieldset>`;
}

function Kind({ kind, kinds, label, choose }) {
  const offered = [...new Set([...kinds, kind])];
  const option = (one) => html`<option value=${one} selected=${one === kind}>${KINDS[one].words}</option>`;
  const sections = Object.entries(ABOUT).map(([about, words]) => [words, offered.filter((one) => KINDS[one].about === about)]).filter(([, some]) => some.length > 0);
  return html`<select aria-label="Kind of rule in ${label}" value=${kind} onChange=${(e) => choose(e.target.value)}>
    ${sections.length === 1 ? sections[0][1].map(option) : sections.map(([words, some]) => html`<optgroup label=${words}>${some.map(option)}</optgroup>`)}</select>`;
}

function Rule({ rule, names, at, form, idps, kinds, label, remarks, change, remove }) {
  const [kind, body] = Object.entries(rule)[0];
  const known = KINDS[kind];
  const faults = form.faultsAt(at);
  const id = fieldId(at);
  const described = [known && `${id}-says`, faults.length > 0 && `${id}-fault`].filter(Boolean).join(" ");
  const bad = { "aria-invalid": faults.length > 0 ? "true" : undefined, "aria-describedby": described || undefined };
  return html`
    <div class="rule" data-bad=${faults.length > 0}>
      <div class="row">
        ${known ? html`<${Kind} kind=${kind} kinds=${kinds} label=${label} choose=${(next) => change(blankRule(next, idps))} />` : html`<code>${kind}</code>`}
        <${Value} key=${kind} kind=${kind} body=${body} id=${id} bad=${bad} idps=${idps} change=${(next) => change({ [kind]: next })} />
        <button type="button" class="quiet" onClick=${remove} aria-label="Remove the rule ${ruleInWords(rule, names)}">Remove</button>
      </div>
      ${known ? html`<p class="hint" id="${id}-says">${known.says}</p>` : html`<p class="hint">doorward cannot judge this kind of rule yet. It stays as it is.</p>`}
      ${faults.length > 0 && html`<p class="fault" id="${id}-fault">${faults.map((f) => f.message).join(" ")}</p>`}
      ${remarks.map((remark) => html`<p class="notice warning">${remark.message}</p>`)}
    </div>`;
}
