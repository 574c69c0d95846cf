// Entries of a list as lines of text: one a line, and behind the first blank or comma what is remarked on it.

/** @returns {{value: string, description?: string}[]} */
export function entriesOf(text) {
  return text.split(/\r?\n/).map((line) => line.trim()).filter(Boolean).map((line) => {
    const [, value, description] = line.match(/^([^\s,;]+)[\s,;]*(.*)$/) ?? [null, line, ""];
    return description ? { value, description } : { value };
  });
}

/** Faults of entries as faults of the text, each with the line that it is about. */
export function atLines(refusal, member, entries) {
  const pattern = new RegExp(`^/${member}/(\\d+)`);
  refusal.faults = refusal.faults.map((fault) => {
    const place = fault.pointer.match(pattern);
    return place ? { ...fault, pointer: "/lines", message: `Entry ${Number(place[1]) + 1} (${entries[place[1]]?.value}): ${fault.message}` } : fault.pointer === `/${member}` ? { ...fault, pointer: "/lines" } : fault;
  });
  if (refusal.faults.length > 5) refusal.faults = [...refusal.faults.slice(0, 5), { pointer: "/lines", message: `And ${refusal.faults.length - 5} more.`, code: 0 }];
  return refusal;
}
