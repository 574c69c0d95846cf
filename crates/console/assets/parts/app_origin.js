// Where an application's requests go and how they get there, and what becomes of open streams: doorward's own settings beside the application.

import { read, remove } from "../api.js";
import { useMay } from "../session.js";
import { html, useEffect, useState } from "../view.js";
import { Origin } from "./app_fields.js";
import { Confirmed } from "./dialog.js";
import { saved } from "./editing.js";
import { Check, Choice, FileText, Form, Lines, Text, useForm, Whole } from "./form.js";
import { Facts, Failure, Time, Waiting } from "./page.js";
import { useThing } from "./table.js";
import { toast } from "./toasts.js";

const PROTOCOLS = [["http1", "HTTP/1.1"], ["http2", "HTTP/2 (gRPC needs it; without TLS it is begun at once)"], ["auto", "What the origin prefers (needs TLS)"]];
const BALANCES = [["least_connections", "The one with the fewest requests under way"], ["round_robin", "Each in turn"]];

export function Upstream({ app }) {
  const path = `~/doorward/apps/${app.id}/upstream`;
  const [state, setState] = useState(undefined);
  useEffect(() => {
    read(path).then(({ result }) => setState(result), (error) => setState(error.kind === "missing" ? null : error));
  }, [path]);
  if (state === undefined) return html`<${Waiting} what="the origin" />`;
  if (state instanceof Error) return html`<${Failure} error=${state} />`;
  return html`<${Edit} key=${state === null} path=${path} stored=${state} setStored=${setState} app=${app} />`;
}

const valuesOf = (stored) => ({ upstream: stored ?? { url: "" } });

/** Members that are left out have their usual values; texts that were emptied are none. */
function bodyOf({ host_header, tls, updated_at: _, ...rest }) {
  const pem = (tls?.ca_pool ?? "").trim();
  return {
    ...rest, host_header: host_header || null,
    ...(tls && { tls: { no_tls_verify: Boolean(tls.no_tls_verify), server_name: tls.server_name || null, ca_pool: pem ? tls.ca_pool : null } }),
  };
}

function Edit({ path, stored, setStored, app }) {
  const may = useMay("apps");
  const form = useForm(valuesOf(stored), async ({ upstream }) => {
    const take = (now) => {
      form.reset(valuesOf(now));
      setStored(now);
    };
    await saved({ path, body: bodyOf(upstream), form, take, place: "/upstream", part: valuesOf, canBeMade: true });
    toast("Saved. It is in force already.");
  }, stored);
  const several = (form.get("/upstream/origins") ?? []).length > 0;
  return html`
    <${Form} form=${form} hideButton=${!may}>
      ${!stored && html`<p class="notice">Without an origin people who are let in see a page that says so.</p>`}
      <${Origin} form=${form} />
      ${stored && html`
        <${Lines} form=${form} at="/upstream/origins" label="Further origins" hint="One a line, up to 15, that serve the same. One that cannot be reached is passed over for the next at once." />
        ${several && html`<${Choice} form=${form} at="/upstream/balance" label="A request goes to" options=${BALANCES} />`}
        <${Choice} form=${form} at="/upstream/protocol" label="Spoken with the origin" options=${PROTOCOLS} />
        <${Text} form=${form} at="/upstream/host_header" label="Host header for the origin" hint="Empty: the host that was asked for." />
        <${Check} form=${form} at="/upstream/forward_token_cookie" label="Give the origin the application token as a cookie too" hint="It gets it as header Cf-Access-Jwt-Assertion in any case." />
        <fieldset><legend>TLS</legend>
          <${Text} form=${form} at="/upstream/tls/server_name" label="Name in the origin's certificate" hint="Empty: the host of the origin's address." />
          <${FileText} form=${form} at="/upstream/tls/ca_pool" label="Authorities that are believed (PEM)" accept=".pem,.crt" placeholder="-----BEGIN CERTIFICATE-----" hint="Empty: those of the system." />
          <${Check} form=${form} at="/upstream/tls/no_tls_verify" label="Believe any certificate" hint="Whoever sits between can read and change everything. For a first try only." />
        </fieldset>
        <details><summary>Health, time and limits</summary><${Limits} form=${form} /></details>`}
    <//>
    ${stored && html`<p class="hint">Changed <${Time} at=${stored.updated_at} />.</p>`}
    ${stored && may && html`<${Confirmed} label="Take the origin away" title="Take the origin of ${app.name} away?" act=${async () => {
    await remove(path);
    setStored(null);
    toast("There is no origin any more.");
  }}><p>People who are let in see a page that says that there is no origin. Its other settings go with it.</p><//>`}`;
}

