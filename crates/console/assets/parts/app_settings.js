// The settings of an application as v4 knows them: name and look, addresses, sessions, refusals, cookie, other origins, programs.

import { useMay } from "../session.js";
import { html } from "../view.js";
import { Cookies, Sessions } from "./app_fields.js";
import { saved } from "./editing.js";
import { Area, Check, Choice, Colour, Form, Lines, Several, Text, useForm, Whole } from "./form.js";
import { useList } from "./table.js";
import { toast } from "./toasts.js";

const TEXTS = [
  "logo_url", "custom_deny_message", "custom_deny_url", "custom_non_identity_deny_url", "same_site_cookie_attribute", "read_service_tokens_from_header",
  "app_launcher_logo_url", "bg_color", "header_bg_color",
];
const CORS = { allow_all_origins: false, allowed_origins: [], allow_all_methods: false, allowed_methods: [], allow_all_headers: false, allowed_headers: [], allow_credentials: false, max_age: null };
const LANDING = { title: "", message: "", image_url: "", button_color: "", button_text_color: "" };

const preflights = (app) => (app.options_preflight_bypass ? "origin" : app.cors_headers ? "answer" : "");

/** Policies have a form of their own, and when it was changed is no value. */
function valuesOf({ policies: _, updated_at: __, ...app }) {
  return {
    ...app, ...Object.fromEntries(TEXTS.map((name) => [name, app[name] ?? ""])),
    destinations: (app.destinations ?? []).map((d) => d.uri),
    preflights: preflights(app), cors_headers: { ...CORS, ...app.cors_headers },
    landing_page_design: { ...LANDING, ...app.landing_page_design },
    footer_links: (app.footer_links ?? []).map((link) => `${link.name} | ${link.url}`),
  };
}

const isSaid = (value) => value !== null && value !== "" && value !== false && !(Array.isArray(value) && value.length === 0);

/** A list beside “all of them” is not sent: they exclude each other. */
function corsOf(values) {
  const cors = { ...values };
  for (const kind of ["origins", "methods", "headers"]) if (cors[`allow_all_${kind}`]) cors[`allowed_${kind}`] = [];
  return Object.fromEntries(Object.entries(cors).filter(([, value]) => isSaid(value)));
}

function bodyOf({ preflights: mode, cors_headers, landing_page_design, footer_links, ...values }) {
  const body = { ...values };
  if (values.type === "self_hosted") {
    body.destinations = values.destinations.map((uri) => ({ type: "public", uri }));
    body.domain = values.destinations[0];
    delete body.self_hosted_domains;
    body.options_preflight_bypass = mode === "origin";
    if (mode === "answer") body.cors_headers = corsOf(cors_headers);
  } else {
    delete body.destinations;
  }
  if (values.type === "app_launcher") {
    body.landing_page_design = Object.fromEntries(Object.entries(landing_page_design).filter(([, value]) => value));
    body.footer_links = footer_links.map((line) => {
      const at = line.lastIndexOf("|");
      return { name: line.slice(0, Math.max(at, 0)).trim(), url: line.slice(at + 1).trim() };
    });
  }
  for (const name of TEXTS) if (body[name] === "") delete body[name];
  return body;
}

/** A fault of one of a list's entries is told with the list, whose entries have no fields of their own. */
export function Settings({ app, path, setApp, idps }) {
  const may = useMay("apps");
  const form = useForm(valuesOf(app), async (values) => {
    const take = (now) => {
      setApp(now);
      form.reset(valuesOf(now));
    };
    await saved({ path, body: bodyOf(values), form, take });
    toast("Saved. It is in force already.");
  }, app);
  const hosted = app.type === "self_hosted";
  return html`
    <${Form} form=${form} hideButton=${!may}>
      ${app.type !== "app_launcher" && html`<${Text} form=${form} at="/name" label="Name" hint="People see it when they sign in, and in the App Launcher." />`}
      ${hosted && html`<${Lines} form=${form} at="/destinations" label="Public addresses" hint="One a line, host and path if only a part is meant; the first is the main one. *.harbourworks.example stands for every name below. Each has to lead to this server." />`}
      ${app.type === "bookmark" && html`<${Text} form=${form} at="/domain" label="Link" />`}
      ${app.type === "app_launcher" ? html`<${Launcher} form=${form} />` : html`<${Tile} form=${form} />`}
      ${app.type !== "bookmark" && html`<fieldset><legend>Sessions</legend><${Sessions} form=${form} idps=${idps} />
        <p class="hint">Instant: somebody without a session is sent to the provider at once, and sees no page of doorward's.</p></fieldset>`}
      ${app.type !== "bookmark" && html`<fieldset><legend>Who is refused</legend><${Refused} form=${form} hosted=${hosted} /></fieldset>`}
      ${hosted && html`
        <fieldset><legend>Cookie</legend><${Cookies} form=${form} />
          <${Check} form=${form} at="/eager_redirect_cookie_setting" label="Set it for all public addresses at the sign-in" hint="Else each address asks the team domain once by itself." /></fieldset>
        <fieldset><legend>Pages of other sites (CORS)</legend><${OtherOrigins} form=${form} /></fieldset>
        <fieldset><legend>Programs</legend><${Programs} form=${form} /></fieldset>`}
    <//>`;
}

