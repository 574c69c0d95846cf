// Account: the organisation's name, how long sign-ins last, how pages look.

import { useMay } from "../session.js";
import { html } from "../view.js";
import { durationsWith } from "../parts/app_fields.js";
import { saved } from "../parts/editing.js";
import { Check, Choice, Form, Text, useForm } from "../parts/form.js";
import { Failure, Heading, Waiting } from "../parts/page.js";
import { useThing } from "../parts/table.js";
import { toast } from "../parts/toasts.js";

const PATH = "~/access/organizations";

export default function Organisation() {
  const { thing, error, again, setThing } = useThing(PATH);
  return html`
    <${Heading} title="Organisation" />
    ${error && html`<${Failure} error=${error} again=${again} />`}
    ${!thing && !error && html`<${Waiting} what="the organisation" />`}
    ${thing && html`<${Edit} stored=${thing} setStored=${setThing} />`}`;
}

function bodyOf(values) {
  const design = Object.fromEntries(Object.entries(values.login_design ?? {}).filter(([, value]) => value));
  return { ...values, login_design: design };
}

function Edit({ stored, setStored }) {
  const may = useMay("organization");
  const form = useForm(stored, async (values) => {
    const take = (now) => {
      setStored(now);
      form.reset(now);
    };
    await saved({ path: PATH, seen: stored, body: bodyOf(values), form, take });
    toast("Saved.");
  });
  return html`
    <${Form} form=${form} hideButton=${!may}>
      <${Text} form=${form} at="/name" label="Name" hint="It stands on every page that people meet." />
      <${Choice} form=${form} at="/session_duration" label="Sign in again after" options=${durationsWith(stored.session_duration)} hint="Once for all applications; each can ask sooner." />
      <${Check} form=${form} at="/auto_redirect_to_identity" label="With exactly one login method, go there without asking" />
      <fieldset><legend>Look of people's pages</legend>
        <${Text} form=${form} at="/login_design/logo_path" label="Logo" placeholder="https://…" />
        <${Text} form=${form} at="/login_design/background_color" label="Background" placeholder="#0b5c6b" />
        <${Text} form=${form} at="/login_design/text_color" label="Text" placeholder="#ffffff" />
        <${Text} form=${form} at="/login_design/header_text" label="Words above" />
        <${Text} form=${form} at="/login_design/footer_text" label="Words below" />
      </fieldset>
    <//>`;
}
