// Account > Administrators: who may sign in to this console, under a permission of its own.

import { call, remove } from "../api.js";
import { useMay } from "../session.js";
import { html } from "../view.js";
import { DURATIONS, useLoginMethods } from "../parts/app_fields.js";
import { Confirmed } from "../parts/dialog.js";
import { saved } from "../parts/editing.js";
import { Choice, Form, Several, useForm } from "../parts/form.js";
import { Failure, Heading, Time, Waiting } from "../parts/page.js";
import { PEOPLE, Rules } from "../parts/rules.js";
import { useThing } from "../parts/table.js";
import { toast } from "../parts/toasts.js";

const PATH = "~/doorward/console";
const NOBODY = { include: [], require: [], exclude: [] };
const LEAD = "Who may sign in to this console. Only people named here, and whoever holds the permission “Doorward: Administrators Write”, can change it. The local door on the machine stays open in any case.";

export default function Administrators() {
  const { thing, error, again, setThing } = useThing(PATH);
  const idps = useLoginMethods();
  return html`
    <${Heading} title="Administrators" lead=${LEAD} />
    ${error && html`<${Failure} error=${error} again=${again} />`}
    ${thing === undefined && !error && html`<${Waiting} what="administrators" />`}
    ${thing !== undefined && html`<${Edit} key=${thing?.created_at ?? "new"} stored=${thing} setStored=${setThing} idps=${idps} />`}`;
}

const valuesOf = (stored) => ({
  administrators: stored?.administrators ?? NOBODY, readers: stored?.readers ?? NOBODY,
  allowed_idps: stored?.allowed_idps ?? [], session_duration: stored?.session_duration ?? "8h",
});

function Edit({ stored, setStored, idps }) {
  const may = useMay("console");
  const form = useForm(valuesOf(stored), async (values) => {
    const readers = values.readers.include.length > 0 ? values.readers : null;
    const take = (now) => {
      setStored(now);
      form.reset(valuesOf(now));
    };
    await saved({ path: PATH, body: { ...values, readers }, form, take });
    await call("GET", "~/doorward/console/session");
    toast("Saved. It is in force already.");
  }, stored);
  const durations = [["1h", "1 hour"], ["8h", "8 hours"], ...DURATIONS.filter(([d]) => ["12h", "24h"].includes(d))];
  return html`
    ${!stored && html`<p class="notice">Nobody was named yet: the local door is the only way in.</p>`}
    ${stored && html`<p class="hint">Changed <${Time} at=${stored.updated_at} />.</p>`}
    <${Form} form=${form} hideButton=${!may}>
      <${Several} form=${form} at="/allowed_idps" label="Login methods that administrators are believed from" none="There is no login method yet: add one first." options=${idps.map((idp) => [idp.id, idp.name])}
        hint="Whom these vouch for can be changed by administrators only." />
      <${Rules} form=${form} at="/administrators/include" label="Administrators" hint="They may do everything." idps=${idps} kinds=${PEOPLE} />
      <${Rules} form=${form} at="/administrators/require" label="Administrators must" hint="All of these must hold besides." idps=${idps} kinds=${["auth_method", "ip", ...PEOPLE]} />
      <${Rules} form=${form} at="/readers/include" label="Read only" hint="They may look at everything and change nothing." idps=${idps} kinds=${PEOPLE} />
      <${Choice} form=${form} at="/session_duration" label="Sign in again after" options=${durations} />
    <//>
    ${may && stored && html`<${Confirmed} label="Close the sign-in" title="Close the sign-in to the console?" act=${async () => {
    await remove(PATH);
    setStored(null);
  }}><p>Everybody who signed in through it is out at once. The local door stays.</p><//>`}`;
}
