// Provisioning of one login method: what it does, its endpoint and secret, nested groups, and the guard against mass deactivation.

import { make } from "../api.js";
import { useMay } from "../session.js";
import { html, useState } from "../view.js";
import { Confirmed } from "./dialog.js";
import { saved } from "./editing.js";
import { Check, Choice, Form, useForm, Whole } from "./form.js";
import { bodyOf } from "./login_method_fields.js";
import { Copy, Facts, Failure, ShownOnce, Time, Waiting } from "./page.js";
import { useThing } from "./table.js";
import { toast } from "./toasts.js";

const BEHAVIOURS = [["no_action", "Nothing: their next sign-in tells"], ["reauth", "Their sessions end, and they sign in again"], ["automatic", "The identity is updated in place"]];
const OVERLAPS = [["0", "Nothing: it stops at once"], ["3600", "It is taken for another hour"], ["86400", "It is taken for another day"]];
const BLANK = { enabled: false, user_deprovision: false, seat_deprovision: false, identity_update_behavior: "no_action" };

const settingsOf = (idp) => ({ scim_config: Object.fromEntries(Object.keys(BLANK).map((name) => [name, idp.scim_config?.[name] ?? BLANK[name]])) });
/** What a save here writes: all of the login method, but for what others write by themselves. */
const edited = ({ updated_at: _, scim_config, ...idp }) => ({ ...idp, ...settingsOf({ scim_config }) });
const secretOf = (idp) => (idp.scim_config?.secret && !idp.scim_config.secret.includes("*") ? idp.scim_config.secret : "");

export function Provisioning({ idp, path, setIdp }) {
  const may = useMay("organization");
  const own = `~/doorward/identity_providers/${idp.id}/scim`;
  const [secret, setSecret] = useState(secretOf(idp));
  const { thing: state, error, again, setThing } = useThing(own);
  const shown = (now) => {
    if (secretOf(now)) setSecret(secretOf(now));
    setIdp(now);
    again();
  };
  const form = useForm(settingsOf(idp), async (values) => {
    const take = (now) => {
      shown(now);
      form.reset(settingsOf(now));
    };
    const body = { ...bodyOf({ ...idp, config: { ...idp.config, client_secret: "" } }), scim_config: values.scim_config };
    await saved({ path, body, form, take, part: edited });
    toast("Saved.");
  }, idp);
  return html`
    <${Form} form=${form} hideButton=${!may}>
      <${Check} form=${form} at="/scim_config/enabled" label="Take people and groups from the directory" hint="Leavers are out at once, not at their next check." />
      <${Check} form=${form} at="/scim_config/user_deprovision" label="Deactivated people lose their sessions" hint="Open connections are cut with them." />
      <${Check} form=${form} at="/scim_config/seat_deprovision" label="… and their seats" hint="Works only together with the former." />
      <${Choice} form=${form} at="/scim_config/identity_update_behavior" label="When somebody's groups or attributes change" options=${BEHAVIOURS} />
    <//>
    ${idp.scim_config?.enabled && html`
      ${secret && html`<${ShownOnce} label="Secret Token" value=${secret}>Copy the secret token into the directory now.<//>`}
      ${error && html`<${Failure} error=${error} again=${again} />`}
      ${state ? html`<${Endpoint} idp=${idp} status=${state.status} />` : !error && html`<${Waiting} what="the state of provisioning" />`}
      ${may && html`<${NewSecret} idp=${idp} path=${path} shown=${shown} />`}
      ${state && html`<${Own} own=${own} stored=${state} setStored=${setThing} entra=${idp.type === "azureAD"} />`}
      <${Guard} own=${own} may=${may} />`}`;
}

