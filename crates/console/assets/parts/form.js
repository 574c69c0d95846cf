// Forms: values by JSON pointer, so that a fault that the API tells by pointer finds its field by itself.

import { Refusal } from "../api.js";
import { useGuard } from "../router.js";
import { useSession } from "../session.js";
import { html, useEffect, useLayoutEffect, useRef, useState } from "../view.js";
import { Button } from "./page.js";

const steps = (pointer) => pointer.split("/").slice(1).map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));

/** The value at a pointer. */
export function valueAt(object, pointer) {
  return steps(pointer).reduce((value, step) => value?.[step], object);
}

/** The object with another value at a pointer; nothing else of it changes. */
export function withValue(object, pointer, value) {
  const [step, ...rest] = steps(pointer);
  const copy = Array.isArray(object) ? [...object] : { ...object };
  copy[step] = rest.length === 0 ? value : withValue(object?.[step] ?? {}, `/${rest.join("/")}`, value);
  return copy;
}

/**
 * A form's state.
 * @param {any} initial values
 * @param {(values: any) => Promise<void>} save throws a Refusal when it is refused
 * @param {any} [seen] what `initial` was made of; the page may come by a newer one. `form.seen` is the one that this form's values rest on, for `saved`
 */
export function useForm(initial, save, seen) {
  const [values, setValues] = useState(initial);
  const [saved, setSaved] = useState(initial);
  const [refusal, setRefusal] = useState(null);
  const [isBusy, setBusy] = useState(false);
  const underWay = useRef(null);
  const over = useRef(false);
  const isDirty = JSON.stringify(values) !== JSON.stringify(saved);
  const leaving = useRef(false);
  // Kept beside the state: what was saved may be left at once, before it is drawn.
  const dirty = useRef(false);
  dirty.current = isDirty;
  useGuard(() => dirty.current && !leaving.current);
  const at = useRef(new Set());
  const rests = useRef(seen);
  const form = {
    get seen() {
      return rests.current;
    },
    /** What somebody else saved meanwhile is to be overwritten. */
    get isOver() {
      return over.current;
    },
    values, refusal, isBusy, isDirty,
    fields: at.current,
    get: (pointer) => valueAt(values, pointer),
    set: (pointer, value) => setValues((before) => withValue(before, pointer, value)),
    /** Takes what was saved as the new beginning; what was entered while it was being saved stays, to be saved. */
    reset: (next) => {
      const sent = underWay.current;
      setValues((now) => (sent && now !== sent ? now : next));
      setSaved(next);
      setRefusal(null);
      dirty.current = false;
    },
    /** What is wrong at a pointer or below it. */
    faultsAt: (pointer) => (refusal?.faults ?? []).filter((f) => f.pointer === pointer || f.pointer.startsWith(`${pointer}/`)),
    setRefusal,
    submit: async (event, isOver = false) => {
      event?.preventDefault();
      if (underWay.current) return;
      underWay.current = values;
      over.current = isOver;
      setBusy(true);
      setRefusal(null);
      leaving.current = true;
      try {
        await save(values, form);
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        setRefusal(error);
      } finally {
        leaving.current = false;
        underWay.current = null;
        setBusy(false);
      }
    },
  };
  // Without input of mine the form follows. With some, what came counts as seen only where it changes nothing that this form began with:
  // else saving tells of the conflict.
  useEffect(() => {
    if (rests.current === seen) return;
    const isSame = JSON.stringify(initial) === JSON.stringify(saved);
    if (!isSame && isDirty) return;
    if (!isSame) form.reset(initial);
    rests.current = seen;
  }, [seen, saved]);
  return form;
}

/** The id of the field at a pointer. */
export const fieldId = (pointer) => `field${pointer.replace(/[^A-Za-z0-9]/g, "-")}`;

/** Which of the fields that are shown have to be filled in and are not, as the API would say it. */
export function emptyFields(form) {
  const isEmpty = (at) => {
    const field = document.getElementById(fieldId(at));
    return field?.required && !field.value.trim();
  };
  return [...form.fields].filter(isEmpty).map((pointer) => ({ pointer, message: "This has to be filled in.", code: 0 }));
}

const READABLE = "textarea, input:not([type], [role]), input:is([type=text], [type=url], [type=email], [type=number]):not([role])";

/** Fields that take no input: texts can be reached and copied, everything else is off but for what only shows. */
function Still({ children }) {
  const fields = useRef(null);
  const reason = useSession()?.read_only_reason;
  useLayoutEffect(() => {
    const hold = () => {
      for (const field of fields.current.elements) {
        if (field.matches(READABLE)) field.readOnly = true;
        else if (!field.closest(".preview")) field.disabled = true;
      }
    };
    hold();
    const watch = new MutationObserver(hold);
    watch.observe(fields.current, { childList: true, subtree: true });
    return () => watch.disconnect();
  }, []);
  return html`<fieldset ref=${fields} class="plain"><p class="quiet-text">To look at only: ${reason ? "the console is read-only" : "changing this needs another permission"}.</p>${children}</fieldset>`;
}

