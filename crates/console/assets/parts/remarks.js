// What the API remarked on something that was saved, handed to the page that shows it next.

let kept = null;

/** Keeps the remarks on an object for its own page. */
export function leaveRemarks(id, messages) {
  kept = { id, messages };
}

/** The remarks that were kept for this object, once. */
export function takeRemarks(id) {
  const mine = kept !== null && kept.id === id ? kept.messages : [];
  kept = null;
  return mine;
}
