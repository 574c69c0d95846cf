// The fields of a policy, reusable or of one application; and how what the API answers becomes what a form holds, and back.

import { read } from "../api.js";
import { html, useState } from "../view.js";
import { DURATIONS } from "./app_fields.js";
import { Combobox } from "./combobox.js";
import { Area, Check, Choice, fieldId, Lines, Text, Whole } from "./form.js";
import { learn, useNames } from "./names.js";
import { kindsFor } from "./rule_kinds.js";
import { Rules } from "./rules.js";

/** Decisions: name on the wire, in a word, in a sentence. */
export const DECISIONS = [
  ["allow", "Allow", "Whoever the rules fit is let in, after a sign-in."],
  ["deny", "Block", "Whoever the rules fit is kept out, whatever the policies after it say."],
  ["bypass", "Bypass", "Whoever the rules fit gets through without a sign-in, a session or an entry in the log."],
  ["non_identity", "Service Auth", "Programs that the rules fit get through without a person."],
];

export const decisionInWords = (decision) => DECISIONS.find(([one]) => one === decision)?.[1] ?? decision;

export const BLANK = {
  name: "", decision: "allow", include: [], require: [], exclude: [], session_duration: "", purpose_justification_required: false,
  purpose_justification_prompt: "", approval_required: false, approval_groups: [],
};

/** What the form holds. */
export const valuesOf = (policy) => ({ ...BLANK, ...policy });

/** What is sent: members that are empty are left out, and what only an Allow policy may demand stays with those. */
export function bodyOf(values) {
  const { session_duration: duration, purpose_justification_prompt: prompt, approval_groups: groups, ...body } = values;
  if (duration) body.session_duration = duration;
  const isAllow = body.decision === "allow";
  body.purpose_justification_required &&= isAllow;
  body.approval_required &&= isAllow;
  if (body.purpose_justification_required && prompt) body.purpose_justification_prompt = prompt;
  if (body.approval_required) {
    body.approval_groups = groups.map(({ email_list_uuid: list, ...group }) => ({ ...group, approvals_needed: group.approvals_needed ?? 1, ...(list && { email_list_uuid: list }) }));
  }
  return body;
}

/** @param {{form: any, idps: any[], remarks?: any[]}} options */
export function PolicyFields({ form, idps, remarks }) {
  const decision = form.get("/decision");
  const kinds = kindsFor(decision);
  const durations = [["", "As long as the application says"], ...DURATIONS];
  const duration = form.get("/session_duration");
  if (duration && !durations.some(([one]) => one === duration)) durations.push([duration, duration]);
  return html`
    <${Text} form=${form} at="/name" label="Name" required hint="People who are refused read it." />
    <${Choice} form=${form} at="/decision" label="What it does" options=${DECISIONS.map(([one, words]) => [one, words])} hint=${DECISIONS.find(([one]) => one === decision)?.[2]} />
    <${Rules} form=${form} at="/include" label="Include" hint="Whoever fits one of these." idps=${idps} kinds=${kinds} remarks=${remarks} />
    <${Rules} form=${form} at="/require" label="Require" hint="All of these must hold besides." idps=${idps} kinds=${kinds} remarks=${remarks} />
    <${Rules} form=${form} at="/exclude" label="Exclude" hint="None of these may hold." idps=${idps} kinds=${kinds} remarks=${remarks} />
    ${decision === "allow" && html`
      <fieldset><legend>Once they are let in</legend>
        <${Choice} form=${form} at="/session_duration" label="Judge them anew after" options=${durations} hint="How long the application's token lasts for people whom this policy lets in." />
        <${Check} form=${form} at="/purpose_justification_required" label="Ask what they need it for" hint="Once in a session; the answer is kept in the log." />
        ${form.get("/purpose_justification_required") && html`<${Area} form=${form} at="/purpose_justification_prompt" label="The question" rows=${2} hint="Empty: doorward's own words." />`}
        <${Check} form=${form} at="/approval_required" label="Somebody has to approve first" hint="For a while that the approver chooses, 24 hours at most. Approvers get a mail." />
        ${form.get("/approval_required") && html`<${Approvers} form=${form} />`}
      </fieldset>`}`;
}

/** Groups of people who approve; every group has to. */
function Approvers({ form }) {
  const at = "/approval_groups";
  const groups = form.get(at);
  const blank = { approvals_needed: 1, email_addresses: [], email_list_uuid: "" };
  // Those behind a removed group take its place: their fields begin anew, with nothing of its.
  const [removals, setRemovals] = useState(0);
  const drop = (i) => {
    setRemovals(removals + 1);
    form.set(at, groups.filter((_, j) => j !== i));
  };
  return html`
    ${groups.map((_, i) => html`
      <fieldset key=${`${removals}-${i}`} id=${fieldId(`${at}/${i}`)}><legend>Approvers${groups.length > 1 ? ` ${i + 1}` : ""}</legend>
        <${Whole} form=${form} at="${at}/${i}/approvals_needed" label="So many of them" />
        <${Lines} form=${form} at="${at}/${i}/email_addresses" label="Their addresses" hint="One a line." />
        <${ApproverList} form=${form} at="${at}/${i}/email_list_uuid" />
        <button type="button" onClick=${() => drop(i)}>Remove these approvers</button>
      </fieldset>`)}
    ${form.faultsAt(at).filter((fault) => fault.pointer === at || /^\/approval_groups\/\d+$/.test(fault.pointer)).map((fault) => html`<p class="fault">${fault.message}</p>`)}
    <button type="button" onClick=${() => form.set(at, [...groups, blank])}>Add approvers</button>`;
}

function ApproverList({ form, at }) {
  const value = form.get(at) ?? "";
  const names = useNames([{ email_list: { id: value } }]);
  const search = async (text, signal) => {
    const { result } = await read("~/gateway/lists", { type: "EMAIL", search: text, per_page: 50 }, signal);
    return { options: result.map((list) => ({ value: list.id, words: list.name, note: `${list.count} entries` })) };
  };
  const choose = (option) => {
    learn(option.value, option.words);
    form.set(at, option.value);
  };
  return html`<div class="field"><span class="label">Or everybody on a list</span>
    <${Combobox} id=${fieldId(at)} label="List of approvers" placeholder="None" shown=${names[value] ?? value} search=${search} choose=${choose} type=${(text) => text === "" && form.set(at, "")} /></div>`;
}