/** The form itself: a summary of what was refused, its fields, its button. With `hideButton` it is there to be looked at. */
export function Form({ form, button = "Save", children, cancel, hideButton }) {
  const summary = useRef(null);
  useEffect(() => {
    if (!form.refusal) return;
    const first = document.querySelector("[aria-invalid=true]");
    (first ?? summary.current)?.focus();
  }, [form.refusal]);
  const elsewhere = (form.refusal?.faults ?? []).filter((fault) => ![...form.fields].some((at) => fault.pointer === at || fault.pointer.startsWith(`${at}/`)));
  return html`
    <form class="form" onSubmit=${hideButton ? (event) => event.preventDefault() : form.submit} novalidate>
      <div ref=${summary} tabindex="-1" role="alert">
        ${form.refusal && html`
          <div class="notice bad">
            <p>${form.refusal.faults.length > 1 ? `${form.refusal.faults.length} things need another look.` : form.refusal.message}</p>
            ${elsewhere.length > 0 && form.refusal.faults.length > 1 && html`<ul>${elsewhere.map((f) => html`<li>${f.pointer && html`<code>${f.pointer}</code> `}${f.message}</li>`)}</ul>`}
          </div>`}
      </div>
      ${form.refusal?.theirs !== undefined && html`<${Conflict} form=${form} />`}
      ${hideButton ? html`<${Still}>${children}<//>` : children}
      ${!hideButton && html`<div class="actions end">${cancel}<${Button} type="submit" class="primary" off=${form.isBusy}>${form.isBusy ? "Saving …" : button}<//></div>`}
    </form>`;
}

/** Somebody else saved meanwhile: theirs beside mine, and which one is to be. */
function Conflict({ form }) {
  const { theirs } = form.refusal;
  const saveMine = (words) => html`<button type="button" onClick=${(event) => form.submit(event, true)}>${words}</button>`;
  if (theirs === null) return html`<div class="notice warning"><div class="actions">${saveMine("Make it anew from my input")}</div></div>`;
  const differing = [...form.fields].filter((at) => valueAt(theirs, at) !== undefined && JSON.stringify(valueAt(theirs, at)) !== JSON.stringify(form.get(at)));
  return html`
    <div class="notice warning">
      <p>What differs between the saved state and your input:</p>
      ${differing.length === 0 ? html`<p>Nothing that this form shows.</p>` : html`<ul>${differing.map((at) => html`<li><code>${at}</code> is now <code>${JSON.stringify(valueAt(theirs, at))}</code></li>`)}</ul>`}
      <div class="actions">
        <button type="button" onClick=${() => form.refusal.takeTheirs?.()}>Show the saved state</button>
        ${saveMine("Save my input over it")}
      </div>
    </div>`;
}

/** Label, input, hint, fault: what every kind of field has around it. */
export function Field({ form, at, label, hint, children, own = true }) {
  const id = fieldId(at);
  useEffect(() => {
    if (!own) return undefined;
    form.fields.add(at);
    return () => form.fields.delete(at);
  }, [at]);
  const faults = form.faultsAt(at);
  const described = [hint && `${id}-hint`, faults.length > 0 && `${id}-fault`].filter(Boolean).join(" ") || undefined;
  return html`
    <div class="field" data-bad=${faults.length > 0}>
      ${label && html`<label for=${id}>${label}</label>`}
      ${children({ id, "aria-describedby": described, "aria-invalid": faults.length > 0 ? "true" : undefined })}
      ${hint && html`<p class="hint" id="${id}-hint">${hint}</p>`}
      ${faults.length > 0 && html`<p class="fault" id="${id}-fault">${faults.map((f) => f.message).join(" ")}</p>`}
    </div>`;
}

export function Text({ form, at, label, hint, type = "text", placeholder, required, suggestions }) {
  return html`<${Field} form=${form} at=${at} label=${label} hint=${hint}>${(field) => html`
    <input ...${field} type=${type} value=${form.get(at) ?? ""} placeholder=${placeholder} required=${required} autocomplete="off"
      spellcheck=${false} list=${suggestions ? `${field.id}-list` : undefined} onInput=${(e) => form.set(at, e.target.value)} />
    ${suggestions && html`<datalist id="${field.id}-list">${suggestions.map((s) => html`<option value=${s} />`)}</datalist>`}`}<//>`;
}

export function Area({ form, at, label, hint, rows = 3 }) {
  return html`<${Field} form=${form} at=${at} label=${label} hint=${hint}>${(field) => html`
    <textarea ...${field} rows=${rows} value=${form.get(at) ?? ""} onInput=${(e) => form.set(at, e.target.value)}></textarea>`}<//>`;
}

const linesOf = (text) => text.split("\n").map((line) => line.trim()).filter(Boolean);

/** One value a line. What was typed stands there as it was typed, as long as it means what the form holds. */
export function Lines({ form, at, label, hint }) {
  const lines = form.get(at) ?? [];
  const [typed, setTyped] = useState("");
  const text = JSON.stringify(linesOf(typed)) === JSON.stringify(lines) ? typed : lines.join("\n");
  return html`<${Field} form=${form} at=${at} label=${label} hint=${hint}>${(field) => html`
    <textarea ...${field} rows="3" spellcheck=${false} value=${text} onInput=${(e) => {
    setTyped(e.target.value);
    form.set(at, linesOf(e.target.value));
  }}></textarea>`}<//>`;
}

