// MSAL Node against the simulator alone: codes, refresh, secret and certificate, silent renewal, claims challenges.

import { Checks } from "./checks.mjs";
import { load } from "./packages.mjs";
import { person, told } from "./told.mjs";
import { Visitor } from "./visitor.mjs";

const { default: msal } = await load("@azure/msal-node");
const { entra, callback: redirectUri } = told;
const checks = new Checks();
const mara = person("mara");
const ownApi = [`api://${entra.client_id}/.default`];
const graphApi = [`${entra.graph}/.default`];

// The claims of a token, unverified: MSAL has taken it, this looks inside.
const read = (token) => JSON.parse(Buffer.from(token.split(".")[1], "base64url"));
const wish = (kind, context) => JSON.stringify({ [kind]: { acrs: { essential: true, value: context } } });

function client(credential = { clientSecret: entra.client_secret }, clientId = entra.client_id, more = {}) {
  const auth = { clientId, authority: entra.authority, knownAuthorities: [new URL(entra.authority).host], ...credential, ...more };
  return new msal.ConfidentialClientApplication({ auth });
}

// The authorization code flow of MSAL; the person fills in what Entra asks.
async function signIn(app, visitor, scopes = ["User.Read"], more = {}) {
  const { verifier, challenge } = await new msal.CryptoProvider().generatePkceCodes();
  const state = new msal.CryptoProvider().createNewGuid();
  const asked = { scopes, redirectUri, state, responseMode: "query", codeChallenge: challenge, codeChallengeMethod: "S256", ...more };
  const back = await visitor.open(await app.getAuthCodeUrl(asked));
  const answer = Object.fromEntries(back.fields ? Object.entries(back.fields) : back.url.searchParams);
  if (answer.error) throw Object.assign(new Error(answer.error_description), { errorCode: answer.error });
  const { nonce, claims } = more;
  return app.acquireTokenByCode({ scopes, redirectUri, code: answer.code, codeVerifier: verifier, state, claims }, { ...answer, nonce, state });
}

// The same cache an hour and a half later: its access tokens have run out, its refresh tokens have not.
function outdated(app) {
  const content = JSON.parse(app.getTokenCache().serialize());
  for (const entry of Object.values(content.AccessToken)) {
    for (const name of ["cached_at", "expires_on", "extended_expires_on"]) entry[name] = String(Number(entry[name]) - 5400);
  }
  const later = client();
  later.getTokenCache().deserialize(JSON.stringify(content));
  return later;
}

const visitor = new Visitor(mara);
const app = client();
let account;

await checks.part("authorization code with PKCE", async () => {
  const nonce = new msal.CryptoProvider().createNewGuid();
  const tokens = await signIn(app, visitor, ["User.Read"], { nonce });
  account = tokens.account;
  const claims = tokens.idTokenClaims;
  checks.equal("issuer, audience, tenant", [claims.iss, claims.aud, claims.tid], [`${entra.authority}/v2.0`, entra.client_id, entra.tenant_id]);
  checks.equal("name and nonce", [claims.preferred_username, claims.nonce], [mara.upn, nonce]);
  checks.equal("MSAL's account is the person in her tenant", account.homeAccountId, `${claims.oid}.${claims.tid}`);
  const me = await fetch(`${entra.graph}/v1.0/me`, { headers: { authorization: `Bearer ${tokens.accessToken}` } });
  checks.equal("her token opens Graph", (await me.json()).id, claims.oid);
  const posted = await signIn(client(), visitor, ["User.Read"], { responseMode: "form_post", loginHint: mara.upn });
  checks.equal("and by a posted form", posted.account.username, mara.upn);
  await checks.refused("another state is refused by MSAL", async () => {
    const url = await app.getAuthCodeUrl({ scopes: ["User.Read"], redirectUri, state: "one" });
    const back = await visitor.open(url);
    const code = back.url.searchParams.get("code");
    return app.acquireTokenByCode({ scopes: ["User.Read"], redirectUri, code, state: "another" }, Object.fromEntries(back.url.searchParams));
  }, (error) => error.errorCode === "state_mismatch");
  await checks.refused("another verifier is refused by Entra", async () => {
    const { challenge } = await new msal.CryptoProvider().generatePkceCodes();
    const { verifier } = await new msal.CryptoProvider().generatePkceCodes();
    const url = await app.getAuthCodeUrl({ scopes: ["User.Read"], redirectUri, codeChallenge: challenge, codeChallengeMethod: "S256" });
    const back = await visitor.open(url);
    return app.acquireTokenByCode({ scopes: ["User.Read"], redirectUri, code: back.url.searchParams.get("code"), codeVerifier: verifier });
  }, (error) => error.errorCode === "invalid_grant" && error.message.includes("AADSTS501481"));
});

