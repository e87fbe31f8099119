// Charts of a few kinds as SVG. Colours, paper and motion are css/components.css and css/print.css ("Charts").
(() => {
  "use strict";

  const GAP = 8;
  const pen = document.createElement("canvas").getContext("2d");
  const sizes = new ResizeObserver((entries) => entries.forEach((entry) => draw(entry.target)));

  const make = (name, attributes, ...children) => {
    const element = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, typeof value === "number" ? Math.round(value * 10) / 10 : value);
    element.append(...children);
    return element;
  };
  const text = (x, y, content, anchor, look = "") => make("text", { x, y, dy: "0.35em", "text-anchor": anchor, class: look }, content);
  const rule = (x1, y1, x2, y2) => make("line", { x1, y1, x2, y2, class: "chart-rule" });
  const look = ({ tone, own }) => (tone ? `is-${tone}` : own ? "is-own" : "");
  // What belongs to one figure; `tip` is told while the pointer is in `area`
  const mark = (tip, [x, y, width, height], ...shapes) =>
    make("g", { class: "chart-mark", "data-tip": tip }, make("rect", { x, y, width, height, class: "chart-area" }), ...shapes);

  const room = (content) => pen.measureText(content).width;
  const widest = (contents) => Math.max(0, ...contents.map(room));
  const cut = (content, most) => {
    if (room(content) <= most) return content;
    let length = content.length;
    while (length > 1 && room(`${content.slice(0, length)}…`) > most) length -= 1;
    return `${content.slice(0, length)}…`;
  };
  const scale = (from, to, start, end) => (value) => start + ((value - from) / (to - from || 1)) * (end - start);
  const known = (values) => values.filter((value) => value !== null && value !== undefined && value !== "").map(Number);
  // From 0 in about five round steps to where `top` fits under
  const steps = (top, whole = false) => {
    const power = 10 ** Math.floor(Math.log10(top / 5 || 1));
    const found = [1, 2, 5, 10].map((one) => one * power).find((one) => one >= top / 5);
    const step = whole ? Math.max(1, found) : found;
    return Array.from({ length: Math.max(1, Math.ceil(top / step)) + 1 }, (_one, index) => index * step);
  };
  // Moves what stands too close apart, within the edges, in the order in which it stands
  const apart = (places, distance, end) => {
    const order = places.map((place, index) => ({ place, index })).filter(({ place }) => place !== null).sort((a, b) => a.place - b.place);
    order.forEach((one, index) => { if (index) one.place = Math.max(one.place, order[index - 1].place + distance); });
    let limit = end;
    for (const one of order.reverse()) { one.place = Math.min(one.place, limit); limit = one.place - distance; }
    return order.reduce((moved, { place, index }) => Object.assign(moved, { [index]: place }), {});
  };

  // {bins: [{label, count, own}], unit, own_label}: a distribution with one's own place
  const histogram = ({ bins, unit = "", own_label: ownLabel }, width, height) => {
    const marks = steps(Math.max(...bins.map((bin) => bin.count)), true);
    const [left, top, right, bottom] = [widest(marks.map(String)) + 2 * GAP, 28, width - GAP, height - 24];
    const y = scale(0, marks.at(-1), bottom, top);
    const band = (right - left) / bins.length;
    const every = Math.ceil((widest(bins.map((bin) => bin.label)) + GAP) / band);
    const drawn = [room(unit) > left - GAP ? text(0, 12, unit, "start") : text(left - GAP, 12, unit, "end")];
    for (const step of marks) drawn.push(rule(left, y(step), right, y(step)), text(left - GAP, y(step), String(step), "end"));
    bins.forEach((bin, index) => {
      const x = left + index * band;
      if (index % every === 0) drawn.push(text(x + band / 2, bottom + 14, bin.label, "middle"));
      drawn.push(mark(`${bin.label}\n${unit} ${bin.count}`, [x, top, band, bottom - top],
        make("rect", { x: x + band * 0.04, y: y(bin.count), width: band * 0.92, height: bottom - y(bin.count), class: `chart-column ${look(bin)}` })));
    });
    const own = ownLabel ? bins.findIndex((bin) => bin.own) : -1;
    if (own >= 0) {
      const half = room(ownLabel) / 2 + GAP;
      const x = Math.min(Math.max(left + (own + 0.5) * band, half), width - half);
      drawn.push(text(x, y(bins[own].count) - 10, ownLabel, "middle", "is-own"));
    }
    return { drawn, height };
  };

  // {items: [{label, value, own, tone}], unit, decimals}: a comparison, sorted by the server
  const bars = ({ items, unit = "", decimals }, width, least) => {
    const shown = ({ value }) => (value === null ? "–" : decimals === undefined ? String(value) : Number(value).toFixed(decimals));
    const height = Math.max(least, items.length * 17 + 2 * GAP);
    const values = known(items.map((item) => item.value));
    const labels = Math.min(widest(items.map((item) => item.label)), width * 0.45);
    const x = scale(Math.min(0, ...values), Math.max(0, ...values), labels + 2 * GAP, width - widest(items.map(shown)) - 2 * GAP);
    const row = (height - 2 * GAP) / items.length;
    const thick = Math.min(16, row * 0.72);
    const drawn = items.map((item, index) => {
      const [y, value] = [GAP + (index + 0.5) * row, Number(item.value)];
      return mark(`${item.label}\n${unit} ${shown(item)}`, [0, y - row / 2, width, row],
        text(labels + GAP, y, cut(item.label, labels), "end"),
        make("rect", { x: x(Math.min(0, value)), y: y - thick / 2, width: Math.abs(x(value) - x(0)), height: thick, class: `chart-bar ${look(item)}` }),
        text(x(Math.max(0, value)) + 6, y, shown(item), "start", "chart-value"));
    });
    return { drawn, height };
  };

  // {from, to, items: [{label, from, to, own}], inverse}: movement between two quarters
  const slope = ({ from, to, items, inverse }, width, least) => {
    const [ordered, top] = [[...items].sort((a, b) => Boolean(a.own) - Boolean(b.own)), 40];
    const height = Math.max(least, items.length * 16 + top + GAP);
    const values = known(items.flatMap((item) => [item.from, item.to]));
    const ends = inverse ? [Math.max(...values), Math.min(...values)] : [Math.min(...values), Math.max(...values)];
    const y = scale(...ends, height - 2 * GAP, top);
    const sides = [["from", "end", -10], ["to", "start", 10]].map(([key, anchor, aside]) => {
      const words = ordered.map((item) => `${item.label} ${item[key]}`);
      const places = ordered.map((item) => (known([item[key]]).length ? y(Number(item[key])) : null));
      return { key, anchor, aside, words, places, moved: apart(places, 15, height - GAP), quarter: key === "from" ? from : to, space: Math.min(widest(words) + 2 * GAP, width * 0.38) };
    });
    sides[0].x = Math.max(sides[0].space, room(from) / 2);
    sides[1].x = width - Math.max(sides[1].space, room(to) / 2);
    const drawn = [rule(sides[0].x, 22, sides[1].x, 22), ...sides.map((side) => text(side.x, 8, side.quarter, "middle"))];
    ordered.forEach((item, index) => {
      const [start, end] = sides.map((side) => side.places[index]);
      if (start !== null && end !== null) drawn.push(make("line", { x1: sides[0].x, y1: start, x2: sides[1].x, y2: end, class: `chart-line ${look(item)}` }));
      for (const side of sides) {
        const at = side.places[index];
        if (at === null) continue;
        drawn.push(mark(`${item.label}\n${side.quarter} ${item[side.key]}`, [side.x - 12, at - 12, 24, 24],
          make("circle", { cx: side.x, cy: at, r: 3.5, class: `chart-dot ${look(item)}` }),
          text(side.x + side.aside, side.moved[index], cut(side.words[index], side.space - GAP), side.anchor, look(item))));
      }
    });
    return { drawn, height };
  };

  // {labels: [...], series: [{label, values, own}], min, max}: a year as small multiples on one scale
  const multiples = ({ labels, series, min = 0, max }, width, least) => {
    const across = Math.max(1, Math.min(series.length, Math.floor(width / 150)));
    const down = Math.ceil(series.length / across);
    const height = Math.max(least, down * 84);
    const [cell, tall] = [width / across, height / down];
    const [wide, top, bottom] = [cell - 2 * GAP, 22, tall - 24];
    const y = scale(min, max ?? steps(Math.max(0, ...known(series.flatMap((one) => one.values)))).at(-1), bottom, top);
    const band = wide / labels.length;
    const every = Math.ceil((widest(labels) + 4) / band);
    const drawn = series.map((one, index) => {
      const columns = labels.flatMap((label, place) => {
        const [x, value] = [place * band, one.values[place]];
        const words = place % every === 0 ? [text(x + band / 2, bottom + 12, label, "middle")] : [];
        if (!known([value]).length) return words;
        const high = Math.max(0, bottom - Math.max(top, y(Number(value))));
        return [...words, mark(`${one.label}\n${label} ${value}`, [x, top, band, bottom - top],
          make("rect", { x: x + band * 0.1, y: bottom - high, width: band * 0.8, height: high, class: `chart-column ${look(one)}` }))];
      });
      return make("g", { transform: `translate(${(index % across) * cell} ${Math.floor(index / across) * tall})` },
        text(0, 8, cut(one.label, wide), "start", look(one)), rule(0, bottom, wide, bottom), ...columns);
    });
    return { drawn, height };
  };

  const KINDS = { histogram, bars, slope, multiples };

  const draw = (box) => {
    if (!box.isConnected) return sizes.unobserve(box);
    const [source, kind, width] = [document.getElementById(`${box.id}-data`), KINDS[box.dataset.chart], box.clientWidth];
    const before = box.querySelector("svg");
    if (!source || !kind || !width || (before && before.viewBox.baseVal.width === width)) return;
    const style = getComputedStyle(box);
    pen.font = `600 ${style.fontSize} ${style.fontFamily}`;
    const { drawn, height } = kind(JSON.parse(source.textContent), width, parseFloat(style.minHeight));
    box.replaceChildren(make("svg", { viewBox: `0 0 ${width} ${height}`, class: before ? "" : "is-new" }, ...drawn));
  };

  const tip = document.createElement("div");
  tip.className = "chart-tip";
  tip.setAttribute("aria-hidden", "true"); // the table behind the chart says it to readers of screens
  const hide = () => tip.remove();
  const point = (event) => {
    const one = event.target.closest?.(".chart-mark");
    if (!one) return hide();
    const box = one.closest("[data-chart]");
    tip.textContent = one.dataset.tip;
    if (tip.parentNode !== box) box.append(tip);
    const frame = box.getBoundingClientRect();
    const [x, y] = [event.clientX - frame.left, event.clientY - frame.top];
    const left = x + 12 + tip.offsetWidth > frame.width ? x - 12 - tip.offsetWidth : x + 12;
    tip.style.left = `${Math.max(0, left)}px`;
    tip.style.top = `${Math.max(0, Math.min(y + 12, frame.height - tip.offsetHeight))}px`;
  };
  document.addEventListener("pointermove", point);
  document.addEventListener("pointerdown", point);
  document.documentElement.addEventListener("pointerleave", hide);
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") hide(); });
  addEventListener("beforeprint", hide);

  const watch = (root) => root.querySelectorAll("[data-chart]").forEach((box) => sizes.observe(box));
  document.addEventListener("htmx:load", (event) => watch(event.detail.elt));
  watch(document);
})();
