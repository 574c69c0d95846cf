// A new application in three steps: what it is, where it is, who may in.

import { make, put, Refusal } from "../api.js";
import { go, ROOT } from "../router.js";
import { html, useEffect, useRef, useState } from "../view.js";
import { Sessions, useLoginMethods, What, Where } from "../parts/app_fields.js";
import { Form, Text, useForm } from "../parts/form.js";
import { Heading } from "../parts/page.js";
import { kindsFor } from "../parts/rule_kinds.js";
import { Rules } from "../parts/rules.js";
import { toast } from "../parts/toasts.js";
import { Trying } from "../parts/trying.js";

const STEPS = ["What", "Where", "Who"];
/** Which step a fault belongs to, by the beginning of its pointer. */
const PLACES = [["/type", "/name", "/logo_url"], ["/domain", "/upstream"], []];
const BLANK = {
  type: "self_hosted", name: "", logo_url: "", domain: "", upstream: { url: "" }, session_duration: "24h", allowed_idps: [], auto_redirect_to_identity: false,
  policies: [{ name: "", decision: "allow", include: [], require: [], exclude: [] }],
};

function bodyOf({ upstream: _, logo_url, ...values }) {
  const named = values.policies.filter((policy) => policy.include.length > 0).map((policy) => ({ ...policy, name: policy.name || `${values.name}: who may in` }));
  if (values.type === "bookmark") return { type: "bookmark", name: values.name, domain: values.domain, ...(logo_url && { logo_url }) };
  return { ...values, policies: named, ...(logo_url && { logo_url }) };
}

const stepOf = (pointer) => {
  const step = PLACES.findIndex((places) => places.some((place) => pointer.startsWith(place)));
  return step < 0 ? 2 : step;
};

export default function Add() {
  const idps = useLoginMethods();
  const kinds = kindsFor("allow");
  const [step, setStep] = useState(0);
  const made = useRef(null);
  const heading = useRef(null);
  const form = useForm(BLANK, async (values) => {
    const isLast = values.type === "bookmark" ? step >= 1 : step >= 2;
    if (!isLast) {
      setStep(step + 1);
      return;
    }
    try {
      made.current ??= (await make("~/access/apps", bodyOf(values))).result;
      if (values.type === "self_hosted") await setOrigin(made.current, values);
    } catch (error) {
      if (error instanceof Refusal && error.faults[0]?.pointer) setStep(stepOf(error.faults[0].pointer));
      throw error;
    }
    toast(`${made.current.name} was added.`);
    go(`/access/applications/${made.current.id}`, { replace: true });
  });
  const first = useRef(true);
  useEffect(() => {
    if (!first.current) heading.current?.focus();
    first.current = false;
  }, [step]);
  const steps = form.values.type === "bookmark" ? STEPS.slice(0, 2) : STEPS;
  const isLast = step === steps.length - 1;
  const backwards = step > 0 && html`<button type="button" onClick=${() => setStep(step - 1)}>Back</button>`;
  return html`
    <${Heading} title="Add an application" back=${["/access/applications", "Applications"]} />
    <ol class="steps">${steps.map((name, i) => html`<li key=${name} aria-current=${i === step ? "step" : undefined}>${name}</li>`)}</ol>
    <h2 ref=${heading} tabindex="-1">${step + 1}. ${steps[step]}</h2>
    <div class=${step === 2 ? "beside" : ""}><div><${Form} form=${form} button=${isLast ? "Add" : "Next"} cancel=${backwards}>
      ${step === 0 && html`<${What} form=${form} />`}
      ${step === 1 && html`<${Where} form=${form} />`}
      ${step === 2 && html`
        ${idps.length === 0 && html`<p class="notice">There is no login method yet, so nobody could sign in. <a href="${ROOT}/settings/authentication/add">Add one</a> first, or add rules later.</p>`}
        <${Text} form=${form} at="/policies/0/name" label="Name of the policy" placeholder=${`${form.values.name}: who may in`} hint="People who are refused read it." />
        <${Rules} form=${form} at="/policies/0/include" label="Who may in" hint="Whoever fits one of these. Without any rule nobody gets in." idps=${idps} kinds=${kinds} />
        <${Rules} form=${form} at="/policies/0/require" label="And has to" hint="All of these must hold besides." idps=${idps} kinds=${kinds} />
        <${Rules} form=${form} at="/policies/0/exclude" label="But not" hint="Whoever fits one of these is not let in by this policy." idps=${idps} kinds=${kinds} />
        <${Sessions} form=${form} idps=${idps} />`}
    <//></div>${step === 2 && html`<${Trying} policy=${form.values.policies[0]} edit=${null} />`}</div>`;
}

/** The application is there already when this is refused: only the origin is asked for again. */
async function setOrigin(app, values) {
  try {
    await put(`~/doorward/apps/${app.id}/upstream`, { url: values.upstream.url });
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const faults = error.faults.map((fault) => ({ ...fault, pointer: `/upstream${fault.pointer}` }));
    throw new Refusal(error.kind, `${app.name} was added; its origin was not set: ${error.message}`, faults, error.status);
  }
}
