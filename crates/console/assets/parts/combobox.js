// A field that completes what is typed from the server: arrows and Enter choose, Escape closes, a screen reader hears how many there are.

import { html, useEffect, useRef, useState } from "../view.js";

const TYPING_MS = 250;

/** @typedef {{value: string, words: string, note?: any}} Option */

/**
 * @param {{
 *   id: string, label: string, shown: string, placeholder?: string, more?: any,
 *   picks?: boolean,
 *   search: (words: string, signal: AbortSignal) => Promise<{options: Option[], notes?: any[]}>,
 *   choose: (option: Option) => void, type?: (words: string) => void,
 * }} options `shown` is what stands in the field while nobody types; `type` gets what is typed without being chosen; `more` are further attributes;
 *   with `picks` a choice does something at once, so that a name counts only once it is chosen
 */
export function Combobox({ id, label, shown, placeholder, more, picks, search, choose, type }) {
  const [typed, setTyped] = useState(null);
  const [state, setState] = useState({ isOpen: false, isAsking: false, options: [], notes: [], at: -1, said: "" });
  const timer = useRef(0);
  const called = useRef(null);
  const stop = () => {
    clearTimeout(timer.current);
    called.current?.abort();
  };
  useEffect(() => stop, []);
  const take = (option, stays) => {
    choose(option);
    if (stays) return;
    stop();
    setTyped(null);
    setState((before) => ({ ...before, isOpen: false, isAsking: false, at: -1, said: `${option.words} chosen` }));
  };
  const ask = (words, wait) => {
    stop();
    setState((before) => ({ ...before, isAsking: true }));
    timer.current = setTimeout(async () => {
      called.current = new AbortController();
      const { signal } = called.current;
      try {
        const { options, notes = [] } = await search(words.trim(), signal);
        if (signal.aborted) return;
        const said = options.length === 0 ? "Nothing found" : `${options.length} found`;
        setState({ isOpen: true, isAsking: false, options, notes, at: -1, said });
        // Who types a whole name, or pastes a whole id, means it.
        const whole = words.trim().toLowerCase();
        const exact = options.filter((option) => [option.words, option.value].some((text) => text.toLowerCase() === whole));
        if (whole && !picks && exact.length === 1) take(exact[0], options.length > 1);
      } catch (error) {
        if (!signal.aborted) setState({ isOpen: true, isAsking: false, options: [], notes: [error.message], at: -1, said: error.message });
      }
    }, wait);
  };
  const write = (words) => {
    setTyped(words);
    type?.(words);
    ask(words, TYPING_MS);
  };
  const close = () => {
    stop();
    setTyped(null);
    setState((before) => ({ ...before, isOpen: false, isAsking: false, at: -1, said: "" }));
  };
  const step = (by) => setState((before) => ({ ...before, at: (before.at + by + before.options.length + (before.at < 0 && by < 0 ? 1 : 0)) % before.options.length }));
  const key = (event) => {
    if (event.key === "Escape" && state.isOpen) {
      event.preventDefault();
      event.stopPropagation();
      close();
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (!state.isOpen) ask(typed ?? "", 0);
      else if (state.options.length > 0) step(event.key === "ArrowDown" ? 1 : -1);
    } else if (event.key === "Enter" && state.isOpen && state.options.length > 0) {
      event.preventDefault();
      if (state.at >= 0) take(state.options[state.at]);
      else step(1);
    }
  };
  useEffect(() => {
    if (state.at >= 0) document.getElementById(`${id}-option-${state.at}`)?.scrollIntoView({ block: "nearest" });
  }, [state.at]);
  const isOpen = state.isOpen && (state.options.length > 0 || state.notes.length > 0 || typed);
  return html`
    <span class="combobox">
      <input id=${id} ...${more} role="combobox" aria-label=${label} aria-autocomplete="list" aria-expanded=${isOpen ? "true" : "false"} aria-controls="${id}-options"
        aria-activedescendant=${isOpen && state.at >= 0 ? `${id}-option-${state.at}` : undefined} autocomplete="off" spellcheck=${false} placeholder=${placeholder}
        value=${typed ?? shown} onInput=${(e) => write(e.target.value)} onKeyDown=${key} onFocus=${() => !shown && ask("", 0)} onBlur=${close} />
      <span class="unseen" role="status">${state.said}</span>
      <div class="options" hidden=${!isOpen} onMouseDown=${(e) => e.preventDefault()}>
        <ul id="${id}-options" role="listbox" aria-label=${label} aria-busy=${state.isAsking ? "true" : "false"}>
          ${state.options.map((option, i) => html`
            <li key=${option.value} id="${id}-option-${i}" role="option" aria-selected=${i === state.at ? "true" : "false"} onClick=${() => take(option)}>
              <bdi>${option.words}</bdi>${option.note && html` <span class="hint">${option.note}</span>`}</li>`)}
        </ul>
        ${state.options.length === 0 && html`<p class="hint">Nothing found${typed ? html` for “<bdi>${typed}</bdi>”` : ""}.</p>`}
        ${state.notes.map((note) => html`<p class="hint">${note}</p>`)}
      </div>
    </span>`;
}
