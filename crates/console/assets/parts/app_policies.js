// The policies of one application: their order by drag or by buttons, its own and reusable ones, and whom they let in.

import { make, put, read, remove, replace } from "../api.js";
import { ROOT } from "../router.js";
import { useMay } from "../session.js";
import { html, useEffect, useRef, useState } from "../view.js";
import { AppCheck } from "./app_check.js";
import { useLoginMethods } from "./app_fields.js";
import { Combobox } from "./combobox.js";
import { Confirmed } from "./dialog.js";
import { saved } from "./editing.js";
import { Form, useForm } from "./form.js";
import { RuleWords, useNames } from "./names.js";
import { BLANK, bodyOf, decisionInWords, PolicyFields, valuesOf } from "./policy_fields.js";
import { Replay } from "./replay.js";
import { Tester } from "./tester.js";
import { toast } from "./toasts.js";

const inOrder = (app) => [...(app.policies ?? [])].sort((a, b) => a.precedence - b.precedence);

/** @param {{app: any, path: string, setApp: (app: any) => void}} options */
export function AppPolicies({ app, path, setApp }) {
  const may = useMay("apps");
  const mayTry = useMay("policyTests");
  const idps = useLoginMethods();
  const [order, setOrder] = useState(null);
  const [edited, setEdited] = useState(null);
  const [draft, setDraft] = useState(null);
  const [said, setSaid] = useState("");
  const [remarks, setRemarks] = useState({ id: null, messages: [] });
  const policies = order ?? inOrder(app);
  const current = useRef(app);
  current.current = app;
  const wanted = useRef(null);
  const isMoving = useRef(false);
  const take = (now) => {
    current.current = now;
    setApp(now);
  };
  const again = async () => {
    take((await read(path)).result);
    setOrder(null);
  };
  /** Puts this list of ids into force, unless somebody else changed the application meanwhile. */
  const link = async (ids) => {
    const { result } = await replace(path, current.current, { ...current.current, policies: ids });
    take(result);
    if (!wanted.current) setOrder(null);
  };
  const move = async (from, to) => {
    if (to < 0 || to >= policies.length || to === from) return;
    const next = [...policies];
    next.splice(to, 0, ...next.splice(from, 1));
    setOrder(next);
    wanted.current = { ids: next.map((policy) => policy.id), words: `${next[to].name} is number ${to + 1} of ${next.length} now.` };
    // One after the other: a move that comes meanwhile goes out when this one is done, and only the last of several.
    if (isMoving.current) return;
    isMoving.current = true;
    try {
      while (wanted.current) {
        const { ids, words } = wanted.current;
        wanted.current = null;
        await link(ids);
        setSaid(words);
      }
    } catch (error) {
      wanted.current = null;
      setSaid(`The order was not changed: ${error.message}`);
      await again().catch(() => setOrder(null));
    } finally {
      isMoving.current = false;
    }
  };
  const close = () => {
    setEdited(null);
    setDraft(null);
  };
  /** One form at a time: input in another one is not dropped unasked. */
  const open = (policy) => {
    if (draft && !confirm("Edit another policy? What you entered in this one is not saved.")) return;
    setEdited(policy);
    setDraft(null);
  };
  const done = async ({ result, messages }) => {
    await again();
    setRemarks({ id: result?.id, messages });
    close();
    toast("Saved. It is in force already.");
  };
  const isNew = edited && !edited.id;
  // Bypass and Service Auth look at no person, and a draft without rules is none yet.
  const asEdited = (draft ? policies.map((policy) => (policy.id === edited?.id ? draft : policy)).concat(isNew ? [draft] : []) : policies);
  const whole = asEdited.filter((policy) => policy !== draft || draft.include.length > 0);
  const toTry = whole.map((policy) => (policy === draft ? { ...draft, name: draft.name || "unnamed" } : policy.id));
  const form = (policy) => html`<${PolicyForm} key=${policy.id ?? "new"} app=${app} policy=${policy} idps=${idps} done=${done} again=${again} cancel=${close} changed=${setDraft} />`;
  return html`
    <div class="beside">
      <div>
        <p class="hint">The first one that fits decides; who fits none is refused. Bypass and Service Auth are asked before the others.</p>
        ${policies.length === 0 && html`<p class="notice warning">Without a policy nobody gets in.</p>`}
        <p class="unseen" role="status">${said}</p>
        ${said.startsWith("The order was not") && html`<p class="notice bad">${said}</p>`}
        <ol class="policies">${policies.map((policy, i) => html`
          <${Row} key=${policy.id} policy=${policy} place=${i} count=${policies.length} may=${may} move=${move} isOpen=${edited?.id === policy.id} edit=${() => open(policy)} app=${app} path=${path} policies=${policies} again=${again} link=${link} remarks=${remarks.id === policy.id ? remarks.messages : []}>
            ${edited?.id === policy.id && form(policy)}
          <//>`)}</ol>
        ${may && (isNew ? form(BLANK) : html`
          <div class="row">
            <button type="button" onClick=${() => open(BLANK)}>Add a policy</button>
            <span class="grow"><${Attach} policies=${policies} link=${link} /></span>
          </div>`)}
      </div>
      <div class="trying">
        ${mayTry && html`<${Tester} policies=${toTry} hint=${draft ? "By all policies of this application, with the one that you are editing. Nothing is saved by this." : "By all policies of this application, of everybody whom doorward knows."} />`}
        ${mayTry && draft && html`<${Replay} edit=${draft.include.length > 0 ? { id: app.id, policies: toTry } : null} />`}
        ${!draft && html`<${AppCheck} app=${app} />`}
      </div>
    </div>`;
}

function Row({ policy, place, count, may, move, isOpen, edit, app, path, policies, again, link, remarks, children }) {
  const [isOver, setOver] = useState(false);
  const [focus, setFocus] = useState(null);
  const names = useNames(policy.include);
  // A row that moves is put into the page anew, and loses the focus by that.
  useEffect(() => {
    if (focus) document.getElementById(`${focus}-${policy.id}`)?.focus();
  }, [place]);
  const by = (step, name) => () => {
    setFocus(name);
    move(place, place + step);
  };
  const others = policies.filter((other) => other.id !== policy.id);
  const drag = may && {
    draggable: !isOpen,
    onDragStart: (event) => {
      event.dataTransfer.setData("text/x-policy", String(place));
      event.dataTransfer.effectAllowed = "move";
    },
    onDragOver: (event) => {
      if (!event.dataTransfer.types.includes("text/x-policy")) return;
      event.preventDefault();
      setOver(true);
    },
    onDragLeave: () => setOver(false),
    onDrop: (event) => {
      event.preventDefault();
      setOver(false);
      setFocus(null);
      move(Number(event.dataTransfer.getData("text/x-policy")), place);
    },
  };
  return html`
    <li class="policy" ...${drag} data-over=${isOver}>
      <div class="row">
        ${may && count > 1 && html`<span class="order">
          <button type="button" id="up-${policy.id}" aria-label="Move ${policy.name} up" aria-disabled=${place === 0 ? "true" : undefined} onClick=${by(-1, "up")}>↑</button>
          <button type="button" id="down-${policy.id}" aria-label="Move ${policy.name} down" aria-disabled=${place === count - 1 ? "true" : undefined} onClick=${by(1, "down")}>↓</button></span>`}
        <span class="grow"><strong><bdi>${policy.name}</bdi></strong> <span class="badge" data-decision=${policy.decision}>${decisionInWords(policy.decision)}</span>
          ${policy.reusable && html` <span class="badge">reusable</span>`}<br /><span class="hint"><${RuleWords} rules=${policy.include} names=${names} /></span></span>
        ${may && !isOpen && html`<span class="actions">
          ${policy.reusable
    ? html`<a class="button quiet" href="${ROOT}/access/policies/${policy.id}">Edit for all</a>
            <${Confirmed} label="Detach" title="Detach ${policy.name}?" act=${async () => {
      await link(others.map((other) => other.id));
      toast(`${policy.name} does not count here any more.`);
    }}><p>It stays, and other applications keep it. People whom only this policy lets in lose ${app.name} at once.</p><${Replay} edit=${{ id: app.id, policies: others.map((other) => other.id) }} /><//>`
    : html`<button type="button" onClick=${edit} aria-label="Edit ${policy.name}">Edit</button>
            <${Confirmed} label="Make reusable" title="Make ${policy.name} reusable?" act=${async () => {
      await put(`${path}/policies/${policy.id}/make_reusable`);
      await again();
      toast(`${policy.name} can be named by other applications now.`);
    }}><p>It moves to Access > Policies, where other applications can name it, and is changed there for all of them. It cannot be moved back.</p><//>
            <${Confirmed} label="Remove" title="Remove ${policy.name}?" act=${async () => {
      await remove(`${path}/policies/${policy.id}`);
      await again();
      toast(`${policy.name} was removed.`);
    }}><p>People whom only this policy lets in lose ${app.name} at once; whom only it keeps out may get in.</p><${Replay} edit=${{ id: app.id, policies: others.map((other) => other.id) }} /><//>`}
        </span>`}
      </div>
      ${remarks.map((remark) => html`<p class="notice warning">${remark.message}</p>`)}
      ${children}
    </li>`;
}

