// SPDX-License-Identifier: GPL-3.0-or-later
// Pictures as SVG, for paper and for pages without uPlot: axes, lines with bands, bars. Colours are variables of the page, so that they follow
// its light and dark dress.
"use strict";

function svgTag(tag, attributes, text) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  if (text !== undefined) element.textContent = text;
  return element;
}

// How wide a picture is drawn, so that its letters keep their size on a narrow screen.
function pictureWidth(most) {
  return Math.max(300, Math.min(most, document.querySelector("main").clientWidth - 64));
}
// About `count` ticks at 1, 2 or 5 times a power of ten; on a logarithmic axis the powers of ten.
function ticksOf(low, high, log, count = 5) {
  if (log) {
    const found = [];
    for (let i = Math.ceil(Math.log10(low) - 1e-9); i <= Math.log10(high) + 1e-9; i++) found.push(10 ** i);
    return found;
  }
  const rough = (high - low) / count, power = 10 ** Math.floor(Math.log10(rough)), share = rough / power;
  const step = power * (share < 1.5 ? 1 : share < 3.5 ? 2 : share < 7.5 ? 5 : 10), found = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + 1e-9 * step; i++) found.push(Number((i * step).toPrecision(10)));
  return found;
}

// An empty picture with axes. options: { title, xLabel, yLabel, x: [low, high], y: [low, high], log, width, height, right }. Gives { svg, X, Y (places of
// values), area (what is drawn there is cut off at the axes), box }.
function makeFrame(options) {
  const W = options.width || 720, H = options.height || 300, left = 66, right = options.right || 14, top = 10, bottom = options.xLabel ? 46 : 26;
  const [x0, x1] = options.x, [y0, y1] = options.y, f = options.log ? Math.log10 : (v) => v;
  const X = (v) => left + (v - x0) / (x1 - x0) * (W - left - right), Y = (v) => top + (f(y1) - f(v)) / (f(y1) - f(y0)) * (H - top - bottom);
  const svg = svgTag("svg", { viewBox: `0 0 ${W} ${H}`, class: "plot", role: "img", "aria-label": options.title || options.yLabel || "" });
  for (const v of ticksOf(y0, y1, options.log)) {
    svg.append(svgTag("line", { class: "grid", x1: left, x2: W - right, y1: Y(v), y2: Y(v) }),
      svgTag("text", { x: left - 7, y: Y(v) + 4, "text-anchor": "end" }, Number(v.toPrecision(6))));
  }
  for (const v of ticksOf(x0, x1, false, W > 500 ? 8 : 5)) {
    svg.append(svgTag("line", { class: "axis", x1: X(v), x2: X(v), y1: H - bottom, y2: H - bottom + 5 }),
      svgTag("text", { x: X(v), y: H - bottom + 19, "text-anchor": "middle" }, v));
  }
  const area = svgTag("svg", { x: left, y: top, width: W - left - right, height: H - top - bottom,
    viewBox: `${left} ${top} ${W - left - right} ${H - top - bottom}` });
  svg.append(area, svgTag("line", { class: "axis", x1: left, x2: W - right, y1: H - bottom, y2: H - bottom }));
  if (options.xLabel) svg.append(svgTag("text", { x: (left + W - right) / 2, y: H - 6, "text-anchor": "middle" }, options.xLabel));
  if (options.yLabel) svg.append(svgTag("text", { transform: `translate(14 ${(top + H - bottom) / 2}) rotate(-90)`, "text-anchor": "middle" }, options.yLabel));
  return { svg, X, Y, area, box: { left, right: W - right, top, bottom: H - bottom } };
}

// Lowest and highest value of all lines, their bands included, with some air.
function rangeOf(lines, log) {
  let low = Infinity, high = -Infinity;
  for (const line of lines) {
    line.y.forEach((y, i) => {
      if (y === null || y === undefined || !Number.isFinite(y) || (log && y <= 0)) return;
      const e = !log && line.error && Number.isFinite(line.error[i]) ? line.error[i] : 0;
      low = Math.min(low, y - e);
      high = Math.max(high, y + e);
    });
  }
  if (!(low <= high)) return log ? [0.1, 10] : [0, 1];
  if (log) return [low / 1.3, high * 1.3];
  const air = high > low ? 0.05 * (high - low) : 0.5 * Math.abs(high) + 0.5;
  return [low - air, high + air];
}

