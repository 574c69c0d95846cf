// The ways into the console: the first time, and again while a page with input stays as it is.

import { html, useEffect } from "../view.js";
import { Dialog } from "./dialog.js";

export function SignIn() {
  return html`
    <main class="lone">
      <h1>doorward console</h1>
      <p>Sign in with your organisation's account. Whether you may, the console's own policy says.</p>
      <p><a class="button" href="/console/sign-in">Sign in</a></p>
      <p class="hint">No administrator was named yet, or the identity provider does not answer?${" "}
        <a href="/console/door">Use a one-time token of the local door</a>.</p>
    </main>`;
}

/** Over the page, whose forms stay as they are. */
export function SignInAgain({ look }) {
  useEffect(() => {
    const back = () => document.visibilityState === "visible" && look();
    document.addEventListener("visibilitychange", back);
    return () => document.removeEventListener("visibilitychange", back);
  }, []);
  return html`
    <${Dialog} title="Your session is over">
      <p>Sign in again in a new window. This page goes on by itself afterwards; what you entered stays here.</p>
      <div class="actions">
        <button type="button" onClick=${look}>I have signed in</button>
        <a class="button" href="/console/sign-in" target="_blank">Sign in in a new window</a>
      </div>
      <p class="hint"><a href="/console/door" target="_blank">Use the local door</a></p>
    <//>`;
}
