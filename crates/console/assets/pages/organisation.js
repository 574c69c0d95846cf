// Account: the organisation's name, sessions, seats, programs, the look of people's pages with a preview, and the read-only switch.

import { ROOT } from "../router.js";
import { useMay, useSession } from "../session.js";
import { html } from "../view.js";
import { durationsWith } from "../parts/app_fields.js";
import { saved } from "../parts/editing.js";
import { Check, Choice, Colour, Form, Text, useForm, Whole } from "../parts/form.js";
import { LookPreview } from "../parts/look_preview.js";
import { Facts, Failure, Heading, Time, Waiting } from "../parts/page.js";
import { useList, useThing } from "../parts/table.js";
import { toast } from "../parts/toasts.js";

const PATH = "~/access/organizations";
const IDLE = [["", "Never"], ["730h", "1 month"], ["1460h", "2 months"], ["2190h", "3 months"], ["4380h", "6 months"], ["8760h", "1 year"]];
const INACTIVE = [["", "Nothing"], ["disable", "Switch them off"], ["delete", "Remove them"]];

export default function Organisation() {
  const { thing, error, again, setThing } = useThing(PATH);
  return html`
    <${Heading} title="Organisation" />
    ${error && html`<${Failure} error=${error} again=${again} />`}
    ${!thing && !error && html`<${Waiting} what="the organisation" />`}
    ${thing && html`
      <${Facts} rows=${[["Team domain", thing.auth_domain], ["Changed", html`<${Time} at=${thing.updated_at} />`]]} />
      <${Edit} stored=${thing} setStored=${setThing} />`}
    <section aria-labelledby="seats"><h2 id="seats">Seats</h2><${Seats} /></section>`;
}

function valuesOf(stored) {
  return {
    ...stored, user_seat_expiration_inactive_time: stored.user_seat_expiration_inactive_time ?? "", ui_read_only_toggle_reason: stored.ui_read_only_toggle_reason ?? "",
    custom_pages: { identity_denied: "", forbidden: "", ...stored.custom_pages },
    inactivity: stored.service_token_inactivity?.enabled ? stored.service_token_inactivity.action : "",
    service_token_inactivity: stored.service_token_inactivity ?? { enabled: false, action: "disable", inactivity_threshold_days: 90 },
  };
}

/** A change of the seats is none of this form's. */
const edited = ({ updated_at: _, ...stored }) => valuesOf(stored);

/** A PUT merges: what is to go away is sent as null. */
function bodyOf({ inactivity, ...values }) {
  const design = Object.fromEntries(Object.entries(values.login_design ?? {}).filter(([, value]) => value));
  return {
    ...values, login_design: design,
    user_seat_expiration_inactive_time: values.user_seat_expiration_inactive_time || null,
    ui_read_only_toggle_reason: values.ui_read_only_toggle_reason || null,
    service_token_inactivity: inactivity ? { ...values.service_token_inactivity, enabled: true, action: inactivity } : null,
  };
}

const idleWith = (value) => (!value || IDLE.some(([d]) => d === value) ? IDLE : [...IDLE, [value, value]]);

