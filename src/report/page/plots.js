// SPDX-License-Identifier: GPL-3.0-or-later
// Live line plots on uPlot; where this page does not hold it, and on paper, the same as SVG (svg.js).
"use strict";

const haveLivePlots = typeof uPlot === "function";
const livePlots = new Set(); // each has paper(): draw what is printed, dress(): draw again in the present colours, and fit(): to the present width

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
  const drawn = host.nextElementSibling !== null && host.nextElementSibling.classList.contains("fixed"); // the page has a picture of it already
  const paper = make("div", { className: "paper" });
  if (!haveLivePlots) {
    if (!drawn) host.replaceChildren(drawLines(x, lines.filter((line) => !(options.legend || []).some((entry) => entry.off && line.tags.includes(entry.tag))), options), drawLegend(options.legend || []));
    host.hidden = drawn;
    host.className = "drawn";
    return null;
  }
  if (!drawn && !options.scrub) host.after(paper);
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
  const live = { plot: () => plot, dress: build,
    paper: () => {
      if (!drawn && !options.scrub) paper.replaceChildren(drawLines(x, lines.filter(seen), options), drawLegend((options.legend || []).filter((entry) => !off.has(entry.tag))));
    }, fit: () => { if (width() !== plot.width) plot.setSize({ width: width(), height: options.height || 300 }); },
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

// Pictures that are drawn only for paper, when it comes to that.
const paperWork = [() => { for (const live of livePlots) live.paper(); }];
function toPaper() {
  for (const work of paperWork) work();
}
addEventListener("beforeprint", toPaper);
matchMedia("print").addEventListener("change", (event) => { if (event.matches) toPaper(); });
