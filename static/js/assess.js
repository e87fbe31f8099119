// 考评: rows open beside the queue, one after the other; ticked rows go together. Without this script every row is a page.
(() => {
  "use strict";

  const desk = document.querySelector("[data-desk]");
  if (!desk) return;
  const panel = desk.querySelector("#opened");
  const form = document.querySelector("[data-together]");
  const wide = matchMedia("(min-width: 1101px)");
  const rows = () => [...desk.querySelectorAll("tr[data-open]:not(.is-muted)")];
  const shown = () => desk.querySelector("tr[aria-selected='true']");
  const tickOf = (row) => row.querySelector("input[name=ids]");
  const following = (row) => {
    const list = rows().filter((one) => one === row || !one.classList.contains("is-muted"));
    return list[list.indexOf(row) + 1] ?? null;
  };

  const select = (row) => {
    shown()?.removeAttribute("aria-selected");
    row?.setAttribute("aria-selected", "true");
    row?.scrollIntoView({ block: "nearest" });
  };
  const open = (row) => {
    const address = `${row.querySelector("a").href}?${new URLSearchParams({ back: desk.dataset.desk })}`;
    if (!wide.matches) return location.assign(address);
    select(row);
    htmx.ajax("GET", address, { target: panel, swap: "innerHTML" });
  };

  const count = () => {
    const ticked = desk.querySelectorAll("input[name=ids]:checked").length;
    if (!form) return;
    form.querySelector("[data-ticked]").textContent = ticked;
    form.querySelector("button").disabled = ticked === 0;
    form.dataset.confirm = form.dataset.words.replace("{n}", ticked);
  };

  desk.addEventListener("click", (event) => {
    const row = event.target.closest("tr[data-open]");
    if (!row || event.target.closest("input") || event.ctrlKey || event.metaKey || String(getSelection())) return;
    event.preventDefault();
    open(row);
  });
  desk.addEventListener("change", (event) => {
    if (event.target.matches("[data-tick-all]")) {
      for (const tick of desk.querySelectorAll("input[name=ids]:enabled")) tick.checked = event.target.checked;
    }
    count();
  });

  // What was opened may be ticked.
  panel.addEventListener("htmx:afterSettle", () => {
    const article = panel.querySelector("article");
    const row = article && document.getElementById(`row-${article.dataset.result}`);
    if (!row) return;
    select(row);
    row.classList.add("is-opened");
    const tick = tickOf(row);
    if (tick && "judges" in article.dataset) tick.disabled = false;
    panel.scrollTop = 0;
  });
  // The server answers a decision with the next row of the list, which only this page knows.
  panel.addEventListener("htmx:configRequest", (event) => {
    const row = shown();
    if (event.target.matches("[data-judge]") && row) event.detail.parameters.after = following(row)?.dataset.open ?? "";
  });
  document.addEventListener("judged", (event) => {
    const row = document.getElementById(`row-${event.detail.pk}`);
    if (!row) return;
    row.classList.add("is-muted");
    row.querySelector(".queue-marks").textContent = event.detail.label;
    const tick = tickOf(row);
    if (tick) { tick.checked = false; tick.disabled = true; }
    count();
    if (!event.detail.heading) return;
    document.querySelector("h1").textContent = event.detail.heading;
    document.querySelectorAll(".tabs .count").forEach((one, place) => { one.textContent = event.detail.counts[place]; });
  });

  document.addEventListener("keydown", (event) => {
    if (!wide.matches || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    if (event.target.closest("input:not(.tick), textarea, select, a, button, summary")) return;
    const list = rows();
    const place = list.indexOf(shown());
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      const next = list[event.key === "ArrowDown" ? place + 1 : place - 1];
      if (next) { event.preventDefault(); open(next); }
    } else if (event.key === " " && place >= 0) {
      const tick = tickOf(list[place]);
      if (tick && !tick.disabled) { event.preventDefault(); tick.checked = !tick.checked; count(); }
    } else if (event.key === "Enter" && place >= 0) {
      const button = panel.querySelector("[data-judge] .btn-primary");
      if (button) { event.preventDefault(); button.click(); }
    }
  });
  count();
})();
