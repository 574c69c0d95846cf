// A person with a browser that knows no script: follows redirects, keeps cookies and fills in Entra's forms.

import { told } from "./told.mjs";

const MOST_STEPS = 24;
// What everybody's authenticator shows in the simulator.
const AUTHENTICATOR = "123456";

function unescaped(text) {
  const signs = { amp: "&", lt: "<", gt: ">", quot: '"', "#34": '"', "#39": "'", "#38": "&", "#60": "<", "#62": ">", "#x27": "'", "#x2f": "/" };
  return text.replace(/&([^;\s]{1,6});/g, (whole, name) => signs[name.toLowerCase()] ?? whole);
}

function attribute(tag, name) {
  const found = new RegExp(`\\b${name}="([^"]*)"`).exec(tag);
  return found ? unescaped(found[1]) : undefined;
}

// The first form of a page.
function form(html) {
  const [tag] = /<form\b[^>]*>/.exec(html) ?? [];
  if (!tag) return undefined;
  const fields = {};
  for (const [input] of html.matchAll(/<input\b[^>]*>/g)) {
    const name = attribute(input, "name");
    if (name) fields[name] = attribute(input, "value") ?? "";
  }
  return { action: attribute(tag, "action"), fields };
}

export class Visitor {
  #cookies = new Map();
  // How often this person typed a password.
  signIns = 0;
  // How often a code of the authenticator.
  codes = 0;

  constructor(person) {
    this.person = person;
    this.entra = new URL(told.entra.authority).host;
  }

  async #ask(url, body) {
    const headers = { cookie: [...this.#cookies].map(([name, value]) => `${name}=${value}`).join("; ") };
    const answer = await fetch(url, { method: body ? "POST" : "GET", body, headers, redirect: "manual", signal: AbortSignal.timeout(20_000) });
    for (const line of answer.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line);
      if (/max-age=0\b/i.test(line)) this.#cookies.delete(name);
      else this.#cookies.set(name, value);
    }
    return answer;
  }

  // Goes through whatever sign-in comes until Entra sends the browser to `until`: returns { url } of that redirect,
  // or { fields } of the form that would be posted there.
  async open(address, until = told.callback) {
    let url = new URL(address);
    let body;
    for (let step = 0; step < MOST_STEPS; step += 1) {
      const answer = await this.#ask(url, body);
      const text = await answer.text();
      body = undefined;
      const location = answer.headers.get("location");
      if (location) {
        url = new URL(location, url);
        if (url.href.startsWith(until)) return { url };
        continue;
      }
      const found = form(text);
      if (!found || text.includes('role="alert"')) throw new Error(`the sign-in stayed at ${url}: ${text}`);
      url = new URL(found.action, url);
      if (url.href.startsWith(until)) return { fields: found.fields };
      if (url.host !== this.entra) throw new Error(`a form for ${url}`);
      body = new URLSearchParams(this.#filled(text, found.fields));
    }
    throw new Error(`no end of steps, last ${url}`);
  }

  // The page behind an address, without following anything.
  async page(address) {
    return (await this.#ask(new URL(address))).text();
  }

  #filled(html, fields) {
    const tile = [...html.matchAll(/<button\b[^>]*name="account"[^>]*>/g)].map(([tag]) => attribute(tag, "value"));
    if ("passwd" in fields) {
      this.signIns += 1;
      return { ...fields, passwd: this.person.password };
    }
    if ("otc" in fields) {
      this.codes += 1;
      return { ...fields, otc: AUTHENTICATOR };
    }
    if ("loginfmt" in fields) return { ...fields, loginfmt: this.person.upn };
    return tile.length ? { ...fields, account: tile[0] } : fields;
  }
}
