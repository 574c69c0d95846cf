// An OpenID Connect provider that nobody here wrote (oidc-provider) with its own sign-in pages, for people the ring names.
// Says on standard output where it listens, and serves until it is ended.

import { generateKeyPairSync } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:https";

import { load } from "./packages.mjs";
import { told } from "./told.mjs";

const { default: Provider } = await load("oidc-provider");
const { callback, clients, people } = told;
const disabled = new Set();

const made = (kid) => ({ ...generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({ format: "jwk" }), kid, use: "sig", alg: "RS256" });
const { kty, n, e, use, alg } = made("strange");

const settings = (key) => ({
  clients: clients.map((one) => ({ ...one, grant_types: ["authorization_code", "refresh_token"], redirect_uris: [callback] })),
  // Claims belong to scopes and are in the ID token; there is no UserInfo address in doorward's settings.
  conformIdTokenClaims: false,
  claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name", "preferred_username"], harbour: ["berth", "mailbox"] },
  scopes: ["openid", "offline_access", "harbour"],
  cookies: { keys: ["of this ring only"] },
  features: { devInteractions: { enabled: true } },
  findAccount: (_, id) => {
    const person = people.find((one) => one.sub === id && !disabled.has(id));
    return person && { accountId: id, claims: () => person };
  },
  jwks: { keys: [key] },
  pkce: { required: () => true },
  ttl: { AccessToken: 600, Grant: 600, IdToken: 600, Interaction: 600, RefreshToken: 600, Session: 600 },
});

const server = createServer({ cert: readFileSync(told.certificate), key: readFileSync(told.key) });
server.listen(told.port, "127.0.0.1", () => {
  const issuer = `https://localhost:${server.address().port}`;
  // What one of them keeps, the next one finds: the package's memory is its module's.
  const provider = (kid) => new Provider(issuer, settings(made(kid))).callback();
  let kid = "quay-1";
  let answer = provider(kid);
  const ring = {
    // The key of a stranger who knows the name of ours.
    "GET /ring/strange/jwks": () => ({ keys: [{ kty, n, e, kid, use, alg }] }),
    "POST /ring/roll-over": () => {
      kid = "quay-2";
      answer = provider(kid);
      return { kid };
    },
    "POST /ring/disable": (query) => ({ disabled: [...disabled.add(query.get("sub"))] }),
  };
  server.on("request", (request, response) => {
    const url = new URL(request.url, issuer);
    const own = ring[`${request.method} ${url.pathname}`];
    if (!own) return answer(request, response);
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify(own(url.searchParams)));
  });
  console.log(JSON.stringify({ issuer }));
});
