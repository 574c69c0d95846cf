// A new list.

import { make } from "../api.js";
import { go } from "../router.js";
import { html } from "../view.js";
import { Area, Choice, Form, Text, useForm } from "../parts/form.js";
import { atLines, entriesOf } from "../parts/list_lines.js";
import { Heading } from "../parts/page.js";
import { toast } from "../parts/toasts.js";
import { TYPES } from "./lists.js";

export default function Add() {
  const form = useForm({ name: "", type: "EMAIL", description: "", lines: "" }, async ({ lines, description, ...values }) => {
    const items = entriesOf(lines);
    try {
      const { result } = await make("~/gateway/lists", { ...values, ...(description && { description }), items });
      toast(`${result.name} was added.`);
      go(`/access/lists/${result.id}`, { replace: true });
    } catch (error) {
      throw error.faults ? atLines(error, "items", items) : error;
    }
  });
  return html`
    <${Heading} title="Add a list" back=${["/access/lists", "Lists"]} />
    <${Form} form=${form} button="Add">
      <${Text} form=${form} at="/name" label="Name" required />
      <${Choice} form=${form} at="/type" label="Holds" options=${Object.entries(TYPES)} hint="This cannot be changed later." />
      <${Text} form=${form} at="/description" label="What it is for" />
      <${Area} form=${form} at="/lines" label="Entries" rows=${8} hint="One a line; behind the address there may be a remark. They can be added later, too." />
    <//>`;
}
