// One person: what is known of them and from where, their sessions, seat and groups, and why they were let in or refused of late.

import { call, make, remove } from "../api.js";
import { ROOT } from "../router.js";
import { useMay } from "../session.js";
import { html, useState } from "../view.js";
import { decisionPage, LastDecisions } from "../parts/decisions.js";
import { Confirmed } from "../parts/dialog.js";
import { Identity, Told } from "../parts/identity.js";
import { Failure, Heading, Time, Waiting } from "../parts/page.js";
import { useList, useThing } from "../parts/table.js";
import { toast } from "../parts/toasts.js";

const BACK = ["/team/users", "Users"];
const GROUPS_SHOWN = 50;

export default function User({ params }) {
  const path = `~/doorward/users/${encodeURIComponent(params.id)}`;
  const { thing: user, error, again } = useThing(path);
  if (error && !user) return html`<${Heading} title="User" back=${BACK} /><${Failure} error=${error} again=${again} />`;
  if (!user) return html`<${Waiting} what="the person" />`;
  const part = (id, title, body) => html`<section aria-labelledby=${id}><h2 id=${id}>${title}</h2>${body}</section>`;
  return html`
    <${Heading} title=${html`<bdi>${user.name || user.email}</bdi>`} lead=${user.name ? html`<bdi>${user.email}</bdi>` : ""} back=${BACK}>
      <a class="button quiet" href="${ROOT}/team/access?user=${user.id}">What they may open</a><//>
    ${error && html`<${Failure} error=${error} again=${again} />`}
    ${user.conflict && html`<p class="notice warning">More than one provisioned account claims to be this person. Nothing that these say is believed until it is settled in the directory: give each person an object id of their own as externalId.</p>`}
    ${user.active === false && html`<p class="notice warning">The directory has deactivated this account: nobody can sign in with it.</p>`}
    ${part("identity", "Identity", html`<${Identity} user=${user} />`)}
    ${part("sessions", "Sessions", html`<${Sessions} user=${user} again=${again} />`)}
    ${part("seat", "Seat", html`<${Seat} user=${user} again=${again} />`)}
    ${part("groups", "Groups", html`<${Groups} user=${user} />`)}
    ${part("failed", "Failed sign-ins", html`<${Failed} user=${user} />`)}
    ${part("decisions", "Last decisions", html`<${LastDecisions} filter=${{ user_id: user.id }} />`)}`;
}

/** What ends with a session. */
const opened = (session) => (session.apps ?? []).map((app) => app.name ?? app.hostname ?? "").filter(Boolean).join(", ");

