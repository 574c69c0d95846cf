// The official SDK of the v4 API for npm, through every resource that its users script.

import { Checks } from "./checks.mjs";
import "./localhost_names.mjs";
import { describedFetch } from "./described.mjs";
import { load } from "./packages.mjs";
import { told } from "./told.mjs";

const { default: Cloudflare, NotFoundError } = await load("cloudflare");

const checks = new Checks();
const account_id = told.account_id;
const description = await (await fetch(`${told.api_base}/openapi.json`)).json();
const undescribed = [];
const client = new Cloudflare({ apiToken: told.api_token, baseURL: told.api_base, maxRetries: 0, fetch: describedFetch(description, undescribed) });
const { access, gateway, identityProviders, organizations, seats } = client.zeroTrust;
const everyone = [{ everyone: {} }];

const collected = async (list) => {
  const all = [];
  for await (const one of list) all.push(one);
  return all;
};
const gone = (error) => error instanceof NotFoundError;

// Make, read, change, list, remove. `things` maps the steps to the SDK's calls; what differs between resources is said there.
async function life(what, things) {
  await checks.part(what, async () => {
    const made = await things.make();
    const key = things.key ?? ((one) => one.id);
    checks.that("made", key(made), made);
    const read = await things.read(key(made));
    checks.equal("read", key(read), key(made));
    if (things.change) {
      const changed = await things.change(key(made), read);
      checks.that("changed", things.changed(changed), changed);
      const again = await things.change(key(changed) ?? key(made), await things.read(key(changed) ?? key(made)));
      checks.that("and the same change again changes nothing", things.changed(again), again);
    }
    const now = things.renames ? things.renames : key(made);
    if (things.list) checks.that("listed", (await collected(things.list())).some((one) => key(one) === now));
    if (things.between) await things.between(now);
    await things.remove(now);
    await checks.refused("removed", () => things.read(now), gone);
  });
}

await checks.part("accounts and tokens", async () => {
  checks.equal("the account", (await collected(client.accounts.list())).map((one) => one.id), [account_id]);
  const account = await client.accounts.get({ account_id });
  checks.equal("by its id", account.id, account_id);
  const renamed = await client.accounts.update({ account_id, id: account_id, name: "Harbour Works Ltd", type: account.type });
  checks.equal("renamed", renamed.name, "Harbour Works Ltd");
  await client.accounts.update({ account_id, id: account_id, name: account.name, type: account.type });
  checks.equal("the token is good", (await client.user.tokens.verify()).status, "active");
});

