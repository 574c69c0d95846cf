"use strict";
// Follows a test of a login method and copies addresses. The pages work without it.
(() => {
  const follow = document.getElementById("follow");
  const pause = 1500;

  const changed = () => {
    const typed = [...document.querySelectorAll("textarea")].some((area) => area.value !== area.defaultValue);
    if (typed) {
      // What somebody is typing is not thrown away: the page says so and leaves it to them.
      document.getElementById("came-back").hidden = false;
    } else {
      location.replace(follow.dataset.page);
    }
    return typed;
  };

  const look = async () => {
    try {
      const answer = await fetch(follow.dataset.state, { cache: "no-store", credentials: "same-origin" });
      if (answer.ok) {
        const { mark } = await answer.json();
        if (mark !== follow.dataset.mark) {
          changed();
          return;
        }
      } else if (answer.status === 404) {
        return;
      }
    } catch {
      // The server does not answer just now: look again later.
    }
    setTimeout(look, pause);
  };

  if (follow) {
    setTimeout(look, pause);
  }

  for (const button of document.querySelectorAll("button[data-copies]")) {
    const field = document.getElementById(button.dataset.copies);
    button.hidden = false;
    button.addEventListener("click", async () => {
      field.focus();
      field.select();
      try {
        await navigator.clipboard.writeText(field.value);
        button.textContent = button.dataset.done;
      } catch {
        // It stays selected: the keyboard copies it.
      }
    });
  }
})();
