// The rendering library, in one place: everything else imports it from here.

import { html as plain } from "./vendor/preact-htm.js";

export {
  Component, createContext, h, render,
  useCallback, useContext, useEffect, useErrorBoundary, useLayoutEffect, useMemo, useReducer, useRef, useState,
} from "./vendor/preact-htm.js";

// What turns text around, and what cannot be seen: in a stored name they would make another one of it.
const TURNS = /[\u00ad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]/g;
const UNSEEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/g;
const harmless = (text) => text.replace(TURNS, "").replace(UNSEEN, "\ufffd");

/** Of each template, which of its values are text on the page: those behind a tag, not inside of one. What fields hold stays as it is stored. */
const texts = new WeakMap();

function textsOf(strings) {
  let isText = true;
  return strings.map((part) => {
    const [open, end] = [part.lastIndexOf("<"), part.lastIndexOf(">")];
    if (open !== end) isText = end > open;
    return isText;
  });
}

/** Elements of a template; stored names in their text turn nothing around and hide nothing. */
export function html(strings, ...values) {
  if (!texts.has(strings)) texts.set(strings, textsOf(strings));
  const isText = texts.get(strings);
  return plain(strings, ...values.map((value, i) => (isText[i] && typeof value === "string" ? harmless(value) : value)));
}
