// doorward's own settings of a login method, which v4 has no room for; each says what it does.

import { useMay } from "../session.js";
import { html } from "../view.js";
import { saved } from "./editing.js";
import { Check, Choice, Form, Lines, Moment, Text, useForm, Whole, withoutEmpty } from "./form.js";
import { Failure, Waiting } from "./page.js";
import { useThing } from "./table.js";
import { toast } from "./toasts.js";

const GROUPS = [["token_first", "The token, else Graph"], ["graph", "Always Graph"]];
const TENANTS = [["", "Only this directory"], ["organizations", "Listed ones, work accounts"], ["common", "Listed ones, any account"]];
const PROMPTS = [["", "As the provider sees fit"], ["login", "Credentials each time"], ["select_account", "Account picker"], ["consent", "Consent each time"], ["none", "Never a page"]];

export function Options({ idp }) {
  const path = `~/doorward/identity_providers/${idp.id}/options`;
  const { thing, error, again, setThing } = useThing(path);
  if (error && !thing) return html`<${Failure} error=${error} again=${again} />`;
  if (!thing) return html`<${Waiting} what="the options" />`;
  return html`<${Edit} idp=${idp} path=${path} options=${thing} setOptions=${setThing} />`;
}

const valuesOf = (options) => ({ ...options, tenants: options.tenants ?? { authority: "", allowed: [] } });

function Edit({ idp, path, options, setOptions }) {
  const may = useMay("organization");
  const entra = idp.type === "azureAD";
  const form = useForm(valuesOf(options), async (values) => {
    const { tenants, ...rest } = values;
    const body = withoutEmpty(rest);
    if (entra && tenants.authority) body.tenants = tenants;
    const take = (now) => {
      setOptions(now);
      form.reset(valuesOf(now));
    };
    await saved({ path, body, form, take, part: valuesOf });
    toast("Saved.");
  }, options);
  return html`
    <${Form} form=${form} hideButton=${!may}>
      <${Whole} form=${form} at="/liveness/interval_seconds" label="Ask about people between sign-ins every" unit="seconds" hint="Who was disabled at the provider is out within this time, without provisioning. It costs one call for each session. 0: never." />
      <${Whole} form=${form} at="/liveness/grace_seconds" label="Go on while the provider is silent for" unit="seconds" hint="Then the session ends, and the person signs in again." />
      ${entra ? html`<${Entra} form=${form} />` : html`<${Oidc} form=${form} />`}
    <//>`;
}

const Entra = ({ form }) => html`
  <${Choice} form=${form} at="/groups_from" label="Groups come from" hint="The token lists at most 200, and none without the groups claim; whatever is missing there is asked of Graph in any case." options=${GROUPS} />
  <${Check} form=${form} at="/read_risk" label="Read people's risk" hint="For rules on risk (Identity Protection, P2), every five minutes. Needs the application permission IdentityRiskyUser.Read.All." />
  <${Moment} form=${form} at="/secret_ends_at" label="The client secret ends at" hint="Where the check may not read it (Application.Read.All): warnings come 30, 14, 3 days and one day before." />
  <${Choice} form=${form} at="/tenants/authority" label="Other tenants" hint="People of the listed tenants may sign in, too. Rules on their addresses count only where the tenant proved that it owns the domain." options=${TENANTS} />
  ${form.get("/tenants/authority") && html`<${Lines} form=${form} at="/tenants/allowed" label="Tenants that are let in" hint="One directory ID a line." />`}`;

const Oidc = ({ form }) => html`
  <${Text} form=${form} at="/issuer" label="Issuer" hint="The exact iss of its tokens, as its discovery document has it. Empty: the origin of the authorization endpoint." />
  <${Lines} form=${form} at="/authoritative_domains" label="Mail domains that it is authoritative for" hint="One a line. Rules on addresses count only for these; * stands for all. Needs the issuer." />
  <${Choice} form=${form} at="/prompt" label="Prompt" hint="What the provider asks of people at each sign-in." options=${PROMPTS} />`;
