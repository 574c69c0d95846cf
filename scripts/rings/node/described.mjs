// Holds answers against the description that the server gives of itself: the SDK for npm checks nothing by itself.

// A fetch that remembers which answers are not as described.
export function describedFetch(description, found) {
  const operations = Object.entries(description.paths).map(([pattern, verbs]) => ({
    pattern,
    verbs,
    fits: new RegExp(`^${pattern.replace(/\{[^}]+\}/g, "([^/]+)")}$`),
    literal: pattern.split("/").filter((step) => !step.startsWith("{")).length,
  }));
  return async (url, init) => {
    const response = await fetch(url, init);
    const path = new URL(url).pathname.replace(/^.*\/client\/v4/, "");
    const verb = (init?.method ?? "GET").toLowerCase();
    const known = operations.filter((one) => one.fits.test(path) && one.verbs[verb]).sort((a, b) => b.literal - a.literal)[0];
    const name = `${verb.toUpperCase()} ${known?.pattern ?? path}`;
    if (!known) {
      found.push(`${name} is not described`);
    } else if (response.ok) {
      const schema = known.verbs[verb].responses[response.status]?.content?.["application/json"]?.schema;
      if (!schema) found.push(`${name} answers ${response.status}, which is not described`);
      else faults(description, schema, await response.clone().json(), "", (fault) => found.push(`${name}${fault}`));
    }
    return response;
  };
}

const kinds = {
  null: (value) => value === null,
  boolean: (value) => typeof value === "boolean",
  integer: Number.isInteger,
  number: (value) => typeof value === "number",
  string: (value) => typeof value === "string",
  array: Array.isArray,
  object: (value) => typeof value === "object" && value !== null && !Array.isArray(value),
};

function faults(document, schema, value, at, tell) {
  if (schema.$ref) return faults(document, schema.$ref.slice(2).split("/").reduce((part, step) => part[step], document), value, at, tell);
  for (const part of schema.allOf ?? []) faults(document, part, value, at, tell);
  const types = [schema.type ?? []].flat();
  if (types.length && !types.some((type) => kinds[type](value))) return tell(`${at}: ${JSON.stringify(value)} is not ${types}`);
  if (schema.enum && !schema.enum.some((word) => JSON.stringify(word) === JSON.stringify(value))) tell(`${at}: ${JSON.stringify(value)} is none of ${schema.enum}`);
  if (kinds.array(value) && schema.items) value.forEach((item) => faults(document, schema.items, item, `${at}/items`, tell));
  if (!kinds.object(value)) return;
  for (const key of schema.required ?? []) if (!(key in value)) tell(`${at}: ${key} is missing`);
  for (const [key, member] of Object.entries(value)) {
    const below = schema.properties?.[key] ?? (kinds.object(schema.additionalProperties) ? schema.additionalProperties : undefined);
    if (below) faults(document, below, member, `${at}/${key}`, tell);
    else if (schema.additionalProperties === false) tell(`${at}: ${key} is not described`);
  }
}

