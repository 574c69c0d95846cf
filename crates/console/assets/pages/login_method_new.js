// A new login method: the form, and beside it what has to be done at the provider.

import { make, put } from "../api.js";
import { go } from "../router.js";
import { html, useRef, useState } from "../view.js";
import { below } from "../parts/editing.js";
import { EntraGuide, OidcGuide } from "../parts/entra_guide.js";
import { Form, useForm, withoutEmpty } from "../parts/form.js";
import { BLANK, bodyOf, Fields } from "../parts/login_method_fields.js";
import { Heading } from "../parts/page.js";
import { toast } from "../parts/toasts.js";

const TITLES = { entra: "Add Microsoft Entra ID", oidc: "Add an OpenID Connect provider" };

/** With a certificate there is no secret; the certificate follows once the login method is there. */
function bodyToMake(values) {
  const body = bodyOf(values);
  if (values.proof === "certificate") body.config.client_secret = null;
  return body;
}

export default function New({ params }) {
  const made = useRef(null);
  const [isMade, setMade] = useState(false);
  const blank = BLANK[params.type];
  const form = useForm(blank ?? BLANK.entra, async (values) => {
    made.current ??= (await make("~/access/identity_providers", bodyToMake(values))).result;
    setMade(true);
    if (values.proof === "certificate") await below("/credentials", () => put(`~/doorward/identity_providers/${made.current.id}/credentials`, withoutEmpty({ method: "certificate", ...values.credentials })));
    toast(`${made.current.name} was added. Test it now.`);
    go(`/settings/authentication/${made.current.id}`, { replace: true });
  });
  if (!blank) return html`<${Heading} title="Add a login method" back=${["/settings/authentication/add", "Kinds"]} lead="There is no such kind." />`;
  return html`
    <${Heading} title=${TITLES[params.type]} back=${["/settings/authentication/add", "Kinds"]} />
    ${isMade && html`<p class="notice warning" role="status">${made.current.name} was added. Its certificate was not taken yet; everything else can be changed on its page.</p>`}
    <div class="beside">
      <${Form} form=${form}><${Fields} form=${form} isNew=${true} /><//>
      ${params.type === "entra" ? html`<${EntraGuide} />` : html`<${OidcGuide} />`}
    </div>`;
}
