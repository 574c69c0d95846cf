// A new API token: its fields, and then its text, which is shown this once.

import { make } from "../api.js";
import { ROOT } from "../router.js";
import { html, useState } from "../view.js";
import { Form, useForm } from "../parts/form.js";
import { Heading, ShownOnce } from "../parts/page.js";
import { BLANK, bodyOf, Fields } from "../parts/token_fields.js";

export default function Add() {
  const [made, setMade] = useState(null);
  const form = useForm(BLANK, async (values) => {
    const { result } = await make("~/doorward/api_tokens", bodyOf(values));
    form.reset(BLANK);
    setMade(result);
  });
  return html`
    <${Heading} title="Make an API token" back=${["/account/tokens", "API tokens"]} />
    ${made ? html`
      <${ShownOnce} label="Token" value=${made.value}>The token “${made.name}”: copy it to where it is needed.<//>
      <p>Programs send it as <code>Authorization: Bearer …</code> to <code>${location.origin}/client/v4</code>.</p>
      <p><a class="button" href="${ROOT}/account/tokens">Done</a></p>`
    : html`<${Form} form=${form} button="Make the token"><${Fields} form=${form} /><//>`}`;
}