function Sessions({ user, again }) {
  const [mayOne, mayAll] = [useMay("users"), useMay("organization")];
  const sessions = user.sessions ?? [];
  const ended = user.revocations?.sessions ?? [];
  const who = user.name || user.email;
  const endOne = async (session) => {
    await remove(`~/doorward/users/${user.id}/active_sessions/${session.nonce}`);
    toast("The session was ended.");
    again();
  };
  const endAll = async () => {
    await make("~/access/organizations/revoke_user", { email: user.email, user_uid: user.id });
    toast("Every session was ended.");
    again();
  };
  return html`
    ${sessions.length === 0 ? html`<p>Not signed in.</p>` : html`<ul class="stream">${sessions.map((session) => html`
      <li key=${session.nonce} class="row"><span class="grow">Since <${Time} at=${session.created_at} />, until <${Time} at=${session.expires_at} />${session.identity_provider?.name ? `, by ${session.identity_provider.name}` : ""}
        ${opened(session) ? html`<span class="hint">Opened: <bdi>${opened(session)}</bdi></span>` : html`<span class="hint">No application was opened yet.</span>`}</span>
        ${mayOne && html`<${Confirmed} label="End it" title="End this session?" act=${() => endOne(session)}>
          <p>It ends ${opened(session) ? html`the access to <bdi>${opened(session)}</bdi>` : "before any application was opened"}. Open connections are cut at once; <bdi>${who}</bdi> has to sign in again. Other sessions go on.</p><//>`}</li>`)}</ul>`}
    ${mayAll && sessions.length > 0 && html`<${Confirmed} label="End every session" title="End every session?" act=${endAll}>
      <p>All ${sessions.length} of <bdi>${who}</bdi> end: they are out of every application at once, open connections are cut, and they have to sign in again. Their seat stays.</p><//>`}
    ${ended.length > 0 && html`<details><summary>${ended.length} ended before their time</summary>
      <ul class="stream">${ended.map((session) => html`<li key=${session.nonce}>Ended <${Time} at=${session.at} />: ${session.why.replaceAll(/[_-]/g, " ")} <span class="quiet-text">(begun <${Time} at=${session.created_at} />)</span></li>`)}</ul></details>`}`;
}

function Seat({ user, again }) {
  const may = useMay("users");
  const who = user.name || user.email;
  const free = async () => {
    await call("PATCH", "~/access/seats", { body: [{ seat_uid: user.seat.seat_uid, access_seat: false, gateway_seat: false }] });
    toast("The seat is free.");
    again();
  };
  return html`<p>${user.access_seat ? "Holds a seat." : "Holds no seat: the first application that lets them in takes one."}</p>
    ${may && user.access_seat && html`<${Confirmed} label="Free the seat" title="Free the seat?" act=${free}>
      <p>Somebody else may take it. Sessions of <bdi>${who}</bdi> live on; the next application that lets them in anew takes a seat again, if one is free.</p><//>`}`;
}

function Groups({ user }) {
  const { groups } = user;
  const [most, setMost] = useState(GROUPS_SHOWN);
  if (groups?.state !== "known") {
    return html`<p><strong>Unknown</strong>${groups?.reason ? html` (<code>${groups.reason}</code>)` : ""}. That is not “none”: a rule about groups lets nobody in whose groups are unknown, and a block is not skipped.</p>`;
  }
  if (groups.list.length === 0) return html`<p>In no group: <${Told} fact=${groups} />.</p>`;
  return html`
    <p>In ${groups.list.length.toLocaleString()}: <${Told} fact=${groups} /></p>
    <ul class="stream">${groups.list.slice(0, most).map((group) => html`<li key=${group.id ?? group.resource ?? group.name}>
      ${group.resource && user.identity_provider ? html`<a href="${ROOT}/team/groups/${user.identity_provider.id}/${group.resource}"><bdi>${group.name ?? group.id}</bdi></a>` : html`<bdi>${group.name ?? ""}</bdi>`}
      ${" "}${group.id && html`<code class="long">${group.id}</code>`}${group.name && group.name_from === "scim" && !group.resource ? html` <span class="quiet-text">named by provisioning</span>` : ""}</li>`)}</ul>
    ${groups.list.length > most && html`<button type="button" onClick=${() => setMost((n) => n + 200)}>Show more of ${groups.list.length.toLocaleString()}</button>`}`;
}

function Failed({ user }) {
  const { rows, info, error, again } = useList(`~/access/users/${user.id}/failed_logins`, { per_page: 10 });
  if (error) return html`<${Failure} error=${error} again=${again} />`;
  if (rows === null) return html`<${Waiting} what="failed sign-ins" />`;
  if (rows.length === 0) return html`<p>None is kept.</p>`;
  return html`
    <ul class="stream">${rows.map(({ metadata: m }) => html`<li key=${m.reference}><a href=${decisionPage(m.reference)}><${Time} at=${m.time} /></a> <bdi>${m.host}</bdi> <span class="quiet-text">${m.reason ? `${m.reason}, ` : ""}from ${m.ip_address}${m.country ? ` (${m.country})` : ""}</span></li>`)}</ul>
    ${info.total_count > rows.length && html`<p><a href="${ROOT}/team/logs?user_id=${user.id}&allowed=false">All ${info.total_count.toLocaleString()}</a></p>`}`;
}
