// The fields of a login method as v4 knows it, for making and for editing one; each option says what it does.

import { html } from "../view.js";
import { Check, Choice, Lines, SecretText, Text } from "./form.js";
import { CertificateFields } from "./login_method_credentials.js";

/** A new one, by type of the address. */
export const BLANK = {
  entra: { type: "azureAD", name: "Entra ID", config: { client_id: "", client_secret: "", directory_id: "", support_groups: true, pkce_enabled: true, conditional_access_enabled: false, prompt: "", email_claim_name: "", claims: [] } },
  oidc: { type: "oidc", name: "", config: { client_id: "", client_secret: "", auth_url: "", token_url: "", certs_url: "", scopes: ["openid", "email", "profile", "offline_access"], pkce_enabled: true, email_claim_name: "", claims: [] } },
};

/** What is sent: texts that were left empty are left out, and provisioning, which has a form of its own, stays as it is. */
export function bodyOf(values) {
  const config = Object.fromEntries(Object.entries(values.config).filter(([name, value]) => value !== "" && value !== null && name !== "redirect_url"));
  return { name: values.name, type: values.type, config };
}

export function Fields({ form, isNew }) {
  const entra = form.values.type === "azureAD";
  return html`
    <${Text} form=${form} at="/name" label="Name" hint="People see it when they choose where to sign in." required />
    <${Text} form=${form} at="/config/client_id" label=${entra ? "Application (client) ID" : "Client ID"} required />
    ${entra && isNew ? html`<${Proof} form=${form} />` : html`<${SecretText} form=${form} at="/config/client_secret" label="Client secret" hint=${isNew ? "It is sealed and never shown again." : "Leave it empty to keep the stored one. A changed client, directory or address needs it again."} />`}
    ${entra ? html`<${Text} form=${form} at="/config/directory_id" label="Directory (tenant) ID" required />` : html`<${Addresses} form=${form} />`}
    <fieldset><legend>Options</legend>
      ${entra ? html`<${EntraOptions} form=${form} />` : html`<${Lines} form=${form} at="/config/scopes" label="Scopes" hint="One a line. openid is always sent; offline_access lets doorward ask about people between sign-ins." />`}
      <${Check} form=${form} at="/config/pkce_enabled" label="Proof Key for Code Exchange (PKCE)" hint="Adds a challenge (S256), so that a stolen code is worth nothing." />
      <${Text} form=${form} at="/config/email_claim_name" label="Claim with the e-mail address" hint="Asked first; then email. Empty: the provider's usual one." />
      <${Lines} form=${form} at="/config/claims" label="Further claims" hint="One a line: the identity carries them, and rules on OIDC claims can use them." />
    </fieldset>`;
}

/** A new one of Entra's is proved by a secret or by a certificate. */
const Proof = ({ form }) => html`
  <${Choice} form=${form} at="/proof" label="Proves itself with" options=${[["", "A client secret"], ["certificate", "A certificate"]]} />
  ${form.get("/proof") === "certificate"
    ? html`<${CertificateFields} form=${form} place="/credentials" />`
    : html`<${SecretText} form=${form} at="/config/client_secret" label="Client secret" hint="The Value of a client secret. It is sealed and never shown again." />`}`;

function Addresses({ form }) {
  return html`
    <${Text} form=${form} at="/config/auth_url" label="Authorization endpoint" placeholder="https://id.harbourworks.example/authorize" required />
    <${Text} form=${form} at="/config/token_url" label="Token endpoint" placeholder="https://id.harbourworks.example/token" required />
    <${Text} form=${form} at="/config/certs_url" label="Key set (jwks_uri)" placeholder="https://id.harbourworks.example/keys" required />`;
}

function EntraOptions({ form }) {
  return html`
    <${Check} form=${form} at="/config/support_groups" label="Support groups" hint="Reads the person's groups, nested ones included. Off: groups are unknown, which lets nobody in and skips no block." />
    <${Check} form=${form} at="/config/conditional_access_enabled" label="Authentication contexts" hint="Imports the tenant's Conditional Access contexts, so that policies can demand a stronger sign-in." />
    <${Choice} form=${form} at="/config/prompt" label="Prompt" hint="What Entra asks of people at each sign-in." options=${[
    ["", "As Entra sees fit"], ["login", "Credentials each time"], ["select_account", "The account picker"], ["none", "Never a page"],
  ]} />`;
}