export function Check({ form, at, label, hint }) {
  const id = fieldId(at);
  return html`<${Field} form=${form} at=${at} hint=${hint}>${(field) => html`
    <label class="check" for=${id}><input ...${field} type="checkbox" checked=${Boolean(form.get(at))} onChange=${(e) => form.set(at, e.target.checked)} /> ${label}</label>`}<//>`;
}

/** @param {{options: [string, string][]}} options value and words */
export function Choice({ form, at, label, hint, options }) {
  return html`<${Field} form=${form} at=${at} label=${label} hint=${hint}>${(field) => html`
    <select ...${field} value=${form.get(at) ?? ""} onChange=${(e) => form.set(at, e.target.value)}>
      ${options.map(([value, words]) => html`<option value=${value} selected=${(form.get(at) ?? "") === value}>${words}</option>`)}
    </select>`}<//>`;
}

/** A whole number, or nothing. */
export function Whole({ form, at, label, hint, unit }) {
  return html`<${Field} form=${form} at=${at} label=${unit ? `${label} (${unit})` : label} hint=${hint}>${(field) => html`
    <input ...${field} inputmode="numeric" value=${form.get(at) ?? ""} onInput=${(e) => {
    const text = e.target.value.trim();
    form.set(at, text === "" ? null : /^\d+$/.test(text) ? Number(text) : text);
  }} />`}<//>`;
}

/** Some of many, by checkboxes. @param {{options: [string, string][]}} options */
export function Several({ form, at, label, hint, options, none }) {
  const chosen = form.get(at) ?? [];
  const flip = (value) => form.set(at, chosen.includes(value) ? chosen.filter((one) => one !== value) : [...chosen, value]);
  return html`<${Field} form=${form} at=${at} hint=${hint}>${(field) => html`
    <fieldset ...${field}><legend>${label}</legend>
      ${options.length === 0 && html`<p class="quiet-text">${none}</p>`}
      ${options.map(([value, words]) => html`<label class="check" key=${value}><input type="checkbox" checked=${chosen.includes(value)} onChange=${() => flip(value)} /> ${words}</label>`)}
    </fieldset>`}<//>`;
}

/** A text that is not shown while it is typed; what is stored never comes back. */
export const SecretText = (options) => html`<${Text} ...${options} type="password" />`;

/** A point in time, entered as this browser's local time and sent as the exact one. */
export function Moment({ form, at, label, hint }) {
  const stored = form.get(at);
  const date = stored ? new Date(stored) : null;
  const local = date && !Number.isNaN(date.valueOf()) ? new Date(date.valueOf() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16) : "";
  return html`<${Field} form=${form} at=${at} label=${label} hint=${hint}>${(field) => html`
    <input ...${field} type="datetime-local" value=${local} onInput=${(e) => form.set(at, e.target.value ? `${new Date(e.target.value).toISOString().slice(0, 19)}Z` : null)} />`}<//>`;
}

/** A colour as text, with the browser's chooser beside it. */
export function Colour({ form, at, label, hint, placeholder }) {
  const value = form.get(at) ?? "";
  return html`<${Field} form=${form} at=${at} label=${label} hint=${hint}>${(field) => html`
    <span class="row nowrap"><input ...${field} value=${value} placeholder=${placeholder} autocomplete="off" spellcheck=${false} onInput=${(e) => form.set(at, e.target.value)} />
      <input type="color" aria-label="Choose: ${label}" value=${/^#[0-9a-f]{6}$/i.test(value) ? value : placeholder} onInput=${(e) => form.set(at, e.target.value)} /></span>`}<//>`;
}

const LONGEST_FILE = 512 * 1024;

/** A long text (a certificate, a page), typed, pasted or read from a file. */
export function FileText({ form, at, label, hint, accept, rows = 4, placeholder }) {
  const [fault, setFault] = useState("");
  const take = async (event) => {
    const [file] = event.target.files;
    event.target.value = "";
    if (!file) return;
    if (file.size > LONGEST_FILE) setFault(`${file.name} is larger than 512 KiB.`);
    else {
      setFault("");
      form.set(at, await file.text());
    }
  };
  return html`<${Field} form=${form} at=${at} label=${label} hint=${hint}>${(field) => html`
    <textarea ...${field} class="code" rows=${rows} spellcheck=${false} placeholder=${placeholder} value=${form.get(at) ?? ""} onInput=${(e) => form.set(at, e.target.value)}></textarea>
    <label class="file">Read it from a file: <input type="file" accept=${accept} onChange=${take} /></label>
    ${fault && html`<p class="fault" role="alert">${fault}</p>`}`}<//>`;
}

/** Values as they are sent: what was left empty is left out. */
export const withoutEmpty = (object) => Object.fromEntries(Object.entries(object)
  .filter(([, value]) => value !== null && value !== undefined && value !== "" && !(Array.isArray(value) && value.length === 0)));
