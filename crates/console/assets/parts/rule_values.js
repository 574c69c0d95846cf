// The value of one rule: for each kind the control that suits it.

import { make, read } from "../api.js";
import { useMay } from "../session.js";
import { html, useEffect, useState } from "../view.js";
import { Combobox } from "./combobox.js";
import { learn, useNames } from "./names.js";
import { countryName, KINDS } from "./rule_kinds.js";

/** @typedef {{kind: string, body: any, id: string, bad: any, idps: any[], change: (body: any) => void}} Given */

const TEXT = { autocomplete: "off", spellcheck: false };

function Plain({ kind, body, id, bad, change, list }) {
  const { words, member, hint } = KINDS[kind];
  return html`<input class="grow" id=${id} ...${bad} ...${TEXT} aria-label=${words} placeholder=${hint} value=${body[member]} list=${list}
    onInput=${(e) => change({ ...body, [member]: e.target.value })} />`;
}

const METHODS = ["mfa", "pwd", "fido", "otp", "hwk", "swk", "pop", "rsa", "sms", "tel", "wia", "kba", "face", "fpt", "geo", "iris", "mca", "pin", "rba", "retina", "sc", "user", "vbm"];

function Method(given) {
  return html`<${Plain} ...${given} list="${given.id}-methods" /><datalist id="${given.id}-methods">${METHODS.map((one) => html`<option value=${one} />`)}</datalist>`;
}

/** A choice among few things. */
function Choose({ id, bad, label, value, rows, change, none = "Choose …" }) {
  return html`<select class="grow" id=${id} ...${bad} aria-label=${label} value=${value} onChange=${(e) => change(e.target.value)}>
    <option value="">${none}</option>
    ${rows.map(([one, words]) => html`<option value=${one} selected=${one === value}>${words}</option>`)}
    ${value && !rows.some(([one]) => one === value) && html`<option value=${value} selected>${value}</option>`}</select>`;
}

function Idp({ body, id, bad, idps, change }) {
  return html`<${Choose} id=${id} bad=${bad} label="Login method" value=${body.id} rows=${idps.map((idp) => [idp.id, idp.name])} change=${(one) => change({ id: one })} />`;
}

const CODES = "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW";

function Country({ body, id, bad, change }) {
  const rows = CODES.split(" ").map((code) => [code, countryName(code)]).sort((a, b) => a[1].localeCompare(b[1]));
  return html`<${Choose} id=${id} bad=${bad} label="Country" value=${body.country_code.toUpperCase()} rows=${rows} change=${(code) => change({ country_code: code })} />`;
}

const LEVELS = ["low", "medium", "high", "unscored"];

function Risk({ body, id, bad, change }) {
  const chosen = body.user_risk_score ?? [];
  const flip = (level) => change({ user_risk_score: LEVELS.filter((one) => (one === level) !== chosen.includes(one)) });
  return html`<span class="grow row" id=${id} ...${bad} role="group" aria-label="Levels">
    ${LEVELS.map((level) => html`<label class="check" key=${level}><input type="checkbox" checked=${chosen.includes(level)} onChange=${() => flip(level)} /> ${level}</label>`)}</span>`;
}

function Evaluation({ body, id, bad, change }) {
  const field = (member, label, at) => html`<input class="grow" id=${at} ...${bad} ...${TEXT} type="url" aria-label=${label} placeholder=${label} value=${body[member]}
    onInput=${(e) => change({ ...body, [member]: e.target.value })} />`;
  return html`${field("evaluate_url", "Address that is asked", id)}${field("keys_url", "Address of its keys", `${id}-keys`)}`;
}

function Claim({ body, id, bad, idps, change }) {
  const idp = idps.find((one) => one.id === body.identity_provider_id);
  const claims = idp?.config?.claims ?? [];
  return html`
    <${Choose} bad=${{}} label="Login method of the claim" value=${body.identity_provider_id} rows=${idps.map((one) => [one.id, one.name])} change=${(one) => change({ ...body, identity_provider_id: one })} />
    <input class="grow" id=${id} ...${bad} ...${TEXT} aria-label="Name of the claim" placeholder="team" list="${id}-claims" value=${body.claim_name} onInput=${(e) => change({ ...body, claim_name: e.target.value })} />
    <datalist id="${id}-claims">${claims.map((claim) => html`<option value=${claim} />`)}</datalist>
    <input class="grow" ...${TEXT} aria-label="Value of the claim" placeholder="operations" value=${body.claim_value} onInput=${(e) => change({ ...body, claim_value: e.target.value })} />`;
}

/** Rows of a short list that has no search. */
function useRows(path) {
  const [rows, setRows] = useState([]);
  useEffect(() => {
    if (path) read(path, { per_page: 1000 }).then(({ result }) => setRows(result), () => {});
  }, [path]);
  return rows;
}

function Posture({ body, id, bad, change }) {
  const rows = useRows("~/devices/posture");
  return html`<${Choose} id=${id} bad=${bad} label="Device posture check" value=${body.integration_uid} rows=${rows.map((row) => [row.id, row.name])}
    none=${rows.length === 0 ? "No posture check is set up yet" : "Choose …"} change=${(one) => change({ integration_uid: one })} />`;
}

const IN_USE = { yes: "", no: " (no Conditional Access policy uses it)", unknown: " (whether a policy uses it is not known)" };

