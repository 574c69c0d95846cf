// What pages about service tokens share: how long they last, what state they are in, and their secret, shown once.

import { html } from "../view.js";
import { Choice, Text } from "./form.js";
import { Copy } from "./page.js";

export const LIVES = [["720h", "30 days"], ["2160h", "90 days"], ["4380h", "6 months"], ["8760h", "1 year"], ["17520h", "2 years"], ["43800h", "5 years"], ["forever", "Forever"]];
const SOON_MS = 30 * 86_400_000;

/** In what state a token is: in a word, and how it looks. */
export function stateOf(token) {
  const left = token.expires_at ? new Date(token.expires_at) - Date.now() : Infinity;
  if (!token.enabled) return ["revoked", "deny"];
  if (left <= 0) return ["over", "deny"];
  return left < SOON_MS ? ["ends soon", "soon"] : ["valid", "allow"];
}

export function State({ token }) {
  const [words, look] = stateOf(token);
  return html`<span class="badge" data-decision=${look}>${words}</span>`;
}

export function TokenFields({ form }) {
  const life = form.get("/duration");
  const lives = LIVES.some(([one]) => one === life) ? LIVES : [...LIVES, [life, life]];
  return html`
    <${Text} form=${form} at="/name" label="Name" required hint="The program that will use it." />
    <${Choice} form=${form} at="/duration" label="Lasts" options=${lives} hint="From today, or from when it is refreshed. A warning comes 30 days before its end." />`;
}

/** @param {{token: any}} options a token as the one answer that holds the secret */
export function Secret({ token }) {
  return html`
    <div class="notice good">
      <p><strong>The secret is shown this once.</strong> Copy it into the program now; what is lost can only be replaced.</p>
      <${Copy} label="Client ID" value=${token.client_id} hint="Header CF-Access-Client-Id" />
      <${Copy} label="Client secret" value=${token.client_secret} hint="Header CF-Access-Client-Secret" />
    </div>`;
}
