// 三晒: what is typed is kept (htmx asks, this watches), characters are counted, a sentence of one's score is put in,
// and the wall is turned by keys. Without this script everything can still be written, handed in and shown.
(() => {
  "use strict";

  /* Characters */
  const count = (field) => {
    const shown = document.querySelector(`[data-count-of="${field.id}"]`);
    if (!shown) return;
    const [n, most] = [[...field.value.trim()].length, Number(field.dataset.count)];
    shown.textContent = (n > most ? shown.dataset.over : shown.dataset.words).replace("{n}", n).replace("{most}", most);
    shown.classList.toggle("bad", n > most);
  };
  document.querySelectorAll("textarea[data-count]").forEach(count);

  /* Kept while typed: what is on its way or refused is not to be lost by closing the page. */
  const words = document.querySelector("[data-unsaved-words]")?.dataset;
  let typed = false;
  let leaving = false;
  let again = 0;
  const RETRY = 5000;
  document.addEventListener("input", (event) => {
    if (event.target.matches("textarea[data-count]")) count(event.target);
    if (event.target.closest("[data-keeps]")) typed = true;
  });
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (!event.target.matches("[data-keeps]")) return;
    typed = false; // what is typed from here on is asked for again
    if (words) say(event.target, words.savingWords);
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    const form = event.target.closest?.("[data-keeps]");
    if (!form) return;
    const kept = event.detail.successful && form.querySelector("[data-saved='yes']");
    if (!kept) typed = true;
    clearTimeout(again);
    if (!event.detail.successful && event.detail.xhr.status === 0) {
      if (words) say(form, words.unsavedWords);
      again = setTimeout(() => htmx.trigger(form, "retry"), RETRY);
    }
  });
  // Said beside the text and tried again, so that no pile of toasts says it too.
  document.addEventListener("htmx:sendError", (event) => {
    if (event.target.closest?.("[data-keeps]")) event.stopImmediatePropagation();
  }, true);
  const say = (form, text) => {
    const line = form.querySelector(".saved");
    if (!line || line.querySelector(".note")) return;
    for (const node of [...line.childNodes]) if (!(node instanceof HTMLInputElement)) node.remove();
    line.append(text);
  };
  document.addEventListener("submit", (event) => { if (event.target.matches("[data-keeps]")) leaving = true; });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-leave]")) leaving = true;
    const known = event.target.closest("[data-known]");
    if (known) { // this window's words are to stand: it now knows the other version
      known.closest("form").elements.known.value = known.dataset.known;
      htmx.trigger(known.closest("form"), "retry");
    }
    const offer = event.target.closest("[data-offer]");
    if (offer) put(document.getElementById(offer.dataset.offer), offer.querySelector("span").textContent);
  });
  addEventListener("beforeunload", (event) => { if (typed && !leaving) event.preventDefault(); });

  const put = (field, sentence) => {
    const before = field.value.slice(0, field.selectionStart);
    const glue = before && !before.endsWith("\n") && document.activeElement !== field && field.selectionStart === field.value.length ? "\n" : "";
    field.focus();
    field.setRangeText(glue + sentence, field.selectionStart, field.selectionEnd, "end");
    field.dispatchEvent(new Event("input", { bubbles: true }));
  };

  /* The wall: arrows, space and page keys turn it, F fills the screen, Escape goes back. */
  const wall = () => document.querySelector("[data-wall]");
  document.addEventListener("keydown", (event) => {
    if (!wall() || event.ctrlKey || event.metaKey || event.altKey) return;
    const turn = { ArrowRight: "next", PageDown: "next", " ": "next", ArrowLeft: "previous", PageUp: "previous" }[event.key];
    if (turn && !(event.key === " " && event.target.closest("a, button"))) {
      event.preventDefault();
      wall().querySelector(`[data-turn="${turn}"]`)?.click();
    } else if (event.key === "f" || event.key === "F") fill();
    else if (event.key === "Escape" && !document.fullscreenElement) wall().querySelector("[data-turn='out']")?.click();
  });
  const fill = () => (document.fullscreenElement ? document.exitFullscreen() : document.documentElement.requestFullscreen?.());
  document.addEventListener("click", (event) => { if (event.target.closest("[data-fullscreen]")) fill(); });
})();
