// openid-client, a certified relying party, against the simulator alone.

import { webcrypto } from "node:crypto";

import { Checks } from "./checks.mjs";
import { load } from "./packages.mjs";
import { person, told } from "./told.mjs";
import { Visitor } from "./visitor.mjs";

// Node 18 has it, but not under this name.
globalThis.crypto ??= webcrypto;
const oidc = await load("openid-client");
const { entra, callback } = told;
const checks = new Checks();
const mara = person("mara");
const visitor = new Visitor(mara);
const scope = "openid profile email offline_access User.Read";
const issuer = new URL(`${entra.authority}/v2.0`);

async function configuration(authentication = oidc.ClientSecretPost(entra.client_secret)) {
  const found = await oidc.discovery(issuer, entra.client_id, {}, authentication);
  // Signatures are checked against the published keys, although TLS would do for tokens from the token endpoint.
  oidc.enableNonRepudiationChecks(found);
  return found;
}

// Asks with PKCE, state and nonce and lets the person sign in.
async function signIn(config, more = {}, who = visitor) {
  const pkceCodeVerifier = oidc.randomPKCECodeVerifier();
  const [expectedState, expectedNonce] = [oidc.randomState(), oidc.randomNonce()];
  const asked = { redirect_uri: callback, scope, state: expectedState, nonce: expectedNonce, code_challenge_method: "S256", ...more };
  asked.code_challenge = await oidc.calculatePKCECodeChallenge(pkceCodeVerifier);
  const back = await who.open(oidc.buildAuthorizationUrl(config, asked));
  // What the browser brings: an address, or a posted form.
  const headers = { "content-type": "application/x-www-form-urlencoded" };
  const brought = back.url ?? new Request(callback, { method: "POST", headers, body: new URLSearchParams(back.fields) });
  return { brought, expected: { pkceCodeVerifier, expectedState, expectedNonce } };
}

async function tokensBy(config, more) {
  const { brought, expected } = await signIn(config, more);
  return oidc.authorizationCodeGrant(config, brought, expected);
}

const config = await configuration();
let tokens;

await checks.part("discovery", () => {
  const said = config.serverMetadata();
  checks.equal("issuer", said.issuer, issuer.href);
  checks.equal("ways to answer", said.response_modes_supported, ["query", "fragment", "form_post"]);
  checks.that("PKCE is not announced, as in Entra's own document", !said.supportsPKCE());
});

await checks.part("authorization code with PKCE", async () => {
  tokens = await tokensBy(config);
  const claims = tokens.claims();
  checks.equal("issuer and audience", [claims.iss, claims.aud], [issuer.href, entra.client_id]);
  checks.equal("who", [claims.preferred_username, claims.name, claims.email], [mara.upn, "Mara Lindqvist", mara.upn]);
  const basic = await tokensBy(await configuration(oidc.ClientSecretBasic(entra.client_secret)));
  checks.equal("the secret in a header serves too, and the subject is the same", basic.claims().sub, claims.sub);
  const posted = await tokensBy(config, { response_mode: "form_post" });
  checks.equal("an answer by posted form", posted.claims().sub, claims.sub);
});

