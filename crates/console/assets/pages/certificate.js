// One authority of client certificates: its name, its hosts, the certificate itself, its end.

import { call, remove } from "../api.js";
import { go } from "../router.js";
import { useMay } from "../session.js";
import { html, useState } from "../view.js";
import { Confirmed } from "../parts/dialog.js";
import { saved } from "../parts/editing.js";
import { Form, Lines, Text, useForm } from "../parts/form.js";
import { Facts, Failure, Heading, Time, Waiting } from "../parts/page.js";
import { useThing } from "../parts/table.js";
import { toast } from "../parts/toasts.js";

const BACK = ["/account/certificates", "Certificates"];

export default function Certificate({ params }) {
  const path = `~/access/certificates/${params.id}`;
  const { thing, error, again, setThing } = useThing(path);
  if (error && !thing) return html`<${Heading} title="Certificate" back=${BACK} /><${Failure} error=${error} again=${again} />`;
  if (!thing) return html`<${Waiting} what="the certificate" />`;
  return html`<${Loaded} key=${thing.id} stored=${thing} path=${path} setStored=${setThing} />`;
}

const valuesOf = ({ name, associated_hostnames }) => ({ name, associated_hostnames });

function Loaded({ stored, path, setStored }) {
  const may = useMay("certificates");
  const form = useForm(valuesOf(stored), async (values) => {
    const take = (now) => {
      setStored(now);
      form.reset(valuesOf(now));
    };
    await saved({ path, body: values, form, take });
    toast("Saved. It is in force already.");
  }, stored);
  const hosts = stored.associated_hostnames;
  return html`
    <${Heading} title=${stored.name} back=${BACK} />
    <${Facts} rows=${[["Id", html`<code>${stored.id}</code>`], ["Ends", html`<${Time} at=${stored.expires_on} />`], ["Fingerprint", html`<code>${stored.fingerprint}</code>`], ["Added", html`<${Time} at=${stored.created_at} />`]]} />
    <${Form} form=${form} hideButton=${!may}>
      <${Text} form=${form} at="/name" label="Name" />
      <${Lines} form=${form} at="/associated_hostnames" label="Hosts that ask for a certificate" hint="One a line. Whoever is connected to a host that begins to ask connects anew." />
    <//>
    <${Pem} id=${stored.id} />
    ${may && html`<section aria-labelledby="end"><h2 id="end">Remove</h2>
      ${hosts.length > 0 ? html`<p>It stands for ${hosts.join(", ")}: take the hosts out above first.</p>` : html`
        <${Confirmed} label="Remove this authority" title="Remove ${stored.name}?" act=${async () => {
    await remove(path);
    toast(`${stored.name} was removed.`);
    go("/account/certificates");
  }}><p>Certificates that it issued count for nothing from now on.</p><//>`}</section>`}`;
}

function Pem({ id }) {
  const [state, setState] = useState({ pem: null, error: null });
  const show = async () => {
    try {
      setState({ pem: (await call("GET", `~/doorward/certificates/${id}`)).result.certificate, error: null });
    } catch (error) {
      setState({ pem: null, error });
    }
  };
  return html`
    ${state.error && html`<${Failure} error=${state.error} />`}
    ${state.pem ? html`<pre tabindex="0" aria-label="The certificate">${state.pem}</pre>` : html`<p><button type="button" onClick=${show}>Show the certificate (PEM)</button></p>`}`;
}