const entra = {
  name: "npm",
  type: "azureAD",
  config: { client_id: told.entra.client_id, client_secret: told.entra.client_secret, directory_id: told.entra.tenant_id, support_groups: true },
};
await life("identity providers", {
  make: () => identityProviders.create({ account_id, ...entra }),
  read: (id) => identityProviders.get(id, { account_id }),
  change: (id, read) => identityProviders.update(id, { account_id, ...read, config: { ...read.config, prompt: "login" } }),
  changed: (one) => one.config.prompt === "login",
  list: () => identityProviders.list({ account_id }),
  between: async (id) => {
    checks.equal("nobody is provisioned", await collected(identityProviders.scim.users.list(id, { account_id })), []);
    checks.equal("nor any group", await collected(identityProviders.scim.groups.list(id, { account_id })), []);
  },
  remove: (id) => identityProviders.delete(id, { account_id }),
});
await life("groups", {
  make: () => access.groups.create({ account_id, name: "npm", include: everyone }),
  read: (id) => access.groups.get(id, { account_id }),
  change: (id, read) => access.groups.update(id, { account_id, ...read, name: "npm 2" }),
  changed: (one) => one.name === "npm 2" && one.include.length === 1,
  list: () => access.groups.list({ account_id }),
  remove: (id) => access.groups.delete(id, { account_id }),
});
await life("policies", {
  make: () => access.policies.create({ account_id, name: "npm", decision: "allow", include: everyone, session_duration: "2h" }),
  read: (id) => access.policies.get(id, { account_id }),
  change: (id, read) => access.policies.update(id, { account_id, ...read, decision: "deny" }),
  changed: (one) => one.decision === "deny" && one.session_duration === "2h",
  list: () => access.policies.list({ account_id }),
  between: async (id) => {
    const test = await access.applications.policyTests.create({ account_id, policies: [id] });
    checks.equal("tested", (await access.applications.policyTests.get(test.id, { account_id })).id, test.id);
    checks.that("on people", Array.isArray(await collected(access.applications.policyTests.users.list(test.id, { account_id }))));
  },
  remove: (id) => access.policies.delete(id, { account_id }),
});
await life("service tokens", {
  make: () => access.serviceTokens.create({ account_id, name: "npm", duration: "60m" }),
  read: (id) => access.serviceTokens.get(id, { account_id }),
  change: (id, read) => access.serviceTokens.update(id, { account_id, ...read, duration: "2h" }),
  changed: (one) => one.duration === "2h",
  list: () => access.serviceTokens.list({ account_id }),
  between: async (id) => {
    checks.that("rotated", (await access.serviceTokens.rotate(id, { account_id })).client_secret);
    checks.equal("refreshed", (await access.serviceTokens.refresh(id, { account_id })).id, id);
  },
  remove: (id) => access.serviceTokens.delete(id, { account_id }),
});
await life("tags", {
  make: () => access.tags.create({ account_id, name: "npm" }),
  key: (one) => one.name,
  read: (name) => access.tags.get(name, { account_id }),
  change: (name) => access.tags.update(name, { account_id, name: "npm 2" }),
  changed: (one) => one.name === "npm 2",
  renames: "npm 2",
  list: () => access.tags.list({ account_id }),
  remove: (name) => access.tags.delete(name, { account_id }),
});
await life("lists", {
  make: () => gateway.lists.create({ account_id, name: "npm", type: "IP", items: [{ value: "203.0.113.0/24" }] }),
  read: (id) => gateway.lists.get(id, { account_id }),
  change: (id) => gateway.lists.update(id, { account_id, name: "npm 2", items: [{ value: "203.0.113.7" }] }),
  changed: (one) => one.name === "npm 2",
  list: () => gateway.lists.list({ account_id }),
  between: async (id) => {
    await gateway.lists.edit(id, { account_id, append: [{ value: "203.0.113.8" }], remove: ["203.0.113.7"] });
    checks.equal("its items", (await collected(gateway.lists.items.list(id, { account_id }))).map((one) => one.value), ["203.0.113.8"]);
  },
  remove: (id) => gateway.lists.delete(id, { account_id }),
});
const html = "<html><body><h1>Ask the harbour master</h1></body></html>";
await life("custom pages", {
  make: () => access.customPages.create({ account_id, name: "npm", type: "forbidden", custom_html: html }),
  key: (one) => one.uid,
  read: (id) => access.customPages.get(id, { account_id }),
  change: (id, read) => access.customPages.update(id, { account_id, name: "npm 2", type: read.type, custom_html: read.custom_html }),
  changed: (one) => one.name === "npm 2",
  list: () => access.customPages.list({ account_id }),
  remove: (id) => access.customPages.delete(id, { account_id }),
});
await life("certificates of clients", {
  make: () => access.certificates.create({ account_id, name: "npm", certificate: told.root, associated_hostnames: [] }),
  read: (id) => access.certificates.get(id, { account_id }),
  change: (id) => access.certificates.update(id, { account_id, name: "npm 2", associated_hostnames: ["npm.localhost"] }),
  changed: (one) => one.name === "npm 2" && one.associated_hostnames[0] === "npm.localhost",
  list: () => access.certificates.list({ account_id }),
  between: async (id) => {
    const settings = [{ hostname: "npm.localhost", client_certificate_forwarding: true, china_network: false }];
    const set = await collected(access.certificates.settings.update({ account_id, settings }));
    checks.that("settings of a host", set.some((one) => one.hostname === "npm.localhost" && one.client_certificate_forwarding), set);
    checks.that("read", (await collected(access.certificates.settings.get({ account_id }))).some((one) => one.hostname === "npm.localhost"));
    await access.certificates.update(id, { account_id, name: "npm 2", associated_hostnames: [] });
  },
  remove: (id) => access.certificates.delete(id, { account_id }),
});
await life("applications", {
  make: () => access.applications.create({ account_id, type: "self_hosted", name: "npm", domain: "npm.localhost" }),
  read: (id) => access.applications.get(id, { account_id }),
  change: (id, read) => access.applications.update(id, { account_id, ...read, name: "npm 2" }),
  changed: (one) => one.name === "npm 2" && one.domain === "npm.localhost",
  list: () => access.applications.list({ account_id }),
  between: ofApplication,
  remove: (id) => access.applications.delete(id, { account_id }),
});
// The contract leaves the bodies of bookmarks undescribed, so `bookmarks.create` and `update` take none: it goes as an option of the request.
const tides = { name: "npm", domain: "npm.harbourworks.example", app_launcher_visible: true };
await life("bookmarks", {
  make: () => access.bookmarks.create("5d0f7a3e-1c94-4b2a-8e67-93a1f0c2d8b5", { account_id }, { body: tides }),
  read: (id) => access.bookmarks.get(id, { account_id }),
  change: (id) => access.bookmarks.update(id, { account_id }, { body: { ...tides, name: "npm 2" } }),
  changed: (one) => one.name === "npm 2",
  list: () => access.bookmarks.list({ account_id }),
  remove: (id) => access.bookmarks.delete(id, { account_id }),
});
await life("bookmarks as applications", {
  make: () => access.applications.create({ account_id, type: "bookmark", name: "npm", domain: "https://npm.harbourworks.example" }),
  read: (id) => access.applications.get(id, { account_id }),
  change: (id, read) => access.applications.update(id, { account_id, ...read, name: "npm 2" }),
  changed: (one) => one.name === "npm 2",
  list: () => access.applications.list({ account_id }),
  remove: (id) => access.applications.delete(id, { account_id }),
});
await life("users", {
  make: () => access.users.create({ account_id, email: "npm@harbourworks.example", name: "Npm" }),
  read: (id) => access.users.get(id, { account_id }),
  change: (id) => access.users.update(id, { account_id, email: "npm@harbourworks.example", name: "Npm 2" }),
  changed: (one) => one.name === "Npm 2",
  list: () => access.users.list({ account_id }),
  between: async (id) => {
    checks.equal("no sessions", await collected(access.users.activeSessions.list(id, { account_id })), []);
    checks.equal("no failed sign-ins", await collected(access.users.failedLogins.list(id, { account_id })), []);
    const seat_uid = (await access.users.get(id, { account_id })).seat_uid;
    const freed = await collected(seats.edit({ account_id, body: [{ seat_uid, access_seat: false, gateway_seat: false }] }));
    checks.equal("no seat", freed.map((one) => one.access_seat), [false]);
  },
  remove: (id) => access.users.delete(id, { account_id }),
});
await checks.part("organisation, keys and logs", async () => {
  const before = await organizations.list({ account_id });
  checks.equal("changed", (await organizations.update({ account_id, session_duration: "12h" })).session_duration, "12h");
  checks.equal("and back", (await organizations.update({ account_id, ...before })).session_duration, before.session_duration);
  // Any other duration is refused until doorward has a resolver.
  checks.equal("DNS over HTTPS", (await organizations.doh.update({ account_id, doh_jwt_duration: "24h" })).doh_jwt_duration, "24h");
  checks.equal("read", (await organizations.doh.get({ account_id })).doh_jwt_duration, "24h");
  checks.equal("a person is revoked", await organizations.revokeUsers({ account_id, email: "npm@harbourworks.example" }), true);
  checks.equal("keys", (await access.keys.update({ account_id, key_rotation_interval_days: 60 })).key_rotation_interval_days, 60);
  checks.equal("read", (await access.keys.get({ account_id })).key_rotation_interval_days, 60);
  checks.that("rotated", (await access.keys.rotate({ account_id })).key_rotation_interval_days);
  const idp_id = [told.scim.idp_id];
  checks.that("provisioning is logged", (await collected(access.logs.scim.updates.list({ account_id, idp_id }))).length > 0);
  checks.that("requests are logged", Array.isArray(await access.logs.accessRequests.list({ account_id })));
});
checks.equal("every answer was as described", [...new Set(undescribed)], []);
checks.finish();