/** How it shows in the App Launcher. */
function Tile({ form }) {
  const { rows } = useList("~/access/tags", { per_page: 100 });
  const known = (rows ?? []).map((tag) => tag.name);
  const names = [...new Set([...known, ...(form.get("/tags") ?? [])])];
  return html`
    <fieldset><legend>App Launcher</legend>
      <${Check} form=${form} at="/app_launcher_visible" label="Show it in the App Launcher" hint="To people who may open it. Hiding changes nobody's access." />
      <${Text} form=${form} at="/logo_url" label="Logo" placeholder="https://…" hint="Address of a picture. May stay empty." />
      ${form.get("/logo_url")?.startsWith("https://") && html`<p><img class="logo" src=${form.get("/logo_url")} alt="The logo as it is found there" /></p>`}
      <${Several} form=${form} at="/tags" label="Tags" hint="People can look at the applications of one tag only." none="There are no tags yet (Access > Tags)." options=${names.map((name) => [name, name])} />
    </fieldset>`;
}

function Refused({ form, hosted }) {
  const { rows: pages } = useList(hosted ? "~/access/custom_pages" : "", { per_page: 100 });
  return html`
    ${hosted && html`<${Area} form=${form} at="/custom_deny_message" label="Words for people who are refused" hint="Instead of doorward's own advice, on the page that names the policy." />`}
    <${Text} form=${form} at="/custom_deny_url" label="Or send people there" placeholder="https://…" hint="Those whom a rule about people refused, instead of showing them a page." />
    <${Text} form=${form} at="/custom_non_identity_deny_url" label="And send everybody else there" placeholder="https://…" hint="Those whom a rule about address, country or certificate refused." />
    ${hosted && html`
      <${Several} form=${form} at="/custom_pages" label="Pages of your own" hint="At most one of each kind (Account > Pages). None: the organisation's, or doorward's own." none="There are none yet." options=${(pages ?? []).map((page) => [page.uid, `${page.name} (${page.type === "forbidden" ? "refused by address, country or certificate" : "refused person"})`])} />
      <${Check} form=${form} at="/allow_iframe" label="Pages of doorward's may stand in a frame of other sites" hint="For applications that are embedded elsewhere. The application's own pages decide for themselves." />`}`;
}

const PREFLIGHTS = [["", "They are refused (403)"], ["origin", "Pass preflights on to the origin, unseen"], ["answer", "Answer preflights here, as follows"]];

function OtherOrigins({ form }) {
  const pair = (kind, label, hint) => html`
    <${Check} form=${form} at="/cors_headers/allow_all_${kind}" label="All ${label}" />
    ${!form.get(`/cors_headers/allow_all_${kind}`) && html`<${Lines} form=${form} at="/cors_headers/allowed_${kind}" label="These ${label}" hint=${hint} />`}`;
  return html`
    <${Choice} form=${form} at="/preflights" label="What becomes of preflight requests" options=${PREFLIGHTS} hint="A browser asks before a page of another origin may call this application; such a question carries no cookie." />
    ${form.get("/preflights") === "answer" && html`
      ${pair("origins", "origins", "One a line: https://charts.harbourworks.example")}
      ${pair("methods", "methods", "One a line, in capitals: GET")}
      ${pair("headers", "headers", "One a line: content-type")}
      <${Check} form=${form} at="/cors_headers/allow_credentials" label="With cookies" hint="The person's session counts. Not together with all origins." />
      <${Whole} form=${form} at="/cors_headers/max_age" label="Browsers may remember the answer for" unit="seconds" />`}`;
}

const ONE_HEADER = 'For programs that can send one header only: {"cf-access-client-id": "….access", "cf-access-client-secret": "…"}';

const Programs = ({ form }) => html`
  <${Check} form=${form} at="/service_auth_401_redirect" label="Answer 401 instead of sending programs to the sign-in" hint="Where a Service Auth policy stands and its rules do not fit." />
  <${Text} form=${form} at="/read_service_tokens_from_header" label="Header with both halves of a service token" placeholder="Authorization" hint=${ONE_HEADER} />`;

const Launcher = ({ form }) => html`
  <fieldset><legend>Look</legend>
    <${Text} form=${form} at="/app_launcher_logo_url" label="Logo" placeholder="https://…" />
    <${Colour} form=${form} at="/bg_color" label="Background" placeholder="#eef1f4" />
    <${Colour} form=${form} at="/header_bg_color" label="Background of the head" placeholder="#0b5c6b" />
    <${Lines} form=${form} at="/footer_links" label="Links at the foot" hint="One a line: Help desk | https://help.harbourworks.example" />
  </fieldset>
  <fieldset><legend>Page before the sign-in</legend>
    <${Check} form=${form} at="/skip_app_launcher_login_page" label="No such page: sign in at once" />
    ${!form.get("/skip_app_launcher_login_page") && html`
      <${Text} form=${form} at="/landing_page_design/title" label="Title" />
      <${Area} form=${form} at="/landing_page_design/message" label="Words" />
      <${Text} form=${form} at="/landing_page_design/image_url" label="Picture" placeholder="https://…" />
      <${Colour} form=${form} at="/landing_page_design/button_color" label="Button" placeholder="#0a5c8f" />
      <${Colour} form=${form} at="/landing_page_design/button_text_color" label="Words on the button" placeholder="#ffffff" />`}
  </fieldset>`;
