// One login method: its settings, doorward's own options, provisioning, the check, the test, and its end.

import { call, make, put, remove } from "../api.js";
import { go } from "../router.js";
import { useMay } from "../session.js";
import { html, useEffect, useState } from "../view.js";
import { Confirmed } from "../parts/dialog.js";
import { saved } from "../parts/editing.js";
import { Check, Choice, Form, Lines, Text, useForm, Whole } from "../parts/form.js";
import { Fields, BLANK, bodyOf } from "../parts/login_method_fields.js";
import { Findings, TestButton } from "../parts/login_test.js";
import { Copy, Facts, Failure, Heading, Time, Waiting } from "../parts/page.js";
import { useThing } from "../parts/table.js";
import { toast } from "../parts/toasts.js";
import { CALLBACK } from "../parts/entra_guide.js";

export default function LoginMethod({ params }) {
  const path = `~/access/identity_providers/${params.id}`;
  const { thing: idp, error, again, setThing } = useThing(path);
  if (error && !idp) return html`<${Heading} title="Login method" back=${["/settings/authentication", "Login methods"]} /><${Failure} error=${error} again=${again} />`;
  if (!idp) return html`<${Waiting} what="the login method" />`;
  return html`<${Loaded} key=${idp.id} idp=${idp} path=${path} setIdp=${setThing} />`;
}

function Loaded({ idp, path, setIdp }) {
  const may = useMay("organization");
  return html`
    <${Heading} title=${idp.name} back=${["/settings/authentication", "Login methods"]}>
      ${may && html`<${TestButton} idp=${idp} />`}<//>
    <${Copy} label="Redirect URI" value=${CALLBACK} hint="What the provider has to list, exactly so." />
    <${Doctor} idp=${idp} may=${may} />
    <section aria-labelledby="connection"><h2 id="connection">Connection</h2><${Connection} idp=${idp} path=${path} setIdp=${setIdp} /></section>
    <section aria-labelledby="own"><h2 id="own">Options</h2><${Own} idp=${idp} /></section>
    <section aria-labelledby="scim"><h2 id="scim">Provisioning (SCIM)</h2><${Provisioning} idp=${idp} path=${path} setIdp=${setIdp} may=${may} /></section>
    ${may && html`<section aria-labelledby="end"><h2 id="end">Remove</h2>
      <${Confirmed} label="Remove this login method" title="Remove ${idp.name}?" act=${async () => {
    await remove(path);
    toast(`${idp.name} was removed.`);
    go("/settings/authentication");
  }}><p>Nobody can sign in through it any more, and every session that it vouched for ends at once.</p><//></section>`}`;
}

/** The values of the form: what GET answered, with what it leaves out filled in. */
function valuesOf(idp) {
  const blank = idp.type === "azureAD" ? BLANK.entra : BLANK.oidc;
  const config = { ...blank.config, ...Object.fromEntries(Object.entries(idp.config).filter(([, value]) => value !== null)) };
  return { ...idp, config: { ...config, client_secret: "" } };
}

function Connection({ idp, path, setIdp }) {
  const form = useForm(valuesOf(idp), async (values) => {
    const take = (now) => {
      setIdp(now);
      form.reset(valuesOf(now));
    };
    await saved({ path, seen: idp, body: bodyOf(values), form, take });
    toast("Saved.");
  });
  return html`<${Form} form=${form}><${Fields} form=${form} isNew=${false} /><//>`;
}

/** What the provider's set-up looks like from here. */
function Doctor({ idp, may }) {
  const path = `~/doorward/identity_providers/${idp.id}/check`;
  const [check, setCheck] = useState(null);
  const [state, setState] = useState({ busy: false, error: null });
  useEffect(() => {
    call("GET", path).then(({ result }) => setCheck(result), () => {});
  }, [path]);
  const run = async () => {
    setState({ busy: true, error: null });
    try {
      setCheck((await make(path, {})).result);
      setState({ busy: false, error: null });
    } catch (error) {
      setState({ busy: false, error });
    }
  };
  return html`
    <section aria-labelledby="health">
      <div class="row"><h2 id="health">Health</h2>
        ${may && html`<button type="button" disabled=${state.busy} onClick=${run}>${state.busy ? "Checking …" : "Check now"}</button>`}</div>
      ${state.error && html`<${Failure} error=${state.error} />`}
      ${check ? html`<p class="hint">Checked <${Time} at=${check.checked_at} />; every login method is looked at daily.</p><${Findings} findings=${check.findings} />`
    : html`<p class="hint">Not checked yet.</p>`}
    </section>`;
}

/** doorward's own settings, which v4 has no room for. */
function Own({ idp }) {
  const path = `~/doorward/identity_providers/${idp.id}/options`;
  const { thing, error, again, setThing } = useThing(path);
  if (error && !thing) return html`<${Failure} error=${error} again=${again} />`;
  if (!thing) return html`<${Waiting} what="the options" />`;
  return html`<${OwnForm} idp=${idp} path=${path} options=${thing} setOptions=${setThing} />`;
}

const without = (object, empty) => Object.fromEntries(Object.entries(object).filter(([, value]) => !empty(value)));

