// Rules: a list of selectors with their values, for policies, rule groups and whoever else has include, require and exclude.

import { read } from "../api.js";
import { html, useEffect, useRef, useState } from "../view.js";
import { fieldId } from "./form.js";

/** Selectors that can be chosen, with what they hold. The others are shown as they are and stay untouched. */
const SELECTORS = {
  azureAD: { words: "Entra ID group", blank: { id: "", identity_provider_id: "" } },
  email: { words: "E-mail address", member: "email", hint: "mara@harbourworks.example" },
  email_domain: { words: "E-mail domain", member: "domain", hint: "harbourworks.example" },
  everyone: { words: "Everyone", blank: {} },
  login_method: { words: "Login method", of: "idps", member: "id" },
  group: { words: "Rule group", of: "groups", member: "id" },
  service_token: { words: "Service token", of: "tokens", member: "token_id" },
  any_valid_service_token: { words: "Any valid service token", blank: {} },
  ip: { words: "IP address or range", member: "ip", hint: "203.0.113.0/24" },
  geo: { words: "Country", member: "country_code", hint: "PT" },
  auth_method: { words: "Method of the sign-in (amr)", member: "auth_method", hint: "mfa" },
  common_name: { words: "Certificate's common name", member: "common_name", hint: "tug-7" },
};

/** Selectors that say who somebody is, for the console's own policy. */
export const PEOPLE = ["azureAD", "email", "email_domain"];

const blank = (kind) => {
  const { blank: body, member } = SELECTORS[kind];
  return { [kind]: body ? { ...body } : { [member]: "" } };
};

/** What a rule says, in words. */
export function ruleInWords(rule, names = {}) {
  const [kind, body] = Object.entries(rule)[0];
  const known = SELECTORS[kind];
  if (kind === "azureAD") return `Entra ID group ${names[body.id] ?? body.id}`;
  const value = known?.member ? names[body[known.member]] ?? body[known.member] : "";
  return known ? `${known.words}${value ? ` ${value}` : ""}` : `${kind} ${JSON.stringify(body)}`;
}

/**
 * One list of rules in a form.
 * @param {{form: any, at: string, label: string, hint?: string, idps: any[], kinds?: string[]}} options
 */
export function Rules({ form, at, label, hint, idps, kinds = Object.keys(SELECTORS) }) {
  const rules = form.get(at) ?? [];
  useEffect(() => {
    form.fields.add(at);
    return () => form.fields.delete(at);
  }, [at]);
  const change = (i, rule) => form.set(at, rules.map((other, j) => (i === j ? rule : other)));
  const add = () => form.set(at, [...rules, withProvider(blank(kinds[0]), idps)]);
  const whole = form.faultsAt(at).filter((fault) => fault.pointer === at);
  return html`
    <fieldset class="rules" id=${fieldId(at)}>
      <legend>${label}</legend>
      ${hint && html`<p class="hint">${hint}</p>`}
      ${whole.length > 0 && html`<p class="fault">${whole.map((f) => f.message).join(" ")}</p>`}
      ${rules.map((rule, i) => html`
        <${Rule} key=${`${at}${i}`} rule=${rule} at="${at}/${i}" form=${form} idps=${idps} kinds=${kinds} label=${label}
          change=${(next) => change(i, next)} remove=${() => form.set(at, rules.filter((_, j) => j !== i))} />`)}
      <button type="button" onClick=${add}>Add a rule to ${label.toLowerCase()}</button>
    </fieldset>`;
}

function withProvider(rule, idps) {
  const entra = idps.filter((idp) => idp.type === "azureAD");
  return rule.azureAD && entra[0] ? { azureAD: { ...rule.azureAD, identity_provider_id: entra[0].id } } : rule;
}

function Rule({ rule, at, form, idps, kinds, label, change, remove }) {
  const [kind, body] = Object.entries(rule)[0];
  const known = SELECTORS[kind];
  const faults = form.faultsAt(at);
  const id = fieldId(at);
  const bad = { "aria-invalid": faults.length > 0 ? "true" : undefined, "aria-describedby": faults.length > 0 ? `${id}-fault` : undefined };
  return html`
    <div class="rule" data-bad=${faults.length > 0}>
      <div class="row">
        ${known
    ? html`<select aria-label="Kind of rule in ${label}" value=${kind} onChange=${(e) => change(withProvider(blank(e.target.value), idps))}>
            ${[...new Set([...kinds, kind])].map((k) => html`<option value=${k} selected=${k === kind}>${SELECTORS[k].words}</option>`)}</select>`
    : html`<code>${kind}</code>`}
        <${Value} kind=${kind} body=${body} id=${id} bad=${bad} idps=${idps} change=${(next) => change({ [kind]: next })} />
        <button type="button" class="quiet" onClick=${remove} aria-label="Remove the rule ${ruleInWords(rule)}">Remove</button>
      </div>
      ${faults.length > 0 && html`<p class="fault" id="${id}-fault">${faults.map((f) => f.message).join(" ")}</p>`}
    </div>`;
}

