// The behaviours of the visual system. Each one is asked for by a data attribute; docs/interface.md lists them.
(() => {
  "use strict";

  const closest = (event, selector) => (event.target instanceof Element ? event.target.closest(selector) : null);
  const dialog = () => document.querySelector("[data-confirm-dialog]");

  /* Toasts: from Django messages in the page, from the header HX-Trigger {"toast": {text, level}}, from here. */
  const STAYS = new Set(["error", "warning"]);
  const fade = (line) => {
    if (!line.classList.contains("toast-error") && !line.classList.contains("toast-warning")) {
      setTimeout(() => line.remove(), 6000);
    }
  };
  const toast = (text, level = "info") => {
    const pattern = document.querySelector("[data-toast-template]");
    const list = document.querySelector("[data-toasts]");
    if (!pattern || !list || !text) return;
    const line = pattern.content.firstElementChild.cloneNode(true);
    line.classList.add(`toast-${level}`);
    if (STAYS.has(level)) line.setAttribute("role", "alert");
    line.querySelector("[data-toast-text]").textContent = text;
    list.append(line);
    fade(line);
  };
  document.addEventListener("toast", (event) => toast(event.detail.text, event.detail.level));

  /* Questions before acts: data-confirm="what will happen, to how many". */
  const ask = (source) =>
    new Promise((resolve) => {
      const box = dialog();
      if (!box) return resolve(true);
      const yes = box.querySelector("[data-confirm-yes]");
      const destructive = source.dataset.confirmTone !== "plain";
      box.querySelector("h2").textContent = source.dataset.confirmTitle || box.dataset.title;
      box.querySelector("p").textContent = source.dataset.confirm;
      yes.textContent = source.dataset.confirmAction || source.textContent.trim() || box.dataset.action;
      yes.classList.toggle("btn-danger-solid", destructive);
      yes.classList.toggle("btn-primary", !destructive);
      box.returnValue = "no";
      box.addEventListener("close", () => resolve(box.returnValue === "yes"), { once: true });
      box.showModal();
    });
  const usesHtmx = (element) => ["get", "post", "put", "patch", "delete"].some((verb) => element.hasAttribute(`hx-${verb}`));

  document.addEventListener("click", async (event) => {
    const asked = closest(event, "[data-confirm]");
    if (!asked || asked.tagName === "FORM" || usesHtmx(asked) || asked.dataset.confirmed) return;
    event.preventDefault();
    event.stopPropagation();
    if (!(await ask(asked))) return;
    asked.dataset.confirmed = "yes";
    asked.click();
    delete asked.dataset.confirmed;
  }, true);

  document.addEventListener("submit", async (event) => {
    const form = event.target;
    if (form.method === "dialog") return;
    if (form.dataset.confirm && !form.dataset.confirmed && !usesHtmx(form)) {
      event.preventDefault();
      if (!(await ask(form))) return;
      form.dataset.confirmed = "yes";
      form.requestSubmit(event.submitter ?? undefined);
      delete form.dataset.confirmed; // whoever comes back to the page is asked again
      return;
    }
    if ("leaving" in form.dataset) { // handed in already, and by another button than this one
      event.preventDefault();
      return;
    }
    // One click, one act. Buttons of downloads come back to life on their own; what htmx sends, it has prevented by now,
    // and a form whose drafts it keeps is handed in by the browser.
    const button = event.submitter;
    if (button && !event.defaultPrevented && !("download" in form.dataset) && form.method === "post") {
      setTimeout(() => { button.setAttribute("aria-busy", "true"); button.disabled = true; }, 0);
      form.dataset.leaving = ""; // a draft that would be kept now comes after what was handed in
    }
  });
  addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    document.querySelectorAll("form[data-leaving]").forEach((form) => delete form.dataset.leaving);
    document.querySelectorAll("button[aria-busy]").forEach((button) => { button.removeAttribute("aria-busy"); button.disabled = false; });
  });

  document.addEventListener("click", (event) => {
    const dismiss = closest(event, "[data-dismiss]");
    if (dismiss) dismiss.closest("[data-toast], .note")?.remove();

    const opener = closest(event, "[data-dialog-open]");
    if (opener) document.querySelector(opener.dataset.dialogOpen)?.showModal();
    if (closest(event, "[data-dialog-close]")) event.target.closest("dialog")?.close();
    if (event.target instanceof HTMLDialogElement) event.target.close();

    const toggle = closest(event, "[data-nav-toggle]");
    const side = document.querySelector("[data-side]");
    if (toggle) openSide(!side.classList.contains("is-open"));
    else if (side?.classList.contains("is-open") && !side.contains(event.target)) openSide(false);

    document.querySelectorAll("details[data-menu][open]").forEach((menu) => {
      if (!menu.contains(event.target)) menu.open = false;
    });

    const copy = closest(event, "[data-copy]");
    if (copy) navigator.clipboard?.writeText(copy.dataset.copy).then(() => toast(dialog()?.dataset.copied, "success"));

    if (closest(event, "[data-print]")) print();

    const filler = closest(event, "[data-fill]"); // a button that puts its value into a field
    if (filler) {
      const field = document.querySelector(filler.dataset.fill);
      field.value = filler.value;
      field.dispatchEvent(new Event("input", { bubbles: true }));
    }

    const row = closest(event, "tr[data-href]");
    if (row && !closest(event, "a, button, input, select, label, summary") && !String(getSelection())) {
      const address = row.dataset.href || row.querySelector("a").href;
      if (event.ctrlKey || event.metaKey) open(address, "_blank", "noopener");
      else location.assign(address);
    }
  });

  const openSide = (wanted) => {
    const side = document.querySelector("[data-side]");
    side?.classList.toggle("is-open", wanted);
    document.querySelectorAll("[data-nav-toggle]").forEach((button) => button.setAttribute("aria-expanded", String(wanted)));
    if (wanted) side?.querySelector("a")?.focus();
  };
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    if (document.querySelector("[data-side].is-open")) {
      openSide(false);
      document.querySelector("[data-nav-toggle]").focus();
    }
    document.querySelectorAll("details[data-menu][open]").forEach((menu) => {
      menu.open = false;
      menu.querySelector("summary").focus();
    });
  });

  /* Filters answer at once; a search box on Enter. */
  document.addEventListener("change", (event) => {
    const form = closest(event, "form[data-autosubmit]");
    if (form && event.target.type !== "search" && event.target.type !== "text") {
      sessionStorage.setItem("filter", event.target.id);
      form.requestSubmit();
    }
    const drop = closest(event, "[data-drop]");
    if (drop) showFiles(drop);
    const { ticks } = event.target.dataset; // one box for all boxes of that name in its form
    if (ticks) for (const box of event.target.form.querySelectorAll(`[name="${ticks}"]`)) box.checked = event.target.checked;
  });
  document.addEventListener("submit", (event) => {
    // Addresses stay short and shareable: what is empty is not said.
    if (!event.target.matches("form[data-autosubmit]")) return;
    for (const input of event.target.elements) if (input.name && !input.value) input.disabled = true;
  });

  // Who chooses by keyboard goes on from the same filter after the page has answered.
  addEventListener("load", () => { // later than the browser's own step to an anchor
    document.getElementById(sessionStorage.getItem("filter") || "")?.focus({ preventScroll: true });
    sessionStorage.removeItem("filter");
  });

  /* Files dropped or chosen. */
  const size = (bytes) => (bytes < 1048576 ? `${Math.max(1, Math.round(bytes / 1024))} KB` : `${(bytes / 1048576).toFixed(1)} MB`);
  const showFiles = (drop) => {
    const input = drop.querySelector("input[type=file]");
    const list = drop.querySelector("[data-drop-files]");
    list.replaceChildren(...[...input.files].map((file) => {
      const line = document.createElement("li");
      line.textContent = `${file.name} · ${size(file.size)}`;
      return line;
    }));
    drop.classList.toggle("is-filled", input.files.length > 0);
  };
  for (const kind of ["dragenter", "dragover"]) {
    document.addEventListener(kind, (event) => closest(event, "[data-drop]")?.classList.add("is-over"));
  }
  for (const kind of ["dragleave", "drop"]) {
    document.addEventListener(kind, (event) => closest(event, "[data-drop]")?.classList.remove("is-over"));
  }

  /* htmx: the token of Django, questions before acts, sentences for refusals. */
  document.addEventListener("htmx:configRequest", (event) => {
    const token = document.querySelector("[name=csrfmiddlewaretoken]");
    if (token && event.detail.verb !== "get") event.detail.headers["X-CSRFToken"] = token.value;
  });
  document.addEventListener("htmx:confirm", (event) => {
    const source = event.detail.elt;
    if (source.closest("form[data-leaving]")) event.preventDefault();
    if (!source.dataset.confirm) return;
    event.preventDefault();
    ask(source).then((yes) => yes && event.detail.issueRequest(true));
  });
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { xhr } = event.detail;
    if (xhr.status < 400) return;
    // A refusal replaces a fragment only with a fragment; a sentence alone or a whole page becomes a toast.
    const answer = new DOMParser().parseFromString(xhr.responseText, "text/html").querySelector("[data-sentence]");
    if (answer || /^\s*<!doctype/i.test(xhr.responseText)) {
      event.detail.shouldSwap = false;
      toast(answer?.textContent.trim() || dialog()?.dataset.failed, "error");
    } else if (xhr.status >= 500 || !event.detail.shouldSwap) {
      toast(dialog()?.dataset.failed, "error");
    }
  });
  document.addEventListener("htmx:sendError", (event) => {
    if (event.detail.requestConfig?.verb !== "get") toast(dialog()?.dataset.offline, "error");
  });

  /* A live list (data-live) comes back whole, or one of its rows alone: what was opened stays open, only the rows that
     differ flash, and who pressed a button stands on what has taken its place. */
  const live = "[data-live], [data-fingerprint]";
  const rowsOf = (part) =>
    part.matches("[data-fingerprint]") ? [part] : [...part.querySelectorAll("[data-fingerprint]")];
  let before = null;
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { target, shouldSwap, requestConfig } = event.detail;
    if (!shouldSwap || !target.matches(live)) return;
    before = {
      rows: new Map(rowsOf(target).map((row) => [row.id, row.dataset.fingerprint])),
      open: [...target.querySelectorAll("details[id][open]")].map((details) => details.id),
      pressed: requestConfig.triggeringEvent?.submitter?.id,
    };
  });
  document.addEventListener("htmx:load", (event) => {
    const part = event.detail.elt;
    if (!before || !part.matches(live)) return;
    for (const row of rowsOf(part)) {
      row.classList.toggle("is-changed", before.rows.get(row.id) !== row.dataset.fingerprint);
    }
    for (const id of before.open) part.querySelector(`#${id}`)?.setAttribute("open", "");
    if (before.pressed) document.getElementById(before.pressed)?.focus({ preventScroll: true });
    before = null;
  });

  /* A slider and its number field show the same: data-mirror="#id" on the slider. */
  document.addEventListener("input", (event) => {
    const slider = closest(event, "[data-mirror]");
    if (slider) {
      const field = document.querySelector(slider.dataset.mirror);
      field.value = Number(slider.value).toFixed(2);
      field.dispatchEvent(new Event("input", { bubbles: true }));
      return;
    }
    const field = closest(event, "[data-mirrored]");
    const follower = field && document.querySelector(`[data-mirror="#${field.id}"]`);
    if (follower) follower.value = field.value;
  });

  document.querySelectorAll("[data-toast]").forEach(fade);
})();
