// Microsoft's Graph client against the simulator alone: paging, memberships, throttling.

import { Checks } from "./checks.mjs";
import { load } from "./packages.mjs";
import { person, told } from "./told.mjs";

const { Client, GraphError, PageIterator } = await load("@microsoft/microsoft-graph-client");
const { default: msal } = await load("@azure/msal-node");
const { entra } = told;
const checks = new Checks();
const mara = person("mara");

const host = new URL(entra.authority);
const auth = { clientId: entra.admin_client_id, clientSecret: entra.admin_client_secret, authority: entra.authority, knownAuthorities: [host.host] };
const app = new msal.ConfidentialClientApplication({ auth });
const authProvider = { getAccessToken: async () => (await app.acquireTokenByClientCredential({ scopes: [`${entra.graph}/.default`] })).accessToken };
const client = Client.initWithMiddleware({ authProvider, baseUrl: entra.graph, customHosts: new Set([host.hostname]) });

async function control(method, path, body) {
  const answer = await fetch(`${entra.graph}/sim/${path}`, { method, body: body && JSON.stringify(body) });
  if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${await answer.text()}`);
  return answer.status === 204 ? undefined : answer.json();
}

const held = await control("GET", "tenant");
const distinct = (found) => new Set(found.map((one) => one.id)).size;

await checks.part("lists in pages", async () => {
  await control("PUT", "paging", { page_size: 7 });
  const first = await client.api("/groups").select("id,displayName").get();
  checks.equal("the page size is forced", [first.value.length, "@odata.nextLink" in first], [7, true]);
  const found = [];
  const iterator = new PageIterator(client, first, (one) => found.push(one) < 20);
  await iterator.iterate();
  checks.equal("the iterator stops in the middle of a page", [found.length, iterator.isComplete()], [20, false]);
  await iterator.resume();
  // The next one makes it stop again.
  checks.equal("it goes on behind that one", [found.length, distinct(found)], [21, 21]);
  const all = [];
  await new PageIterator(client, first, (one) => Boolean(all.push(one))).iterate();
  checks.equal("all of them arrive, each once", [all.length, distinct(all)], [held.groups, held.groups]);
  await control("PUT", "paging", { page_size: null });
  const people = await client.api("/users").select("id").top(200).get();
  const everyone = [];
  await new PageIterator(client, people, (one) => Boolean(everyone.push(one))).iterate();
  checks.equal("people by 200", [people.value.length, everyone.length, distinct(everyone)], [200, held.people, held.people]);
});

await checks.part("memberships", async () => {
  await control("PUT", "paging", { page_size: 2 });
  const first = await client.api(`/users/${mara.upn}/transitiveMemberOf/microsoft.graph.group`)
    .header("ConsistencyLevel", "eventual").count(true).select("id,displayName").get();
  const groups = [];
  await new PageIterator(client, first, (one) => Boolean(groups.push(one)), { headers: { ConsistencyLevel: "eventual" } }).iterate();
  checks.equal("counted", groups.length, first["@odata.count"]);
  const names = groups.map((group) => group.displayName);
  checks.that("nested ones included", names.includes("Pilots") && names.includes("Night Pilots"), names);
  await control("PUT", "paging", { page_size: null });
  const direct = await client.api(`/users/${mara.upn}/memberOf`).get();
  checks.that("direct ones without", !direct.value.some((group) => group.displayName === "Pilots"), direct.value);
  const { value: ids } = await client.api(`/users/${mara.upn}/getMemberGroups`).post({ securityEnabledOnly: false });
  checks.equal("getMemberGroups agrees", ids.sort(), groups.map((group) => group.id).sort());
  const { value: named } = await client.api("/directoryObjects/getByIds").post({ ids, types: ["group"] });
  checks.equal("and getByIds has their names", named.map((group) => group.displayName).sort(), names.sort());
});

await checks.part("throttling and faults", async () => {
  await control("POST", "faults", { target: "graph", kind: "throttle", count: 2, retry_after: 1, path: "memberOf" });
  const begun = performance.now();
  const answer = await client.api(`/users/${mara.upn}/memberOf`).get();
  const waited = performance.now() - begun;
  checks.that("429 is waited out, as long as Retry-After says", answer.value.length > 0 && waited >= 1990, `${waited} ms`);
  checks.equal("both were met", (await control("GET", "faults")).planned, []);
  await control("POST", "faults", { target: "graph", kind: "unavailable", retry_after: 0 });
  checks.equal("503 is tried again", (await client.api(`/users/${mara.upn}`).get()).userPrincipalName, mara.upn);
  const refused = (what, path, status, code) => checks.refused(what, () => client.api(path).get(),
    (error) => error instanceof GraphError && error.statusCode === status && error.code === code);
  await refused("a person who is not there", "/users/nobody@harbourworks.example", 404, "Request_ResourceNotFound");
  await control("POST", "faults", { target: "graph", kind: "forbidden" });
  await refused("a permission that is missing", "/groups", 403, "Authorization_RequestDenied");
});

await checks.part("writing", async () => {
  const made = await client.api("/groups").post({ displayName: "Ropewalk", mailNickname: "ropewalk", mailEnabled: false, securityEnabled: true });
  const id = (await client.api(`/users/${mara.upn}`).select("id").get()).id;
  await client.api(`/groups/${made.id}/members/$ref`).post({ "@odata.id": `${entra.graph}/v1.0/directoryObjects/${id}` });
  const members = await client.api(`/groups/${made.id}/members`).get();
  checks.equal("a group gains a member", members.value.map((one) => one.id), [id]);
  await client.api(`/groups/${made.id}`).delete();
  await checks.refused("and goes", () => client.api(`/groups/${made.id}`).get(), (error) => error.statusCode === 404);
});

checks.finish();
