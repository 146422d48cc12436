// SPDX-License-Identifier: GPL-3.0-or-later
// The mechanism of a swarm (docs/mechanism.md): the census of hops, its coordinates are in maps.js, how the molecule moved in motion.js.
"use strict";

function showMechanism(swarm, intersections) {
  const m = swarm.mechanism;
  if (m === null) return null;
  reveal("mechanism");
  if (m.census) showCensus(swarm, m.census, intersections);
  else byId("mechanism-census").hidden = true;
  m.coordinates.forEach((c) => showCoordinate(swarm, c));
  return showMotion(swarm);
}
function pointName(census, p) {
  return p < 0 ? "none near" : p < census.name.length ? census.name[p] : p === census.name.length ? "none near" : "began below";
}
function showCensus(swarm, census, intersections) {
  const t = census.table, rows = t.from.map((_, i) => i).filter((i) => t.count_accepted[i] + t.count_frustrated[i] > 0)
    .sort((a, b) => t.count_accepted[b] - t.count_accepted[a]);
  const table = makeTable([
    { title: "Intersection", text: true, value: (i) => pointName(census, t.point[i]) },
    ...(census.label.some((label) => label) ? [{ title: "Class", text: true, value: (i) => (t.point[i] < 0 ? "" : census.label[t.point[i]] || "") }] : []),
    { title: "Hop", text: true, value: (i) => t.from[i] * 100 + t.to[i], show: (i) => make("span", {}, stateMark(t.from[i]), "\u00a0→\u00a0", stateMark(t.to[i])) },
    { title: "Accepted", value: (i) => t.count_accepted[i], first: true },
    { title: "Frustrated", value: (i) => t.count_frustrated[i], first: true },
    { title: "Share / %", value: (i) => t.share_accepted[i], first: true, show: (i) => (t.count_accepted[i] === 0 ? "–" : `${fixed(100 * t.share_accepted[i], 1)} (${fixed(100 * t.share_low_accepted[i], 1)} to ${fixed(100 * t.share_high_accepted[i], 1)})`) },
    { title: "Mean time / fs", value: (i) => t.mean_time_accepted[i], show: (i) => `${fixed(t.mean_time_accepted[i], 1)}${t.time_error_accepted[i] === null ? "" : ` ± ${fixed(t.time_error_accepted[i], 1)}`}` },
    { title: "Gap / eV", value: (i) => t.gap_accepted[i], show: (i) => fixed(t.gap_accepted[i], 3) },
    { title: "Distance / Å", value: (i) => t.distance_accepted[i], show: (i) => fixed(t.distance_accepted[i], 3) },
    { title: "Energy above / eV", value: (i) => t.energy_accepted[i], show: (i) => fixed(t.energy_accepted[i], 2) }
  ], { caption: "Census of the hops. Gap and distance are medians, all but the number of frustrated ones of accepted hops.", page: 12, count: true, paper: true,
    go: intersections === null ? null : (i) => { if (t.point[i] >= 0 && intersections.choose(census.name[t.point[i]])) byId("intersections").scrollIntoView(); },
    goTitle: "Show this intersection" });
  table.setRows(rows);
  byId("mechanism-table").replaceChildren(table.element);
  if (!census.last) return;
  census.last.forEach((parts, b) => {
    const most = (y) => Math.max(...y.map((v) => v || 0));
    const seen = parts.map((y, p) => ({ y, p, size: most(y) })).filter((part) => part.size > 0.005).sort((x, y) => y.size - x.size);
    const shown = seen.slice(0, 8);
    if (shown.length === 0) return;
    const lines = shown.map((part, i) => ({ label: pointName(census, part.p), colour: part.p < census.name.length ? `var(--s${i % STATE_COLOURS})` : "var(--muted)",
      dash: i >= STATE_COLOURS || part.p >= census.name.length ? [5, 4] : undefined, y: part.y, tags: [String(part.p)] }));
    const box = make("div", { className: "live" });
    byId("mechanism-passages").append(make("h3", {}, `Population of ${b === 0 ? "S0" : `S0 to S${b}`}, by the intersection it came down through last`), box);
    makePlot(box, swarm.time, lines, { xLabel: "time / fs", yLabel: "population", height: 240,
      legend: lines.map((line) => ({ tag: line.tags[0], label: line.label, colour: line.colour, look: line.dash ? "dashed" : "" })) });
  });
}
