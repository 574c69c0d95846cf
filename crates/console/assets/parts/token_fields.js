// The fields of an API token: what it may do, by name, on what, from where and until when.

import { read } from "../api.js";
import { useSession } from "../session.js";
import { html, useEffect, useState } from "../view.js";
import { Field, Lines, Moment, Several, Text, withoutEmpty } from "./form.js";
import { useLoginMethods } from "./app_fields.js";

export const BLANK = { name: "", permissions: [], not_before: null, expires_on: null, within: { apps: [], identity_providers: [] }, condition: { request_ip: { in: [], not_in: [] } } };

export const valuesOf = (token) => ({
  ...BLANK, ...token, within: token.resources ?? BLANK.within, condition: { request_ip: { in: [], not_in: [], ...token.condition?.request_ip } },
});

/** What is sent: no limit is sent as none. */
export function bodyOf({ name, permissions, not_before, expires_on, within, condition, status }) {
  const [ids, addresses] = [withoutEmpty(within), withoutEmpty(condition.request_ip)];
  return {
    name, permissions, not_before, expires_on, resources: Object.keys(ids).length > 0 ? ids : null,
    condition: Object.keys(addresses).length > 0 ? { request_ip: addresses } : {}, ...(status && { status }),
  };
}

const looks = (name) => name.endsWith(" Read");

export function Fields({ form }) {
  const idps = useLoginMethods();
  return html`
    <${Text} form=${form} at="/name" label="Name" required hint="What it is for: it names whoever changes something in the audit log." />
    <${Permissions} form=${form} />
    <${Moment} form=${form} at="/expires_on" label="Good until" hint="Empty: it has no end." />
    <details><summary>Further limits</summary>
      <${Moment} form=${form} at="/not_before" label="Not before" />
      <${Lines} form=${form} at="/condition/request_ip/in" label="From these addresses only" hint="One a line: 203.0.113.0/24" />
      <${Lines} form=${form} at="/condition/request_ip/not_in" label="Never from these" hint="One a line." />
      <${Lines} form=${form} at="/within/apps" label="On these applications only" hint="Ids, one a line; an application's page shows its id." />
      <${Several} form=${form} at="/within/identity_providers" label="On these login methods only" none="There is none yet." options=${idps.map((idp) => [idp.id, idp.name])} />
    </details>`;
}

/** By name, as far as the person holds them: nobody hands on what they do not hold. */
function Permissions({ form }) {
  const { permissions: mine } = useSession();
  const [groups, setGroups] = useState([]);
  useEffect(() => {
    read("~/tokens/permission_groups", { per_page: 100 }).then(({ result }) => setGroups(result.map((group) => group.name)), () => {});
  }, []);
  const chosen = form.get("/permissions");
  const shown = [...new Set([...groups.filter((name) => mine.includes(name)), ...chosen])];
  const choose = (names) => form.set("/permissions", names);
  const flip = (name) => choose(chosen.includes(name) ? chosen.filter((one) => one !== name) : [...chosen, name]);
  return html`<${Field} form=${form} at="/permissions" hint="Write includes Read. A token can make others that hold what it holds itself, when it may write API tokens.">${(field) => html`
    <fieldset ...${field}><legend>It may (${chosen.length} of ${shown.length})</legend>
      <div class="actions"><button type="button" onClick=${() => choose(shown.filter(looks))}>Look at everything</button>
        <button type="button" onClick=${() => choose(shown)}>Everything</button><button type="button" onClick=${() => choose([])}>Nothing</button></div>
      <div class="columns">${shown.map((name) => html`<label class="check" key=${name}><input type="checkbox" checked=${chosen.includes(name)} onChange=${() => flip(name)} /> ${name}</label>`)}</div>
    </fieldset>`}<//>`;
}
