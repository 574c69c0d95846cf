// Authentication contexts of a tenant: what Conditional Access offers to policies here, and whether anything stands behind each.

import { make } from "../api.js";
import { useMay } from "../session.js";
import { html, useState } from "../view.js";
import { Button, Failure, Time } from "./page.js";
import { useThing } from "./table.js";
import { toast } from "./toasts.js";

const BEHIND = { yes: "a policy stands behind it", no: "no policy: it protects nothing", unknown: "not known: the policies may not be read" };

export function Contexts({ idp }) {
  const may = useMay("organization");
  const path = `~/doorward/identity_providers/${idp.id}/auth_contexts`;
  const { thing, error, setThing } = useThing(path);
  const [state, setState] = useState({ busy: false, error: null });
  const refresh = async () => {
    setState({ busy: true, error: null });
    try {
      setThing((await make(`${path}/refresh`)).result);
      setState({ busy: false, error: null });
      toast("The contexts were read.");
    } catch (refusal) {
      setState({ busy: false, error: refusal });
    }
  };
  const isOn = Boolean(idp.config.conditional_access_enabled);
  const contexts = thing?.auth_contexts ?? [];
  return html`
    <p class="hint">A policy can demand one: the person then meets what Conditional Access asks for in that context, a second factor or a managed device, also when they are signed in already.</p>
    ${!isOn && html`<p>They are not imported: switch on <em>Authentication contexts</em> above and save.</p>`}
    ${state.error && html`<${Failure} error=${state.error} />`}
    ${error && error.kind !== "missing" && html`<${Failure} error=${error} />`}
    ${isOn && html`
      <p class="row"><span class="hint">${thing?.read_at ? html`Read <${Time} at=${thing.read_at} />; again every hour.` : "Not read yet."}</span>
        ${may && html`<${Button} off=${state.busy} onClick=${refresh}>${state.busy ? "Reading …" : "Read them now"}<//>`}</p>
      ${thing?.policies_unread && html`<p class="hint">Whether policies stand behind them is not known: ${thing.policies_unread}</p>`}
      ${thing && contexts.length === 0 && html`<p>The tenant has none, or none was published to apps (Protection > Conditional Access > Authentication contexts).</p>`}
      ${contexts.length > 0 && html`
        <div class="scroll" role="region" aria-label="Authentication contexts" tabindex="0"><table>
          <caption class="unseen">Authentication contexts</caption>
          <thead><tr><th scope="col">Context</th><th scope="col">Name</th><th scope="col">Behind it</th></tr></thead>
          <tbody>${contexts.map((context) => html`<tr key=${context.id}>
            <td><code>${context.ac_id}</code>${!context.is_available && html` <span class="badge">not published</span>`}</td>
            <td>${context.display_name}${context.description && html`<p class="hint">${context.description}</p>`}</td>
            <td>${context.has_policy === "no" ? html`<strong class="fault">${BEHIND.no}</strong>` : BEHIND[context.has_policy] ?? context.has_policy}</td></tr>`)}</tbody>
        </table></div>`}`}`;
}
