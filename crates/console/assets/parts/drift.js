// Where the members of groups that rules name differ between the directory and what provisioning sent.

import { make } from "../api.js";
import { ROOT } from "../router.js";
import { useMay } from "../session.js";
import { html, useState } from "../view.js";
import { Button, Failure, Time, Waiting } from "./page.js";
import { useList, useThing } from "./table.js";

const VERDICTS = { no_drift: ["no drift", "in order"], drift: ["drift", "has warnings"], unknown: ["not known", "has warnings"] };
const RAISED = ["scim-nested-missing", "scim-group-gone"];
const STATES = { same: "the same people", drift: "differs", not_provisioned: "not sent", gone: "gone from the directory", unknown: "not known" };
const KINDS = {
  nested: ["in it through a group in it", "Provisioning sends direct members only: let doorward read the others (at the login method, Provisioning: “Read members of nested groups every”), make them direct members, or name the groups in it in the rules."],
  not_sent: ["a direct member who was not sent", "Wait for a cycle (about 40 minutes); then look at the scope and at the quarantine of the provisioning application."],
  extra: ["a member here who is none in the directory any more", "Wait for a cycle."],
};

export function Drift({ id }) {
  const may = useMay("organization");
  const path = `~/doorward/identity_providers/${id}/drift`;
  const { thing: report, error, again, setThing } = useThing(path);
  const [state, setState] = useState({ busy: false, error: null });
  // The warnings that comparisons raise know since when.
  const { rows: warnings, again: lookAgain } = useList("~/doorward/warnings", { per_page: 100 });
  const since = (warnings ?? []).filter((one) => one.subject.id === id && RAISED.includes(one.code)).map((one) => one.first_seen).sort()[0];
  const compare = async () => {
    setState({ busy: true, error: null });
    try {
      setThing((await make(path)).result);
      setState({ busy: false, error: null });
      lookAgain();
    } catch (refusal) {
      setState({ busy: false, error: refusal });
    }
  };
  const [words, verdict] = VERDICTS[report?.verdict] ?? [report?.verdict ?? "", ""];
  return html`
    <section aria-labelledby="drift">
      <div class="row"><h2 id="drift">Drift</h2>${may && html`<${Button} off=${state.busy} onClick=${compare}>${state.busy ? "Comparing …" : "Compare now"}<//>`}</div>
      <p class="hint">For each group that rules name: who was provisioned, against who is in it according to Microsoft Graph, nested groups included. Access is not affected, it decides by the sign-in; the registry is.</p>
      ${state.error && html`<${Failure} error=${state.error} />`}
      ${error && !report && html`<${Failure} error=${error} again=${again} />`}
      ${!report && !error && html`<${Waiting} what="the comparison" />`}
      ${report && !report.checked_at && html`<p>Not compared yet: that is done daily, or now.</p>`}
      ${report?.checked_at && html`
        <p><span class="badge" data-verdict=${verdict}>${words}</span> Compared <${Time} at=${report.checked_at} />${!report.complete ? "; not everything could be asked" : ""}.${since && html` Differs since <${Time} at=${since} />.`}</p>
        ${report.groups.length === 0 ? html`<p>No rule names a group of this login method.</p>` : html`<ul class="findings">${report.groups.map((group) => html`<li key=${group.id}><${Group} group=${group} id=${id} /></li>`)}</ul>`}
        ${report.groups_omitted > 0 && html`<p class="hint">${report.groups_omitted} more groups were left out.</p>`}`}
    </section>`;
}

function Group({ group, id }) {
  const { counts } = group;
  const open = group.state === "drift" || group.state === "gone" || group.state === "unknown";
  const sum = ["nested", "not_sent", "extra"].filter((kind) => counts[kind] > 0).map((kind) => `${counts[kind]} ${KINDS[kind][0]}`).join("; ");
  return html`
    <details open=${open}>
      <summary><strong><bdi>${group.name ?? group.id}</bdi></strong> <span class="badge" data-verdict=${group.state === "same" ? "in order" : "has warnings"}>${STATES[group.state] ?? group.state}</span>
        ${group.scim_members !== null && html` <span class="quiet-text">${group.scim_members} here, ${group.directory_members} in the directory</span>`}</summary>
      ${group.why && html`<p>${group.why}</p>`}${group.fix && html`<p class="hint">To do: ${group.fix}</p>`}
      ${sum && html`<p>${sum}.</p>`}
      ${group.people.length > 0 && html`<details open=${group.people.length <= 10}><summary>Who</summary><ul class="stream">${group.people.map((person) => html`<li key=${person.kind + (person.object_id ?? person.user_name)}><bdi>${person.name ?? person.user_name ?? person.object_id}</bdi> <span class="quiet-text">${KINDS[person.kind]?.[0] ?? person.kind}${person.through.length > 0 ? `: ${person.through.map((one) => one.name ?? one).join(" › ")}` : ""}${!person.provisioned ? "; never sent at all" : ""}</span></li>`)}</ul>
        ${group.people_omitted > 0 && html`<p class="hint">And ${group.people_omitted} more.</p>`}</details>`}
      ${["nested", "not_sent", "extra"].filter((kind) => counts[kind] > 0).map((kind) => html`<p key=${kind} class="hint">To do: ${KINDS[kind][1]}</p>`)}
      ${group.policies.length > 0 && html`<p class="hint">It decides in ${group.policies.map((policy, i) => html`${i > 0 && "; "}<bdi>${policy.name}</bdi> (${policy.applications.join(", ") || "at no application"}): judged by what was sent, whoever is missing would be ${policy.missing_are === "let_in" ? "let in" : "refused"}`)}.</p>`}
      ${group.scim_id && html`<p><a href="${ROOT}/team/groups/${id}/${group.scim_id}">Members as they were sent</a></p>`}
    </details>`;
}
