// SPDX-License-Identifier: GPL-3.0-or-later
// Live line plots on uPlot (where this page holds it), and bars as SVG.
"use strict";

const haveLivePlots = typeof uPlot === "function";
const livePlots = new Set(); // each has dress(): draw again in the present colours, and fit(): to the present width

function cssColour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name.replace(/^var\(|\)$/g, "")).trim();
}
function faded(colour, alpha) {
  const hex = colour.replace("#", "");
  return `rgba(${[0, 2, 4].map((i) => parseInt(hex.slice(i, i + 2), 16)).join(",")},${alpha})`;
}

// lines: [{ label, colour: "var(--s0)", dash: [6, 4], width, y, error (half a band), tags: ["S0", "active"], digits }]
// options: { xLabel, yLabel, range: [low, high], log, height, legend: [{ tag, label, colour, look, off }], draw(plot), under(plot),
// tip: false }. Lines are seen while all their tags are on.
function makePlot(host, x, lines, options) {
  const off = new Set((options.legend || []).filter((entry) => entry.off).map((entry) => entry.tag));
  const box = make("div"), tip = make("div", { className: "tip", hidden: true });
  const legend = make("div", { className: "legend", role: "group", "aria-label": "Lines shown" });
  for (const entry of options.legend || []) {
    const button = make("button", { type: "button", "aria-pressed": String(!entry.off),
      style: entry.colour ? `--line:${entry.colour}` : "" }, make("i", { className: entry.look || "" }), entry.label);
    button.addEventListener("click", () => {
      if (off.has(entry.tag)) off.delete(entry.tag); else off.add(entry.tag);
      button.setAttribute("aria-pressed", String(!off.has(entry.tag)));
      shown.forEach((line, i) => plot.setSeries(i + 1, { show: seen(line) }, false));
      plot.redraw(true, true);
    });
    legend.append(button);
  }
  host.replaceChildren(...(options.legend ? [legend] : []), box);
  host.hidden = false;
  const seen = (line) => (line.tags || []).every((tag) => !off.has(tag));

  // A band is two more invisible lines, above and below.
  const shown = [], bands = [];
  for (const line of lines) {
    shown.push(line);
    if (!line.error) continue;
    const edge = (sign) => ({ y: line.y.map((y, i) => (y === null || line.error[i] === null ? null : y + sign * line.error[i])),
      tags: line.tags, edge: true });
    shown.push(edge(1), edge(-1));
    bands.push({ series: [shown.length - 1, shown.length], line });
  }
  let plot = null;

  function axis(label, extra) {
    return { stroke: cssColour("--muted"), font: "12px system-ui, sans-serif", labelFont: "12px system-ui, sans-serif", label, labelSize: 20,
      labelGap: 2, grid: { stroke: cssColour("--rule"), width: 1 }, ticks: { stroke: cssColour("--rule"), width: 1, size: 5 }, ...extra };
  }
  function width() {
    return Math.max(200, Math.floor(box.clientWidth || host.clientWidth));
  }
  function build() {
    if (plot !== null) plot.destroy();
    const drags = !options.scrub;
    plot = new uPlot({
      width: width(), height: options.height || 300, padding: [10, 12, 0, 0], legend: { show: false },
      cursor: { drag: { x: drags, y: false }, points: { size: 7 }, y: false },
      scales: { x: { time: false, range: (u, low, high) => [low, high > low ? high : low + 1] },
        y: { range: options.range, distr: options.log ? 3 : 1 } },
      axes: [axis(options.xLabel, { size: 34, grid: { show: false } }), axis(options.yLabel, { size: 54,
        values: options.log ? (u, ticks) => ticks.map((t) => (t !== null && Math.abs(Math.log10(t) - Math.round(Math.log10(t))) < 1e-6 ? String(Number(t.toPrecision(3))) : ""))
          : undefined })],
      series: [{}, ...shown.map((line) => line.edge || line.bandOnly ? { stroke: "transparent", width: 0, points: { show: false }, show: seen(line) } : {
        stroke: cssColour(line.colour), width: line.width || 2, dash: line.dash, points: { show: false }, show: seen(line), spanGaps: false })],
      bands: bands.map((band) => ({ series: band.series, fill: faded(cssColour(band.line.colour), 0.16) })),
      hooks: { setCursor: [tell], draw: options.draw ? [options.draw] : [], drawAxes: options.under ? [options.under] : [] }
    }, [x, ...shown.map((line) => line.y)], box);
    // The edges of bands get no cursor points.
    plot.over.append(tip);
    if (options.built) options.built(plot);
  }
  function tell(u) {
    const i = u.cursor.idx;
    tip.hidden = i === null || i === undefined || u.cursor.left < 0 || options.tip === false;
    if (tip.hidden) return;
    const rows = lines.filter((line) => seen(line) && !line.bandOnly && line.y[i] !== null && Number.isFinite(line.y[i])).map((line) => make("div", {},
      make("i", { style: `background:${line.colour}` }), `${line.label} `, make("b", {}, precise(line.y[i], line.digits || 3)),
      line.error && line.error[i] !== null ? ` ± ${precise(line.error[i] / 2, 2)}` : ""));
    tip.replaceChildren(make("div", {}, make("b", {}, `${precise(x[i], 4)} fs`)), ...rows);
    const left = u.cursor.left, flip = left > u.over.clientWidth / 2;
    tip.style.left = flip ? "" : `${left + 12}px`;
    tip.style.right = flip ? `${u.over.clientWidth - left + 12}px` : "";
    tip.style.top = "6px";
  }
  build();
  const live = { plot: () => plot, dress: build, fit: () => { if (width() !== plot.width) plot.setSize({ width: width(), height: options.height || 300 }); },
    setData(newX, newLines) {
      x = newX;
      lines = newLines;
      shown.length = 0;
      shown.push(...newLines);
      plot.setData([x, ...newLines.map((line) => line.y)]);
    } };
  livePlots.add(live);
  new ResizeObserver(() => live.fit()).observe(host);
  return live;
}

