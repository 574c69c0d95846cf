// A new service token; its secret is shown here and never again.

import { make } from "../api.js";
import { ROOT } from "../router.js";
import { html, useState } from "../view.js";
import { Form, useForm } from "../parts/form.js";
import { Heading } from "../parts/page.js";
import { Secret, TokenFields } from "../parts/service_token_fields.js";

export default function Add() {
  const [made, setMade] = useState(null);
  const form = useForm({ name: "", duration: "8760h" }, async (values) => {
    setMade((await make("~/access/service_tokens", values)).result);
    form.reset(values);
  });
  const heading = html`<${Heading} title=${made ? made.name : "Add a service token"} back=${["/access/service-tokens", "Service tokens"]} />`;
  if (!made) return html`${heading}<${Form} form=${form} button="Add"><${TokenFields} form=${form} /><//>`;
  return html`
    ${heading}
    <div class="form"><${Secret} token=${made} /></div>
    <p>It opens nothing yet: name it in a policy that does <em>Service Auth</em>.</p>
    <div class="actions"><a class="button" href="${ROOT}/access/service-tokens/${made.id}">I have copied it</a></div>`;
}
