// A person's identity: each fact with who told it and when, and the provisioned accounts that are tied to them.

import { ROOT } from "../router.js";
import { html } from "../view.js";
import { age } from "./why.js";
import { Facts, Time } from "./page.js";

const SOURCES = { sign_in: "told by the sign-in", scim: "sent by provisioning" };
const NAMES = { name: "Name", email: "E-mail address", upn: "User principal name", active: "Active in the directory" };
const LINKS = { none: "not provisioned", weak: "provisioned, tied by the user principal name", strong: "provisioned, tied by the object id", conflict: "in conflict: more than one account claims to be this person" };

const APART = { weak_link: "such a tie may end sessions and refuse, never grant", conflict: "it is in conflict", behavior: "the login method does not update identities in place" };

/** Where a fact is from and how old it is. */
export const Told = ({ fact }) => html`<span class="quiet-text" title=${fact.at}>${SOURCES[fact.source] ?? fact.source}, ${age(fact.age_seconds)}</span>`;

const shown = (value) => (typeof value === "boolean" ? (value ? "yes" : "no") : html`<bdi>${String(value)}</bdi>`);
const words = (name) => NAMES[name] ?? `${name[0].toUpperCase()}${name.slice(1).replaceAll("_", " ")}`;

export function Identity({ user }) {
  const facts = Object.entries(user.identity ?? {}).filter(([, fact]) => fact).map(([name, fact]) => [words(name), html`${shown(fact.value)} <${Told} fact=${fact} />`]);
  return html`
    <${Facts} rows=${[
    ...facts,
    ["Login method", user.identity_provider && html`<a href="${ROOT}/settings/authentication/${user.identity_provider.id}"><bdi>${user.identity_provider.name ?? user.identity_provider.id}</bdi></a>`],
    ["Provisioning", LINKS[user.link] ?? user.link],
    ["Subject", user.subject && html`<code class="long">${user.subject}</code>`],
    ["Issuer", user.issuer && html`<code class="long">${user.issuer}</code>`],
    ["Last sign-in", html`<${Time} at=${user.last_successful_login} />`],
    ["Last seen", html`<${Time} at=${user.last_seen} />`],
  ]} />
    ${(user.links ?? []).length > 0 && html`<h3>Provisioned accounts</h3><ul class="stream">${user.links.map((link) => html`<li key=${link.resource}><${Linked} link=${link} /></li>`)}</ul>`}
    ${(user.devices ?? []).length > 0 && html`<h3>Devices</h3><ul class="stream">${user.devices.map((told) => html`<li key=${told.integration.id}><bdi>${told.integration.name ?? told.integration.id}</bdi>: ${JSON.stringify(told.compliance)}
      <span class="quiet-text">read <${Time} at=${told.read_at} />${told.counts ? "" : ", too old to count"}</span></li>`)}</ul>`}`;
}

/** One account of a directory that is tied to the person, merged or apart. */
function Linked({ link }) {
  const { facts } = link;
  return html`<bdi>${facts.user_name ?? facts.email ?? link.resource}</bdi> <span class="badge" data-decision=${link.active ? "allow" : "deny"}>${link.active ? "active" : "deactivated"}</span>
    <span class="quiet-text"> ${link.strength === "strong" ? "tied by the object id" : "tied by the user principal name"}, ${link.merged ? "its facts are used" : `its facts stay apart (${APART[link.apart_because] ?? link.apart_because})`}, sent <${Time} at=${link.at} /></span>
    ${link.conflict && html` <span class="badge" data-decision="deny">conflict</span>`}
    <${Facts} rows=${[["Name", facts.name], ["E-mail address", facts.email], ...Object.entries(facts.attributes ?? {}).map(([name, value]) => [words(name), String(value)])]} />`;
}
