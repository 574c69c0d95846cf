// One reusable policy, new or there already: its fields, beside them whom it would let in, and where it is used.

import { make } from "../api.js";
import { go } from "../router.js";
import { useMay } from "../session.js";
import { html, useState } from "../view.js";
import { useLoginMethods } from "../parts/app_fields.js";
import { saved } from "../parts/editing.js";
import { Form, useForm } from "../parts/form.js";
import { Failure, Heading, Waiting } from "../parts/page.js";
import { BLANK, bodyOf, PolicyFields, valuesOf } from "../parts/policy_fields.js";
import { leaveRemarks, takeRemarks } from "../parts/remarks.js";
import { useThing } from "../parts/table.js";
import { toast } from "../parts/toasts.js";
import { Trying } from "../parts/trying.js";
import { Removal, Uses } from "../parts/uses.js";

const BACK = ["/access/policies", "Policies"];

export default function Policy({ params }) {
  return params.id ? html`<${Stored} id=${params.id} />` : html`<${Editor} policy=${BLANK} />`;
}

function Stored({ id }) {
  const path = `~/access/policies/${id}`;
  const { thing, error, again, setThing } = useThing(path);
  if (error && !thing) return html`<${Heading} title="Policy" back=${BACK} /><${Failure} error=${error} again=${again} />`;
  if (!thing) return html`<${Waiting} what="the policy" />`;
  return html`<${Editor} key=${thing.id} policy=${thing} path=${path} setPolicy=${setThing} />`;
}

function Editor({ policy, path, setPolicy }) {
  const may = useMay("apps");
  const idps = useLoginMethods();
  const [remarks, setRemarks] = useState(() => takeRemarks(policy.id));
  const form = useForm(valuesOf(policy), async (values) => {
    const body = bodyOf(values);
    if (!path) {
      const { result, messages } = await make("~/access/policies", body);
      leaveRemarks(result.id, messages);
      toast(`${result.name} was added. Applications can name it now.`);
      go(`/access/policies/${result.id}`, { replace: true });
      return;
    }
    const take = (now) => {
      setPolicy(now);
      form.reset(valuesOf(now));
    };
    const { messages } = await saved({ path, body, form, take });
    setRemarks(messages);
    toast("Saved. It is in force already.");
  }, policy);
  const body = bodyOf(form.values);
  const done = () => {
    toast(`${policy.name} was removed.`);
    go("/access/policies");
  };
  return html`
    <${Heading} title=${path ? policy.name : "Add a policy"} back=${BACK} lead=${path ? "" : "It lets nobody in by itself: applications name it."} />
    <div class="beside">
      <${Form} form=${form} hideButton=${!may} button=${path ? "Save" : "Add"}><${PolicyFields} form=${form} idps=${idps} remarks=${remarks} /><//>
      <${Trying} policy=${body} edit=${path ? body : null} />
    </div>
    ${path && html`<section aria-labelledby="uses"><h2 id="uses">Where it is used</h2><${Uses} query=${{ policy_id: policy.id }} none="No application uses it yet. Attach it on an application's page." /></section>`}
    ${path && may && html`<section aria-labelledby="end"><h2 id="end">Remove</h2>
      <${Removal} path=${path} query=${{ policy_id: policy.id }} name=${policy.name} label="Remove" done=${done}><p>No application uses it: nobody's access changes.</p><//></section>`}`;
}