function Edit({ stored, setStored }) {
  const may = useMay("organization");
  const { learn } = useSession();
  const { rows: pages } = useList("~/access/custom_pages", { per_page: 100 });
  const form = useForm(valuesOf(stored), async (values) => {
    const take = (now) => {
      setStored(now);
      learn({ organization: now.name });
      form.reset(valuesOf(now));
    };
    await saved({ path: PATH, body: bodyOf(values), form, take, part: edited });
    toast("Saved. It is in force already.");
  }, stored);
  const ofKind = (kind) => [["", "doorward's own"], ...(pages ?? []).filter((page) => page.type === kind).map((page) => [page.uid, page.name])];
  return html`
    <${Form} form=${form} hideButton=${!may}>
      <${Text} form=${form} at="/name" label="Name" hint="It stands on every page that people meet." />
      <fieldset><legend>Sessions</legend>
        <${Choice} form=${form} at="/session_duration" label="Sign in again after" options=${durationsWith(stored.session_duration)} hint="Once for all applications; each can ask sooner." />
        <${Check} form=${form} at="/auto_redirect_to_identity" label="With exactly one login method, go there without asking" />
        <${Choice} form=${form} at="/user_seat_expiration_inactive_time" label="A seat becomes free when its person was away for" options=${idleWith(stored.user_seat_expiration_inactive_time)} hint="They get one again at their next sign-in, if there is one." />
      </fieldset>
      <fieldset><legend>Programs</legend>
        <${Check} form=${form} at="/strict_service_token_auth" label="A request with a service token is judged by the token alone" hint="401 when it does not authenticate, 403 when no policy admits it; no cookie helps. Off: else the session of a person counts." />
        <${Choice} form=${form} at="/inactivity" label="Service tokens that nobody used" options=${INACTIVE} hint="Only those that no policy and no rule group names." />
        ${form.get("/inactivity") && html`<${Whole} form=${form} at="/service_token_inactivity/inactivity_threshold_days" label="… for" unit="days" hint="30 to 365." />`}
      </fieldset>
      <fieldset><legend>Look of people's pages</legend>
        <div class="beside">
          <div>
            <${Text} form=${form} at="/login_design/logo_path" label="Logo" placeholder="https://…" hint="Address of a picture; https only." />
            <${Colour} form=${form} at="/login_design/background_color" label="Background" placeholder="#0b5c6b" />
            <${Colour} form=${form} at="/login_design/text_color" label="Text on it" placeholder="#ffffff" />
            <${Text} form=${form} at="/login_design/header_text" label="Words above" />
            <${Text} form=${form} at="/login_design/footer_text" label="Words below" />
          </div>
          <${LookPreview} name=${form.get("/name")} design=${form.get("/login_design") ?? {}} />
        </div>
        <${Choice} form=${form} at="/custom_pages/identity_denied" label="Page for people who are refused" options=${ofKind("identity_denied")} />
        <${Choice} form=${form} at="/custom_pages/forbidden" label="Page for requests refused by address, country or certificate" options=${ofKind("forbidden")} />
        <p class="hint"><a href="${ROOT}/account/pages">Pages of your own</a> stand instead of doorward's, for every application that names none.</p>
      </fieldset>
      <fieldset><legend>This console</legend>
        <${Check} form=${form} at="/is_ui_read_only" label="Read-only, for everybody but the local door" hint="Where configuration comes from files or Terraform. The API goes on." />
        ${form.get("/is_ui_read_only") && html`<${Text} form=${form} at="/ui_read_only_toggle_reason" label="Why" hint="It stands on every page of the console." />`}
      </fieldset>
    <//>`;
}

/** How many people may be in: doorward's own setting. */
function Seats() {
  const path = "~/doorward/organization/options";
  const { thing, error, again, setThing } = useThing(path);
  if (error && !thing) return html`<${Failure} error=${error} again=${again} />`;
  if (!thing) return html`<${Waiting} what="the seats" />`;
  return html`<${SeatsForm} path=${path} stored=${thing} setStored=${setThing} />`;
}

const limitOf = ({ seat_limit }) => ({ seats: { seat_limit } });

function SeatsForm({ path, stored, setStored }) {
  const may = useMay("organization");
  const form = useForm(limitOf(stored), async ({ seats }) => {
    const take = (now) => {
      setStored(now);
      form.reset(limitOf(now));
    };
    const { messages } = await saved({ path, body: seats, form, take, place: "/seats", part: limitOf });
    toast(messages[0]?.message ?? "Saved.");
  }, stored);
  return html`
    <${Facts} rows=${[["In use", String(stored.seats_used)]]} />
    <${Form} form=${form} hideButton=${!may}>
      <${Whole} form=${form} at="/seats/seat_limit" label="At most" unit="seats" hint="A seat is taken at the first sign-in that is admitted. When all are taken, nobody new gets in; who holds one keeps it. Empty: no limit." />
    <//>`;
}