// What belongs to one application.
async function ofApplication(id) {
  const own = { name: "own", decision: "allow", include: everyone, precedence: 3 };
  const policy = await access.applications.policies.create(id, { account_id, ...own });
  checks.equal("a policy of its own", (await access.applications.policies.get(policy.id, { account_id, app_id: id })).precedence, 3);
  const denied = await access.applications.policies.update(policy.id, { account_id, app_id: id, ...own, decision: "deny" });
  checks.equal("changed", denied.decision, "deny");
  checks.equal("listed", (await collected(access.applications.policies.list(id, { account_id }))).map((one) => one.id), [policy.id]);
  await access.applications.policies.delete(policy.id, { account_id, app_id: id });
  const ca = await access.applications.cas.create(id, { account_id });
  checks.equal("a certificate authority", (await access.applications.cas.get(id, { account_id })).id, ca.id);
  checks.that("listed", (await collected(access.applications.cas.list({ account_id }))).some((one) => one.id === ca.id));
  await access.applications.cas.delete(id, { account_id });
  checks.equal("settings", (await access.applications.settings.edit(id, { account_id, allow_iframe: true })).allow_iframe, true);
  checks.equal("replaced", (await access.applications.settings.update(id, { account_id })).allow_iframe, false);
  checks.that("people are checked", await access.applications.userPolicyChecks.list(id, { account_id }));
  await access.applications.revokeTokens(id, { account_id });
}