await checks.part("what it refuses", async () => {
  const { brought, expected } = await signIn(config);
  await checks.refused("another state", () => oidc.authorizationCodeGrant(config, brought, { ...expected, expectedState: "another" }),
    (error) => error.code === "OAUTH_INVALID_RESPONSE");
  await checks.refused("another nonce", () => oidc.authorizationCodeGrant(config, brought, { ...expected, expectedNonce: "another" }),
    (error) => error.code === "OAUTH_JWT_CLAIM_COMPARISON_FAILED");
  await checks.refused("the same code twice", () => oidc.authorizationCodeGrant(config, brought, expected),
    (error) => error.error === "invalid_grant" && error.error_description.startsWith("AADSTS54005"));
  const other = await signIn(config);
  const pkceCodeVerifier = oidc.randomPKCECodeVerifier();
  await checks.refused("another verifier", () => oidc.authorizationCodeGrant(config, other.brought, { ...other.expected, pkceCodeVerifier }),
    (error) => error.error === "invalid_grant" && error.error_description.startsWith("AADSTS501481"));
  const wrong = await configuration(oidc.ClientSecretPost("guess"));
  const third = await signIn(wrong);
  await checks.refused("a wrong secret", () => oidc.authorizationCodeGrant(wrong, third.brought, third.expected),
    (error) => error.error === "invalid_client" && error.status === 401);
  const silent = await signIn(config, { prompt: "none" }, new Visitor(mara));
  await checks.refused("prompt=none without a session", () => oidc.authorizationCodeGrant(config, silent.brought, silent.expected),
    (error) => error.error === "login_required");
});

await checks.part("refresh and UserInfo", async () => {
  const fresh = await oidc.refreshTokenGrant(config, tokens.refresh_token, { scope });
  checks.that("a new access token", fresh.access_token && fresh.access_token !== tokens.access_token);
  checks.equal("a new ID token of the same person", fresh.claims().sub, tokens.claims().sub);
  checks.that("a new refresh token, while the old one still serves",
    fresh.refresh_token !== tokens.refresh_token && (await oidc.refreshTokenGrant(config, tokens.refresh_token)).access_token);
  const info = await oidc.fetchUserInfo(config, fresh.access_token, tokens.claims().sub);
  checks.equal("UserInfo is of the same subject", [info.sub, info.email, info.name], [tokens.claims().sub, mara.upn, "Mara Lindqvist"]);
  await checks.refused("a broken refresh token", () => oidc.refreshTokenGrant(config, `${tokens.refresh_token}x`),
    (error) => error.error === "invalid_grant");
});

await checks.part("hybrid flow", async () => {
  const script = await oidc.discovery(issuer, entra.admin_client_id, {}, oidc.ClientSecretPost(entra.admin_client_secret));
  const { access_token: token } = await oidc.clientCredentialsGrant(script, { scope: `${entra.graph}/.default` });
  const headers = new Headers({ "content-type": "application/json" });
  const body = JSON.stringify({ web: { implicitGrantSettings: { enableIdTokenIssuance: true, enableAccessTokenIssuance: false } } });
  const changed = await oidc.fetchProtectedResource(script, token, new URL(`${entra.graph}/v1.0/applications/${entra.object_id}`), "PATCH", body, headers);
  checks.equal("an administrator's script allows ID tokens from the authorize endpoint", changed.status, 204);
  const both = await configuration();
  oidc.useCodeIdTokenResponseType(both);
  checks.equal("code and ID token fit together", (await tokensBy(both, { response_mode: "form_post" })).claims().sub, tokens.claims().sub);
});

await checks.part("keys", async () => {
  const rolled = await fetch(`${entra.graph}/sim/keys/roll`, { method: "POST", body: JSON.stringify({ how: "planned" }) });
  checks.equal("they roll", rolled.status, 204);
  checks.equal("and a client that starts afterwards verifies", (await tokensBy(await configuration())).claims().sub, tokens.claims().sub);
});

await checks.part("sign-out", async () => {
  const state = oidc.randomState();
  const url = oidc.buildEndSessionUrl(config, { post_logout_redirect_uri: callback, id_token_hint: tokens.id_token, state });
  checks.that("the address comes from discovery", url.href.startsWith(`${entra.authority}/oauth2/v2.0/logout?`), url.href);
  const page = await visitor.page(url);
  checks.that("the page leads back, with the state", page.includes(`${callback}?state=${state}`), page);
  const { brought, expected } = await signIn(config, { prompt: "none" });
  await checks.refused("and the browser's session is gone", () => oidc.authorizationCodeGrant(config, brought, expected),
    (error) => error.error === "login_required");
});

checks.finish();
