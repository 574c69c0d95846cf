// Access > Tags: words that sort applications in the App Launcher.

import { make } from "../api.js";
import { useMay } from "../session.js";
import { html, useState } from "../view.js";
import { Form, Text, useForm } from "../parts/form.js";
import { Empty, Heading } from "../parts/page.js";
import { Table } from "../parts/table.js";
import { toast } from "../parts/toasts.js";
import { Removal } from "../parts/uses.js";

export default function Tags({ query }) {
  const may = useMay("apps");
  const [count, setCount] = useState(0);
  const changed = () => setCount((n) => n + 1);
  const empty = html`<${Empty} title="No tag yet">Tags sort applications in the App Launcher.<//>`;
  return html`
    <${Heading} title="Tags" lead="Words that sort applications in the App Launcher." />
    ${may && html`<${Add} changed=${changed} />`}
    <${Table} path="~/access/tags" caption="tags" query=${query} keyOf=${(tag) => tag.name} count=${count} empty=${empty} columns=${[
    { title: "Name", cell: (tag) => html`<bdi>${tag.name}</bdi>` },
    { title: "Applications", cell: (tag) => String(tag.app_count ?? 0) },
    {
      title: "",
      cell: (tag) => may && html`<${Removal} path="~/access/tags/${encodeURIComponent(tag.name)}" query=${{ tag: tag.name }} name=${tag.name} label="Remove" done=${() => {
        toast(`${tag.name} was removed.`);
        changed();
      }}><p>No application has it.</p><//>`,
    },
  ]} />`;
}

function Add({ changed }) {
  const form = useForm({ name: "" }, async (values) => {
    await make("~/access/tags", values);
    form.reset({ name: "" });
    toast(`${values.name} was added.`);
    changed();
  });
  return html`<${Form} form=${form} button="Add"><${Text} form=${form} at="/name" label="New tag" /><//>`;
}
