// Team > Provisioning: what the guard against mass deactivation holds, and where the directory's groups differ from what was sent.

import { make } from "../api.js";
import { ROOT } from "../router.js";
import { useMay } from "../session.js";
import { html, useState } from "../view.js";
import { Confirmed } from "../parts/dialog.js";
import { ChooseDirectory, useDirectory } from "../parts/directory.js";
import { Drift } from "../parts/drift.js";
import { Empty, Facts, Failure, Heading, Time, Waiting } from "../parts/page.js";
import { useThing } from "../parts/table.js";
import { toast } from "../parts/toasts.js";

export default function Provisioning({ query }) {
  const { idps, id, idp } = useDirectory(query);
  return html`
    <${Heading} title="Provisioning" lead="Whether what the directory sends is believable and whole.">
      <a class="button quiet" href="${ROOT}/team/logs?log=provisioning${id ? `&idp_id=${id}` : ""}">Its log</a><//>
    <${ChooseDirectory} idps=${idps} id=${id} />
    ${idp && !idp.scim_config?.enabled && html`<${Empty} title="Provisioning is off" action=${[`/settings/authentication/${id}`, "Open the login method"]}>Switch it on at the login method: leavers are then out at once, and groups are known before people sign in.<//>`}
    ${idp?.scim_config?.enabled && html`<${Guard} key=${`guard${id}`} id=${id} /><${Drift} key=${`drift${id}`} id=${id} />`}
    ${idps.length === 0 && html`<${Empty} title="No login method yet" action=${["/settings/authentication/add", "Add a login method"]}>Provisioning belongs to a login method.<//>`}`;
}

function Guard({ id }) {
  const may = useMay("organization");
  const path = `~/doorward/identity_providers/${id}/scim/guard`;
  const { thing: guard, error, again } = useThing(path);
  const [decided, setDecided] = useState("");
  const decide = (what) => async () => {
    const { result } = await make(`${path}/${what}`);
    setDecided(result.decision === "release" ? `Carried out: ${result.seats_freed} seats freed, ${result.users_deleted} people deleted.`
      : `Undone: ${result.seats_kept} seats kept, ${result.users_restored} people back as deactivated ones${result.users_not_restored ? `, ${result.users_not_restored} not, as others have their names now` : ""}.`);
    toast("Decided.");
    again();
  };
  if (error && !guard) return html`<${Failure} error=${error} again=${again} />`;
  if (!guard) return html`<${Waiting} what="the guard" />`;
  const isTripped = guard.state === "tripped";
  const { held } = guard;
  return html`
    <section aria-labelledby="guard"><h2 id="guard">Guard against mass deactivation</h2>
      ${decided && html`<p class="notice good" role="status">${decided} The guard watches again.</p>`}
      ${isTripped ? html`<div class="notice bad"><p><strong>${guard.tripped.deactivated} of ${guard.tripped.of} people became inactive or were deleted</strong>, <${Time} at=${guard.tripped.at} />. That looks like a wrong scoping filter.
        Their sessions are ended and they cannot sign in; freed seats and deletions wait for a decision.</p></div>` : html`<p>It watches: nothing is held.</p>`}
      <${Facts} rows=${[
    ["It trips at", `${guard.at_least} people and ${guard.share_percent} % of those active, within ${Math.round(guard.window_secs / 60)} minutes`],
    ["Active people", guard.active_users.toLocaleString()],
    ["Deactivated within that time", guard.deactivated_in_window.toLocaleString()],
    ["Held", isTripped && `${held.seats} seats, ${held.deletions} deletions`],
  ]} />
      ${isTripped && held.oldest.length > 0 && html`<details><summary>What is held</summary><ul class="stream">${held.oldest.map((one, i) => html`<li key=${i}>${one.kind === "seat" ? html`Seat of <a href="${ROOT}/team/users/${one.user_id}"><bdi>${one.email ?? one.user_id}</bdi></a>` : html`Deletion of <bdi>${one.user_name}</bdi>, in ${one.groups} groups`} <span class="quiet-text">since <${Time} at=${one.held_at} /></span></li>`)}</ul></details>`}
      ${isTripped && may && html`<div class="actions">
        <${Confirmed} label="It was meant: carry it out" title="Carry out what is held?" act=${decide("release")}><p>${held.seats} seats are freed and ${held.deletions} people are deleted for good, with their memberships. This cannot be undone here.</p><//>
        <${Confirmed} label="It was a mistake: undo it" title="Undo what is held?" act=${decide("refuse")}><p>${held.seats} seats stay, and ${held.deletions} deleted people are back, deactivated, in those of their groups that still exist. Nobody gets a session back: when the directory sends them as active, they sign in again.
          Mend the scoping filter in the directory first, or the next cycle does the same.</p><//></div>`}
    </section>`;
}
