// What stands around every page: skip link, head with theme and way out, navigation, and the page of the address with its focus.

import { hear } from "./api.js";
import { find, ROOT } from "./router.js";
import { NAVIGATION, ROUTES } from "./routes.js";
import { SessionContext } from "./session.js";
import { html, useEffect, useErrorBoundary, useLayoutEffect, useRef, useState } from "./view.js";
import { NextStep } from "./parts/first_run.js";
import { Failure, Waiting } from "./parts/page.js";
import { Toasts } from "./parts/toasts.js";

const THEMES = ["auto", "light", "dark"];

/** The look that the browser remembers. */
function useTheme() {
  const [theme, setTheme] = useState(() => localStorage.getItem("doorward-theme") ?? "auto");
  useEffect(() => {
    document.documentElement.dataset.theme = theme;
    localStorage.setItem("doorward-theme", theme);
  }, [theme]);
  return [theme, () => setTheme(THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length])];
}

function isCurrent(path, href) {
  return href === "/" || href === "/account" ? path === href : path === href || path.startsWith(`${href}/`);
}

function Navigation({ path, isOpen }) {
  return html`
    <nav id="navigation" class="navigation" aria-label="Console" data-open=${isOpen}>
      ${NAVIGATION.map(({ title, links }) => html`
        <div class="section" key=${title}>
          ${title && html`<h2 id=${`nav-${title}`}>${title}</h2>`}
          <ul aria-labelledby=${title ? `nav-${title}` : undefined}>
            ${links.map(([href, name]) => html`
              <li key=${href}><a href=${`${ROOT}${href}`} aria-current=${isCurrent(path, href) ? "page" : undefined}>${name}</a></li>`)}
          </ul>
        </div>`)}
    </nav>`;
}

function Head({ session, isOpen, setOpen }) {
  const [theme, nextTheme] = useTheme();
  const who = session.kind === "break_glass" ? `${session.name} (local door)` : session.name;
  return html`
    <header class="head">
      <button type="button" class="quiet menu" aria-expanded=${isOpen} aria-controls="navigation" onClick=${() => setOpen(!isOpen)}>Menu</button>
      <a class="brand" href="${ROOT}/">doorward</a>
      <span class="organisation">${session.organization}</span>
      <span class="who" title=${session.role === "read_only" ? "May look at everything and change nothing" : "Administrator"}>
        ${who}${session.role === "read_only" && html` <span class="badge">read only</span>`}
      </span>
      <button type="button" class="quiet" onClick=${nextTheme} aria-label="Look: ${theme}. Change it">Look: ${theme}</button>
      <form method="post" action="/console/sign-out"><button class="quiet" type="submit">Sign out</button></form>
    </header>`;
}

/** Tells when the server does not answer, and when it does again. */
function Connection() {
  const [isLost, setLost] = useState(false);
  useEffect(() => hear((what) => {
    if (what === "lost") setLost(true);
    if (what === "answered") setLost(false);
  }), []);
  return html`<div role="status" class="connection">
    ${isLost && html`<p class="notice warning">The server does not answer. Nothing you typed is lost; try again in a moment.</p>`}
  </div>`;
}

/** A page of its own: what goes wrong inside it does not take the navigation away. */
function Room({ Page, title, params, query }) {
  const [error, reset] = useErrorBoundary();
  if (error) return html`<h1 tabindex="-1">${title}</h1><${Failure} error=${error} again=${reset} />`;
  return html`<${Page} params=${params} query=${query} />`;
}

const loaded = new Map();

function Content({ place }) {
  const found = find(ROUTES, place.path);
  const [, setCount] = useState(0);
  const [failure, setFailure] = useState(null);
  const pattern = found?.route.pattern;
  const load = () => {
    setFailure(null);
    found.route.load().then((module) => {
      loaded.set(pattern, module.default);
      setCount((n) => n + 1);
    }, setFailure);
  };
  useEffect(() => {
    setFailure(null);
    if (found && !loaded.has(pattern)) load();
  }, [pattern]);
  useFocus(place.path, loaded.has(pattern));
  // Until the page's own heading says more.
  useLayoutEffect(() => {
    document.title = `${found?.route.title ?? "Not found"} – doorward`;
  }, [place.path]);

  if (!found) return html`<h1 tabindex="-1">Not found</h1><p>The console has no page here. <a href="${ROOT}/">Go to the overview</a>.</p>`;
  const Page = loaded.get(pattern);
  if (failure) return html`<h1 tabindex="-1">${found.route.title}</h1>
    <${Failure} error=${new Error("This page could not be loaded. The server may have been updated: reload the console.")} again=${load} />`;
  if (!Page) return html`<${Waiting} what=${found.route.title} />`;
  return html`<${Room} key=${place.path} Page=${Page} title=${found.route.title} params=${found.params} query=${place.query} />`;
}

const LATE_MS = 5000;

/** Goes to the part of a page that a link named, also when it comes only with what the page reads. */
function arrive(id) {
  const isThere = () => {
    const part = document.getElementById(id);
    part?.setAttribute("tabindex", "-1");
    part?.focus();
    return Boolean(part);
  };
  if (isThere()) return;
  const watch = new MutationObserver(() => isThere() && watch.disconnect());
  watch.observe(document.getElementById("content"), { childList: true, subtree: true });
  setTimeout(() => watch.disconnect(), LATE_MS);
}

/** After a change of page its heading has the focus, or the part that the link named, so that screen readers say it and the next Tab goes on from there. */
function useFocus(path, isThere) {
  const before = useRef(path);
  useEffect(() => {
    if (!isThere || before.current === path) return;
    before.current = path;
    document.querySelector("main h1")?.focus();
    scrollTo(0, 0);
    if (location.hash) arrive(location.hash.slice(1));
  }, [path, isThere]);
}

export function Shell({ place, session }) {
  const [isOpen, setOpen] = useState(false);
  useEffect(() => setOpen(false), [place.path]);
  const skip = (event) => {
    event.preventDefault();
    document.getElementById("content").focus();
  };
  return html`
    <${SessionContext.Provider} value=${session}>
      <a class="skip" href="#content" onClick=${skip}>Skip to the content</a>
      <${Head} session=${session} isOpen=${isOpen} setOpen=${setOpen} />
      <div class="frame">
        <${Navigation} path=${place.path} isOpen=${isOpen} />
        <main id="content" tabindex="-1">
          ${session.read_only_reason && html`<p class="notice">The console is read-only: ${session.read_only_reason}</p>`}
          <${Connection} />
          <${NextStep} path=${place.path} />
          <${Content} place=${place} />
        </main>
      </div>
      <${Toasts} />
    <//>`;
}
