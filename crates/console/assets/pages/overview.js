// Overview: how the login methods are, what is open to do, seats, and the last decisions as they come.

import { make, read } from "../api.js";
import { ROOT } from "../router.js";
import { useMay, useSession } from "../session.js";
import { html, useEffect, useState } from "../view.js";
import { Findings } from "../parts/login_test.js";
import { Facts, Failure, Heading, Time, Waiting } from "../parts/page.js";
import { useList, useThing } from "../parts/table.js";

const AGAIN_MS = 5000;

export default function Overview() {
  const session = useSession();
  return html`
    <${Heading} title="Overview" />
    <${FirstSteps} />
    <div class="cards">
      <${LoginMethods} />
      <${Warnings} />
      <${Numbers} />
    </div>
    <${Decisions} />
    ${session.kind === "break_glass" && html`<p class="notice warning">You came through the local door, for an hour. <a href="${ROOT}/account/administrators">Name administrators</a> who sign in through your organisation.</p>`}`;
}

/** What a new installation lacks, in order; it goes away by itself. */
function FirstSteps() {
  const idps = useList("~/access/identity_providers", { per_page: 1 });
  const apps = useList("~/access/apps", { per_page: 1 });
  const { thing: console } = useThing("~/doorward/console");
  if (!idps.info || !apps.info || console === undefined) return null;
  const steps = [
    [idps.info.total_count > 0, "/settings/authentication/add", "Add a login method and test it"],
    [apps.info.total_count > 0, "/access/applications/add", "Protect the first application"],
    [console !== null, "/account/administrators", "Name administrators who sign in through your organisation"],
  ];
  if (steps.every(([isDone]) => isDone)) return null;
  return html`
    <section class="card" aria-labelledby="first"><h2 id="first">First steps</h2>
      <ol>${steps.map(([isDone, href, text]) => html`<li key=${href}>${isDone ? html`${text} <span class="badge">done</span>` : html`<a href="${ROOT}${href}">${text}</a>`}</li>`)}</ol>
    </section>`;
}

function LoginMethods() {
  const { rows, error, again } = useList("~/access/identity_providers", { per_page: 100 });
  if (error) return html`<${Failure} error=${error} again=${again} />`;
  return html`
    <section class="card" aria-labelledby="methods"><h2 id="methods">Login methods</h2>
      ${rows === null ? html`<${Waiting} what="login methods" />` : rows.length === 0 ? html`<p>None yet.</p>` : rows.map((idp) => html`<${Health} key=${idp.id} idp=${idp} />`)}
    </section>`;
}

/** The doctor's last verdict about one login method. */
function Health({ idp }) {
  const { thing, error } = useThing(`~/doorward/identity_providers/${idp.id}/check`);
  const { thing: scim } = useThing(idp.scim_config?.enabled ? `~/doorward/identity_providers/${idp.id}/scim` : "");
  const open = (thing?.findings ?? []).filter((f) => f.severity === "fault" || f.severity === "warning");
  // What nobody looked at is not in order.
  const verdict = error || !thing?.checked_at ? "not checked yet" : open.some((f) => f.severity === "fault") ? "has faults" : open.length > 0 ? "has warnings" : "in order";
  return html`
    <h3><a href="${ROOT}/settings/authentication/${idp.id}">${idp.name}</a> <span class="badge" data-verdict=${verdict}>${verdict}</span></h3>
    <${Findings} findings=${open} />
    <${Facts} rows=${[["Checked", thing && html`<${Time} at=${thing.checked_at} />`], ["Last provisioning call", scim && html`<${Time} at=${scim.status.last_used_at} />`]]} />`;
}

function Warnings() {
  const { rows, error, again } = useList("~/doorward/warnings", { per_page: 10 });
  const may = useMay("organization");
  const [failure, setFailure] = useState(null);
  const acknowledge = async (warning) => {
    try {
      await make(`~/doorward/warnings/${warning.id}/acknowledge`);
      again();
    } catch (refusal) {
      setFailure(refusal);
    }
  };
  if (error) return html`<${Failure} error=${error} again=${again} />`;
  return html`
    <section class="card" aria-labelledby="warnings"><h2 id="warnings">Warnings</h2>
      ${failure && html`<${Failure} error=${failure} />`}
      ${rows === null ? html`<${Waiting} what="warnings" />` : rows.length === 0 ? html`<p>Nothing is wrong that doorward knows of.</p>` : html`
        <ul class="findings">${rows.map((warning) => html`<li key=${warning.id} data-severity=${warning.severity}>${warning.text}
          ${warning.fix && html`<span class="hint">To do: ${warning.fix}</span>`}
          ${may && !warning.acknowledged && html` <button type="button" class="quiet" onClick=${() => acknowledge(warning)}>Take note</button>`}</li>`)}</ul>`}
    </section>`;
}

function Numbers() {
  const { thing: seats } = useThing("~/doorward/organization/options");
  const { thing: health } = useThing("~/doorward/health");
  const people = useList("~/doorward/users", { per_page: 1 });
  const apps = useList("~/access/apps", { per_page: 1 });
  return html`
    <section class="card" aria-labelledby="numbers"><h2 id="numbers">Numbers</h2>
      <${Facts} rows=${[
    ["Seats in use", seats && (seats.seat_limit === null ? String(seats.seats_used) : `${seats.seats_used} of ${seats.seat_limit}`)],
    ["People", people.info && String(people.info.total_count)],
    ["Applications", apps.info && String(apps.info.total_count)],
    ["Decisions that could not be written down", health && String(health.dropped_access_records)],
    ["doorward", health?.version],
  ]} />
    </section>`;
}

/** The last decisions, read again while somebody looks. */
function Decisions() {
  const [rows, setRows] = useState(null);
  const [error, setError] = useState(null);
  const [isFollowed, setFollowed] = useState(true);
  useEffect(() => {
    let timer = 0;
    let isOver = false;
    const look = async () => {
      try {
        if (document.visibilityState === "visible") {
          const { result } = await read("~/doorward/decisions", { per_page: 10 });
          if (!isOver) setRows(result);
          if (!isOver) setError(null);
        }
      } catch (refusal) {
        if (!isOver) setError(refusal);
      }
      if (!isOver && isFollowed) timer = setTimeout(look, AGAIN_MS);
    };
    look();
    return () => {
      isOver = true;
      clearTimeout(timer);
    };
  }, [isFollowed]);
  return html`
    <section aria-labelledby="decisions">
      <div class="row"><h2 id="decisions">Decisions</h2>
        <button type="button" aria-pressed=${isFollowed} onClick=${() => setFollowed(!isFollowed)}>${isFollowed ? "Pause" : "Follow"}</button>
        <a href="${ROOT}/team/logs">All of them</a></div>
      ${error && html`<${Failure} error=${error} />`}
      ${rows === null ? !error && html`<${Waiting} what="decisions" />` : rows.length === 0 ? html`<p>Nobody has asked for anything yet.</p>` : html`
        <ul class="stream">${rows.map((d) => html`<li key=${d.reference} data-allowed=${d.allowed}>
          <span class="badge" data-decision=${d.allowed ? "allow" : "deny"}>${d.allowed ? "let in" : "refused"}</span>
          ${d.user_email ?? "somebody"} · ${d.app_name ?? d.host} · <${Time} at=${d.created_at} />
          ${!d.allowed && d.reason && html` · ${d.reason}`}</li>`)}</ul>`}
    </section>`;
}
