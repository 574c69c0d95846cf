// A new login method: the form, and beside it what has to be done at the provider.

import { make } from "../api.js";
import { go } from "../router.js";
import { html } from "../view.js";
import { EntraGuide, OidcGuide } from "../parts/entra_guide.js";
import { Form, useForm } from "../parts/form.js";
import { BLANK, bodyOf, Fields } from "../parts/login_method_fields.js";
import { Heading } from "../parts/page.js";
import { toast } from "../parts/toasts.js";

const TITLES = { entra: "Add Microsoft Entra ID", oidc: "Add an OpenID Connect provider" };

export default function New({ params }) {
  const blank = BLANK[params.type];
  const form = useForm(blank ?? BLANK.entra, async (values) => {
    const { result } = await make("~/access/identity_providers", bodyOf(values));
    toast(`${result.name} was added. Test it now.`);
    go(`/settings/authentication/${result.id}`, { replace: true });
  });
  if (!blank) return html`<${Heading} title="Add a login method" back=${["/settings/authentication/add", "Kinds"]} lead="There is no such kind." />`;
  return html`
    <${Heading} title=${TITLES[params.type]} back=${["/settings/authentication/add", "Kinds"]} />
    <div class="beside">
      <${Form} form=${form}><${Fields} form=${form} isNew=${true} /><//>
      ${params.type === "entra" ? html`<${EntraGuide} />` : html`<${OidcGuide} />`}
    </div>`;
}
