// The twelve actions in the Entra admin centre, beside the form that needs what they give.

import { html } from "../view.js";
import { Copy } from "./page.js";

export const CALLBACK = `${location.origin}/cdn-cgi/access/callback`;
const LOGOUT = `${location.origin}/cdn-cgi/access/frontchannel-logout`;

const SIGN_IN = [
  ["Register doorward", "App registrations > New registration. A name; accounts in this organizational directory only; Redirect URI: platform Web, exactly the address above. From the overview note Application (client) ID and Directory (tenant) ID.", "needed"],
  ["Give it a secret or a certificate", "The registration > Certificates & secrets > New client secret. Copy its Value at once, it is never shown again. The column Secret ID is not the secret. Or upload a certificate instead, and enter it here with its key.", "needed"],
  ["Ask for the delegated permissions", "API permissions > Add a permission > Microsoft Graph > Delegated permissions: openid, profile, email, offline_access, User.Read, GroupMember.Read.All.", "needed"],
  ["Application permissions", "The same page, Application permissions: Application.Read.All lets the check read redirect address and end of the secret; Directory.Read.All consent and people; others for contexts, devices and risk."],
  ["Consent for everybody", "The same page, Grant admin consent, as an administrator who may. Again after each permission that is added.", "needed"],
  ["Claims in the token", "Token configuration > Add groups claim > Security groups, with Group ID; Add optional claim > ID: sid, xms_edov, upn."],
  ["Sign-out at Microsoft ends the session here", `Authentication > Front-channel logout URL: ${LOGOUT}. It needs the claim sid.`],
  ["Who may sign in at all", "Enterprise applications > the registration's name > Properties. Assignment required: No leaves it to doorward's policies."],
  ["Step-up by authentication context", "Protection > Conditional Access > Authentication contexts, then Policies: a context with Publish to apps, and a policy, switched on, whose target is that context."],
];
const PROVISIONING = [
  ["Make the provisioning application", "Enterprise applications > New application > Create your own application > Integrate any other application (Non-gallery). The registration of action 1 cannot do it."],
  ["Connect it and map the object id", "Provisioning > Get started, mode Automatic: Tenant URL and Secret Token from the page of this login method, once provisioning is switched on there. Test Connection, Save. In the mapping set externalId ← objectId."],
  ["Assign people and groups, and start", "Users and groups; then Provisioning > Start provisioning. Only direct members of assigned groups are sent; a cycle takes about 40 minutes."],
];

const item = ([title, text, needed]) => html`<li><strong>${title}</strong>${needed && html` <span class="badge">needed</span>`}<p>${text}</p></li>`;

export function EntraGuide() {
  return html`
    <aside class="guide" aria-labelledby="guide-title">
      <h2 id="guide-title">In the Entra admin centre</h2>
      <${Copy} label="Redirect URI" value=${CALLBACK} hint="Exactly so: https, no slash at the end." />
      <p><a href="https://entra.microsoft.com" target="_blank" rel="noreferrer">Open entra.microsoft.com</a></p>
      <h3>Signing in</h3>
      <ol>${SIGN_IN.map(item)}</ol>
      <h3>Provisioning</h3>
      <ol start="10">${PROVISIONING.map(item)}</ol>
    </aside>`;
}

export function OidcGuide() {
  return html`
    <aside class="guide" aria-labelledby="guide-title">
      <h2 id="guide-title">At the provider</h2>
      <${Copy} label="Redirect URI" value=${CALLBACK} hint="Exactly so: https, no slash at the end." />
      <ol>
        <li><strong>Register a client</strong><p>For the authorization code flow, with the redirect URI above. Note client ID and client secret.</p></li>
        <li><strong>Read its description</strong><p>At the issuer's address with /.well-known/openid-configuration behind it: authorization_endpoint, token_endpoint and jwks_uri are the three addresses of the form.</p></li>
        <li><strong>Refresh tokens</strong><p>Checks between sign-ins need one: the scope offline_access, and at many providers consent.</p></li>
      </ol>
    </aside>`;
}
