// Team > Access: the graph of access, for one person or for one application: person, rules, policies, applications, each with its reason.

import { ROOT, setQuery } from "../router.js";
import { html, useState } from "../view.js";
import { Assumed, Rule } from "../parts/why.js";
import { useApps } from "../parts/filters.js";
import { Graph } from "../parts/graph.js";
import { Button, Empty, Failure, Heading, Waiting } from "../parts/page.js";
import { decisionInWords } from "../parts/policy_fields.js";
import { useList, useThing } from "../parts/table.js";

const STATUS = { approved: ["may open", "allow"], blocked: ["may not", "deny"], error: ["not to be told", ""] };
// Nothing is unknown about these: the person has to do something first.
const ASKED = { "asked for a purpose or an approval": ["has to ask", ""], "sent to sign in": ["signs in first", ""], "sent to the provider for more": ["proves more first", ""] };
const PER_PAGE = 25;

export default function Access({ query }) {
  const [user, app] = [query.get("user"), query.get("app")];
  return html`
    <${Heading} title="Access" lead="Who may open what, through which rules, and what each of them hangs on. Judged now, by the door's own evaluator." />
    <${Choose} user=${user} app=${app} />
    ${user && html`<${OfPerson} key=${user} id=${user} query=${query} />`}
    ${!user && app && html`<${OfApp} key=${app} id=${app} query=${query} />`}
    ${!user && !app && html`<${Empty} title="Choose a person or an application">The picture shows the way from people by rules and policies to applications, and says for each step why, by which fact, from where, and how old it is.<//>`}`;
}

/** A person by a search of the registry, or an application by name. */
function Choose({ user, app }) {
  const apps = useApps();
  const [text, setText] = useState("");
  const { rows } = useList(text.trim().length > 1 ? "~/doorward/users" : "", { search: text.trim(), per_page: 8 });
  const found = text.trim().length > 1 ? rows ?? [] : [];
  const choose = (id) => {
    setText("");
    setQuery({ user: id, app: "", page: "", search: "" });
  };
  return html`
    <div class="filters">
      <div class="field"><label for="person">A person</label>
        <input id="person" type="search" placeholder="Name or address" value=${text} autocomplete="off" onInput=${(e) => setText(e.target.value)} />
        <div role="status" class="unseen">${text.trim().length > 1 && rows ? `${found.length} found` : ""}</div>
        ${found.length > 0 && html`<ul class="found" aria-label="People found">${found.map((one) => html`<li key=${one.id}><button type="button" class="quiet" onClick=${() => choose(one.id)}><bdi>${one.name || one.email}</bdi> <span class="quiet-text"><bdi>${one.email}</bdi></span></button></li>`)}</ul>`}</div>
      <div class="field"><label for="application">An application</label>
        <select id="application" value=${user ? "" : app ?? ""} onChange=${(e) => setQuery({ app: e.target.value, user: "", page: "", search: "" })}>
          <option value="">Choose …</option>${apps.map((one) => html`<option key=${one.id} value=${one.id} selected=${!user && one.id === app}>${one.name}</option>`)}</select></div>
    </div>`;
}

function OfPerson({ id, query }) {
  const { thing: person } = useThing(`~/doorward/users/${encodeURIComponent(id)}`);
  const name = person ? person.name || person.email : "";
  return html`
    <section aria-labelledby="of"><h2 id="of">What <a href="${ROOT}/team/users/${id}"><bdi>${name || "the person"}</bdi></a> may open</h2>
      ${person && person.groups.state !== "known" && html`<p class="notice warning">The groups of this person are unknown, which is not “none”: rules about groups let them nowhere until a sign-in tells them.</p>`}
      <${Rows} path=${`~/doorward/users/${encodeURIComponent(id)}/access`} query=${query} what="applications"
        titled=${(row) => html`<a href="${ROOT}/access/applications/${row.app.id}"><bdi>${row.app.name}</bdi></a>`} centre="app" /></section>`;
}

