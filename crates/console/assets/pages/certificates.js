// Account > Certificates: authorities of client certificates (mutual TLS), and which hosts pass a client's certificate on.

import { make, put } from "../api.js";
import { ROOT } from "../router.js";
import { useMay } from "../session.js";
import { html, useState } from "../view.js";
import { FileText, Form, Lines, Text, useForm, withoutEmpty } from "../parts/form.js";
import { Empty, Failure, Heading, Time, Waiting } from "../parts/page.js";
import { Table, useList } from "../parts/table.js";
import { toast } from "../parts/toasts.js";

const LEAD = "Authorities whose client certificates count at the hosts that you name. Only those hosts ask for a certificate; rules can then demand one, or one with a certain name.";

export default function Certificates({ query }) {
  const may = useMay("certificates");
  const [count, setCount] = useState(0);
  const empty = html`<${Empty} title="No host asks for a client certificate">Add the certificate of the authority that issues them (PEM), and the hosts that shall ask.<//>`;
  return html`
    <${Heading} title="Certificates" lead=${LEAD} />
    <${Table} path="~/access/certificates" caption="certificates" query=${query} count=${count} empty=${empty} columns=${[
    { title: "Name", cell: (one) => html`<a href="${ROOT}/account/certificates/${one.id}"><bdi>${one.name}</bdi></a>` },
    { title: "Hosts that ask", cell: (one) => one.associated_hostnames.join(", ") || "none" },
    { title: "Ends", cell: (one) => html`<${Time} at=${one.expires_on} />` },
    { title: "Fingerprint", narrow: "hide", cell: (one) => html`<code>${one.fingerprint}</code>` },
  ]} />
    ${may && html`<section aria-labelledby="add"><h2 id="add">Add an authority</h2><${Add} done=${() => setCount((n) => n + 1)} /></section>`}
    <section aria-labelledby="hosts"><h2 id="hosts">What origins are told</h2><${Hosts} key=${count} may=${may} /></section>`;
}

const BLANK = { name: "", certificate: "", associated_hostnames: [] };

function Add({ done }) {
  const [round, setRound] = useState(0);
  const form = useForm(BLANK, async (values) => {
    const { result } = await make("~/access/certificates", values);
    form.reset(BLANK);
    setRound(round + 1);
    toast(`${result.name} was added.`);
    done();
  });
  return html`
    <${Form} key=${round} form=${form} button="Add the authority">
      <${Text} form=${form} at="/name" label="Name" required />
      <${FileText} form=${form} at="/certificate" label="Certificate of the authority (PEM)" accept=".pem,.crt,.cer" placeholder="-----BEGIN CERTIFICATE-----" hint="Several one after the other are a bundle. A private key is never needed here." />
      <${Lines} form=${form} at="/associated_hostnames" label="Hosts that ask for a certificate" hint="One a line. They must be public addresses that lead to this server by TLS of its own." />
    <//>`;
}

function Hosts({ may }) {
  const { rows, error, again } = useList("~/access/certificates/settings", { per_page: 1000 });
  const [failure, setFailure] = useState(null);
  const flip = async (host) => {
    setFailure(null);
    try {
      await put("~/access/certificates/settings", { settings: [withoutEmpty({ ...host, client_certificate_forwarding: !host.client_certificate_forwarding })] });
      again();
      toast("Saved.");
    } catch (refusal) {
      setFailure(refusal);
    }
  };
  if (error) return html`<${Failure} error=${error} again=${again} />`;
  if (!rows) return html`<${Waiting} what="the hosts" />`;
  return html`
    ${failure && html`<${Failure} error=${failure} />`}
    ${rows.length === 0 ? html`<p>No host asks for a certificate.</p>` : rows.map((host) => html`
      <label class="check" key=${host.hostname}><input type="checkbox" disabled=${!may} checked=${host.client_certificate_forwarding} onChange=${() => flip(host)} />
        <span>${host.hostname}: pass the client's certificate on to the origin</span></label>`)}`;
}