// Counts in bars, stacked by group: groups [{ label, colour, values }]. An SVG that works without uPlot.
function makeBars(host, groups, options) {
  const all = groups.flatMap((group) => group.values).filter(Number.isFinite);
  const W = 520, H = 210, left = 44, right = 18, top = 8, bottom = 40, bins = options.bins || 40;
  const title = make("figcaption", { className: "plot-title" }, options.title);
  if (all.length === 0) {
    host.replaceChildren(title, make("p", { className: "muted" }, "none"));
    return;
  }
  const low = options.low !== undefined ? options.low : Math.min(...all), high = options.high !== undefined ? options.high : Math.max(...all);
  const span = high > low ? high - low : 1;
  const counts = groups.map((group) => {
    const found = new Array(bins).fill(0);
    for (const v of group.values) if (Number.isFinite(v)) found[Math.min(bins - 1, Math.max(0, Math.floor((v - low) / span * bins)))]++;
    return found;
  });
  const most = Math.max(...counts[0].map((_, b) => counts.reduce((sum, c) => sum + c[b], 0)), 1);
  const X = (v) => left + (v - low) / span * (W - left - right), Y = (c) => top + (1 - c / most) * (H - top - bottom);
  const ns = "http://www.w3.org/2000/svg";
  const draw = (tag, attributes, text) => {
    const element = document.createElementNS(ns, tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    if (text !== undefined) element.textContent = text;
    return element;
  };
  const svg = draw("svg", { viewBox: `0 0 ${W} ${H}`, class: "plot", role: "img", "aria-label": options.title });
  const ticks = (from, to) => {
    const rough = (to - from) / 4, power = 10 ** Math.floor(Math.log10(rough)), share = rough / power;
    const step = power * (share < 1.5 ? 1 : share < 3.5 ? 2 : share < 7.5 ? 5 : 10), found = [];
    for (let i = Math.ceil(from / step - 1e-9); i * step <= to * (1 + 1e-9); i++) found.push(Number((i * step).toPrecision(6)));
    return found;
  };
  for (const c of ticks(0, most)) {
    if (!Number.isInteger(c)) continue;
    svg.append(draw("line", { class: "grid", x1: left, x2: W - right, y1: Y(c), y2: Y(c) }), draw("text", { x: left - 6, y: Y(c) + 4, "text-anchor": "end" }, c));
  }
  counts[0].forEach((_, b) => {
    let below = 0;
    groups.forEach((group, g) => {
      if (counts[g][b] === 0) return;
      const x0 = X(low + span * b / bins) + 0.6, x1 = X(low + span * (b + 1) / bins) - 0.6;
      svg.append(draw("rect", { x: x0, width: Math.max(0.5, x1 - x0), y: Y(below + counts[g][b]), height: Y(below) - Y(below + counts[g][b]), style: `fill:${group.colour};opacity:.85` }));
      below += counts[g][b];
    });
  });
  svg.append(draw("line", { class: "axis", x1: left, x2: W - right, y1: Y(0), y2: Y(0) }));
  for (const v of ticks(low, low + span)) svg.append(draw("text", { x: X(v), y: H - bottom + 16, "text-anchor": "middle" }, v));
  svg.append(draw("text", { x: (left + W - right) / 2, y: H - 4, "text-anchor": "middle" }, options.xLabel));
  const legend = make("div", { className: "legend" }, ...groups.map((group) => make("span", {}, make("i", { style: `--line:${group.colour}` }), ` ${group.label} `)));
  host.replaceChildren(title, svg, legend);
}
