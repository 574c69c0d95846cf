// One login method: the check, its connection and options, provisioning, the test, and its end.

import { call, make } from "../api.js";
import { go } from "../router.js";
import { useMay } from "../session.js";
import { html, useEffect, useState } from "../view.js";
import { saved } from "../parts/editing.js";
import { CALLBACK } from "../parts/entra_guide.js";
import { Form, useForm } from "../parts/form.js";
import { Cloud } from "../parts/login_method_cloud.js";
import { Contexts } from "../parts/login_method_contexts.js";
import { Credentials } from "../parts/login_method_credentials.js";
import { Fields, BLANK, bodyOf } from "../parts/login_method_fields.js";
import { Options } from "../parts/login_method_options.js";
import { Provisioning } from "../parts/login_method_scim.js";
import { Findings, TestButton } from "../parts/login_test.js";
import { Button, Copy, Facts, Failure, Heading, Jump, Time, Waiting } from "../parts/page.js";
import { useThing } from "../parts/table.js";
import { toast } from "../parts/toasts.js";
import { Removal, Uses } from "../parts/uses.js";
import { TYPES } from "./authentication.js";

export default function LoginMethod({ params }) {
  const path = `~/access/identity_providers/${params.id}`;
  const { thing: idp, error, again, setThing } = useThing(path);
  if (error && !idp) return html`<${Heading} title="Login method" back=${["/settings/authentication", "Login methods"]} /><${Failure} error=${error} again=${again} />`;
  if (!idp) return html`<${Waiting} what="the login method" />`;
  return html`<${Loaded} key=${idp.id} idp=${idp} path=${path} setIdp=${setThing} />`;
}

const SECTIONS = [
  ["health", "Health"], ["connection", "Connection"], ["credentials", "Secret or certificate", "entra"], ["cloud", "Cloud", "entra"], ["own", "Options"],
  ["contexts", "Authentication contexts", "entra"], ["scim", "Provisioning"], ["end", "Remove", "write"],
];

const Section = ({ id, title, children }) => html`<section aria-labelledby=${id}><h2 id=${id}>${title}</h2>${children}</section>`;

function Loaded({ idp, path, setIdp }) {
  const may = useMay("organization");
  const entra = idp.type === "azureAD";
  return html`
    <${Heading} title=${idp.name} back=${["/settings/authentication", "Login methods"]}>
      ${may && html`<${TestButton} idp=${idp} />`}<//>
    <${Jump} sections=${SECTIONS.filter(([, , only]) => (only !== "entra" || entra) && (only !== "write" || may))} />
    <${Facts} rows=${[["Type", TYPES[idp.type] ?? idp.type], ["Id", html`<code>${idp.id}</code>`], ["Changed", html`<${Time} at=${idp.updated_at} />`]]} />
    <${Copy} label="Redirect URI" value=${CALLBACK} hint="What the provider has to list, exactly so." />
    <${Doctor} idp=${idp} may=${may} />
    <${Section} id="connection" title="Connection"><${Connection} idp=${idp} path=${path} setIdp=${setIdp} may=${may} /><//>
    ${entra && html`
      <${Section} id="credentials" title="Secret or certificate"><${Credentials} idp=${idp} /><//>
      <${Section} id="cloud" title="Cloud"><${Cloud} idp=${idp} /><//>`}
    <${Section} id="own" title="Options"><${Options} idp=${idp} /><//>
    ${entra && html`<${Section} id="contexts" title="Authentication contexts"><${Contexts} idp=${idp} /><//>`}
    <${Section} id="scim" title="Provisioning (SCIM)"><${Provisioning} idp=${idp} path=${path} setIdp=${setIdp} /><//>
    ${may && html`<${Section} id="end" title="Remove"><${Remove} idp=${idp} path=${path} /><//>`}`;
}

/** The values of the form: what GET answered, with what it leaves out filled in. */
function valuesOf({ scim_config: _, updated_at: __, ...idp }) {
  const blank = idp.type === "azureAD" ? BLANK.entra : BLANK.oidc;
  const config = { ...blank.config, ...Object.fromEntries(Object.entries(idp.config).filter(([, value]) => value !== null)) };
  return { ...idp, config: { ...config, client_secret: "" } };
}

function Connection({ idp, path, setIdp, may }) {
  const form = useForm(valuesOf(idp), async (values) => {
    const take = (now) => {
      setIdp(now);
      form.reset(valuesOf(now));
    };
    await saved({ path, body: bodyOf(values), form, take, part: valuesOf });
    toast("Saved.");
  }, idp);
  return html`<${Form} form=${form} hideButton=${!may}><${Fields} form=${form} isNew=${false} /><//>`;
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
        ${may && html`<${Button} off=${state.busy} onClick=${run}>${state.busy ? "Checking …" : "Check now"}<//>`}</div>
      ${state.error && html`<${Failure} error=${state.error} />`}
      ${check?.checked_at ? html`<p class="hint">Checked <${Time} at=${check.checked_at} />; every login method is looked at daily.</p><${Findings} findings=${check.findings} />`
    : html`<p class="hint">Not checked yet. The check asks the provider what the set-up looks like, changes nothing and takes a few seconds.</p>`}
    </section>`;
}

/** What names it stands here before anybody tries: the API refuses while there is something. */
function Remove({ idp, path }) {
  const query = { identity_provider_id: idp.id };
  const done = () => {
    toast(`${idp.name} was removed.`);
    go("/settings/authentication");
  };
  return html`
    <${Uses} query=${query} none="No application, policy or rule group names it." />
    <${Removal} path=${path} query=${query} name=${idp.name} label="Remove this login method" done=${done}>
      <p>Nobody can sign in through it any more, and every session that it vouched for ends at once. Provisioning through it ends as well.</p><//>`;
}
