// Team > Requests: people's wishes for temporary access, with approval and refusal; who is let in for a while now; and letting somebody in.

import { make, read, Refusal, remove } from "../api.js";
import { ROOT } from "../router.js";
import { useMay } from "../session.js";
import { html, useRef, useState } from "../view.js";
import { Confirmed, Dialog } from "../parts/dialog.js";
import { useApps } from "../parts/filters.js";
import { Area, Choice, Form, Text, useForm } from "../parts/form.js";
import { Empty, Heading, Time } from "../parts/page.js";
import { Table } from "../parts/table.js";
import { toast } from "../parts/toasts.js";

const HOURS = [1, 2, 4, 8, 12, 24];
const words = (seconds) => (seconds >= 3600 ? `${Math.round(seconds / 360) / 10} h` : `${Math.round(seconds / 60)} min`);
const STATES = { waiting: "waits", approved: "approved", refused: "refused", expired: "nobody decided in time" };

export default function Requests({ query }) {
  const may = useMay("apps");
  const [count, setCount] = useState(0);
  // Here and not in the row: what is being written stays when somebody else decides and the row goes.
  const [deciding, setDeciding] = useState(null);
  const changed = () => setCount((n) => n + 1);
  const past = query.get("show") === "past";
  const empty = past ? html`<p>Nobody asked yet.</p>` : html`<${Empty} title="Nobody waits" action=${["/access/policies", "Policies"]}>A policy with “approval required” lets people ask for temporary access. Their wishes appear here, and those who are named in the policy get a letter.<//>`;
  const who = (r) => html`<a href="${ROOT}/team/users/${r.user_id}"><bdi>${r.name || r.user_name || r.email || r.user_email || r.user_id}</bdi></a>`;
  const what = (r) => html`<a href="${ROOT}/access/applications/${r.app_id}"><bdi>${r.app_name ?? r.app_id}</bdi></a>${r.policy_name && html` <span class="quiet-text"><bdi>${r.policy_name}</bdi></span>`}`;
  return html`
    <${Heading} title="Requests" lead="Temporary access: who asks for it, and who has it." />
    <section aria-labelledby="wishes"><h2 id="wishes">Requests</h2>
      <nav class="tabs" aria-label="Requests"><a href="${ROOT}/team/requests" aria-current=${past ? undefined : "page"}>Waiting</a><a href="${ROOT}/team/requests?show=past" aria-current=${past ? "page" : undefined}>All of the last 90 days</a></nav>
      <${Table} key=${past} path="~/doorward/access_requests" caption="requests" query=${query} fixed=${past ? {} : { state: "waiting" }} count=${count} follow=${past ? 0 : 5000} empty=${empty} columns=${[
    { title: "Who", cell: who },
    { title: "For what", cell: what },
    { title: "Why", cell: (r) => html`<bdi>${r.purpose ?? ""}</bdi>${r.votes.map((vote) => html`<span class="hint" key=${vote.email}><bdi>${vote.email}</bdi> ${vote.approves ? `approved ${words(vote.seconds)}` : "refused"}${vote.note ? html`: <bdi>${vote.note}</bdi>` : ""}</span>`)}` },
    { title: "How long", narrow: "hide", cell: (r) => words(r.wanted_seconds) },
    { title: "Asked", narrow: "hide", cell: (r) => html`<${Time} at=${r.created_at} />` },
    { title: past ? "State" : "", cell: (r) => (r.state === "waiting" && may ? html`<${Decide} decide=${(what) => setDeciding({ request: r, what })} />` : html`${STATES[r.state] ?? r.state}${r.note ? html`<span class="hint"><bdi>${r.note}</bdi></span>` : ""}`) },
  ]} />${deciding && html`<${Deciding} ...${deciding} close=${() => setDeciding(null)} changed=${changed} />`}</section>
    <section aria-labelledby="running"><h2 id="running">Let in for a while</h2>
      <${Table} path="~/doorward/grants" caption="grants" query=${query} place="grants" fixed=${{ state: "current" }} count=${count} empty=${html`<p>Nobody has temporary access now.</p>`} columns=${[
    { title: "Who", cell: who },
    { title: "For what", cell: what },
    { title: "From", narrow: "hide", cell: (g) => html`<${Time} at=${g.from} />` },
    { title: "Until", cell: (g) => html`<${Time} at=${g.until} />${g.state === "future" && html` <span class="badge">not yet</span>`}` },
    { title: "Why", narrow: "hide", cell: (g) => html`<bdi>${g.reason ?? ""}</bdi>${g.approvers.length > 0 && html`<span class="hint">approved by <bdi>${g.approvers.join(", ")}</bdi></span>`}` },
    {
      title: "",
      cell: (g) => may && html`<${Confirmed} label="Take it back" title="Take the access back?" act=${async () => {
        await remove(`~/doorward/grants/${g.id}`);
        toast("Taken back.");
        changed();
      }}><p><bdi>${g.user_name || g.user_email}</bdi> is out of <bdi>${g.app_name}</bdi> at once; open connections that rest on it are cut.</p><//>`,
    },
  ]} /></section>
    ${may && html`<${LetIn} changed=${changed} />`}`;
}

const Decide = ({ decide }) => html`<div class="actions">
  <button type="button" class="primary" onClick=${() => decide("approve")}>Approve</button><button type="button" class="danger" onClick=${() => decide("refuse")}>Refuse</button></div>`;

/** Approve or refuse one request. */
function Deciding({ request, what, close, changed }) {
  const isApproval = what === "approve";
  const blank = isApproval ? { seconds: String(request.wanted_seconds) } : { note: "" };
  // As the reader knows it. The API refuses to approve what somebody else decided; a refusal takes back, and not unseen.
  const known = useRef(request.state);
  const path = `~/doorward/access_requests/${request.id}`;
  const form = useForm(blank, async (values) => {
    const { state } = isApproval ? request : (await read(path)).result;
    if (state !== known.current) {
      known.current = state;
      throw new Refusal("conflict", `Meanwhile: ${STATES[state] ?? state}. Nothing was done yet.${state === "approved" ? " Refusing it now takes the access back." : ""}`);
    }
    await make(`${path}/${what}`, isApproval ? { seconds: Number(values.seconds) } : values.note.trim() ? { note: values.note } : {});
    form.reset(blank);
    toast(isApproval ? "Approved: they are let in." : "Refused.");
    close();
    changed();
  });
  const options = [...new Set([request.wanted_seconds, ...HOURS.map((hours) => hours * 3600)])].sort((a, b) => a - b).map((seconds) => [String(seconds), `${words(seconds)}${seconds === request.wanted_seconds ? " (as asked for)" : ""}`]);
  return html`
    <${Dialog} title=${isApproval ? "Approve this request?" : "Refuse this request?"} close=${close}>
      <p><bdi>${request.name}</bdi> (<bdi>${request.email}</bdi>) asks for <bdi>${request.app_name ?? request.app_id}</bdi>${request.purpose ? html`: “<bdi>${request.purpose}</bdi>”` : ""}.</p>
      ${isApproval && html`<p>Nobody else has to agree then: you decide in the place of those whom the policy names. It is in the audit log.</p>`}
      <${Form} form=${form} button=${isApproval ? "Approve" : "Refuse"} cancel=${html`<button type="button" onClick=${close}>Cancel</button>`}>
        ${isApproval ? html`<${Choice} form=${form} at="/seconds" label="Let them in for" options=${options} />` : html`<${Area} form=${form} at="/note" label="Why (the person reads it)" />`}
      <//>
    <//>`;
}