// The lines and options of makePlot (plots.js), drawn once.
function drawLines(x, lines, options) {
  const range = Array.isArray(options.range) ? options.range : rangeOf(lines, options.log);
  const frame = makeFrame({ ...options, x: [x[0], x[x.length - 1] > x[0] ? x[x.length - 1] : x[0] + 1], y: range });
  const place = (t, y) => `${frame.X(x[t]).toFixed(1)} ${frame.Y(y).toFixed(1)}`;
  const good = (y) => y !== null && y !== undefined && Number.isFinite(y) && !(options.log && y <= 0);
  for (const line of lines.filter((l) => l.error)) {
    const at = x.map((_, t) => t).filter((t) => good(line.y[t]) && good(line.error[t]));
    const points = [...at.map((t) => place(t, line.y[t] + line.error[t])), ...at.reverse().map((t) => place(t, line.y[t] - line.error[t]))];
    frame.area.append(svgTag("polygon", { class: "band", points: points.join(" "), style: `fill:${line.colour}` }));
  }
  for (const line of lines.filter((l) => !l.bandOnly)) {
    let d = "", pen = false;
    x.forEach((_, t) => {
      if (good(line.y[t])) d += `${pen ? "L" : "M"}${place(t, line.y[t])}`;
      pen = good(line.y[t]);
    });
    frame.area.append(svgTag("path", { d, style: `fill:none;stroke:${line.colour};stroke-width:${line.width || 2};stroke-dasharray:${line.dash ? line.dash.join(" ") : "none"}` }));
  }
  return frame.svg;
}

// What the lines of a picture mean, on one or more rows below it.
function drawLegend(entries) {
  return make("div", { className: "legend drawn" }, ...entries.map((entry) => make("span", { style: entry.colour ? `--line:${entry.colour}` : "" }, make("i", { className: entry.look || "" }), ` ${entry.label}`)));
}

// Counts in bars, stacked by group: groups [{ label, colour, values }]. options: { title, xLabel, low, high, bins }.
function makeBars(host, groups, options) {
  const all = groups.flatMap((group) => group.values).filter(Number.isFinite), bins = options.bins || 40;
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
  const frame = makeFrame({ title: options.title, xLabel: options.xLabel, x: [low, low + span], y: [0, most], width: pictureWidth(520), height: 230 });
  counts[0].forEach((_, b) => {
    let below = 0;
    groups.forEach((group, g) => {
      if (counts[g][b] === 0) return;
      const x0 = frame.X(low + span * b / bins) + 0.6, x1 = frame.X(low + span * (b + 1) / bins) - 0.6, y = frame.Y(below + counts[g][b]);
      frame.area.append(svgTag("rect", { x: x0, width: Math.max(0.5, x1 - x0), y, height: frame.Y(below) - y, style: `fill:${group.colour};opacity:.85` }));
      below += counts[g][b];
    });
  });
  host.replaceChildren(title, frame.svg, drawLegend(groups));
}

// Shares as bars on their side: rows [{ label, parts: [{ value, colour }], low, high }], each with its interval. On a narrow screen too the names stand
// above the bars.
function makeShares(rows, title) {
  const W = pictureWidth(720), row = 46, top = 4, left = 4, right = 14, H = top + row * rows.length + 40, X = (v) => left + v * (W - left - right);
  const svg = svgTag("svg", { viewBox: `0 0 ${W} ${H}`, class: "plot", role: "img", "aria-label": title });
  for (const v of W < 500 ? [0, 0.5, 1] : [0, 0.2, 0.4, 0.6, 0.8, 1]) svg.append(svgTag("line", { class: "grid", x1: X(v), x2: X(v), y1: top, y2: H - 36 }),
    svgTag("text", { x: X(v), y: H - 20, "text-anchor": v === 0 ? "start" : v === 1 ? "end" : "middle" }, `${Math.round(100 * v)} %`));
  rows.forEach((entry, i) => {
    const y = top + i * row, bar = y + 18;
    let from = 0;
    svg.append(svgTag("text", { x: X(0), y: y + 13, class: "strong" }, entry.label));
    for (const part of entry.parts) {
      svg.append(svgTag("rect", { x: X(from), y: bar, width: Math.max(0, X(from + part.value) - X(from)), height: 16, style: `fill:${part.colour};opacity:.85` }));
      from += part.value;
    }
    if (entry.low === null || entry.high === null) return;
    svg.append(svgTag("path", { class: "whisker", d: `M${X(entry.low)} ${bar + 8}H${X(entry.high)}M${X(entry.low)} ${bar + 3}v10M${X(entry.high)} ${bar + 3}v10` }));
  });
  return svg;
}