/** A reusable policy is attached as the last one. */
function Attach({ policies, link }) {
  const [error, setError] = useState(null);
  const search = async (text, signal) => {
    const { result } = await read("~/access/policies", { search: text, per_page: 50 }, signal);
    const free = result.filter((one) => !policies.some((policy) => policy.id === one.id));
    return { options: free.map((one) => ({ value: one.id, words: one.name, note: decisionInWords(one.decision) })), notes: free.length === 0 && !text ? ["There is no other reusable policy. Make one under Access > Policies."] : [] };
  };
  const choose = async (option) => {
    setError(null);
    try {
      await link([...policies.map((policy) => policy.id), option.value]);
      toast(`${option.words} counts here now, as the last one.`);
    } catch (refusal) {
      setError(refusal);
    }
  };
  return html`<${Combobox} id="attach" label="Attach a reusable policy" placeholder="Or attach a reusable policy" shown="" search=${search} choose=${choose} picks />
    ${error && html`<p class="fault" role="alert">${error.message}</p>`}`;
}

function PolicyForm({ app, policy, idps, done, again, cancel, changed }) {
  const path = `~/access/apps/${app.id}/policies`;
  const [seen, setSeen] = useState(policy);
  const form = useForm(valuesOf(seen), async (values) => {
    // Its place is another matter, and may have changed meanwhile.
    const { precedence: _, ...body } = bodyOf(values);
    const take = (now) => {
      setSeen(now);
      form.reset(valuesOf(now));
      again().catch(() => {});
    };
    await done(policy.id ? await saved({ path: `${path}/${policy.id}`, body, form, take }) : await make(path, body));
  }, seen);
  const key = JSON.stringify([form.values, form.isDirty]);
  // An untouched form is no draft: opening it tries nothing.
  useEffect(() => changed(form.isDirty ? bodyOf(form.values) : null), [key]);
  const cancelButton = html`<button type="button" onClick=${cancel}>Cancel</button>`;
  return html`<div class="card"><${Form} form=${form} cancel=${cancelButton}><${PolicyFields} form=${form} idps=${idps} /><//></div>`;
}
