// One application, one person: which policy would decide about them, explained.

import { read } from "../api.js";
import { html, useState } from "../view.js";
import { Combobox } from "./combobox.js";
import { findPeople } from "./filters.js";
import { Button, Failure } from "./page.js";
import { Judged } from "./why.js";

/** @param {{app: any}} options */
export function AppCheck({ app }) {
  const [who, setWho] = useState({ shown: "", query: null });
  const [state, setState] = useState({ busy: false, error: null, people: null });
  const search = async (text, signal) => {
    const notes = text.includes("@") ? [] : ["Somebody who never signed in is found by their whole address."];
    return { options: await findPeople(text, signal), notes };
  };
  const ask = async (event) => {
    event.preventDefault();
    if (!who.query || state.busy) return;
    setState({ busy: true, error: null, people: null });
    try {
      setState({ busy: false, error: null, people: (await read(`~/doorward/apps/${app.id}/check`, who.query)).result.people });
    } catch (error) {
      setState({ busy: false, error, people: null });
    }
  };
  return html`
    <section class="tester" aria-labelledby="check"><h2 id="check">Try one person</h2>
      <p class="hint">Which of the saved policies would decide about them, and why.</p>
      <form class="row" onSubmit=${ask}>
        <span class="grow"><${Combobox} id="check-who" label="Person: name or address" placeholder="Name or address" shown=${who.shown} search=${search}
          choose=${(option) => setWho({ shown: option.words, query: { user_id: option.value } })} type=${(text) => setWho({ shown: text, query: text.includes("@") ? { email: text.trim() } : null })} /></span>
        <${Button} type="submit" disabled=${!who.query} off=${state.busy}>${state.busy ? "Asking …" : "Try"}<//>
      </form>
      ${state.error && html`<${Failure} error=${state.error} />`}
      <div role="status">${state.people?.map((person) => html`<div class="card" key=${person.id}><${Judged} person=${person} /></div>`)}</div>
    </section>`;
}
