// What people's pages look like with the organisation's touches: a likeness, drawn from the values as they are typed.

import { html, useState } from "../view.js";

const COLOUR = /^(#[0-9a-f]{3,8}|[a-z]+)$/i;
const fit = (colour) => (colour && COLOUR.test(colour) ? colour : undefined);

const PAGES = {
  "sign-in": { words: "Sign-in", title: "Sign in", text: "Choose where you have an account.", button: "Entra ID" },
  refused: { words: "Refused", title: "You may not open this", text: "Your account is known, but the policy “Pilots” does not let you in.", button: "Sign in with another account" },
};

/** @param {{name: string, design: Record<string, string>}} options */
export function LookPreview({ name, design }) {
  const [shown, setShown] = useState("sign-in");
  const page = PAGES[shown];
  const [ground, ink] = [fit(design.background_color), fit(design.text_color)];
  // Text of unknown contrast keeps to a plate in the card's colours, as on the real pages.
  const plate = ground && !ink ? "plate" : "";
  return html`
    <figure class="preview">
      <figcaption class="row"><span>Preview</span>
        ${Object.entries(PAGES).map(([key, { words }]) => html`<button type="button" key=${key} aria-pressed=${shown === key} onClick=${() => setShown(key)}>${words}</button>`)}</figcaption>
      <div class="ground" style=${{ background: ground, color: ground || ink ? ink : undefined }}>
        <div class=${plate}>
          ${design.logo_path?.startsWith("https://") && html`<img class="logo" src=${design.logo_path} alt="" />`}
          <p><strong>${name}</strong></p>
          ${design.header_text && html`<p>${design.header_text}</p>`}
        </div>
        <div class="sheet"><p class="title">${page.title}</p><p>${page.text}</p><span class="fake">${page.button}</span></div>
        ${design.footer_text && html`<p class=${plate}>${design.footer_text}</p>`}
      </div>
    </figure>`;
}