function Endpoint({ idp, status }) {
  const ends = status.former_secret_ends_at ?? idp.scim_config.former_secret_ends_at;
  return html`
    <${Copy} label="Tenant URL (SCIM endpoint)" value=${idp.scim_config.scim_base_url ?? status.scim_base_url ?? ""} />
    <${Facts} rows=${[
    ["People", `${status.users.toLocaleString()} (${status.active_users.toLocaleString()} active)`], ["Groups", status.groups.toLocaleString()],
    ["Last call", html`<${Time} at=${status.last_used_at} />`], ["By", status.last_agent],
    ["With", status.last_secret && (status.last_secret === "former" ? "the former secret: enter the new one in the directory" : `the ${status.last_secret} secret`)],
    ["Secret made", html`<${Time} at=${status.secret_made_at} />`], ["The former one ends", ends && html`<${Time} at=${ends} />`],
  ]} />`;
}

function NewSecret({ idp, path, shown }) {
  const [overlap, setOverlap] = useState("86400");
  const make_it = async () => {
    const { result } = await make(`${path}/refresh_scim_secret`, { overlap_seconds: Number(overlap) });
    shown(result);
    toast("There is a new secret.");
  };
  return html`<${Confirmed} label="Make a new secret" title="Make a new secret for ${idp.name}?" act=${make_it}>
    <p>The new one is shown once. Enter it in the directory; provisioning fails there as soon as the former one is no longer taken.</p>
    <div class="field"><label for="overlap">What becomes of the former one</label>
      <select id="overlap" value=${overlap} onChange=${(e) => setOverlap(e.target.value)}>${OVERLAPS.map(([value, words]) => html`<option value=${value} selected=${value === overlap}>${words}</option>`)}</select></div>
  <//>`;
}

const ownValues = (stored) => ({ scim: { expand_nested_secs: stored.expand_nested_secs, guard: stored.guard } });

function Own({ own, stored, setStored, entra }) {
  const may = useMay("organization");
  const form = useForm(ownValues(stored), async ({ scim }) => {
    const take = (now) => {
      setStored(now);
      form.reset(ownValues(now));
    };
    await saved({ path: own, body: scim, form, take, place: "/scim", part: ownValues });
    toast("Saved.");
  }, stored);
  return html`
    <details><summary>Nested groups, and the guard against mass deactivation</summary>
      <${Form} form=${form} hideButton=${!may}>
        ${entra && html`<${Whole} form=${form} at="/scim/expand_nested_secs" label="Read members of nested groups every" unit="seconds" hint="Entra sends direct members only. Then doorward reads the others from Graph; it needs GroupMember.Read.All and User.Read.All. Empty: never." />`}
        <${Whole} form=${form} at="/scim/guard/share_percent" label="Hold removals when more than this share of people is deactivated" unit="percent" hint="Sessions are cut in any case; what is held are seats and deletions." />
        <${Whole} form=${form} at="/scim/guard/at_least" label="… and at least" unit="people" />
        <${Whole} form=${form} at="/scim/guard/window_secs" label="… within" unit="seconds" />
      <//>
    </details>`;
}

/** What is held since too many people were deactivated at once. */
function Guard({ own, may }) {
  const { thing, again } = useThing(`${own}/guard`);
  if (!thing?.tripped && !(thing?.held?.seats || thing?.held?.deletions)) return null;
  const act = (verb, words) => async () => {
    await make(`${own}/guard/${verb}`);
    again();
    toast(words);
  };
  return html`
    <div class="notice warning">
      <p>${thing.tripped ? html`${thing.tripped.deactivated} of ${thing.tripped.of} people were deactivated within ${thing.window_secs} seconds (<${Time} at=${thing.tripped.at} />).` : ""}
        Their sessions ended. Held for your word: ${thing.held.seats} seats and ${thing.held.deletions} deletions.</p>
      ${may && html`<div class="actions">
        <${Confirmed} label="Carry them out" title="Take the seats and delete the people?" act=${act("release", "What was held was carried out.")}><p>${thing.held.seats} people lose their seat, and ${thing.held.deletions} are deleted.</p><//>
        <${Confirmed} label="Drop them" title="Keep seats and people?" act=${act("refuse", "What was held was dropped.")}><p>Seats stay, and people whose deletion was held are there again, inactive until the directory activates them.</p><//>
      </div>`}
    </div>`;
}
