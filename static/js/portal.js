/* Small comforts. Every page works without them. */
(() => {
  "use strict";

  // After a refused form, the summary of what to correct is what is read first.
  document.querySelector("[data-error-summary]")?.focus();

  // How many characters are left, said once the typing pauses.
  for (const area of document.querySelectorAll("textarea[data-count]")) {
    const note = document.getElementById(`${area.id}_count`);
    const sentences = document.body.dataset;
    if (!note) continue;
    const limit = Number(area.dataset.count);
    const update = () => {
      const left = limit - area.value.replace(/\r?\n/g, "\r\n").length;
      const sentence = left < 0 ? sentences.charactersOver : sentences.charactersLeft;
      note.textContent = sentence.replace("#", Math.abs(left).toLocaleString(document.documentElement.lang));
      note.classList.toggle("is-over", left < 0);
    };
    note.setAttribute("aria-live", "polite");
    area.addEventListener("input", update);
    update();
  }

  // Menus close on Escape and on a click elsewhere.
  const menus = [...document.querySelectorAll("details.menu")];
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of menus.filter((each) => each.open)) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });
  document.addEventListener("click", (event) => {
    for (const menu of menus) if (!menu.contains(event.target)) menu.open = false;
  });

  // A second click within two seconds does not send a form twice.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post") return;
    if (form.dataset.sentAt && Date.now() - form.dataset.sentAt < 2000) event.preventDefault();
    else form.dataset.sentAt = Date.now();
  });

  // What only works with scripts stays hidden without them.
  for (const part of document.querySelectorAll("[data-needs-script]")) part.hidden = false;
  for (const button of document.querySelectorAll("[data-print]")) {
    button.addEventListener("click", () => window.print());
  }
})();
