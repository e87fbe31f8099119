// The entry grid: a spreadsheet over a plain table. One input travels to the focused cell; what changes is sent by the block.
(() => {
  "use strict";

  const page = document.querySelector("[data-grid]");
  if (!page) return;
  const settings = JSON.parse(document.getElementById("grid-settings").textContent);
  const { words } = settings;
  const say = (key, values = {}) => words[key].replace(/\{(\w+)\}/g, (_all, name) => values[name] ?? "");
  const find = (name) => page.querySelector(`[data-${name}]`);
  const box = find("grid-box");
  const state = find("grid-state");
  const about = find("grid-about");
  const fault = find("grid-error");
  const undoButton = find("undo");
  const table = box.querySelector("table");
  const token = page.querySelector("[name=csrfmiddlewaretoken]").value;
  const narrow = matchMedia("(max-width: 768px)");

  /* What the server rendered, as rows of cells. `text` is what is saved, `shown` what the person has put in its place. */
  const columns = [...table.tHead.rows[0].cells].slice(1).map((head) => ({
    head, point: head.dataset.p, period: head.dataset.q, due: head.dataset.d, full: head.dataset.f, wanted: head.dataset.w,
    rule: head.dataset.r, tiers: head.dataset.t ? head.dataset.t.split(";") : [], label: head.firstChild.textContent + head.childNodes[1].textContent, name: head.title,
  }));
  const rows = [...table.tBodies[0].rows].map((line) => ({
    line, number: line.dataset.n, name: line.cells[0].firstChild.textContent, hidden: false,
  }));
  const cells = rows.map((row, r) => [...row.line.cells].slice(1).map((td, c) => {
    const text = td.firstChild ? td.firstChild.textContent : "";
    return { td, r, c, kind: td.dataset.s, text, shown: text, points: td.querySelector("i")?.textContent ?? "", late: "l" in td.dataset, why: td.dataset.y ?? "", error: "", sending: false };
  }));
  const cellOf = (td) => cells[td.parentElement.rowIndex - 1]?.[td.cellIndex - 1];

  const lockedBecause = (cell) => {
    if (cell.kind === "n") return words.why_n;
    if (cell.kind === "k" && !(settings.office && settings.open)) return words.why_k;
    if (!settings.open) return words.why_closed;
    if (cell.kind === "c" && !settings.office) return words.why_c;
    return "";
  };

  /* The one input. Empty and see-through while moving about, so that typing replaces; opaque while editing. */
  const input = document.createElement("input");
  input.className = "grid-input";
  input.autocomplete = "off";
  input.spellcheck = false;
  input.setAttribute("aria-describedby", "grid-about");
  let at = null;
  let anchor = null;
  let editing = false;

  const paint = (cell) => {
    const { td } = cell;
    for (const node of [...td.childNodes]) if (node !== input) node.remove(); // the input keeps its focus
    const content = cell.shown ? [document.createTextNode(cell.shown)] : [];
    if (cell.shown && cell.shown === cell.text && cell.points) {
      content.push(document.createElement("i"));
      content[1].textContent = cell.points;
    }
    td.prepend(...content);
    td.dataset.s = cell.kind;
    td.toggleAttribute("data-l", cell.late);
    td.classList.toggle("is-error", Boolean(cell.error));
    td.classList.toggle("is-waiting", cell.sending || queue.has(cell));
  };

  const describe = () => {
    const cell = at;
    const column = columns[cell.c];
    const locked = lockedBecause(cell);
    const lines = [];
    const title = document.createElement("p");
    const who = document.createElement("b");
    who.textContent = `${rows[cell.r].name} · ${column.label.trim()} ${column.name}`;
    title.append(who, ` ${say("due", { day: column.due })} · `, stateOf(cell));
    lines.push(title);
    if (cell.kind !== "n") {
      const link = document.createElement("a");
      link.href = settings.report.replace("NUMBER", encodeURIComponent(rows[cell.r].number)).replace("POINT", encodeURIComponent(column.point)).replace("PERIOD", column.period);
      link.textContent = words.open_report;
      title.append(" · ", link);
    }
    const rule = document.createElement("p");
    rule.className = "muted";
    rule.textContent = locked || (cell.kind === "k" ? words.office_k : `${column.rule}。${column.wanted}`);
    lines.push(rule);
    if (cell.why) lines.push(sentence(say("returned", { reason: cell.why }), "risk"));
    if (cell.error) lines.push(sentence(cell.error, "bad"));
    about.replaceChildren(...lines);
    fault.textContent = cell.error;
    input.readOnly = Boolean(locked);
    input.setAttribute("aria-label", `${rows[cell.r].name}，${column.label.trim()} ${column.name}：${cell.shown || stateOf(cell)}`);
    input.setAttribute("aria-invalid", String(Boolean(cell.error)));
    input.setAttribute("aria-describedby", cell.error ? "grid-error grid-about" : "grid-about");
  };
  const sentence = (text, tone) => {
    const line = document.createElement("p");
    line.className = tone;
    line.textContent = text;
    return line;
  };
  const stateOf = (cell) => {
    if (cell.kind === "n") return "–";
    const parts = [words[cell.kind]];
    if (cell.points && cell.shown === cell.text) parts.push(say("worth", { points: cell.points, full: columns[cell.c].full }));
    if (cell.late) parts.push(words.late);
    return parts.join(" · ");
  };

  /* Moving */
  const select = (cell, { extend = false, quiet = false } = {}) => {
    if (!cell) return;
    finish();
    if (!extend) anchor = cell;
    const before = at;
    at = cell;
    if (before && before !== cell) before.td.removeAttribute("aria-selected");
    cell.td.append(input);
    input.value = "";
    mark();
    describe();
    if (!quiet) {
      input.focus({ preventScroll: true });
      reveal(cell.td);
    }
  };
  const reveal = (td) => {
    if (narrow.matches) return;
    const view = box.getBoundingClientRect();
    const place = td.getBoundingClientRect();
    const side = table.tHead.rows[0].cells[0].getBoundingClientRect().width;
    const top = table.tHead.getBoundingClientRect().height;
    if (place.left < view.left + side) box.scrollLeft -= view.left + side - place.left;
    else if (place.right > view.right - 16) box.scrollLeft += place.right - view.right + 16;
    if (place.top < view.top + top) box.scrollTop -= view.top + top - place.top;
    else if (place.bottom > view.bottom - 16) box.scrollTop += place.bottom - view.bottom + 16;
  };
  const range = () => ({
    r0: Math.min(anchor.r, at.r), r1: Math.max(anchor.r, at.r), c0: Math.min(anchor.c, at.c), c1: Math.max(anchor.c, at.c),
  });
  let marked = [];
  const mark = () => {
    for (const td of marked) { td.classList.remove("is-in"); td.removeAttribute("aria-selected"); }
    marked = [];
    const { r0, r1, c0, c1 } = range();
    if (r0 !== r1 || c0 !== c1) {
      for (let r = r0; r <= r1; r += 1) for (let c = c0; c <= c1; c += 1) marked.push(cells[r][c].td);
      for (const td of marked) td.classList.add("is-in");
    } else marked.push(at.td);
    for (const td of marked) td.setAttribute("aria-selected", "true");
  };
  const isShown = (cell) => !rows[cell.r].hidden && !columns[cell.c].hidden;
  const step = (dr, dc) => {
    let r = at.r + dr;
    let c = at.c + dc;
    while (cells[r]?.[c] && !isShown(cells[r][c])) { r += dr; c += dc; }
    return cells[r]?.[c];
  };
  const edge = (dr, dc) => {
    let last = at;
    for (let r = at.r + dr, c = at.c + dc; cells[r]?.[c]; r += dr, c += dc) if (isShown(cells[r][c])) last = cells[r][c];
    return last;
  };
  /* Tab goes to the next cell that can be filled, over the end of a row into the next; out of the grid at its ends. */
  const nextOpen = (from, way) => {
    const wide = columns.length;
    for (let place = from.r * wide + from.c + way; place >= 0 && place < rows.length * wide; place += way) {
      const cell = cells[Math.floor(place / wide)][place % wide];
      if (isShown(cell) && !lockedBecause(cell)) return cell;
    }
    return null;
  };

  /* Editing */
  const edit = (text) => {
    if (!at || lockedBecause(at)) return;
    editing = true;
    input.classList.add("is-editing");
    if (text !== undefined) {
      input.value = text;
      input.setSelectionRange(text.length, text.length);
    }
  };
  const leave = () => {
    editing = false;
    input.classList.remove("is-editing");
    input.value = "";
  };
  const finish = () => {
    if (!editing) return;
    const cell = at;
    let text = input.value.trim();
    const { tiers } = columns[cell.c];
    if (/^[1-9]$/.test(text) && tiers.length && !tiers.includes(text)) text = tiers[Number(text) - 1] ?? text;
    leave();
    put([[cell, text]]);
  };

  /* Changes, undo, saving */
  const LEAVING = 400; // cells of a request that a browser finishes after the page has gone
  const undone = [];
  const queue = new Set();
  let timer = 0;
  let flying = false;
  let silent = "";

  const put = (changes, { remember = true } = {}) => {
    const real = changes.filter(([cell, text]) => !lockedBecause(cell) && (text !== cell.shown || cell.error || (cell.kind === "x" && text)));
    if (!real.length) { if (at) describe(); return 0; }
    if (remember) {
      undone.push(real.map(([cell]) => [cell, cell.shown, cell.error ? cell.text : cell.shown]));
      if (undone.length > 200) undone.shift();
    }
    for (const [cell, text] of real) {
      cell.shown = text;
      cell.error = "";
      if (text === cell.text && cell.kind !== "x" && !cell.sending) queue.delete(cell);
      else queue.add(cell);
      paint(cell);
    }
    if (undoButton) undoButton.disabled = !undone.length;
    if (at) describe();
    soon();
    report();
    count();
    return real.length;
  };
  const undo = () => {
    const last = undone.pop();
    if (undoButton) undoButton.disabled = !undone.length;
    if (!last) return tell(words.nothing);
    const back = last.map(([cell, _shown, text]) => [cell, text]);
    select(last[0][0]);
    put(back, { remember: false });
    tell(say("undone", { count: back.length }));
  };
  const soon = (wait = 350) => {
    clearTimeout(timer);
    timer = setTimeout(send, wait);
  };
  const send = async () => {
    if (flying || !queue.size) return;
    const block = [...queue].filter((cell) => !cell.sending).slice(0, settings.most);
    flying = true;
    for (const cell of block) { cell.sending = true; cell.sent = cell.shown; queue.delete(cell); }
    report();
    let answers = null;
    try {
      const response = await fetch(settings.save, {
        method: "POST",
        headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": token },
        body: JSON.stringify({ cells: block.map((cell) => [rows[cell.r].number, columns[cell.c].point, columns[cell.c].period, cell.sent, cell.text]) }),
        redirect: "manual",
        keepalive: block.length < LEAVING,
      });
      if (response.ok) answers = (await response.json()).cells;
      else if (response.type === "opaqueredirect" || response.status === 401) silent = "signed_out";
      else if (response.status >= 400 && response.status < 500) {
        const refusal = await response.json();
        answers = block.map(() => ({ error: refusal.message }));
      } else silent = "offline";
    } catch {
      silent = "offline";
    }
    flying = false;
    if (answers) {
      silent = "";
      block.forEach((cell, place) => take(cell, answers[place]));
      const kept = answers.filter((answer) => !answer.error).length;
      tell(answers.some((answer) => answer.error) ? say("faults", { count: faults() }) : say("saved_now", { count: kept }));
      count();
    } else {
      for (const cell of block) { cell.sending = false; queue.add(cell); }
    }
    report();
    if (queue.size) soon(silent ? 5000 : 50);
    if (at) describe();
  };
  const take = (cell, answer) => {
    cell.sending = false;
    if ("v" in answer) {
      Object.assign(cell, { text: answer.v, points: answer.p, late: answer.l });
      cell.kind = answer.s === "e" && columns[cell.c].due < settings.today ? "m" : answer.s;
      cell.why = answer.error ? cell.why : "";
    }
    const touched = cell.shown !== cell.sent; // typed on while the answer was under way
    if (answer.error) {
      cell.error = answer.error;
      if (answer.code === "conflict" && !touched) cell.shown = cell.text;
    } else if (!touched) cell.shown = cell.text;
    paint(cell);
    if (!answer.error) {
      cell.td.classList.remove("is-saved");
      void cell.td.offsetWidth;
      cell.td.classList.add("is-saved");
    }
  };
  const every = function* every() { for (const line of cells) yield* line; };
  const faults = () => { let number = 0; for (const cell of every()) number += cell.error ? 1 : 0; return number; };
  const tell = (text) => { state.textContent = text; };
  const report = () => {
    const open = queue.size + [...every()].filter((cell) => cell.sending).length;
    const wrong = faults();
    state.classList.toggle("bad", Boolean(silent || wrong));
    if (silent) tell(say(silent, { count: open }));
    else if (open) tell(say("saving", { count: open }));
    else if (wrong) tell(say("faults", { count: wrong }));
  };
  addEventListener("online", () => soon(0));
  /* Whoever goes on within the blink before a cell is sent loses nothing; only what cannot be sent asks first. */
  addEventListener("beforeunload", (event) => {
    finish();
    const small = queue.size < LEAVING;
    if (queue.size && small) send();
    if (silent || faults() || queue.size) event.preventDefault();
  });

  /* Filter */
  const heading = document.querySelector("[data-grid-empty]");
  const chips = [...page.querySelectorAll("[data-only]")];
  const fits = (cell, only) => {
    if (only === "error") return Boolean(cell.error);
    return only === "late" ? cell.late : only.includes(cell.kind);
  };
  const count = () => {
    for (const chip of chips) {
      const figure = chip.querySelector(".count");
      if (!figure) continue;
      let number = 0;
      for (const cell of every()) number += fits(cell, chip.dataset.only) ? 1 : 0;
      figure.textContent = number;
      if (chip.dataset.only === "error") chip.hidden = !number && chip.getAttribute("aria-pressed") === "false";
      if (chip.dataset.only === "em" && heading) heading.textContent = number;
    }
  };
  const filter = (only) => {
    finish();
    for (const chip of chips) chip.setAttribute("aria-pressed", String(chip.dataset.only === only));
    const wanted = new Set();
    for (const cell of every()) if (only && fits(cell, only)) wanted.add(cell);
    const shownRows = new Set([...wanted].map((cell) => cell.r));
    const shownColumns = new Set([...wanted].map((cell) => cell.c));
    rows.forEach((row, r) => { row.hidden = Boolean(only) && !shownRows.has(r); row.line.hidden = row.hidden; });
    columns.forEach((column, c) => { column.hidden = Boolean(only) && !shownColumns.has(c); column.head.hidden = column.hidden; });
    for (const cell of every()) {
      cell.td.hidden = columns[cell.c].hidden;
      cell.td.classList.toggle("is-aside", Boolean(only) && !wanted.has(cell));
    }
    if (only) {
      tell(say("filtered", { count: wanted.size }));
      const [first] = wanted;
      if (first) select(first, { quiet: true });
    } else tell("");
  };

  /* Keys, pointer, clipboard */
  const arrows = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
  input.addEventListener("keydown", (event) => {
    if (event.isComposing || event.keyCode === 229) return;
    const command = event.ctrlKey || event.metaKey;
    const go = (cell, extend) => { event.preventDefault(); if (cell) select(cell, { extend }); else finish(); };
    if (event.key in arrows && !event.altKey) {
      if (editing && input.dataset.typed !== "yes") return; // F2: the arrows move in the text
      const [dr, dc] = arrows[event.key];
      go(command ? edge(dr, dc) : step(dr, dc), event.shiftKey && !editing);
    } else if (event.key === "Enter") {
      go(step(event.shiftKey ? -1 : 1, 0), false);
    } else if (event.key === "Tab") {
      finish();
      const next = nextOpen(at, event.shiftKey ? -1 : 1);
      if (next) { event.preventDefault(); select(next); }
    } else if (event.key === "Escape") {
      if (editing) { event.preventDefault(); leave(); describe(); }
    } else if (event.key === "F2") {
      event.preventDefault();
      if (!editing) { delete input.dataset.typed; edit(at.shown); }
    } else if (command && !editing && event.key.toLowerCase() === "z") {
      event.preventDefault();
      undo();
    } else if (!editing && (event.key === "Delete" || event.key === "Backspace")) {
      event.preventDefault();
      put(chosen().map((cell) => [cell, ""]));
    } else if (!editing && event.key === "Home") go(command ? cells[0][0] : cells[at.r].find(isShown), event.shiftKey);
    else if (!editing && event.key === "End") go(edge(0, 1), event.shiftKey);
    else if (!editing && (event.key === "PageDown" || event.key === "PageUp")) {
      const way = event.key === "PageDown" ? 1 : -1;
      let goal = at;
      for (let steps = 0; steps < 12; steps += 1) { const next = cells[goal.r + way]?.[goal.c]; if (!next) break; goal = next; }
      go(isShown(goal) ? goal : edge(way, 0), event.shiftKey);
    }
  });
  const chosen = () => {
    const { r0, r1, c0, c1 } = range();
    return [...every()].filter((cell) => cell.r >= r0 && cell.r <= r1 && cell.c >= c0 && cell.c <= c1 && isShown(cell));
  };
  const begins = () => {
    if (editing || input.readOnly) return;
    input.dataset.typed = "yes";
    edit();
  };
  input.addEventListener("compositionstart", begins);
  input.addEventListener("input", begins);
  input.addEventListener("blur", (event) => { if (!page.contains(event.relatedTarget)) finish(); });

  box.addEventListener("pointerdown", (event) => {
    const td = event.target.closest("td");
    if (!td || event.button) return;
    const cell = cellOf(td);
    if (cell === at && editing) return;
    event.preventDefault();
    select(cell, { extend: event.shiftKey });
    if (narrow.matches && !lockedBecause(cell)) { delete input.dataset.typed; edit(cell.shown); }
  });
  box.addEventListener("dblclick", (event) => {
    if (event.target.closest("td") && !editing) { delete input.dataset.typed; edit(at.shown); }
  });

  input.addEventListener("copy", (event) => {
    if (editing) return;
    event.preventDefault();
    const { r0, r1, c0, c1 } = range();
    const lines = [];
    for (let r = r0; r <= r1; r += 1) {
      if (!rows[r].hidden) lines.push(cells[r].slice(c0, c1 + 1).filter(isShown).map((cell) => cell.shown).join("\t"));
    }
    event.clipboardData.setData("text/plain", lines.join("\n"));
  });
  input.addEventListener("paste", (event) => {
    const text = event.clipboardData?.getData("text/plain") ?? "";
    if (editing && !/[\t\n]/.test(text.trimEnd())) return;
    event.preventDefault();
    if (editing) leave();
    paste(text);
  });
  const paste = (text) => {
    const lines = parse(text);
    const visibleRows = rows.map((_row, r) => r).filter((r) => r >= at.r && !rows[r].hidden);
    const visibleColumns = columns.map((_column, c) => c).filter((c) => c >= at.c && !columns[c].hidden);
    const changes = [];
    let outside = 0;
    lines.forEach((line, i) => line.forEach((content, j) => {
      const cell = cells[visibleRows[i]]?.[visibleColumns[j]];
      if (cell && !lockedBecause(cell)) changes.push([cell, content]);
      else if (content && content !== cell?.shown) outside += 1;
    }));
    put(changes);
    if (outside) tell(say("outside", { count: outside }));
  };
  /* Excel's text: tabs and line ends, a field with one of them inside in quotes. */
  const parse = (text) => {
    const lines = [[]];
    let rest = text.replace(/\r\n?/g, "\n").replace(/\n$/, "");
    while (true) {
      const quoted = /^"((?:[^"]|"")*)"(?=[\t\n]|$)/.exec(rest);
      const field = quoted ? quoted[0] : /^[^\t\n]*/.exec(rest)[0];
      lines[lines.length - 1].push((quoted ? quoted[1].replace(/""/g, '"') : field).trim());
      rest = rest.slice(field.length);
      if (!rest) return lines;
      if (rest[0] === "\n") lines.push([]);
      rest = rest.slice(1);
    }
  };

  undoButton?.addEventListener("click", undo);
  for (const chip of chips) chip.addEventListener("click", () => filter(chip.dataset.only));

  /* On phones a person is a card that opens; its nodes carry their names. */
  const asCards = () => {
    for (const row of rows) {
      const head = row.line.cells[0];
      if (narrow.matches && !head.querySelector("button")) {
        const button = document.createElement("button");
        button.type = "button";
        button.className = "grid-who";
        button.append(...head.childNodes);
        button.setAttribute("aria-expanded", "false");
        button.addEventListener("click", () => button.setAttribute("aria-expanded", String(row.line.classList.toggle("is-open"))));
        head.append(button);
      } else if (!narrow.matches && head.querySelector("button")) head.replaceChildren(...head.querySelector("button").childNodes);
    }
    if (!narrow.matches) return;
    for (const cell of every()) cell.td.dataset.label = `${columns[cell.c].label.trim()} ${columns[cell.c].name}`;
  };
  narrow.addEventListener("change", asCards);
  asCards();
  const [todo] = [...every()].filter((cell) => fits(cell, "em"));
  select(todo ?? nextOpen({ r: 0, c: -1 }, 1) ?? cells[0][0], { quiet: true });
})();
