// Short messages that something was done. They are said to screen readers, stay for a while and never hold anything that is needed later.

import { html, useEffect, useState } from "../view.js";

const STAYS_MS = 6000;
const hearers = new Set();
let number = 0;

/** Says that something was done. */
export function toast(text) {
  number += 1;
  hearers.forEach((hearer) => hearer({ id: number, text }));
}

export function Toasts() {
  const [toasts, setToasts] = useState([]);
  useEffect(() => {
    const hearer = (one) => {
      setToasts((all) => [...all.slice(-3), one]);
      setTimeout(() => setToasts((all) => all.filter((other) => other.id !== one.id)), STAYS_MS);
    };
    hearers.add(hearer);
    return () => hearers.delete(hearer);
  }, []);
  return html`<div class="toasts" role="status" aria-live="polite">${toasts.map((one) => html`<p key=${one.id}>${one.text}</p>`)}</div>`;
}