await checks.part("silent renewal", async () => {
  const scopes = ["User.Read"];
  const cached = await app.acquireTokenSilent({ account, scopes });
  checks.equal("a good token comes from MSAL's cache", cached.fromCache, true);
  const renewed = await outdated(app).acquireTokenSilent({ account, scopes });
  checks.equal("one that ran out is renewed", [renewed.fromCache, renewed.accessToken === cached.accessToken], [false, false]);
  const forced = await app.acquireTokenSilent({ account, scopes, forceRefresh: true });
  checks.equal("and so is a good one when that is asked for", [forced.fromCache, forced.accessToken === cached.accessToken], [false, false]);
  const other = await app.acquireTokenSilent({ account, scopes: ownApi });
  checks.equal("one refresh token serves another resource", read(other.accessToken).aud, entra.client_id);
  const silent = await signIn(client(), visitor, scopes, { prompt: "none" });
  checks.equal("the browser's session serves prompt=none", silent.account.username, mara.upn);
  const stranger = new Visitor(mara);
  await checks.refused("which fails in another browser, without a page", () => signIn(client(), stranger, scopes, { prompt: "none" }),
    (error) => error.errorCode === "login_required" && stranger.signIns === 0);
});

await checks.part("a claims challenge", async () => {
  const fresh = client(undefined, undefined, { clientCapabilities: ["CP1"] });
  const plain = await signIn(fresh, visitor, ownApi);
  checks.equal("no context without a wish", [plain.idTokenClaims.acrs, read(plain.accessToken).acrs], [undefined, undefined]);
  const named = await signIn(fresh, visitor, ["User.Read"], { claims: wish("id_token", "c2") });
  checks.equal("the ID token has the context", named.idTokenClaims.acrs, ["c2"]);
  const stepped = await fresh.acquireTokenSilent({ account: plain.account, scopes: ownApi, claims: wish("access_token", "c2") });
  checks.equal("MSAL goes past its cache for it", stepped.fromCache, false);
  checks.equal("and the new token has the new context", read(stepped.accessToken).acrs, ["c2"]);
  const asked = await signIn(fresh, visitor, ownApi, { claims: wish("access_token", "c1") });
  checks.equal("so has one that was asked for at the sign-in", read(asked.accessToken).acrs, ["c1"]);
});

await checks.part("a claims challenge behind a policy", async () => {
  const claims = wish("access_token", told.step_up);
  const fresh = client(undefined, undefined, { clientCapabilities: ["CP1"] });
  const stepping = new Visitor(mara);
  const { account: who } = await signIn(fresh, stepping, ownApi);
  const silently = () => fresh.acquireTokenSilent({ account: who, scopes: ownApi, claims });
  const refused = await checks.refused("silently it is refused", silently,
    (error) => error instanceof msal.InteractionRequiredAuthError && error.message.includes("AADSTS50076"));
  checks.that("with what is missing as claims", JSON.parse(refused.claims).access_token.capolids, refused.claims);
  const stepped = await signIn(fresh, stepping, ownApi, { claims });
  checks.equal("the person types a code, and no password", [stepping.codes, stepping.signIns], [1, 1]);
  checks.equal("and the token has the context", read(stepped.accessToken).acrs, [told.step_up]);
  checks.equal("from then on silently", read((await silently()).accessToken).acrs, [told.step_up]);
});

await checks.part("client credentials", async () => {
  const admin = entra.admin_client_id;
  const answer = await client({ clientSecret: entra.admin_client_secret }, admin).acquireTokenByClientCredential({ scopes: graphApi });
  const claims = read(answer.accessToken);
  checks.equal("with the secret", [claims.idtyp, claims.appidacr], ["app", "1"]);
  await checks.refused("not with a wrong one", () => client({ clientSecret: "guess" }, admin).acquireTokenByClientCredential({ scopes: graphApi }),
    (error) => error.errorCode === "invalid_client" && error.message.includes("AADSTS7000215"));
  const { uploaded, stranger } = told;
  const certificate = (one) => ({ clientCertificate: { thumbprintSha256: one.thumbprint_sha256, privateKey: one.private_key, x5c: one.certificate } });
  await checks.refused("not with a certificate nobody uploaded",
    () => client(certificate(stranger), admin).acquireTokenByClientCredential({ scopes: graphApi }),
    (error) => error.errorCode === "invalid_client" && error.message.includes("AADSTS700027"));
  const held = client(certificate(uploaded), admin);
  const first = await held.acquireTokenByClientCredential({ scopes: graphApi });
  checks.equal("with the one that was", read(first.accessToken).appidacr, "2");
  const again = await held.acquireTokenByClientCredential({ scopes: graphApi });
  checks.equal("the next one comes from the cache", [again.fromCache, again.accessToken], [true, first.accessToken]);
  const tokens = await signIn(client(certificate(uploaded)), visitor);
  checks.equal("a code is redeemed with the certificate", tokens.idTokenClaims.aud, entra.client_id);
  const mixed = { ...uploaded, private_key: stranger.private_key };
  await checks.refused("another key under its name is refused",
    () => client(certificate(mixed), admin).acquireTokenByClientCredential({ scopes: graphApi }), (error) => error.errorCode === "invalid_client");
});

await checks.part("the end", async () => {
  const admin = await client({ clientSecret: entra.admin_client_secret }, entra.admin_client_id).acquireTokenByClientCredential({ scopes: graphApi });
  const headers = { authorization: `Bearer ${admin.accessToken}` };
  const revoked = await fetch(`${entra.graph}/v1.0/users/${mara.upn}/revokeSignInSessions`, { method: "POST", headers });
  checks.equal("her sessions are revoked", revoked.status, 200);
  await checks.refused("and renew nothing", () => app.acquireTokenSilent({ account, scopes: ["User.Read"], forceRefresh: true }),
    (error) => error.errorCode === "invalid_grant");
});

checks.finish();