/** A grant by date, without a request. */
function LetIn({ changed }) {
  const apps = useApps();
  const asking = apps.filter((app) => (app.policies ?? []).some((policy) => policy.approval_required));
  const blank = { email: "", app_id: "", hours: "8", reason: "" };
  const form = useForm(blank, async ({ email, app_id, hours, reason }) => {
    const until = new Date(Date.now() + Number(hours) * 3_600_000).toISOString().replace(/\.\d+Z$/, "Z");
    await make("~/doorward/grants", { email: email.trim(), app_id, until, ...(reason.trim() ? { reason } : {}) });
    form.reset(blank);
    toast("Granted.");
    changed();
  });
  return html`
    <section aria-labelledby="grant"><h2 id="grant">Let somebody in without a request</h2>
      ${asking.length === 0 ? html`<p>No application has a policy that demands an approval: there is nothing that a grant could meet.</p>` : html`
        <${Form} form=${form} button="Let them in">
          <${Text} form=${form} at="/email" label="E-mail address" placeholder="mara@harbourworks.example" hint="Of somebody who signed in or was entered before." />
          <${Choice} form=${form} at="/app_id" label="Application" options=${[["", "Choose …"], ...asking.map((app) => [app.id, app.name])]} />
          <${Choice} form=${form} at="/hours" label="For" options=${[["1", "1 hour"], ["8", "8 hours"], ["24", "a day"], ["168", "a week"], ["720", "30 days"]]} />
          <${Area} form=${form} at="/reason" label="Why" hint="Kept in the audit log." />
        <//>`}
    </section>`;
}
