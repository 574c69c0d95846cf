"use strict";
// Comfort on the App Launcher: finds while one types, and tells the end of the sign-in by this clock. The page works without it.
(() => {
  const field = document.getElementById("q");
  const none = document.getElementById("none");
  const tiles = [...document.querySelectorAll(".tile[data-words]")];

  const find = () => {
    const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
    let found = 0;
    for (const section of document.querySelectorAll("main section")) {
      // While somebody searches each application is shown once.
      const extra = "extra" in section.dataset && words.length > 0;
      let here = 0;
      for (const tile of section.querySelectorAll(".tile[data-words]")) {
        tile.hidden = extra || !words.every((word) => tile.dataset.words.includes(word));
        here += tile.hidden ? 0 : 1;
      }
      section.hidden = here === 0;
      found += here;
    }
    if (tiles.length > 0) none.hidden = found > 0;
  };

  if (field) {
    field.addEventListener("input", find);
    document.addEventListener("keydown", (event) => {
      const typing = event.target.closest("input, textarea, select");
      if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
        event.preventDefault();
        field.focus();
      }
    });
  }

  const session = document.getElementById("session");
  const end = Number(session.dataset.ends);
  const time = new Intl.DateTimeFormat(document.documentElement.lang, { hour: "2-digit", minute: "2-digit" });
  if (end - Date.now() < 86_400_000) {
    session.title = session.dataset.until.replace("{0}", time.format(end));
    const look = () => {
      if (Date.now() < end) return;
      session.textContent = session.dataset.over;
      session.setAttribute("role", "alert");
      clearInterval(timer);
    };
    const timer = setInterval(look, 5000);
  }
})();
