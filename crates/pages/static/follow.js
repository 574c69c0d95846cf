"use strict";
// Follows a request for access: looks every few seconds, and loads the page anew when it says something else. Without it the page loads
// itself anew each time.
(() => {
  const pause = 5000;
  const said = (page) => page.querySelector("main")?.textContent ?? "";
  const before = said(document);

  const look = async () => {
    try {
      const answer = await fetch(location.href, { cache: "no-store", credentials: "same-origin" });
      // Too much asked for, or the server is in trouble: no word about the request, and a load anew would show it for good.
      if (answer.status === 429 || answer.status >= 500) throw new Error("not now");
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (said(page) !== before) {
        location.reload();
        return;
      }
    } catch {
      // The server does not answer just now, or does not tell: look again later.
    }
    setTimeout(look, pause);
  };
  setTimeout(look, pause);
})();
