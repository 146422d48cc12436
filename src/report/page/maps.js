// SPDX-License-Identifier: GPL-3.0-or-later
// Coordinates against time: medians with bands, and density maps (src/report/maps.h).
"use strict";

const MAP_LEVELS = 255;
// Colours of the levels on white; the dark dress turns them over (page.css).
const MAP_COLOURS = [[0, 198, 219, 239], [0.2, 170, 208, 232], [0.45, 92, 158, 206], [0.7, 40, 98, 168], [0.88, 78, 40, 128], [1, 36, 8, 58]];

// Colour of a share of the highest density's square root: [r, g, b, alpha]; nothing is the paper.
function mapColour(share) {
  if (share <= 0) return [255, 255, 255, 0];
  const above = Math.max(1, MAP_COLOURS.findIndex(([at]) => at >= share)), [a0, ...low] = MAP_COLOURS[above - 1], [a1, ...high] = MAP_COLOURS[above];
  const part = (share - a0) / (a1 - a0);
  return [...low.map((v, i) => Math.round(v + part * (high[i] - v))), 255 * Math.min(1, share / 0.06)];
}
// Levels of one group of a map: [column][bin].
function readMap(swarm, map, group) {
  const reader = new BitReader(swarm.maps, map.offset[group]);
  return Array.from({ length: map.columns }, () => readChannel(reader, map.bins));
}
function mapPicture(columns, bins, level) {
  const canvas = make("canvas", { width: columns, height: bins }), context = canvas.getContext("2d"), picture = context.createImageData(columns, bins);
  for (let column = 0; column < columns; column++) for (let bin = 0; bin < bins; bin++) picture.data.set(mapColour(level(column, bin) / MAP_LEVELS), 4 * ((bins - 1 - bin) * columns + column));
  context.putImageData(picture, 0, 0);
  return canvas.toDataURL();
}
// group 0: all trajectories; 1 + k: those on state k.
function drawMap(swarm, c, group, title) {
  const map = c.map, levels = readMap(swarm, map, group), all = swarm.about.samples, span = swarm.time[swarm.time.length - 1] - swarm.time[0], dt = all > 1 ? span / (all - 1) : 1;
  const x = [swarm.time[0] - dt / 2, swarm.time[swarm.time.length - 1] + dt / 2], most = map.most[group];
  const frame = makeFrame({ title, xLabel: "time / fs", yLabel: `${c.name} / ${c.unit}`, x, y: [map.from, map.to], width: pictureWidth(520), height: 310, right: 92 }), { box } = frame;
  // The last column and bin may reach beyond the axes, where they are cut off.
  const right = frame.X(x[0] + map.columns * map.every * dt), top = frame.Y(map.from + map.bins * map.step);
  frame.area.append(svgTag("image", { class: "map", x: box.left, y: top, width: right - box.left, height: box.bottom - top, preserveAspectRatio: "none", href: mapPicture(map.columns, map.bins, (column, bin) => levels[column][bin]) }));
  frame.svg.append(svgTag("image", { class: "map", x: box.right + 12, y: box.top, width: 14, height: box.bottom - box.top, preserveAspectRatio: "none", href: mapPicture(1, 128, (_, bin) => MAP_LEVELS * bin / 127) }),
    svgTag("rect", { class: "axis", x: box.right + 12, y: box.top, width: 14, height: box.bottom - box.top, fill: "none" }));
  for (const share of [0, 0.1, 0.3, 0.6, 1]) frame.svg.append(svgTag("text", { x: box.right + 31, y: box.bottom - Math.sqrt(share) * (box.bottom - box.top) + 4 }, precise(share * most, 2)));
  frame.svg.append(svgTag("text", { transform: `translate(${box.right + 86} ${(box.top + box.bottom) / 2}) rotate(-90)`, "text-anchor": "middle" }, `density / (1/${c.unit})`));
  return frame.svg;
}

// The map of one group at a time, all of them on paper.
function showMap(swarm, c) {
  const groups = [["0", "all"], ...Array.from({ length: swarm.nstate }, (_, k) => [String(k + 1), `S${k}`])].filter(([g]) => c.map.most[g] > 0);
  const places = new Map(groups.map(([g, words]) => [g, make("figure", { className: "unchosen" }, make("figcaption", { className: "plot-title" }, `Density of ${c.name}: ${g === "0" ? "all trajectories" : `those on ${words}`}`))]));
  const fill = (g) => { const place = places.get(g); if (place.children.length === 1) place.append(drawMap(swarm, c, Number(g), place.textContent)); };
  const choose = (g) => {
    fill(g);
    for (const [other, place] of places) place.classList.toggle("unchosen", other !== g);
  };
  if (groups.length === 0) return make("p", { className: "muted" }, "No trajectory counts: there is no density.");
  const buttons = makeButtons(`Trajectories in the map of ${c.name}`, groups, groups[0][0], choose);
  choose(groups[0][0]);
  paperWork.push(() => groups.forEach(([g]) => fill(g)));
  return make("div", { className: "map-box" }, buttons.element, ...places.values());
}

// Median, the middle half and the middle nine tenths of all trajectories.
function showQuantiles(swarm, c, host) {
  const box = make("div", { className: "live" }), half = (low, high) => high.map((h, i) => (h === null || low[i] === null ? null : (h - low[i]) / 2));
  const middle = (low, high) => high.map((h, i) => (h === null || low[i] === null ? null : (h + low[i]) / 2));
  host.append(make("figure", {}, make("figcaption", { className: "plot-title" }, `Median${c.values > 1 ? " of the smallest value" : ""}; half of the trajectories are in the darker band, nine tenths in the lighter; dashed: mean`), box));
  makePlot(box, swarm.time, [
    { label: "5 to 95 %", colour: "var(--s0)", width: 0.01, y: middle(c.q05, c.q95), error: half(c.q05, c.q95), bandOnly: true },
    { label: "25 to 75 %", colour: "var(--s0)", width: 0.01, y: middle(c.q25, c.q75), error: half(c.q25, c.q75), bandOnly: true },
    { label: "median", colour: "var(--s0)", width: 2, y: c.q50 }, { label: "mean", colour: "var(--ink)", width: 1.3, dash: [3, 3], y: c.mean }
  ], { title: c.name, xLabel: "time / fs", yLabel: `${c.name} / ${c.unit}`, height: 300 });
}
function showCoordinate(swarm, c) {
  const pair = make("div", { className: "pair" }), left = make("div");
  byId("mechanism-coordinates").append(make("h3", {}, c.name === c.coordinate ? c.name : `${c.name} (${c.coordinate})`), pair);
  pair.append(left, showMap(swarm, c));
  showQuantiles(swarm, c, left);
}
