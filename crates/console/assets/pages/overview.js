// Overview: how the login methods are, sign-ins and refusals over time, what is open to do, seats, and the last decisions as they come.

import { make } from "../api.js";
import { ROOT } from "../router.js";
import { useMay, useSession } from "../session.js";
import { html, useState } from "../view.js";
import { Chart } from "../parts/chart.js";
import { DecisionStream } from "../parts/decision_stream.js";
import { FirstSteps } from "../parts/first_run.js";
import { HealthCard } from "../parts/health_card.js";
import { Facts, Failure, Heading, Time, Waiting } from "../parts/page.js";
import { useList, useThing } from "../parts/table.js";

export default function Overview() {
  const session = useSession();
  return html`
    <${Heading} title="Overview" />
    ${session.kind === "break_glass" && html`<p class="notice warning">You came through the local door, for an hour. <a href="${ROOT}/account/administrators">Name administrators</a> who sign in through your organisation.</p>`}
    <${FirstSteps} />
    <${Numbers} />
    <${Warnings} />
    <${LoginMethods} />
    <${Traffic} />
    <${DecisionStream} />`;
}

function Numbers() {
  const { thing: seats } = useThing("~/doorward/organization/options");
  const { thing: health } = useThing("~/doorward/health");
  const people = useList("~/doorward/users", { per_page: 1 });
  const apps = useList("~/access/apps", { per_page: 1 });
  const lost = health?.dropped_access_records ?? 0;
  const tiles = [
    ["Seats in use", seats && (seats.seat_limit === null ? String(seats.seats_used) : `${seats.seats_used} of ${seats.seat_limit}`), "/account"],
    ["People who signed in", people.info && String(people.info.total_count), "/team/users"],
    ["Applications", apps.info && String(apps.info.total_count), "/access/applications"],
    ["Decisions not written down", health && String(lost), lost > 0 ? "/account/warnings" : ""],
  ];
  return html`
    <dl class="numbers" aria-label="Numbers">${tiles.map(([name, value, href]) => html`
      <div key=${name}><dt>${href ? html`<a href="${ROOT}${href}">${name}</a>` : name}</dt><dd>${value || "–"}</dd></div>`)}</dl>`;
}

const MOST_WARNINGS = 5;

function Warnings() {
  const { rows, info, error, again } = useList("~/doorward/warnings", { per_page: MOST_WARNINGS });
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
  return html`
    <section aria-labelledby="warnings">
      <div class="row"><h2 id="warnings">Warnings</h2><a href="${ROOT}/account/warnings">All, and who is told</a></div>
      ${error && html`<${Failure} error=${error} again=${again} />`}
      ${failure && html`<${Failure} error=${failure} />`}
      ${rows === null ? !error && html`<${Waiting} what="warnings" />` : rows.length === 0 ? html`<p>Nothing is wrong that doorward knows of.</p>` : html`
        <ul class="findings">${rows.map((warning) => html`<li key=${warning.id} data-severity=${warning.severity}>${warning.text}
          ${warning.fix && html`<span class="hint">To do: ${warning.fix}</span>`}
          ${warning.acknowledged ? html` <span class="badge">noted</span>` : may && html` <button type="button" class="quiet" onClick=${() => acknowledge(warning)}>Take note</button>`}</li>`)}</ul>
        ${info.total_count > rows.length && html`<p>… and ${info.total_count - rows.length} more.</p>`}`}
    </section>`;
}

function LoginMethods() {
  const { rows, info, error, again } = useList("~/access/identity_providers", { per_page: 12 });
  return html`
    <section aria-labelledby="methods">
      <div class="row"><h2 id="methods">Login methods</h2><a href="${ROOT}/settings/authentication">All of them</a></div>
      ${error && html`<${Failure} error=${error} again=${again} />`}
      ${rows === null ? !error && html`<${Waiting} what="login methods" />` : rows.length === 0 ? html`<p>None yet.</p>`
    : html`<div class="cards">${rows.map((idp) => html`<${HealthCard} key=${idp.id} idp=${idp} />`)}</div>`}
      ${info?.total_count > (rows?.length ?? 0) && html`<p>… and ${info.total_count - rows.length} more.</p>`}
    </section>`;
}

const SPANS = [["24", "The last 24 hours"], ["72", "The last three days"], ["168", "The last week"]];
const SERIES = [{ name: "sign-ins", mark: "signins" }, { name: "first admissions", mark: "admissions" }, { name: "refused", mark: "refused" }];
const HOUR = new Intl.DateTimeFormat(undefined, { hour: "2-digit" });
const DAY = new Intl.DateTimeFormat(undefined, { weekday: "short" });
const WHEN = new Intl.DateTimeFormat(undefined, { weekday: "short", hour: "2-digit", minute: "2-digit" });

/** Decisions by hour, as the API counts them. */
function Traffic() {
  const [hours, setHours] = useState("24");
  const { thing, error, again } = useThing("~/doorward/decision_counts", { hours });
  const label = (at, i) => {
    const date = new Date(at);
    if (hours === "24") return i % 4 === 0 ? HOUR.format(date) : "";
    return date.getHours() === 0 ? DAY.format(date) : "";
  };
  const rows = (thing?.hours ?? []).map((hour, i) => ({ label: WHEN.format(new Date(hour.at)), short: label(hour.at, i), values: [hour.sign_ins, hour.admissions, hour.refused] }));
  return html`
    <section aria-labelledby="traffic">
      <div class="row"><h2 id="traffic">Over time</h2>
        <label class="unseen" for="hours">How long</label>
        <select id="hours" value=${hours} onChange=${(e) => setHours(e.target.value)}>${SPANS.map(([value, text]) => html`<option value=${value} selected=${value === hours}>${text}</option>`)}</select>
        <button type="button" onClick=${again}>Read again</button></div>
      ${error && html`<${Failure} error=${error} again=${again} />`}
      ${!thing && !error && html`<${Waiting} what="the counts" />`}
      ${thing && html`<${Chart} caption="Decisions by hour" rows=${rows} series=${SERIES} />
        <${Facts} rows=${SERIES.map(({ name }, s) => [name[0].toUpperCase() + name.slice(1), String(rows.reduce((sum, row) => sum + row.values[s], 0))])} />
        ${thing.complete_since !== thing.since && html`<p class="hint">There are so many that only those since <${Time} at=${thing.complete_since} /> were counted.</p>`}
        <p class="hint">A first admission is a living session or a program meeting an application for the first time; refusals include sessions that a provider ended.</p>`}
    </section>`;
}