function OfApp({ id, query }) {
  const { thing: app } = useThing(`~/access/apps/${encodeURIComponent(id)}`);
  const named = (rows) => rows.map((row) => ({ ...row, app: { id, name: app?.name ?? "" } }));
  return html`
    <section aria-labelledby="of"><h2 id="of">Who may open <a href="${ROOT}/access/applications/${id}"><bdi>${app?.name ?? "the application"}</bdi></a></h2>
      <p class="hint">Everybody of the registry. Who was provisioned and never signed in is not in it: test a policy to judge them too.</p>
      <${Rows} path=${`~/doorward/apps/${encodeURIComponent(id)}/access`} query=${query} what="people" named=${named}
        titled=${(row) => html`<a href="${ROOT}/team/users/${row.user.id}"><bdi>${row.user.name || row.user.email}</bdi></a> <span class="quiet-text"><bdi>${row.user.email}</bdi></span>`} centre="user" /></section>`;
}

/** The verdicts of a page: as a drawing where there is room, and as a list that says everything. */
function Rows({ path, query, what, titled, named = (rows) => rows, centre }) {
  const page = Math.max(1, Number(query.get("page")) || 1);
  const { rows: told, info, error, again } = useList(path, { page, per_page: PER_PAGE, search: query.get("search") });
  if (error) return html`<${Failure} error=${error} again=${again} />`;
  if (told === null) return html`<${Waiting} what=${what} />`;
  const rows = named(told);
  const last = info.total_pages;
  return html`
    <${Narrow} query=${query} what=${what} />
    ${rows.length === 0 && html`<p>${query.get("search") ? `Nothing fits “${query.get("search")}”.` : `There are no ${what} yet.`}</p>`}
    ${rows.length > 0 && html`
      <${Graph} rows=${rows} centre=${centre} />
      <ul class="stream access">${rows.map((row) => html`<li key=${(centre === "app" ? row.app : row.user).id}><${Row} row=${row} titled=${titled} /></li>`)}</ul>
      ${centre === "app" && html`<${Assumed} assumed=${rows[0].assumed} />`}
      <nav class="pages" aria-label="Pages of ${what}"><span role="status">${(page - 1) * PER_PAGE + 1} to ${(page - 1) * PER_PAGE + rows.length} of ${info.total_count.toLocaleString()}</span>
        ${last > 1 && html`<${Button} off=${page <= 1} onClick=${() => setQuery({ page: page - 1 })}>Previous<//>
          <${Button} off=${page >= last} onClick=${() => setQuery({ page: page + 1 })}>Next<//>`}</nav>`}`;
}

function Narrow({ query, what }) {
  const [text, setText] = useState(query.get("search") ?? "");
  const take = (event) => {
    event.preventDefault();
    setQuery({ search: text.trim(), page: "" });
  };
  return html`<form class="search row" role="search" onSubmit=${take}><label class="unseen" for="narrow">Search ${what}</label>
    <input id="narrow" class="grow" type="search" placeholder="Search ${what}" value=${text} onInput=${(e) => setText(e.target.value)} autocomplete="off" /><button type="submit">Search</button></form>`;
}

function Row({ row, titled }) {
  const [words, decision] = ASKED[row.verdict] ?? STATUS[row.status] ?? [row.status, ""];
  return html`
    <div class="row"><span class="badge" data-decision=${decision}>${words}</span><span class="grow">${titled(row)}</span></div>
    <details><summary>${row.summary}</summary>
      ${row.policy && html`<p>By the policy <bdi>${row.policy.name}</bdi> <span class="badge">${decisionInWords(row.policy.action)}</span>, ${row.status === "approved" ? "whose rules are met:" : "which it hangs on:"}</p>`}
      ${row.rules.length > 0 && html`<ul class="stream">${row.rules.map((rule, i) => html`<li key=${i}><${Rule} rule=${rule} /></li>`)}</ul>`}
      ${row.rules_omitted > 0 && html`<p class="hint">And ${row.rules_omitted} more rules.</p>`}
      ${row.fixes.filter((fix) => !row.rules.some((rule) => rule.fix === fix)).map((fix) => html`<p key=${fix} class="hint"><strong>To do:</strong> ${fix}</p>`)}
    </details>`;
}
