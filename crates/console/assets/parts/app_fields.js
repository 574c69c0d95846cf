// The fields of an application, for making and for editing one.

import { read } from "../api.js";
import { html, useEffect, useState } from "../view.js";
import { Check, Choice, Several, Text } from "./form.js";

/** The login methods, for choosing among them; read once for a page. */
export function useLoginMethods() {
  const [idps, setIdps] = useState([]);
  useEffect(() => {
    read("~/access/identity_providers", { per_page: 100 }).then(({ result }) => setIdps(result), () => {});
  }, []);
  return idps;
}

export const DURATIONS = [
  ["0s", "Each time (expires at once)"], ["15m", "15 minutes"], ["30m", "30 minutes"], ["6h", "6 hours"], ["12h", "12 hours"], ["24h", "24 hours"],
  ["168h", "1 week"], ["720h", "30 days"],
];

/** Choices of a duration; one that is set otherwise stays among them. */
export const durationsWith = (value) => (!value || DURATIONS.some(([d]) => d === value) ? DURATIONS : [...DURATIONS, [value, value]]);

export function What({ form }) {
  const kinds = [["self_hosted", "Self-hosted: a web application behind doorward"], ["bookmark", "Bookmark: a link in the App Launcher"],
    ["app_launcher", "App Launcher: everybody's page with what they may open, on the team domain"]];
  if (form.values.type === "app_launcher") return html`<${Choice} form=${form} at="/type" label="Kind" options=${kinds} />`;
  return html`
    <${Choice} form=${form} at="/type" label="Kind" options=${kinds} />
    <${Text} form=${form} at="/name" label="Name" required hint="People see it when they sign in, and in the App Launcher." />
    <${Text} form=${form} at="/logo_url" label="Logo" placeholder="https://…" hint="Address of a picture for the App Launcher. May stay empty." />`;
}

export function Where({ form }) {
  if (form.values.type === "bookmark") return html`<${Text} form=${form} at="/domain" label="Link" required placeholder="https://handbook.harbourworks.example" />`;
  return html`
    <${Text} form=${form} at="/domain" label="Public address" required placeholder="wiki.harbourworks.example" hint="Host, and path if only a part is meant: wiki.harbourworks.example/admin. It has to lead to this server." />
    <${Origin} form=${form} />`;
}

/** Where requests go that were let in: an own setting of doorward's. */
export function Origin({ form }) {
  return html`<${Text} form=${form} at="/upstream/url" label="Origin" required placeholder="http://127.0.0.1:8080" hint="Where doorward sends what it let in. It should take requests from doorward only." />`;
}

export function Sessions({ form, idps }) {
  return html`
    <${Choice} form=${form} at="/session_duration" label="Sign in again after" options=${durationsWith(form.get("/session_duration"))} />
    <${Several} form=${form} at="/allowed_idps" label="Login methods" hint="None chosen: all of them." none="There is none yet." options=${idps.map((idp) => [idp.id, idp.name])} />
    <${Check} form=${form} at="/auto_redirect_to_identity" label="With exactly one login method, go there without asking" />`;
}

export function Cookies({ form }) {
  return html`
    <${Check} form=${form} at="/http_only_cookie_attribute" label="Keep the cookie from scripts (HttpOnly)" />
    <${Choice} form=${form} at="/same_site_cookie_attribute" label="SameSite" options=${[["", "None (as usual)"], ["none", "None"], ["lax", "Lax"], ["strict", "Strict: loops after the sign-in of another site"]]} />
    <${Check} form=${form} at="/enable_binding_cookie" label="Bind the cookie to the browser" hint="A stolen token alone is worth nothing. Command-line clients cannot use such applications." />
    <${Check} form=${form} at="/path_cookie_attribute" label="A cookie for each path" />`;
}
