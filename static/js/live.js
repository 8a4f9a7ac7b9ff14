/* A text beside how it will look. Without this script, the button "Preview" does the same. */
(() => {
  "use strict";
  const PAUSE = 500; // milliseconds after the last key
  const BEAT = 30_000;

  for (const form of document.querySelectorAll("form[data-live]")) {
    const status = form.querySelector("[data-live-status]");
    const parts = (name) => [...document.querySelectorAll(`[data-${name}]`)];
    let timer = 0;
    let running = null;
    let isSent = false;

    const show = (answer) => {
      for (const part of parts("preview")) part.innerHTML = answer.preview[part.dataset.preview].html || "–";
      for (const list of parts("mistakes")) {
        const sentences = answer.preview[list.dataset.mistakes].mistakes;
        list.replaceChildren(...sentences.map((sentence) => Object.assign(document.createElement("li"), { textContent: sentence })));
        list.hidden = !sentences.length;
      }
      for (const part of parts("live-others")) {
        part.textContent = answer.others || "";
        part.hidden = !answer.others;
      }
      if (status) status.textContent = answer.status || "";
    };

    const ask = async () => {
      running?.abort();
      running = new AbortController();
      try {
        const answer = await fetch(form.dataset.live, { method: "POST", body: new FormData(form), signal: running.signal, redirect: "error" });
        if (!answer.ok) throw new Error(answer.status);
        show(await answer.json());
      } catch (error) {
        if (error.name !== "AbortError" && status && !isSent) status.textContent = form.dataset.liveLost;
      }
    };

    form.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(ask, PAUSE);
    });
    form.addEventListener("submit", () => {
      isSent = true;
      clearTimeout(timer);
    });
    if ("liveBeat" in form.dataset) setInterval(() => { if (!document.hidden && !isSent) ask(); }, BEAT);
  }
})();
