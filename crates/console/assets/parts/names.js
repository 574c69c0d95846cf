// Names of what rules refer to by id: fetched once for all rules on a page, a hundred ids a call at most.

import { read } from "../api.js";
import { html, useEffect, useState } from "../view.js";
import { refersTo, ruleInWords } from "./rule_kinds.js";

const LISTS = {
  lists: "~/gateway/lists", groups: "~/access/groups", idps: "~/access/identity_providers", tokens: "~/access/service_tokens", apps: "~/access/apps",
  posture: "~/devices/posture",
};
const MOST = 1000;
const AT_ONCE = 50;
/** Names by id, for as long as the console is open: an id never means something else. */
const known = new Map();

async function learnList(thing) {
  const { result } = await read(LISTS[thing], { per_page: MOST });
  for (const row of result) known.set(row.id, row.name);
}

async function learnGroups(idp, ids) {
  for (let from = 0; from < ids.length; from += AT_ONCE) {
    const some = ids.slice(from, from + AT_ONCE).map((id) => `idp_resource_id=${encodeURIComponent(id)}`).join("&");
    const { result } = await read(`~/access/identity_providers/${idp}/scim/groups?per_page=${MOST}&${some}`);
    for (const group of result) known.set(group.externalId?.toLowerCase(), group.displayName);
  }
  // What provisioning never sent the directory itself may tell.
  for (const id of ids.filter((one) => !known.has(one)).slice(0, 5)) {
    const { result } = await read(`~/doorward/identity_providers/${idp}/groups`, { search: id });
    for (const group of result.groups) known.set(group.id, group.name);
  }
}

/** Remembers a name that was seen elsewhere. */
export const learn = (id, name) => id && name && known.set(id, name);

/** Names of everything these rules refer to, as far as they are known; more come as they arrive. */
export function useNames(rules) {
  const [, setCount] = useState(0);
  const wanted = rules.map(refersTo).filter((one) => one?.id && !known.has(one.id));
  const key = JSON.stringify(wanted);
  useEffect(() => {
    let isGone = false;
    const arrived = () => isGone || setCount((n) => n + 1);
    for (const thing of new Set(wanted.map((one) => one.thing))) {
      const ids = wanted.filter((one) => one.thing === thing);
      if (thing !== "directory") {
        learnList(thing).then(arrived, () => {});
        continue;
      }
      for (const idp of new Set(ids.map((one) => one.idp))) {
        const whole = ids.filter((one) => one.idp === idp && /^[0-9a-f-]{36}$/i.test(one.id)).map((one) => one.id);
        if (idp && whole.length > 0) learnGroups(idp, [...new Set(whole)]).then(arrived, arrived);
      }
    }
    return () => {
      isGone = true;
    };
  }, [key]);
  return Object.fromEntries(known);
}

/** Rules in words, for a cell of a table. */
export function RuleWords({ rules, names }) {
  const shown = rules.slice(0, 3);
  return html`${shown.map((rule, i) => html`${i > 0 && ", "}<bdi key=${i}>${ruleInWords(rule, names)}</bdi>`)}${rules.length > shown.length && ` and ${rules.length - shown.length} more`}`;
}