function Value({ kind, body, id, bad, idps, change }) {
  const known = SELECTORS[kind];
  if (!known) return html`<code class="grow">${JSON.stringify(body)}</code>`;
  if (kind === "azureAD") return html`<${EntraGroup} body=${body} id=${id} bad=${bad} idps=${idps} change=${change} />`;
  if (!known.member) return html`<span class="grow"></span>`;
  if (known.of) return html`<${Named} of=${known.of} member=${known.member} body=${body} bad=${bad} idps=${idps} change=${change} />`;
  return html`<input class="grow" id=${id} ...${bad} aria-label=${known.words} placeholder=${known.hint} value=${body[known.member]} spellcheck=${false}
    autocomplete="off" onInput=${(e) => change({ ...body, [known.member]: e.target.value })} />`;
}

const LISTS = { groups: "~/access/groups", tokens: "~/access/service_tokens" };

function Named({ of, member, body, bad, idps, change }) {
  const [rows, setRows] = useState(of === "idps" ? idps : []);
  useEffect(() => {
    if (of !== "idps") read(LISTS[of], { per_page: 100 }).then(({ result }) => setRows(result), () => {});
  }, [of]);
  return html`<select class="grow" ...${bad} aria-label="Which" value=${body[member]} onChange=${(e) => change({ ...body, [member]: e.target.value })}>
    <option value="">Choose …</option>
    ${rows.map((row) => html`<option value=${row.id} selected=${row.id === body[member]}>${row.name}</option>`)}</select>`;
}

const TYPING_MS = 300;
const SHOWN = 100;

/** A group of the directory: by the name that provisioning told, or by its object id. The rule holds the id. */
function EntraGroup({ body, id, bad, idps, change }) {
  const entra = idps.filter((idp) => idp.type === "azureAD");
  const [groups, setGroups] = useState([]);
  const timer = useRef(0);
  const path = `~/access/identity_providers/${body.identity_provider_id}/scim/groups`;
  const learn = (rows) => setGroups((known) => {
    const fresh = rows.map((group) => ({ id: group.externalId, name: group.displayName ?? group.externalId })).filter((group) => group.id);
    return [...known, ...fresh.filter((group) => !known.some((other) => other.id === group.id))];
  });
  useEffect(() => {
    setGroups([]);
    if (body.identity_provider_id) read(path, { per_page: SHOWN }).then(({ result }) => learn(result), () => {});
  }, [body.identity_provider_id]);
  const named = groups.find((group) => group.id === body.id);
  const type = (words) => {
    const chosen = groups.find((group) => words === group.name || words === group.id);
    change({ ...body, id: chosen?.id ?? words.trim() });
    clearTimeout(timer.current);
    // A name beyond the first hundred is looked up as it was typed.
    if (!chosen && words.trim() && groups.length >= SHOWN) {
      timer.current = setTimeout(() => read(path, { name: words.trim() }).then(({ result }) => learn(result), () => {}), TYPING_MS);
    }
  };
  return html`
    ${entra.length > 1 && html`<select aria-label="Login method of the group" value=${body.identity_provider_id}
      onChange=${(e) => change({ ...body, identity_provider_id: e.target.value })}>
      ${entra.map((idp) => html`<option value=${idp.id} selected=${idp.id === body.identity_provider_id}>${idp.name}</option>`)}</select>`}
    <span class="grow">
      <input id=${id} ...${bad} list="${id}-groups" aria-label="Group: name as provisioned, or object id" placeholder="Name as provisioned, or object id"
        value=${body.id} autocomplete="off" spellcheck=${false} onInput=${(e) => type(e.target.value)} />
      ${named && named.name !== body.id && html`<span class="hint">${named.name}</span>`}
    </span>
    <datalist id="${id}-groups">${groups.map((group) => html`<option value=${group.name}>${group.id}</option>`)}</datalist>`;
}