function Context({ body, id, bad, idps, change }) {
  const entra = idps.filter((idp) => idp.type === "azureAD");
  const [told, setTold] = useState({ contexts: [], fault: "" });
  const mayRead = useMay("organization");
  const path = body.identity_provider_id ? `~/doorward/identity_providers/${body.identity_provider_id}/auth_contexts` : "";
  const show = ({ result }) => setTold({ contexts: result.auth_contexts, fault: result.read_at ? "" : "They were not read from the directory yet." });
  const fail = (error) => setTold({ contexts: [], fault: error.message });
  useEffect(() => {
    if (path) read(path).then(show, fail);
  }, [path]);
  const rows = told.contexts.map((context) => [context.ac_id, `${context.display_name} (${context.ac_id})${IN_USE[context.has_policy] ?? ""}`]);
  return html`
    ${entra.length > 1 && html`<${Choose} bad=${{}} label="Login method of the context" value=${body.identity_provider_id} rows=${entra.map((one) => [one.id, one.name])}
      change=${(one) => change({ id: "", ac_id: "", identity_provider_id: one })} />`}
    <${Choose} id=${id} bad=${bad} label="Authentication context" value=${body.ac_id} rows=${rows} change=${(one) => change({ ...body, id: one, ac_id: one })} />
    ${told.fault && html`<span class="hint">${told.fault}</span>${mayRead && path && html` <button type="button" onClick=${() => make(`${path}/refresh`).then(show, fail)}>Read them now</button>`}`}`;
}

/** What is searched by name: where, and what stands beside a name. */
const SEARCHED = {
  rule_group: { path: "~/access/groups", words: "Rule group", note: () => "" },
  token: { path: "~/access/service_tokens", words: "Service token", note: (token) => token.client_id },
  app: { path: "~/access/apps", words: "Application", note: (app) => app.domain, fits: (app) => app.type === "self_hosted" },
  email_list: { path: "~/gateway/lists", words: "List", fixed: { type: "EMAIL" }, note: (list) => `${list.count} entries` },
  ip_list: { path: "~/gateway/lists", words: "List", fixed: { type: "IP" }, note: (list) => `${list.count} entries` },
};
const SHOWN = 50;

function Searched({ kind, body, id, bad, change }) {
  const { member, control } = KINDS[kind];
  const { path, words, fixed, note, fits = () => true } = SEARCHED[control === "list" ? kind : control];
  const names = useNames([{ [kind]: body }]);
  const search = async (text, signal) => {
    const { result, info } = await read(path, { ...fixed, search: text, per_page: SHOWN }, signal);
    const more = (info?.total_count ?? 0) > SHOWN ? [`${info.total_count - SHOWN} more: type a part of the name.`] : [];
    return { options: result.filter(fits).map((row) => ({ value: row.id, words: row.name, note: note(row) })), notes: more };
  };
  const choose = (option) => {
    learn(option.value, option.words);
    change({ ...body, [member]: option.value });
  };
  return html`<span class="grow"><${Combobox} id=${id} label=${words} more=${bad} placeholder="Type a part of the name" shown=${names[body[member]] ?? body[member]} search=${search} choose=${choose}
    type=${(text) => text === "" && change({ ...body, [member]: "" })} /></span>`;
}

const SOURCES = { scim: "provisioning", graph: "Graph" };
const TOLD = { refused: "Microsoft Graph may not be asked", failed: "Microsoft Graph did not answer", busy: "Microsoft Graph was not asked" };

/** A group of the directory, by name or by object id. The rule holds the id. */
function Group({ body, id, bad, idps, change }) {
  const entra = idps.filter((idp) => idp.type === "azureAD");
  const names = useNames([{ azureAD: body }]);
  useEffect(() => {
    if (!body.identity_provider_id && entra[0]) change({ ...body, identity_provider_id: entra[0].id });
  }, [entra.length]);
  const path = `~/doorward/identity_providers/${body.identity_provider_id}/groups`;
  const search = async (text, signal) => {
    if (!body.identity_provider_id) return { options: [], notes: ["Choose a login method first."] };
    const { result } = await read(path, { search: text }, signal);
    const options = result.groups.map((group) => ({ value: group.id, words: group.name || group.id, note: html`<code>${group.id}</code> from ${group.sources.map((one) => SOURCES[one]).join(" and ")}` }));
    const notes = [];
    if (result.more) notes.push("There are more: go on typing.");
    if (TOLD[result.graph.state]) notes.push(`${TOLD[result.graph.state]}, so only what was provisioned is found. ${result.graph.message}. ${result.graph.fix}`);
    if (result.scim.state === "none" && TOLD[result.graph.state]) notes.push("Provisioning is off, too: enter the group's object id.");
    return { options, notes };
  };
  const choose = (option) => {
    learn(option.value, option.words);
    change({ ...body, id: option.value });
  };
  const name = names[body.id];
  return html`
    ${entra.length > 1 && html`<select aria-label="Login method of the group" value=${body.identity_provider_id} onChange=${(e) => change({ ...body, identity_provider_id: e.target.value })}>
      ${entra.map((idp) => html`<option value=${idp.id} selected=${idp.id === body.identity_provider_id}>${idp.name}</option>`)}</select>`}
    <span class="grow">
      <${Combobox} id=${id} label="Group: name or object id" more=${bad} placeholder="Name or object id" shown=${name ?? body.id} search=${search} choose=${choose} type=${(text) => change({ ...body, id: text.trim() })} />
      ${name && html`<span class="hint">Object id <code>${body.id}</code></span>`}
    </span>`;
}

const CONTROLS = {
  text: Plain, method: Method, idp: Idp, country: Country, risk: Risk, evaluation: Evaluation, claim: Claim, posture: Posture, context: Context,
  rule_group: Searched, token: Searched, app: Searched, list: Searched, group: Group,
};

/** @param {Given} given */
export function Value(given) {
  const known = KINDS[given.kind];
  if (!known) return html`<code class="grow">${JSON.stringify(given.body)}</code>`;
  const Control = CONTROLS[known.control];
  return Control ? html`<${Control} ...${given} />` : html`<span class="grow"></span>`;
}
