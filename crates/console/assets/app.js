// Starts the console: finds out who is here, and shows the page of the address, or the ways in.

import { call, hear, useAccount } from "./api.js";
import { find, here, listen, usePlace } from "./router.js";
import { ROUTES } from "./routes.js";
import { html, render, useEffect, useRef, useState } from "./view.js";
import { Shell } from "./shell.js";
import { Failure, Waiting } from "./parts/page.js";
import { SignIn, SignInAgain } from "./parts/sign_in.js";

/** Tells other windows of this browser that somebody signed in, so that they go on. */
const signedIn = new BroadcastChannel("doorward-console");

async function whoIsHere() {
  const accounts = await call("GET", "/accounts");
  useAccount(accounts.result[0].id);
  const { result } = await call("GET", "~/doorward/console/session");
  signedIn.postMessage("signed-in");
  return { ...result, account: accounts.result[0] };
}

function App() {
  const place = usePlace();
  const [session, setSession] = useState(null);
  const [state, setState] = useState("starting");
  const [failure, setFailure] = useState(null);
  const now = useRef(state);
  now.current = state;

  const look = async () => {
    try {
      setSession(await whoIsHere());
      setState("in");
    } catch (error) {
      if (error.kind === "signed-out") setState((before) => (before === "in" || before === "again" ? "again" : "out"));
      else {
        setFailure(error);
        setState((before) => (before === "starting" ? "failed" : before));
      }
    }
  };
  useEffect(() => {
    look();
    const deaf = hear((what) => {
      if (what === "signed-out") setState((before) => (before === "in" ? "again" : before));
    });
    const told = () => ["again", "out"].includes(now.current) && look();
    signedIn.addEventListener("message", told);
    return () => {
      deaf();
      signedIn.removeEventListener("message", told);
    };
  }, []);

  if (state === "starting") return html`<header class="head"><span class="brand">doorward</span></header><main class="lone"><${Waiting} what="the console" /></main>`;
  if (state === "failed") return html`<main class="lone"><h1>doorward console</h1><${Failure} error=${failure} again=${look} /></main>`;
  if (state === "out") return html`<${SignIn} />`;
  return html`
    <${Shell} place=${place} session=${{ ...session, learn: (news) => setSession((before) => ({ ...before, ...news })) }} />
    ${state === "again" && html`<${SignInAgain} look=${look} />`}
  `;
}

// The page comes while it is found out who is here; if it does not come, the shell says so.
find(ROUTES, here().path)?.route.load().catch(() => {});
listen();
const root = document.getElementById("app");
root.replaceChildren();
render(html`<${App} />`, root);
