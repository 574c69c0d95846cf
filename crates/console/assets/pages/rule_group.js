// One rule group, new or there already: its rules, beside them who is in it now, and what uses it.

import { make } from "../api.js";
import { go } from "../router.js";
import { useMay } from "../session.js";
import { html, useState } from "../view.js";
import { useLoginMethods } from "../parts/app_fields.js";
import { saved } from "../parts/editing.js";
import { Form, Text, useForm } from "../parts/form.js";
import { Failure, Heading, Waiting } from "../parts/page.js";
import { leaveRemarks, takeRemarks } from "../parts/remarks.js";
import { Replay } from "../parts/replay.js";
import { Rules } from "../parts/rules.js";
import { useThing } from "../parts/table.js";
import { Tester } from "../parts/tester.js";
import { toast } from "../parts/toasts.js";
import { Removal, Uses } from "../parts/uses.js";

const BACK = ["/access/groups", "Rule groups"];
const BLANK = { name: "", include: [], require: [], exclude: [] };
const IN = ["are in it", "are not", "cannot be told"];

export default function RuleGroup({ params }) {
  return params.id ? html`<${Stored} id=${params.id} />` : html`<${Editor} group=${BLANK} />`;
}

function Stored({ id }) {
  const path = `~/access/groups/${id}`;
  const { thing, error, again, setThing } = useThing(path);
  if (error && !thing) return html`<${Heading} title="Rule group" back=${BACK} /><${Failure} error=${error} again=${again} />`;
  if (!thing) return html`<${Waiting} what="the rule group" />`;
  return html`<${Editor} key=${thing.id} group=${thing} path=${path} setGroup=${setThing} />`;
}

function Editor({ group, path, setGroup }) {
  const may = useMay("organization");
  const mayTry = useMay("policyTests");
  const idps = useLoginMethods();
  const [remarks, setRemarks] = useState(() => takeRemarks(group.id));
  const form = useForm(group, async (values) => {
    if (!path) {
      const { result, messages } = await make("~/access/groups", values);
      leaveRemarks(result.id, messages);
      toast(`${result.name} was added.`);
      go(`/access/groups/${result.id}`, { replace: true });
      return;
    }
    const take = (now) => {
      setGroup(now);
      form.reset(now);
    };
    const { messages } = await saved({ path, body: values, form, take });
    setRemarks(messages);
    toast("Saved. It is in force already.");
  }, group);
  const { name, include, require, exclude } = form.values;
  const rules = { include, require, exclude };
  const tried = include.length === 0 ? [] : [{ name: name || "unnamed", decision: "allow", ...rules }];
  const lists = [["/include", "Include", "Whoever fits one of these."], ["/require", "Require", "All of these must hold besides."], ["/exclude", "Exclude", "None of these may hold."]];
  return html`
    <${Heading} title=${path ? group.name : "Add a rule group"} back=${BACK} />
    <div class="beside">
      <${Form} form=${form} hideButton=${!may} button=${path ? "Save" : "Add"}>
        <${Text} form=${form} at="/name" label="Name" required />
        ${lists.map(([at, label, hint]) => html`<${Rules} key=${at} form=${form} at=${at} label=${label} hint=${hint} idps=${idps} remarks=${remarks} />`)}
      <//>
      ${mayTry && html`<div class="trying">
        <${Tester} policies=${tried} title="Who is in it now" sides=${IN} hint="Of everybody whom doorward knows, by their last sign-in or by what provisioning sent. Nothing is saved by this." />
        ${path && html`<${Replay} edit=${include.length === 0 ? null : { id: group.id, name, ...rules }} />`}
      </div>`}
    </div>
    ${path && html`<section aria-labelledby="uses"><h2 id="uses">Where it is used</h2><${Uses} query=${{ group_id: group.id }} none="No policy and no other rule group names it yet." /></section>`}
    ${path && may && html`<section aria-labelledby="end"><h2 id="end">Remove</h2>
      <${Removal} path=${path} query=${{ group_id: group.id }} name=${group.name} label="Remove" done=${() => {
    toast(`${group.name} was removed.`);
    go("/access/groups");
  }}><p>Nothing names it: nobody's access changes.</p><//></section>`}`;
}
