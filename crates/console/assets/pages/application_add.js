// A new application in three steps: what it is, where it is, who may in.

import { make, put, Refusal } from "../api.js";
import { go, ROOT } from "../router.js";
import { html, useEffect, useRef, useState } from "../view.js";
import { Origin, Sessions, useLoginMethods, What, Where } from "../parts/app_fields.js";
import { emptyFields, Form, Text, useForm } from "../parts/form.js";
import { Heading } from "../parts/page.js";
import { kindsFor } from "../parts/rule_kinds.js";
import { Rules } from "../parts/rules.js";
import { toast } from "../parts/toasts.js";
import { Trying } from "../parts/trying.js";

/** The steps of each kind: the App Launcher has its place, and bookmarks are for everybody. */
const STEPS = { self_hosted: ["What", "Where", "Who"], bookmark: ["What", "Where"], app_launcher: ["What", "Who"] };
/** Which step a fault belongs to, by the beginning of its pointer. */
const PLACES = { What: ["/type", "/name", "/logo_url"], Where: ["/domain", "/upstream"] };
const BLANK = {
  type: "self_hosted", name: "", logo_url: "", domain: "", upstream: { url: "" }, session_duration: "24h", allowed_idps: [], auto_redirect_to_identity: false,
  policies: [{ name: "", decision: "allow", include: [], require: [], exclude: [] }],
};

function bodyOf({ upstream: _, logo_url, ...values }) {
  const named = values.policies.filter((policy) => policy.include.length > 0).map((policy) => ({ ...policy, name: policy.name || `${titleOf(values)}: who may in` }));
  if (values.type === "app_launcher") {
    const { type, session_duration, allowed_idps, auto_redirect_to_identity } = values;
    return { type, session_duration, allowed_idps, auto_redirect_to_identity, policies: named };
  }
  if (values.type === "bookmark") return { type: "bookmark", name: values.name, domain: values.domain, ...(logo_url && { logo_url }) };
  return { ...values, policies: named, ...(logo_url && { logo_url }) };
}

const titleOf = (values) => (values.type === "app_launcher" ? "App Launcher" : values.name);

function stepOf(pointer, steps) {
  const place = Object.keys(PLACES).find((name) => PLACES[name].some((start) => pointer.startsWith(start))) ?? "Who";
  return Math.max(0, steps.indexOf(place));
}

export default function Add() {
  const idps = useLoginMethods();
  const kinds = kindsFor("allow");
  const [step, setStep] = useState(0);
  const made = useRef(null);
  const heading = useRef(null);
  const form = useForm(BLANK, async (values) => {
    if (!made.current && step < STEPS[values.type].length - 1) {
      const empty = emptyFields(form);
      if (empty.length > 0) throw new Refusal("invalid", "Something is missing here.", empty);
      setStep(step + 1);
      return;
    }
    try {
      made.current ??= (await make("~/access/apps", bodyOf(values))).result;
      if (values.type === "self_hosted") await setOrigin(made.current, values);
    } catch (error) {
      if (error instanceof Refusal && error.faults[0]?.pointer) setStep(stepOf(error.faults[0].pointer, STEPS[values.type]));
      throw error;
    }
    toast(`${made.current.name || titleOf(values)} was added.`);
    go(`/access/applications/${made.current.id}`, { replace: true });
  });
  const first = useRef(true);
  useEffect(() => {
    if (!first.current) heading.current?.focus();
    first.current = false;
  }, [step]);
  if (made.current) return html`<${OriginOnly} app=${made.current} form=${form} />`;
  const steps = STEPS[form.values.type];
  const isLast = step === steps.length - 1;
  const isWho = steps[step] === "Who";
  const backwards = step > 0 && html`<button type="button" onClick=${() => setStep(step - 1)}>Back</button>`;
  return html`
    <${Heading} title="Add an application" back=${["/access/applications", "Applications"]} />
    <ol class="steps">${steps.map((name, i) => html`<li key=${name} aria-current=${i === step ? "step" : undefined}>${name}</li>`)}</ol>
    <h2 ref=${heading} tabindex="-1">${step + 1}. ${steps[step]}</h2>
    <div class=${isWho ? "beside" : ""}><div><${Form} form=${form} button=${isLast ? "Add" : "Next"} cancel=${backwards}>
      ${steps[step] === "What" && html`<${What} form=${form} />`}
      ${steps[step] === "Where" && html`<${Where} form=${form} />`}
      ${isWho && html`
        ${idps.length === 0 && html`<p class="notice">There is no login method yet, so nobody could sign in. <a href="${ROOT}/settings/authentication/add">Add one</a> first, or add rules later.</p>`}
        <${Text} form=${form} at="/policies/0/name" label="Name of the policy" placeholder=${`${titleOf(form.values)}: who may in`} hint="People who are refused read it." />
        <${Rules} form=${form} at="/policies/0/include" label="Who may in" hint="Whoever fits one of these. Without any rule nobody gets in." idps=${idps} kinds=${kinds} />
        <${Rules} form=${form} at="/policies/0/require" label="What else has to hold" hint="All of these, besides." idps=${idps} kinds=${kinds} />
        <${Rules} form=${form} at="/policies/0/exclude" label="Who may not" hint="Whoever fits one of these is not let in by this policy." idps=${idps} kinds=${kinds} />
        <${Sessions} form=${form} idps=${idps} />`}
    <//></div>${isWho && html`<${Trying} policy=${form.values.policies[0]} edit=${null} />`}</div>`;
}

/** What was added is in force: it is changed on its own page, and only its origin is asked for here. */
function OriginOnly({ app, form }) {
  return html`
    <${Heading} title="Add an application" back=${["/access/applications", "Applications"]} />
    <p class="notice"><a href="${ROOT}/access/applications/${app.id}">${app.name}</a> was added, and its policies are in force. Its origin is still missing.</p>
    <${Form} form=${form} button="Set the origin"><${Origin} form=${form} /><//>`;
}

/** The application is there already when this is refused. */
async function setOrigin(app, values) {
  try {
    await put(`~/doorward/apps/${app.id}/upstream`, { url: values.upstream.url });
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const faults = error.faults.map((fault) => ({ ...fault, pointer: `/upstream${fault.pointer}` }));
    throw new Refusal(error.kind, `${app.name} was added; its origin was not set: ${error.message}`, faults, error.status);
  }
}
