// How doorward proves to Entra ID that it is the application: a secret (or two, for a change without a gap), a certificate, a federated token.

import { put } from "../api.js";
import { useMay } from "../session.js";
import { html } from "../view.js";
import { Confirmed } from "./dialog.js";
import { saved } from "./editing.js";
import { Choice, FileText, Form, SecretText, Text, useForm, withoutEmpty } from "./form.js";
import { Facts, Failure, Time, Waiting } from "./page.js";
import { useThing } from "./table.js";
import { toast } from "./toasts.js";

export const METHODS = [["secret", "A client secret"], ["certificate", "A certificate"], ["federated", "A token of another issuer, from a file on the server"]];

/** The fields of a certificate, here and where a login method is added. */
export function CertificateFields({ form, place = "", isKept }) {
  return html`
    <${FileText} form=${form} at="${place}/certificate_pem" label="Certificate (PEM)" accept=".pem,.crt,.cer" placeholder="-----BEGIN CERTIFICATE-----" hint="The one that was uploaded to the registration." />
    <${FileText} form=${form} at="${place}/private_key_pem" label="Its private key (PEM, RSA, PKCS #8)" accept=".pem,.key" placeholder="-----BEGIN PRIVATE KEY-----"
      hint=${isKept ? "Leave it empty to keep the stored one. It is sealed and never shown." : "It is sealed and never shown again."} />`;
}

export function Credentials({ idp }) {
  const path = `~/doorward/identity_providers/${idp.id}/credentials`;
  const { thing, error, again, setThing } = useThing(path);
  if (error && !thing) return html`<${Failure} error=${error} again=${again} />`;
  if (!thing) return html`<${Waiting} what="the credentials" />`;
  return html`<${Edit} key=${idp.id} path=${path} stored=${thing} setStored=${setThing} />`;
}

const valuesOf = (stored) => ({ method: stored.method, client_secret: "", second_client_secret: "", certificate_pem: stored.certificate_pem ?? "", private_key_pem: "", token: stored.token ?? "" });

function bodyOf({ method, client_secret, second_client_secret, certificate_pem, private_key_pem, token }) {
  if (method === "certificate") return withoutEmpty({ method, certificate_pem, private_key_pem });
  if (method === "federated") return { method, token };
  return withoutEmpty({ method, client_secret, second_client_secret });
}

function Edit({ path, stored, setStored }) {
  const may = useMay("organization");
  const form = useForm(valuesOf(stored), async (values) => {
    const take = (now) => {
      setStored(now);
      form.reset(valuesOf(now));
    };
    await saved({ path, body: bodyOf(values), form, take, part: valuesOf });
    toast("Saved. Check now to see whether Entra believes it.");
  }, stored);
  const dropSecond = async () => {
    setStored((await put(path, { method: "secret", second_client_secret: null })).result);
    toast("The second secret is forgotten.");
  };
  const method = form.get("/method");
  return html`
    <p class="hint">How doorward proves to Entra that it is the registered application.</p>
    <${Facts} rows=${[
    ["In use", METHODS.find(([m]) => m === stored.method)?.[1] ?? stored.method],
    ["Second secret", stored.method === "secret" && (stored.second_client_secret_set ? "stored; tried when the first is refused" : "none")],
    ["Subject", stored.subject], ["Thumbprint", stored.thumbprint && html`<code>${stored.thumbprint}</code>`], ["Ends", stored.not_after && html`<${Time} at=${stored.not_after} />`],
  ].filter(([, value]) => value)} />
    <${Form} form=${form} hideButton=${!may}>
      <${Choice} form=${form} at="/method" label="Proves itself with" options=${METHODS} hint="Those of the other kinds stay stored, so that going back is one click." />
      ${method === "secret" && html`
        <${SecretText} form=${form} at="/client_secret" label="Client secret (Value)" hint="Leave it empty to keep the stored one." />
        <${SecretText} form=${form} at="/second_client_secret" label="Second client secret" hint="For a change without an outage: enter the new Value here. When the check says “secret-spent”, the old one is no longer good: make the new one the first." />`}
      ${method === "certificate" && html`<${CertificateFields} form=${form} isKept=${stored.private_key_set} />`}
      ${method === "federated" && html`<${Text} form=${form} at="/token" label="Name of the token" hint="A file named in [outbound.federated_tokens] of the server's configuration file; it is read anew for each use." />`}
    <//>
    ${may && stored.method === "secret" && stored.second_client_secret_set && html`<p><${Confirmed} label="Forget the second secret" title="Forget the second secret?" act=${dropSecond}>
      <p>It is not shown again and cannot be brought back. When Entra refuses the first one, nobody can sign in through this login method.</p><//></p>`}`;
}
