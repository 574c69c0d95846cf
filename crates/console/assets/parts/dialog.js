// Dialogs, on the browser's own: focus stays inside, Escape closes, the focus goes back to where it was.

import { html, useLayoutEffect, useRef, useState } from "../view.js";
import { Button } from "./page.js";

/** @param {{title: string, close?: () => void, children: any}} options without `close` it cannot be dismissed */
export function Dialog({ title, close, children }) {
  const dialog = useRef(null);
  useLayoutEffect(() => {
    const before = document.activeElement;
    dialog.current.showModal();
    // What it was opened by may be gone with its row.
    return () => (before?.isConnected ? before : document.getElementById("content"))?.focus();
  }, []);
  const cancel = (event) => {
    event.preventDefault();
    close?.();
  };
  return html`
    <dialog ref=${dialog} aria-labelledby="dialog-title" onCancel=${cancel}>
      <h2 id="dialog-title">${title}</h2>
      ${children}
    </dialog>`;
}

/**
 * A button for what cannot be undone: says what will happen, and asks.
 * @param {{label: string, title: string, children: any, act: () => Promise<void>, disabled?: boolean}} options
 */
export function Confirmed({ label, title, children, act, disabled }) {
  const [isOpen, setOpen] = useState(false);
  const [state, setState] = useState({ busy: false, error: null });
  const go = async () => {
    setState({ busy: true, error: null });
    try {
      await act();
      setState({ busy: false, error: null });
      setOpen(false);
    } catch (error) {
      setState({ busy: false, error });
    }
  };
  return html`
    <button type="button" class="danger" disabled=${disabled} onClick=${() => setOpen(true)}>${label}</button>
    ${isOpen && html`
      <${Dialog} title=${title} close=${() => setOpen(false)}>
        ${children}
        ${state.error && html`<p class="notice bad" role="alert">${state.error.message}</p>`}
        <div class="actions">
          <button type="button" onClick=${() => setOpen(false)}>Cancel</button>
          <${Button} class="danger" off=${state.busy} onClick=${go}>${label}<//>
        </div>
      <//>`}`;
}
