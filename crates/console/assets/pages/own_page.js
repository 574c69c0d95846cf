// One page of the organisation's own: making and editing it, and its end. The address “add” makes a new one.

import { make, remove } from "../api.js";
import { go } from "../router.js";
import { useMay } from "../session.js";
import { html } from "../view.js";
import { Confirmed } from "../parts/dialog.js";
import { saved } from "../parts/editing.js";
import { Check, Choice, FileText, Form, Text, useForm } from "../parts/form.js";
import { Failure, Heading, Waiting } from "../parts/page.js";
import { useThing } from "../parts/table.js";
import { toast } from "../parts/toasts.js";
import { KINDS } from "./own_pages.js";

const BACK = ["/account/pages", "Pages"];
const BLANK = { name: "", type: "identity_denied", custom_html: "", fills: true };
const PLACES = ["app_name", "organization", "email", "message", "reference", "other_account_url", "sign_out_url"];

const valuesOf = (page) => ({ name: page.name, type: page.type, custom_html: page.custom_html, fills: page.contract_version === 1 });
const bodyOf = ({ fills, ...values }) => ({ ...values, ...(fills && { contract_version: 1 }) });

export default function OwnPage({ params }) {
  const path = `~/access/custom_pages/${params.id}`;
  const { thing, error, again, setThing } = useThing(params.id === "add" ? "" : path);
  if (params.id === "add") return html`<${New} />`;
  if (error && !thing) return html`<${Heading} title="Page" back=${BACK} /><${Failure} error=${error} again=${again} />`;
  if (!thing) return html`<${Waiting} what="the page" />`;
  return html`<${Edit} key=${thing.uid} stored=${thing} path=${path} setStored=${setThing} />`;
}

const Fields = ({ form }) => html`
  <${Text} form=${form} at="/name" label="Name" required />
  <${Choice} form=${form} at="/type" label="Shown when" options=${KINDS} />
  <${FileText} form=${form} at="/custom_html" label="HTML" accept=".html,.htm" rows=${14} placeholder="<!doctype html> …" hint="It is shown in a sandbox: no scripts and no forms, styles and pictures by https or inside the page." />
  <${Check} form=${form} at="/fills" label="Fill in placeholders" hint=${`${PLACES.map((name) => `{{ ${name} }}`).join(", ")} are replaced, escaped. Off: the page is shown as it is.`} />`;

function New() {
  const form = useForm(BLANK, async (values) => {
    const { result } = await make("~/access/custom_pages", bodyOf(values));
    toast(`${result.name} was added. Choose it for the organisation or for an application.`);
    go("/account/pages", { replace: true });
  });
  return html`<${Heading} title="Add a page" back=${BACK} /><${Form} form=${form} button="Add the page"><${Fields} form=${form} /><//>`;
}

function Edit({ stored, path, setStored }) {
  const may = useMay("pages");
  const form = useForm(valuesOf(stored), async (values) => {
    // A write answers without the page itself.
    const take = (now) => {
      const whole = { custom_html: values.custom_html, ...now };
      setStored(whole);
      form.reset(valuesOf(whole));
    };
    await saved({ path, body: bodyOf(values), form, take });
    toast("Saved. It is in force already.");
  }, stored);
  return html`
    <${Heading} title=${stored.name} back=${BACK} />
    <${Form} form=${form} hideButton=${!may}><${Fields} form=${form} /><//>
    ${may && html`<section aria-labelledby="end"><h2 id="end">Remove</h2>
      <${Confirmed} label="Remove this page" title="Remove ${stored.name}?" act=${async () => {
    await remove(path);
    toast(`${stored.name} was removed.`);
    go("/account/pages");
  }}><p>Whoever shows it has to show another one first: the answer names them.</p><//></section>`}`;
}
