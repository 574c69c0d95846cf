// The kinds of rules that doorward can judge: what each is called, what it does in a sentence, what it looks at, and what it holds.

/** Which kinds stand together in the choice, and in which policies they are judged at all. */
export const ABOUT = {
  person: "Who they are", sign_in: "How they signed in", place: "Where they come from", device: "Device and risk", program: "Programs", other: "Other",
};

/**
 * `control` says how the value is entered (rule_values.js), `member` which member holds it, `blank` what a new one holds.
 * @type {Record<string, {words: string, says: string, about: keyof typeof ABOUT, control: string, member?: string, hint?: string, blank: any}>}
 */
export const KINDS = {
  azureAD: {
    words: "Entra ID group", about: "person", control: "group", blank: { id: "", identity_provider_id: "" },
    says: "Members of this group of the directory, also through groups in it. The rule holds the object id, so that renaming changes nothing.",
  },
  email: {
    words: "E-mail address", about: "person", control: "text", member: "email", hint: "mara@harbourworks.example", blank: { email: "" },
    says: "The person with this address, as far as the login method vouches for addresses.",
  },
  email_domain: {
    words: "E-mail domain", about: "person", control: "text", member: "domain", hint: "harbourworks.example", blank: { domain: "" },
    says: "Everybody with an address after this @. Sub-domains are others.",
  },
  email_list: { words: "List of e-mail addresses", about: "person", control: "list", member: "id", blank: { id: "" }, says: "Everybody whose address is on the list (Access > Lists)." },
  everyone: { words: "Everyone", about: "other", control: "none", blank: {}, says: "Anybody. An Allow policy still wants a sign-in." },
  group: { words: "Rule group", about: "other", control: "rule_group", member: "id", blank: { id: "" }, says: "Whoever the rules of this group fit (Access > Rule groups)." },
  login_method: { words: "Login method", about: "sign_in", control: "idp", member: "id", blank: { id: "" }, says: "Whoever signed in through this login method." },
  auth_method: {
    words: "Method of the sign-in (amr)", about: "sign_in", control: "method", member: "auth_method", hint: "mfa", blank: { auth_method: "" },
    says: "The provider said that this was used at the sign-in: mfa stands for more than a password.",
  },
  auth_context: {
    words: "Authentication context (Conditional Access)", about: "sign_in", control: "context", blank: { id: "", ac_id: "", identity_provider_id: "" },
    says: "Entra says that the demands of this context are met. Who has not met them yet is sent there once more.",
  },
  oidc: {
    words: "Claim of the sign-in", about: "sign_in", control: "claim", blank: { claim_name: "", claim_value: "", identity_provider_id: "" },
    says: "The claim of the ID token is this value, or a list that holds it. The login method has to carry the claim.",
  },
  ip: { words: "IP address or range", about: "place", control: "text", member: "ip", hint: "203.0.113.0/24", blank: { ip: "" }, says: "The request comes from there. Looked at with every request." },
  ip_list: { words: "List of IP addresses", about: "place", control: "list", member: "id", blank: { id: "" }, says: "The request comes from a network on the list (Access > Lists). Looked at with every request." },
  geo: { words: "Country", about: "place", control: "country", member: "country_code", blank: { country_code: "" }, says: "The country of the address, as a trusted proxy in front tells it. Looked at with every request." },
  device_posture: { words: "Device posture", about: "device", control: "posture", member: "integration_uid", blank: { integration_uid: "" }, says: "The check of the person's devices holds at this moment." },
  user_risk_score: { words: "Risk of the person", about: "device", control: "risk", member: "user_risk_score", blank: { user_risk_score: ["low"] }, says: "Entra ID Protection gives the person one of these levels at this moment." },
  service_token: { words: "Service token", about: "program", control: "token", member: "token_id", blank: { token_id: "" }, says: "The program shows this token." },
  any_valid_service_token: { words: "Any valid service token", about: "program", control: "none", blank: {}, says: "The program shows any token that is valid." },
  linked_app_token: { words: "Linked application", about: "program", control: "app", member: "app_uid", blank: { app_uid: "" }, says: "The request carries a token that was given out for this other application, which calls on somebody's behalf." },
  certificate: { words: "Any client certificate", about: "program", control: "none", blank: {}, says: "The client shows a certificate of an authority of this host." },
  common_name: { words: "Client certificate by its common name", about: "program", control: "text", member: "common_name", hint: "tug-7", blank: { common_name: "" }, says: "The client shows a certificate of an authority of this host with exactly this common name." },
  external_evaluation: {
    words: "External evaluation", about: "other", control: "evaluation", blank: { evaluate_url: "", keys_url: "" },
    says: "An endpoint of yours says yes. It is asked at the sign-in with the person's identity; no answer lets nobody in.",
  },
};

/** Kinds that say who somebody is, for the console's own policy. */
export const PEOPLE = ["azureAD", "email", "email_domain"];

const needsPerson = (kind) => ["person", "sign_in", "device"].includes(KINDS[kind].about) || kind === "external_evaluation";
const isOfTokens = (kind) => ["service_token", "any_valid_service_token", "linked_app_token"].includes(kind);

/** The kinds that a policy of this decision looks at. */
export function kindsFor(decision) {
  const all = Object.keys(KINDS);
  if (decision === "allow") return all.filter((kind) => !isOfTokens(kind));
  if (decision === "bypass" || decision === "non_identity") return all.filter((kind) => !needsPerson(kind));
  return all;
}

/** A new rule of a kind; where there is one Entra ID, its groups are meant. */
export function blankRule(kind, idps) {
  const body = { ...KINDS[kind].blank };
  if ("identity_provider_id" in body) body.identity_provider_id = idps.find((idp) => kind === "oidc" || idp.type === "azureAD")?.id ?? "";
  return { [kind]: body };
}

/** What a rule holds, as a person may look it up by name: the kind of thing and its id. */
export function refersTo(rule) {
  const [kind, body] = Object.entries(rule)[0];
  const things = { email_list: "lists", ip_list: "lists", group: "groups", login_method: "idps", service_token: "tokens", linked_app_token: "apps", device_posture: "posture" };
  if (kind === "azureAD") return { thing: "directory", id: body.id, idp: body.identity_provider_id };
  return things[kind] ? { thing: things[kind], id: body[KINDS[kind].member] } : null;
}

const COUNTRIES = new Intl.DisplayNames(undefined, { type: "region", fallback: "code" });
export const countryName = (code) => {
  try {
    return COUNTRIES.of(code.toUpperCase());
  } catch {
    return code;
  }
};

/** What a rule says, in words; `names` has the names of what it refers to, by id. */
export function ruleInWords(rule, names = {}) {
  const [kind, body] = Object.entries(rule)[0];
  const known = KINDS[kind];
  if (!known) return `${kind} ${JSON.stringify(body)}`;
  const named = (id) => names[id] ?? id;
  if (kind === "azureAD") return `Entra ID group ${named(body.id)}`;
  if (kind === "auth_context") return `Authentication context ${body.ac_id}`;
  if (kind === "oidc") return `Claim ${body.claim_name} is ${body.claim_value}`;
  if (kind === "geo") return `Country ${countryName(body.country_code)}`;
  if (kind === "user_risk_score") return `Risk ${(body.user_risk_score ?? []).join(", ")}`;
  if (kind === "external_evaluation") return `External evaluation ${body.evaluate_url}`;
  const value = known.member ? named(body[known.member]) : "";
  return `${known.words}${value ? ` ${value}` : ""}`;
}
