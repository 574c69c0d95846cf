// The audit log: who changed what, and what was different afterwards.

import { ROOT } from "../router.js";
import { html } from "../view.js";
import { useLoginMethods } from "./app_fields.js";
import { Difference } from "./difference.js";
import { Export } from "./export.js";
import { Back, Filters, Pick, sinceOf, Typed } from "./filters.js";
import { Empty, Time } from "./page.js";
import { Table } from "./table.js";

const NOUNS = [
  ["", "all"], ["app", "applications"], ["policy.", "policies"], ["group.", "rule groups"], ["identity_provider", "login methods"], ["organization", "the organisation"], ["user.", "people"],
  ["scim_guard.", "the provisioning guard"], ["grant.", "grants"], ["access_request.", "requests for access"], ["service_token.", "service tokens"], ["api_token.", "API tokens"],
  ["list.", "lists"], ["tag.", "tags"], ["console.", "the console"],
  ["custom_page.", "pages"], ["upstream.", "origins"], ["key.", "keys"], ["certificate", "certificates"], ["alerts.", "who is told of warnings"],
];

/** `app.update` as people say it. */
const words = (action) => {
  const [noun, verb] = action.split(".");
  return `${(noun ?? "").replaceAll("_", " ")}: ${(verb ?? "").replaceAll("_", " ")}`;
};

/** Who did it: a token by its name, a directory by its login method, a person by their address. */
const who = (c, idps) => {
  const [kind, id] = [c.actor.split(":")[0], c.actor.slice(c.actor.indexOf(":") + 1)];
  if (c.actor_name) return `${c.actor_name} (API token)`;
  if (kind === "scim") return `provisioning of ${idps.find((idp) => idp.id === id)?.name ?? id}`;
  return kind === "break-glass" ? `${id} (local door)` : kind === "person" ? id : c.actor;
};

/** The name of what was changed, where its state tells one. */
const named = (c) => c.after?.name ?? c.before?.name ?? c.after?.email ?? c.before?.email ?? "";

export function AuditLog({ query }) {
  const idps = useLoginMethods();
  const filter = { action: query.get("action"), actor: query.get("actor"), object: query.get("object"), since: sinceOf(query) };
  const isFiltered = Object.values(filter).some(Boolean);
  const empty = isFiltered ? html`<p>Nothing fits the filters. <a href="${ROOT}/team/logs?log=audit">Show everything</a>.</p>`
    : html`<${Empty} title="Nothing was changed yet">What administrators change is written down here, with what it was before and after.<//>`;
  return html`
    <${Filters}>
      <${Pick} query=${query} name="action" label="About" options=${NOUNS} />
      <${Typed} query=${query} name="actor" label="Who" placeholder="break-glass:… or person:…" />
      <${Typed} query=${query} name="object" label="Object" placeholder="app/…" />
      <${Back} query=${query} />
    <//>
    <div class="actions bar"><${Export} path="~/doorward/audit/export" query=${filter} name="audit" /></div>
    <${Table} path="~/doorward/audit" caption="administrators' changes" query=${query} fixed=${filter} empty=${empty} columns=${[
    { title: "Time", cell: (c) => html`<${Time} at=${c.at} />` },
    { title: "Who", cell: (c) => html`<a href="${ROOT}/team/logs?log=audit&actor=${encodeURIComponent(c.actor)}" title="Only what they changed"><bdi>${who(c, idps)}</bdi></a>` },
    {
      title: "What",
      cell: (c) => html`<details><summary>${words(c.action)} <bdi>${named(c)}</bdi></summary>
        <p class="hint"><code class="long">${c.object}</code> by <code class="long">${c.actor}</code></p><${Difference} before=${c.before} after=${c.after} /></details>`,
    },
  ]} />`;
}
