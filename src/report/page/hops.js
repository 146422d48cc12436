// SPDX-License-Identifier: GPL-3.0-or-later
// The hops: histograms, and a table from which a click leads to the player.
"use strict";

function showHops(swarm, jump) {
  const h = swarm.hops, all = h.row.map((_, i) => i), section = document.getElementById("hops");
  section.hidden = false;
  if (swarm.about.listed < swarm.about.trajectories) {
    section.querySelector("h2").after(make("p", { className: "note" },
      `To keep the page small, histograms and table hold the hops of the first ${swarm.about.listed} of ${swarm.about.trajectories} trajectories. The numbers below count all.`));
  }
  const counts = (i) => swarm.trajectories.weight[h.row[i]] > 0;
  const pairs = [...new Set(all.map((i) => `${h.from[i]} ${h.to[i]}`))].sort();
  const named = (pair) => pair.split(" ").map((k) => `S${k}`).join(" → ");
  const light = (i) => h.work_ev !== undefined && h.work_ev[i] !== 0; // did it make the hop?
  const kinds = pairs.flatMap((pair) => [[pair, false], [pair, true]]).filter(([, lit]) => !lit || all.some(light));
  const groups = (value) => kinds.map(([pair, lit], p) => ({ label: named(pair) + (lit ? " by light" : ""), colour: `var(--s${(p + 1) % STATE_COLOURS})`,
    values: all.filter((i) => `${h.from[i]} ${h.to[i]}` === pair && h.accepted[i] === 1 && light(i) === lit && counts(i)).map(value) })).filter((g) => g.values.length > 0);
  makeBars(document.getElementById("plot-gaps"), groups((i) => Math.abs(h.gap_ev[i])), { title: "Energy gap at accepted hops", xLabel: "|gap| / eV", low: 0 });
  makeBars(document.getElementById("plot-hop-times"), groups((i) => h.time_fs[i]), { title: "Time of accepted hops", xLabel: "time / fs", low: 0, high: swarm.time[swarm.time.length - 1] });

  const census = swarm.mechanism !== null ? swarm.mechanism.census : undefined; // diabolo mechanism: hop by hop in the same order
  const near = (i) => (census.hop[i] < 0 ? "none near" : census.name[census.hop[i]]);
  const table = makeTable([
    { title: "Trajectory", value: (i) => swarm.trajectories.number[h.row[i]] },
    { title: "Time / fs", value: (i) => h.time_fs[i], show: (i) => fixed(h.time_fs[i], 2) },
    { title: "Hop", text: true, value: (i) => h.from[i] * 100 + h.to[i], show: (i) => make("span", {}, stateMark(h.from[i]), "\u00a0→\u00a0", stateMark(h.to[i])) },
    { title: "Kind", text: true, value: (i) => -h.accepted[i] - light(i), show: (i) => (light(i) ? "by light" : h.accepted[i] === 1 ? "accepted" : "frustrated") },
    { title: "Gap / eV", value: (i) => Math.abs(h.gap_ev[i]), show: (i) => fixed(h.gap_ev[i], 4) },
    ...(census ? [{ title: "Intersection", text: true, value: near }] : []),
    { title: "Kinetic before / eV", value: (i) => h.kinetic_before_ev[i], show: (i) => fixed(h.kinetic_before_ev[i], 3) },
    { title: "after / eV", value: (i) => h.kinetic_after_ev[i], show: (i) => fixed(h.kinetic_after_ev[i], 3) }
  ], { caption: "Attempted hops. Click one to see it in the player; click a heading to sort.", page: 15, count: true,
    go: (i) => jump(h.row[i], h.time_fs[i]), goTitle: "Show in the player" });

  const filter = () => table.setRows(all.filter((i) => {
    const number = trajectory.value(), low = from.value(), high = to.value();
    return (pair.value() === "" || pair.value() === `${h.from[i]} ${h.to[i]}`) && (point === null || point.value() === "" || near(i) === point.value()) && (kind.value() === "" || (kind.value() === "light" ? light(i) : kind.value() === String(h.accepted[i]))) &&
      (number === null || swarm.trajectories.number[h.row[i]] === number) && (low === null || h.time_fs[i] >= low) && (high === null || h.time_fs[i] <= high);
  }));
  const pair = makeChoice("Hop ", [["", "all"], ...pairs.map((p) => [p, named(p)])], filter);
  const kind = makeChoice("Kind ", [["", "all"], ["1", "accepted"], ["0", "frustrated"], ...(all.some(light) ? [["light", "by light"]] : [])], filter);
  const point = census ? makeChoice("Near ", [["", "all"], ...[...new Set(all.map(near))].sort().map((name) => [name, name])], filter) : null;
  const trajectory = makeNumber("Trajectory ", filter), from = makeNumber("From / fs ", filter), to = makeNumber("to / fs ", filter);
  document.getElementById("hop-filters").replaceChildren(...[pair, kind, point, trajectory, from, to].filter((f) => f !== null).map((f) => f.element));
  document.getElementById("hop-table").replaceChildren(table.element);
  filter();
}
