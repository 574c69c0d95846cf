// One list: its entries page by page, some added, some removed, and where it is used.

import { call, put, read, Refusal } from "../api.js";
import { go } from "../router.js";
import { useMay } from "../session.js";
import { html, useEffect, useState } from "../view.js";
import { Confirmed } from "../parts/dialog.js";
import { Area, Form, Text, useForm } from "../parts/form.js";
import { atLines, entriesOf } from "../parts/list_lines.js";
import { Facts, Failure, Heading, Time, Waiting } from "../parts/page.js";
import { Table } from "../parts/table.js";
import { toast } from "../parts/toasts.js";
import { Removal, Uses } from "../parts/uses.js";
import { TYPES } from "./lists.js";

const BACK = ["/access/lists", "Lists"];

/** The list without its entries: those come page by page. */
async function headOf(id) {
  const { result } = await read("~/gateway/lists", { filter: `id:${id}` });
  const head = result.find((one) => one.id === id);
  if (!head) throw new Refusal("missing", "This list is not there any more.", [], 404);
  return head;
}

export default function List({ params, query }) {
  const [list, setList] = useState(null);
  const [error, setError] = useState(null);
  const [count, setCount] = useState(0);
  useEffect(() => {
    headOf(params.id).then(setList, setError);
  }, [params.id, count]);
  const changed = () => setCount((n) => n + 1);
  if (error && !list) return html`<${Heading} title="List" back=${BACK} /><${Failure} error=${error} again=${changed} />`;
  if (!list) return html`<${Waiting} what="the list" />`;
  return html`<${Loaded} list=${list} query=${query} count=${count} changed=${changed} />`;
}

function Loaded({ list, query, count, changed }) {
  const may = useMay("lists");
  const path = `~/gateway/lists/${list.id}`;
  const drop = async (item) => {
    await call("PATCH", path, { body: { remove: [item.value] } });
    toast(`${item.value} was taken off.`);
    changed();
  };
  return html`
    <${Heading} title=${list.name} back=${BACK} lead=${list.description} />
    <${Facts} rows=${[["Holds", TYPES[list.type] ?? list.type], ["Entries", list.count.toLocaleString()], ["Changed", html`<${Time} at=${list.updated_at} />`]]} />
    <section aria-labelledby="entries"><h2 id="entries">Entries</h2>
      <${Table} path="${path}/items" caption="entries" query=${query} search="search" perPage=${50} keyOf=${(item) => item.value} count=${count}
        empty=${html`<p class="quiet-text">None yet.</p>`} columns=${[
    { title: "Address", cell: (item) => html`<bdi>${item.value}</bdi>` },
    { title: "Remark", narrow: "hide", cell: (item) => html`<bdi>${item.description ?? ""}</bdi>` },
    { title: "Added", narrow: "hide", cell: (item) => html`<${Time} at=${item.created_at} />` },
    { title: "", cell: (item) => may && html`<${Confirmed} label="Take off" title="Take ${item.value} off?" act=${() => drop(item)}><p>Rules that name this list stop fitting at once.</p><//>` },
  ]} />
      ${may && html`<${Change} path=${path} changed=${changed} />`}
    </section>
    <section aria-labelledby="uses"><h2 id="uses">Where it is used</h2><${Uses} query=${{ list_id: list.id }} none="No rule names it yet." /></section>
    ${may && html`
      <section aria-labelledby="settings"><h2 id="settings">Settings</h2><${Settings} list=${list} path=${path} changed=${changed} /></section>
      <section aria-labelledby="end"><h2 id="end">Remove</h2>
        <${Removal} path=${path} query=${{ list_id: list.id }} name=${list.name} label="Remove" done=${() => {
    toast(`${list.name} was removed.`);
    go("/access/lists");
  }}><p>Its ${list.count.toLocaleString()} entries go with it.</p><//></section>`}`;
}

/** Many at once, added or taken off. */
function Change({ path, changed }) {
  const [isAdding, setAdding] = useState(true);
  const form = useForm({ lines: "" }, async ({ lines }) => {
    const entries = entriesOf(lines);
    if (entries.length === 0) throw new Refusal("invalid", "Enter at least one address.", [{ pointer: "/lines", message: "Enter at least one address.", code: 0 }]);
    try {
      const { result } = await call("PATCH", path, { body: isAdding ? { append: entries } : { remove: entries.map((entry) => entry.value) } });
      form.reset({ lines: "" });
      toast(`Done. The list holds ${result.count.toLocaleString()} entries now.`);
      changed();
    } catch (error) {
      throw error.faults ? atLines(error, isAdding ? "append" : "remove", entries) : error;
    }
  });
  return html`
    <div class="card">
      <div class="sides" role="group" aria-label="What to do"><button type="button" aria-pressed=${isAdding ? "true" : "false"} onClick=${() => setAdding(true)}>Add entries</button>
        <button type="button" aria-pressed=${isAdding ? "false" : "true"} onClick=${() => setAdding(false)}>Take many off</button></div>
      <${Form} form=${form} button=${isAdding ? "Add to the list" : "Take off the list"}>
        <${Area} form=${form} at="/lines" label=${isAdding ? "Addresses to add" : "Addresses to take off"} rows=${4}
          hint=${isAdding ? "One a line; behind the address there may be a remark. What is on the list already stays as it is." : "One a line, as they stand in the list. All of them, or none if one is not there."} />
      <//>
    </div>`;
}

const wordsOf = ({ name, description }) => ({ name, description: description ?? "" });

function Settings({ list, path, changed }) {
  const form = useForm(wordsOf(list), async (values) => {
    const save = async () => {
      await put(path, values.description ? values : { name: values.name });
      form.reset(values);
      toast("Saved.");
      changed();
    };
    // Entries that come and go are no edit of its words.
    const theirs = wordsOf(await headOf(list.id));
    if (form.isOver || JSON.stringify(theirs) === JSON.stringify(wordsOf(form.seen))) return save();
    throw Object.assign(new Refusal("conflict", "Somebody else changed this while you were editing it. Nothing was saved yet.", [], 409), {
      theirs, takeTheirs: () => {
        form.reset(theirs);
        changed();
      },
    });
  }, list);
  return html`<${Form} form=${form}><${Text} form=${form} at="/name" label="Name" required /><${Text} form=${form} at="/description" label="What it is for" /><//>`;
}
