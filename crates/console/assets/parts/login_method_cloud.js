// Where a tenant of Entra ID is: the national clouds have login and Graph addresses of their own.

import { useMay } from "../session.js";
import { html } from "../view.js";
import { saved } from "./editing.js";
import { Choice, Form, SecretText, Text, useForm, withoutEmpty } from "./form.js";
import { Failure, Waiting } from "./page.js";
import { useThing } from "./table.js";
import { toast } from "./toasts.js";

const OWN = "own";
const PRESETS = [
  ["", "As the server's configuration file says (usually the global cloud)"], ["global", "Global"], ["us_government", "US Government (GCC High)"],
  ["us_government_dod", "US Government (DoD)"], ["china", "China (21Vianet)"], [OWN, "Other addresses"],
];

export function Cloud({ idp }) {
  const path = `~/doorward/identity_providers/${idp.id}/cloud`;
  const { thing, error, again, setThing } = useThing(path);
  if (error && !thing) return html`<${Failure} error=${error} again=${again} />`;
  if (!thing) return html`<${Waiting} what="the cloud" />`;
  return html`<${Edit} path=${path} stored=${thing} setStored=${setThing} />`;
}

const valuesOf = (stored) => ({ preset: stored.preset ?? (stored.login_url ? OWN : ""), login_url: stored.login_url ?? "", graph_url: stored.graph_url ?? "", client_secret: "" });

function Edit({ path, stored, setStored }) {
  const may = useMay("organization");
  const form = useForm(valuesOf(stored), async ({ preset, login_url, graph_url, client_secret }) => {
    const where = preset === OWN ? { login_url, graph_url } : { preset };
    const take = (now) => {
      setStored(now);
      form.reset(valuesOf(now));
    };
    await saved({ path, body: withoutEmpty({ ...where, client_secret }), form, take, part: valuesOf });
    toast("Saved.");
  }, stored);
  const isOther = form.get("/preset") !== valuesOf(stored).preset || form.get("/login_url") !== (stored.login_url ?? "") || form.get("/graph_url") !== (stored.graph_url ?? "");
  return html`
    <${Form} form=${form} hideButton=${!may}>
      <${Choice} form=${form} at="/preset" label="Cloud" options=${PRESETS} hint="Where the tenant lives. People sign in there, and groups are read from its Graph." />
      ${form.get("/preset") === OWN && html`
        <${Text} form=${form} at="/login_url" label="Login address" placeholder="https://login.microsoftonline.us" />
        <${Text} form=${form} at="/graph_url" label="Graph address" placeholder="https://graph.microsoft.us" />`}
      ${isOther && html`
        <p class="notice warning">Another login address is another directory: everybody who signed in through this login method has to sign in again, and its contexts are read anew.</p>
        <${SecretText} form=${form} at="/client_secret" label="Client secret (Value)" hint="It will be sent to the new address, so it is asked for again." />`}
    <//>`;
}