const Limits = ({ form }) => html`
  <fieldset><legend>Health</legend>
    <${Whole} form=${form} at="/upstream/health/failures" label="An origin is passed over after" unit="failures in a row" hint="No connection, or no answer. Nothing is asked of an origin except what people ask." />
    <${Whole} form=${form} at="/upstream/health/back_off_ms" label="… for" unit="milliseconds" />
  </fieldset>
  <fieldset><legend>Time</legend>
    <${Whole} form=${form} at="/upstream/connect_timeout_ms" label="To connect" unit="milliseconds" />
    <${Whole} form=${form} at="/upstream/tls_timeout_ms" label="To agree on TLS" unit="milliseconds" />
    <${Whole} form=${form} at="/upstream/response_timeout_ms" label="To begin an answer" unit="milliseconds" hint="From the end of the upload; then 504." />
    <${Whole} form=${form} at="/upstream/idle_timeout_ms" label="Silence in the middle of an answer" unit="milliseconds" hint="Empty: no limit, so that event streams live." />
  </fieldset>
  <fieldset><legend>Limits</legend>
    <${Whole} form=${form} at="/upstream/body_limit_bytes" label="Largest upload" unit="bytes" hint="Empty: no limit. A larger one is answered 413." />
    <${Whole} form=${form} at="/upstream/pool/max_connections" label="Most connections to an origin" unit="connections" hint="WebSockets included. Empty: no limit." />
    <${Whole} form=${form} at="/upstream/pool/queue" label="Requests that may wait for one" unit="requests" />
    <${Whole} form=${form} at="/upstream/pool/queue_timeout_ms" label="… for" unit="milliseconds" hint="Then 503." />
    <${Whole} form=${form} at="/upstream/pool/idle_connections" label="Idle connections kept" unit="connections" />
    <${Whole} form=${form} at="/upstream/pool/idle_timeout_ms" label="… for" unit="milliseconds" />
  </fieldset>`;

const EXPIRY = [["cut", "They end: the application is asked for again"], ["keep", "They go on until the session itself ends"]];

/** What the end of a token's time does to WebSockets, event streams, long answers and uploads. */
export function Streams({ app }) {
  const path = `~/doorward/apps/${app.id}/streams`;
  const may = useMay("apps");
  const { thing, error, again, setThing } = useThing(path);
  if (error && !thing) return html`<${Failure} error=${error} again=${again} />`;
  if (!thing) return html`<${Waiting} what="the settings of streams" />`;
  return html`<${StreamsForm} path=${path} stored=${thing} setStored=${setThing} may=${may} />`;
}

const expiryOf = ({ token_expiry }) => ({ token_expiry });

function StreamsForm({ path, stored, setStored, may }) {
  const form = useForm(expiryOf(stored), async (values) => {
    const take = (now) => {
      setStored(now);
      form.reset(expiryOf(now));
    };
    await saved({ path, body: values, form, take, part: expiryOf });
    toast("Saved.");
  }, stored);
  return html`
    <p class="hint">WebSockets, event streams, long answers and uploads end in any case when what let them in ends: a revocation, a sign-out, a deactivated person, a changed policy.</p>
    <${Form} form=${form} hideButton=${!may}><${Choice} form=${form} at="/token_expiry" label="When only the token's time is over" options=${EXPIRY} /><//>
    <${Facts} rows=${[["Changed", html`<${Time} at=${stored.updated_at} />`]]} />`;
}
