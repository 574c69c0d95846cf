// Which kind of login method is to be added.

import { ROOT } from "../router.js";
import { html } from "../view.js";
import { Heading } from "../parts/page.js";

const KINDS = [
  ["entra", "Microsoft Entra ID", "Groups, provisioning (SCIM), Conditional Access, devices and risk. Twelve actions in the Entra admin centre, four of them needed; the guide stands beside the form."],
  ["oidc", "OpenID Connect", "Any other provider that speaks OpenID Connect. Groups come as claims."],
];

export default function Add() {
  return html`
    <${Heading} title="Add a login method" back=${["/settings/authentication", "Login methods"]} lead="Where do people sign in?" />
    <ul class="tiles">${KINDS.map(([type, name, text]) => html`
      <li key=${type}><a href="${ROOT}/settings/authentication/add/${type}"><strong>${name}</strong></a><p>${text}</p></li>`)}</ul>`;
}
