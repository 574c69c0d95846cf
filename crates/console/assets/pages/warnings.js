// Account > Warnings: what needs an administrator, and who is told of it.

import { make } from "../api.js";
import { ROOT } from "../router.js";
import { useMay } from "../session.js";
import { html, useState } from "../view.js";
import { saved } from "../parts/editing.js";
import { Check, Form, Lines, SecretText, Text, useForm } from "../parts/form.js";
import { Button, Empty, Facts, Failure, Heading, Time, Waiting } from "../parts/page.js";
import { Table, useThing } from "../parts/table.js";
import { toast } from "../parts/toasts.js";

const LEAD = "What needs an administrator. Each is told once, and again when it grows worse or an end comes nearer (30, 14, 3 days and one day before). One that is gone leaves the list.";
const TOLD = { due: "to be told", told: "told", given_up: "could not be told" };
const SEVERITIES = { fault: "Fault", warning: "Warning" };

export default function Warnings({ query }) {
  const may = useMay("organization");
  const [count, setCount] = useState(0);
  const [failure, setFailure] = useState(null);
  const acknowledge = async (warning) => {
    setFailure(null);
    try {
      await make(`~/doorward/warnings/${warning.id}/acknowledge`);
      setCount((n) => n + 1);
      toast("Noted. It is told again only when it grows worse.");
    } catch (refusal) {
      setFailure(refusal);
    }
  };
  return html`
    <${Heading} title="Warnings" lead=${LEAD} />
    ${failure && html`<${Failure} error=${failure} />`}
    <${Table} path="~/doorward/warnings" caption="warnings" query=${query} count=${count} empty=${html`<${Empty} title="Nothing is wrong that doorward knows of">Login methods are looked at daily, certificates and what is lost all the time.<//>`} columns=${[
    { title: "What", cell: (w) => html`<span data-severity=${w.severity}><strong>${SEVERITIES[w.severity] ?? w.severity}</strong> ${w.text}</span>
        ${w.fix && html`<p class="hint">To do: ${w.fix}</p>`}${w.link && html`<p><a href=${w.link} target="_blank" rel="noreferrer">Open</a></p>`}
        ${w.subject.kind === "identity_provider" && html`<p><a href="${ROOT}/settings/authentication/${w.subject.id}">The login method</a></p>`}` },
    { title: "Since", narrow: "hide", cell: (w) => html`<${Time} at=${w.first_seen} />` },
    { title: "Told", narrow: "hide", cell: (w) => html`${TOLD[w.alert] ?? w.alert}${w.alerted_at && html` <${Time} at=${w.alerted_at} />`}` },
    { title: "Noted", cell: (w) => (w.acknowledged ? html`<${Time} at=${w.acknowledged} />` : may ? html`<button type="button" onClick=${() => acknowledge(w)} aria-label="Take note: ${w.text}">Take note</button>` : "no") },
  ]} />
    <section aria-labelledby="delivery"><h2 id="delivery">Who is told</h2><${Delivery} may=${may} /></section>`;
}

const PATH = "~/doorward/alerts";

function Delivery({ may }) {
  const { thing, error, again, setThing } = useThing(PATH);
  if (error && !thing) return html`<${Failure} error=${error} again=${again} />`;
  if (!thing) return html`<${Waiting} what="who is told" />`;
  return html`<${DeliveryForm} stored=${thing} setStored=${setThing} may=${may} />`;
}

const valuesOf = (stored) => ({ webhook_url: "", gone: false, webhook_secret: "", unsigned: false, mail_to: stored.mail_to });

/** The webhook's address and its secret are kept when they are left empty; to take them away is asked for. */
function bodyOf({ webhook_url, gone, webhook_secret, unsigned, mail_to }) {
  if (gone) return { webhook_url: null, mail_to };
  return { mail_to, ...(webhook_url.trim() && { webhook_url: webhook_url.trim() }), ...(unsigned ? { webhook_secret: null } : webhook_secret && { webhook_secret }) };
}

const WEBHOOK = "Gets each warning as a POST with JSON. A private address has to be allowed in the configuration file ([outbound] allowed_private).";

function DeliveryForm({ stored, setStored, may }) {
  const form = useForm(valuesOf(stored), async (values) => {
    const take = (now) => {
      setStored(now);
      form.reset(valuesOf(now));
    };
    await saved({ path: PATH, body: bodyOf(values), form, take });
    toast("Saved. Try it.");
  }, stored);
  const file = stored.configuration_file;
  return html`
    <${Facts} rows=${[
    ["By the configuration file", [file.webhook && `webhook ${file.webhook}`, file.mail_to.length > 0 && `mail to ${file.mail_to.join(", ")}`].filter(Boolean).join("; ") || "nobody"],
    ["Mail server", file.mail_server ?? "none: set [alerts.mail] in the configuration file"],
  ]} />
    <${Form} form=${form} hideButton=${!may}>
      <${Text} form=${form} at="/webhook_url" label="Webhook" placeholder=${stored.webhook_url_set ? `${stored.webhook_origin}/…` : "https://alerts.harbourworks.example/doorward"} hint=${stored.webhook_url_set ? "One is stored, and never shown whole: its path may be what lets callers in. Leave it empty to keep it." : WEBHOOK} />
      ${stored.webhook_url_set && html`<${Check} form=${form} at="/gone" label="Forget the webhook" />`}
      <${SecretText} form=${form} at="/webhook_secret" label="Secret that signs its calls" hint=${stored.webhook_secret_set ? "One is stored; leave it empty to keep it. The header Doorward-Signature carries the HMAC-SHA-256." : "16 characters at least. Then the header Doorward-Signature carries the HMAC-SHA-256 of time and body."} />
      ${stored.webhook_secret_set && html`<${Check} form=${form} at="/unsigned" label="Forget the secret: send unsigned" />`}
      <${Lines} form=${form} at="/mail_to" label="Mail to" hint="One address a line, by the mail server of the configuration file." />
    <//>
    ${may && html`<${Try} isDirty=${form.isDirty} />`}`;
}

const WAYS = { webhook: "Webhook", mail: "Mail", log: "The server's log" };

function Try({ isDirty }) {
  const [state, setState] = useState({ busy: false, told: null, error: null });
  const go = async () => {
    setState({ busy: true, told: null, error: null });
    try {
      setState({ busy: false, told: (await make(`${PATH}/test`)).result, error: null });
    } catch (error) {
      setState({ busy: false, told: null, error });
    }
  };
  return html`
    <div class="row"><${Button} disabled=${isDirty} off=${state.busy} onClick=${go}>${state.busy ? "Sending …" : "Send a test"}<//>
      <span class="hint">${isDirty ? "Save first: what is stored is tried." : "A warning that is none goes every way."}</span></div>
    <div role="status">
      ${state.error && html`<${Failure} error=${state.error} />`}
      ${state.told && html`<ul class="findings">${state.told.map((one) => html`<li key=${one.way + one.to} data-severity=${one.ok ? "ok" : "fault"}>
        <strong>${one.ok ? "Sent" : "Failed"}</strong> ${WAYS[one.way] ?? one.way}${one.way !== "log" && html`: ${one.to}`}${one.error && html`<span class="hint"> ${one.error}</span>`}</li>`)}</ul>`}
    </div>`;
}
