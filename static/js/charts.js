// Charts of a few kinds in one palette. ECharts is fetched only when the first chart comes near the window.
(() => {
  "use strict";

  const SCREEN = { ink: "#1a2330", soft: "#5d6979", line: "#e4e8ed", main: "#7fa6cf", own: "#1f5fa8", good: "#3a9168", bad: "#c9463d", risk: "#d9921b", surface: "#fff" };
  const PAPER = { ...SCREEN, ink: "#000", soft: "#333", line: "#bbb", main: "#aaa", own: "#333", good: "#666", bad: "#000", risk: "#555" };
  const FONT = '"Noto Sans CJK SC","Microsoft YaHei","PingFang SC",sans-serif';
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  const drawn = new Map();

  const axis = (tone) => ({
    axisLine: { lineStyle: { color: tone.line } }, axisTick: { show: false },
    axisLabel: { color: tone.soft, fontSize: 12 }, splitLine: { lineStyle: { color: tone.line } },
    nameTextStyle: { color: tone.soft, fontSize: 12 },
  });
  const bare = (tone) => ({ ...axis(tone), splitLine: { show: false } });
  const tooltip = (tone, extra) => ({
    renderMode: "richText", backgroundColor: tone.surface, borderColor: tone.line, textStyle: { color: tone.ink, fontSize: 12 }, ...extra,
  });

  // {bins: [{label, count, own}], unit, own_label}: a distribution with one's own place
  const histogram = (data, tone) => ({
    grid: { left: 8, right: 16, top: 28, bottom: 8, containLabel: true },
    tooltip: tooltip(tone, { trigger: "axis", axisPointer: { type: "none" } }),
    xAxis: { type: "category", data: data.bins.map((bin) => bin.label), ...bare(tone) },
    yAxis: { type: "value", minInterval: 1, name: data.unit || "", nameGap: 12, ...axis(tone), axisLine: { show: false } },
    series: [{
      type: "bar", barCategoryGap: "8%", name: data.unit || "",
      data: data.bins.map((bin) => ({
        value: bin.count,
        itemStyle: { color: bin.own ? tone.own : tone.main },
        label: { show: Boolean(bin.own && data.own_label), position: "top", formatter: data.own_label, color: tone.own, fontWeight: 600 },
      })),
    }],
  });

  // {items: [{label, value, own, tone}], unit, decimals}: a comparison, sorted by the server
  const bars = (data, tone) => ({
    grid: { left: 8, right: 48, top: 8, bottom: 8, containLabel: true },
    tooltip: tooltip(tone, { trigger: "axis", axisPointer: { type: "none" } }),
    xAxis: { type: "value", ...axis(tone), axisLabel: { show: false }, splitLine: { show: false } },
    yAxis: { type: "category", inverse: true, data: data.items.map((item) => item.label), ...bare(tone), axisLine: { show: false } },
    series: [{
      type: "bar", barMaxWidth: 16, name: data.unit || "",
      data: data.items.map((item) => ({ value: item.value, itemStyle: { color: tone[item.tone] || (item.own ? tone.own : tone.main) } })),
      label: {
        show: true, position: "right", color: tone.ink, fontSize: 12,
        formatter: ({ value }) => (data.decimals === undefined ? String(value) : value.toFixed(data.decimals)),
      },
    }],
  });

  // {from, to, items: [{label, from, to, own}], inverse}: movement between two quarters
  const slope = (data, tone) => ({
    grid: { left: 88, right: 104, top: 28, bottom: 8 },
    tooltip: tooltip(tone, { trigger: "item", formatter: (mark) => `${mark.seriesName}  ${mark.name}：${mark.value}` }),
    xAxis: { type: "category", boundaryGap: false, position: "top", data: [data.from, data.to], ...bare(tone) },
    yAxis: { type: "value", scale: true, show: false, inverse: Boolean(data.inverse) },
    series: data.items.map((item) => {
      const color = item.own ? tone.own : tone.main;
      return {
        type: "line", name: item.label, symbol: "circle", symbolSize: 7,
        data: [
          { value: item.from, label: { show: true, position: "left", formatter: `${item.label} ${item.from}`, color: item.own ? tone.own : tone.soft, fontSize: 12 } },
          item.to,
        ],
        lineStyle: { color, width: item.own ? 2.5 : 1.5 }, itemStyle: { color },
        endLabel: { show: true, formatter: `${item.label} ${item.to}`, color: item.own ? tone.own : tone.soft, fontSize: 12 },
        labelLayout: { moveOverlap: "shiftY" }, z: item.own ? 3 : 2,
      };
    }),
  });

  // {labels: [...], series: [{label, values, own}], min, max}: a year as small multiples on one scale
  const multiples = (data, tone, box) => {
    const across = Math.max(1, Math.min(data.series.length, Math.floor(box.clientWidth / 150)));
    const down = Math.ceil(data.series.length / across);
    const cell = { w: 100 / across, h: 100 / down };
    const at = (index) => ({ x: (index % across) * cell.w, y: Math.floor(index / across) * cell.h });
    return {
      title: data.series.map((one, index) => ({
        text: one.label, left: `${at(index).x}%`, top: `${at(index).y}%`, padding: 0,
        textStyle: { color: one.own ? tone.own : tone.soft, fontSize: 12, fontWeight: one.own ? 600 : 400 },
      })),
      tooltip: tooltip(tone, { trigger: "axis", axisPointer: { type: "none" } }),
      grid: data.series.map((_one, index) => ({
        left: `${at(index).x}%`, top: `${at(index).y + cell.h * 0.26}%`, width: `${cell.w - 3}%`, height: `${cell.h * 0.46}%`,
      })),
      xAxis: data.series.map((_one, index) => ({ gridIndex: index, type: "category", data: data.labels, ...bare(tone) })),
      yAxis: data.series.map((_one, index) => ({ gridIndex: index, type: "value", min: data.min || 0, max: data.max, show: false })),
      series: data.series.map((one, index) => ({
        type: "bar", name: one.label, xAxisIndex: index, yAxisIndex: index, data: one.values, barCategoryGap: "20%",
        itemStyle: { color: one.own ? tone.own : tone.main },
      })),
    };
  };

  const KINDS = { histogram, bars, slope, multiples };

  const draw = (box, tone = SCREEN) => {
    const source = document.getElementById(`${box.id}-data`);
    const kind = KINDS[box.dataset.chart];
    if (!source || !kind) return;
    const chart = drawn.get(box) || echarts.init(box, null, { renderer: "canvas" });
    drawn.set(box, chart);
    const options = kind(JSON.parse(source.textContent), tone, box);
    chart.setOption({ textStyle: { fontFamily: FONT }, animation: !still.matches && tone === SCREEN, animationDuration: 300, ...options }, true);
  };

  let library;
  const load = () => {
    library ??= new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = document.querySelector("meta[name=echarts]").content;
      script.onload = resolve;
      script.onerror = reject;
      document.head.append(script);
    });
    return library;
  };

  const near = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      if (!entry.isIntersecting) continue;
      near.unobserve(entry.target);
      load().then(() => draw(entry.target));
    }
  }, { rootMargin: "160px" });
  const watch = (root) => {
    for (const [box, chart] of drawn) if (!box.isConnected) { chart.dispose(); drawn.delete(box); }
    root.querySelectorAll("[data-chart]").forEach((box) => near.observe(box));
  };

  document.addEventListener("htmx:load", (event) => watch(event.detail.elt));
  addEventListener("resize", () => drawn.forEach((chart, box) => { chart.resize(); if (box.dataset.chart === "multiples") draw(box); }));
  addEventListener("beforeprint", () => drawn.forEach((_chart, box) => draw(box, PAPER)));
  addEventListener("afterprint", () => drawn.forEach((_chart, box) => draw(box)));
  watch(document);
})();