function OwnForm({ idp, path, options, setOptions }) {
  const entra = idp.type === "azureAD";
  const form = useForm({ ...options, tenants: options.tenants ?? { authority: "", allowed: [] } }, async (values) => {
    const { tenants, ...rest } = values;
    const body = without(rest, (value) => value === null || value === "" || (Array.isArray(value) && value.length === 0));
    if (entra && tenants.authority) body.tenants = tenants;
    const { result } = await put(path, body);
    setOptions(result);
    form.reset({ ...result, tenants: result.tenants ?? { authority: "", allowed: [] } });
    toast("Saved.");
  });
  return html`
    <${Form} form=${form}>
      <${Whole} form=${form} at="/liveness/interval_seconds" label="Ask about people between sign-ins every" unit="seconds" hint="Who was disabled at the provider is out within this time, without provisioning. 0: never." />
      <${Whole} form=${form} at="/liveness/grace_seconds" label="Go on while the provider is silent for" unit="seconds" hint="Then the session ends." />
      ${entra ? html`
        <${Choice} form=${form} at="/groups_from" label="Groups come from" hint="The token lists at most 200; whatever is missing is asked of Graph in any case." options=${[["token_first", "The token, else Graph"], ["graph", "Always Graph"]]} />
        <${Check} form=${form} at="/read_risk" label="Read people's risk" hint="For rules on risk (Identity Protection). Needs IdentityRiskyUser.Read.All." />
        <${Text} form=${form} at="/secret_ends_at" label="The client secret ends at" placeholder="2027-05-01T00:00:00Z" hint="Where the check may not read it: warnings come 30, 14, 3 days and one day before." />
        <${Choice} form=${form} at="/tenants/authority" label="Other tenants" hint="People of the listed tenants may sign in, too." options=${[["", "Only this directory"], ["organizations", "Listed ones, work accounts"], ["common", "Listed ones, any account"]]} />
        ${form.get("/tenants/authority") && html`<${Lines} form=${form} at="/tenants/allowed" label="Tenants that are let in" hint="One directory ID a line." />`}`
    : html`
        <${Text} form=${form} at="/issuer" label="Issuer" hint="The exact iss of its tokens. Empty: the origin of the authorization endpoint." />
        <${Lines} form=${form} at="/authoritative_domains" label="Mail domains that it is authoritative for" hint="One a line. Rules on addresses count only for these; * for all." />
        <${Choice} form=${form} at="/prompt" label="Prompt" options=${[["", "As the provider sees fit"], ["login", "Credentials each time"], ["select_account", "Account picker"], ["consent", "Consent each time"], ["none", "Never a page"]]} />`}
    <//>`;
}

const BEHAVIOURS = [["no_action", "Nothing: their next sign-in tells"], ["reauth", "Their sessions end, and they sign in again"], ["automatic", "The identity is updated in place"]];

function Provisioning({ idp, path, setIdp, may }) {
  const [secret, setSecret] = useState(idp.scim_config?.secret?.includes("*") ? "" : idp.scim_config?.secret ?? "");
  const { thing: state, again } = useThing(`~/doorward/identity_providers/${idp.id}/scim`);
  const blank = { enabled: false, user_deprovision: false, seat_deprovision: false, identity_update_behavior: "no_action" };
  const settingsOf = (now) => ({ scim_config: Object.fromEntries(Object.keys(blank).map((name) => [name, now.scim_config?.[name] ?? blank[name]])) });
  const shown = (now) => {
    if (now.scim_config?.secret && !now.scim_config.secret.includes("*")) setSecret(now.scim_config.secret);
    setIdp(now);
    again();
  };
  const form = useForm(settingsOf(idp), async (values) => {
    const take = (now) => {
      shown(now);
      form.reset(settingsOf(now));
    };
    const body = { ...bodyOf({ ...idp, config: { ...idp.config, client_secret: "" } }), scim_config: values.scim_config };
    await saved({ path, seen: idp, body, form, take });
    toast("Saved.");
  });
  const isOn = Boolean(idp.scim_config?.enabled);
  const status = state?.status;
  return html`
    <${Form} form=${form}>
      <${Check} form=${form} at="/scim_config/enabled" label="Take people and groups from the directory" hint="Leavers are out at once, not at their next check." />
      <${Check} form=${form} at="/scim_config/user_deprovision" label="Deactivated people lose their sessions" hint="Open connections are cut with them." />
      <${Check} form=${form} at="/scim_config/seat_deprovision" label="… and their seats" hint="Works only together with the former." />
      <${Choice} form=${form} at="/scim_config/identity_update_behavior" label="When somebody's groups or attributes change" options=${BEHAVIOURS} />
    <//>
    ${isOn && html`
      <${Copy} label="Tenant URL (SCIM endpoint)" value=${idp.scim_config.scim_base_url ?? status?.scim_base_url ?? ""} />
      ${secret && html`<div class="notice good"><p>The secret token, shown this once: copy it into Entra now.</p><${Copy} label="Secret Token" value=${secret} /></div>`}
      ${status && html`<${Facts} rows=${[
    ["People", `${status.users} (${status.active_users} active)`], ["Groups", String(status.groups)],
    ["Last call", html`<${Time} at=${status.last_used_at} />`], ["Secret made", html`<${Time} at=${status.secret_made_at} />`],
  ]} />`}
      ${may && html`<${Confirmed} label="Make a new secret" title="Make a new secret?" act=${async () => {
    const { result } = await make(`${path}/refresh_scim_secret`, { overlap_seconds: 86400 });
    shown(result);
    toast("There is a new secret. The former one is taken for another day.");
  }}><p>The new one is shown once. The former one is taken for another day, so that nothing is missed while you enter it in Entra.</p><//>`}`}`;
}
