// SPDX-License-Identifier: GPL-3.0-or-later
// The tables of numbers: of the swarm, of exact dynamics beside it or alone, and of all trajectories.
"use strict";

// One table at five times for a kind of population; with exact ones beside it a second column a state.
function tableOfPopulations(swarm, caption, letter, p, exact) {
  const last = swarm.time.length - 1, picked = [...new Set([0, 0.25, 0.5, 0.75, 1].map((share) => Math.round(share * last)))];
  const states = Array.from({ length: swarm.nstate }, (_, k) => k), digits = swarm.alone ? 6 : 4;
  const cell = (k, t) => (swarm.alone || !p.error ? fixed(p.value[k][t], digits) : `${fixed(p.value[k][t], 4)} ± ${fixed(p.error[k][t], 4)}`);
  return plainTable(caption, ["Time / fs", ...states.flatMap((k) => [`${letter}${k}`, ...(exact ? ["exact"] : [])])],
    picked.map((t) => [precise(swarm.time[t], 4), ...states.flatMap((k) => [cell(k, t), ...(exact ? [fixed(exact.value[k][t], 5)] : [])])]));
}
function tablesOfPopulations(swarm) {
  const p = swarm.analysis.populations, e = !swarm.alone && swarm.exact ? swarm.exact.populations : {}, tables = [];
  if (p.active) tables.push(tableOfPopulations(swarm, swarm.alone ? "Exact populations, adiabatic" : "Populations by active state, with one standard error", "S", p.active, e.active));
  if (p.diabatic && (swarm.alone || e.diabatic)) tables.push(tableOfPopulations(swarm, swarm.alone ? "Exact populations, diabatic" : "Mean |c|² of the diabatic states, with one standard error", "D", p.diabatic, e.diabatic));
  return tables;
}
// Of a swarm, the exact ones of the same name below; or of exact dynamics alone.
function tableOfOutcomes(outcomes, exact) {
  const counted = outcomes[0].count !== undefined, share = (o) => (o.count === undefined ? fixed(o.share, 6) : `${fixed(o.share, 4)} ± ${fixed(o.error, 4)}`);
  const row = (o, name) => [name, ...o.states.map(share), share(o), ...(counted ? [o.count === undefined ? "" : String(o.count)] : [])];
  return plainTable(counted ? "Outcomes: conditions of dynamics.stop, by state at the end; share with one standard error" : "Outcomes: regions of dynamics.stop, by adiabatic state",
    ["Outcome", ...outcomes[0].states.map((s) => `S${s.state}`), "all", ...(counted ? ["trajectories"] : [])],
    outcomes.flatMap((o) => [row(o, o.name), ...exact.filter((e) => e.name === o.name).map((e) => row(e, "exact"))]));
}
// Swarm minus exact.
function tableOfDeviation(swarm) {
  const words = { active: "active state", electronic: "mean |c|²", diabatic: "mean |c|², diabatic" };
  return plainTable(`Swarm minus exact dynamics (${swarm.exact.file.split("/").pop()}, ${swarm.exact.engine}); the error of the mean is at most what is given${swarm.exact.note ? `. ${swarm.exact.note[0].toUpperCase()}${swarm.exact.note.slice(1)}` : ""}`,
    ["Population", "largest", "at / fs", "most errors", "at / fs", "mean", "rms", "beyond 2 errors"],
    Object.entries(swarm.exact.deviation).flatMap(([kind, rows]) => rows.map((d) => [`${kind === "diabatic" ? "D" : "S"}${d.state}, ${words[kind]}`, `${fixed(d.largest, 4)} ± ${fixed(d.largest_error, 4)}`, precise(d.largest_time_fs, 4),
      fixed(d.most_errors, 1), precise(d.most_errors_time_fs, 4), `${fixed(d.mean, 4)} ± ${fixed(d.mean_error, 4)}`, fixed(d.rms, 4), `${fixed(100 * d.beyond_two_errors, 0)} %`])));
}
function tableOfTrust(e) {
  return plainTable("Exact dynamics: largest changes in it, and of a population in the tests of convergence", ["Quantity", "value"], [["Engine", e.engine],
    ...(e.norm_drift === null ? [] : [["Norm", precise(e.norm_drift, 2)]]), ...(e.energy_drift_mev === null ? [] : [["Energy", `${precise(e.energy_drift_mev, 3)} meV`]]),
    ...(e.convergence.length === 0 ? [["Convergence", "not tested"]] : e.convergence.map((c) => [`Change with ${c.what}`, precise(c.change, 2)]))]);
}
function showNumbers(swarm, jump) {
  const a = swarm.analysis, tables = [];
  tables.push(...tablesOfPopulations(swarm));
  if (swarm.exact && !swarm.alone) tables.push(tableOfDeviation(swarm));
  if (swarm.exact) tables.push(tableOfTrust(swarm.exact));
  if (swarm.alone && swarm.exact.outcomes) tables.push(tableOfOutcomes(swarm.exact.outcomes, []));
  if (!swarm.alone) tables.push(...tablesOfSwarm(swarm));
  byId("number-tables").replaceChildren(...tables);
  if (!swarm.alone) showTrajectories(swarm, jump);
  byId("numbers").hidden = false;
}
function tablesOfSwarm(swarm) {
  const a = swarm.analysis, tables = [], lit = a.light !== undefined;
  tables.push(plainTable("Accepted and frustrated hops of the trajectories that count", ["Hop", "accepted", ...(lit ? ["of these by light"] : []), "each trajectory", "median gap / eV", "mean time / fs", "frustrated"],
    a.hops.pairs.map((p) => [`S${p.from}\u00a0→\u00a0S${p.to}`, String(p.accepted.count), ...(lit ? [String(p.by_light.count)] : []), fixed(p.accepted.per_trajectory, 3), fixed(p.accepted.gap_quartiles_ev && p.accepted.gap_quartiles_ev[1], 3), fixed(p.accepted.mean_time_fs, 1), String(p.frustrated.count)])));
  tables.push(plainTable(`What became of the trajectories; ${a.trajectories.counted} of ${a.trajectories.total} count`, ["Fate", "trajectories"],
    Object.entries(a.trajectories.fates).filter(([, n]) => n > 0).map(([word, n]) => [swarm.about.fates[swarm.about.fate_words.indexOf(word)], String(n)])));
  if (a.trajectories.outcomes) tables.push(tableOfOutcomes(a.trajectories.outcomes, (swarm.exact && swarm.exact.outcomes) || []));
  if (a.trajectories.left_out.length > 0) {
    tables.push(plainTable("Left out of everything but the player, at all times", ["Trajectory", "why", "end / fs"],
      a.trajectories.left_out.slice(0, 50).map((x) => [String(x.trajectory), x.why, precise(x.end_fs, 4)])));
  }
  const c = a.consistency, energy = a.energy;
  tables.push(plainTable("Checks", ["Quantity", "value"], [
    ["Active share minus mean |c|\u2060², rms", `${precise(c.rms, 3)} (by chance alone ${precise(c.rms_by_chance, 3)})`],
    ["the same, largest", c.max && c.max.difference !== null ? `${precise(c.max.difference, 3)} ± ${precise(c.max.error, 2)} (S${c.max.state}, ${precise(c.max.time_fs, 4)} fs)` : "–"],
    ...(lit ? [["Energy taken from the light at the end, a trajectory", `${fixed(a.light.work_ev, 4)} ± ${fixed(a.light.work_error_ev, 4)} eV`]] : []),
    [`Largest change of a total energy${lit ? " less that from light" : ""}, median / worst`, `${precise(energy.median_drift_mev, 3)} / ${precise(energy.max_drift_mev, 3)} meV`],
    [`Trajectories with more than ${precise(energy.limit_mev, 2)} meV`, String(energy.above_limit)]]));
  return tables;
}
function showTrajectories(swarm, jump) {
  const t = swarm.trajectories, fates = swarm.about.fates, all = t.number.map((_, row) => row);
  const hops = all.map((row) => (swarm.hopsOf.get(row) || []).filter((i) => swarm.hops.accepted[i] === 1).length);
  const table = makeTable([
    { title: "Trajectory", value: (row) => t.number[row] },
    { title: "Start", value: (row) => t.start[row], show: (row) => stateMark(t.start[row]) },
    { title: "End", value: (row) => t.final[row], show: (row) => stateMark(t.final[row]) },
    { title: "Hops", value: (row) => hops[row], first: true },
    { title: "Fate", text: true, value: (row) => t.fate[row], show: (row) => fates[t.fate[row]] },
    { title: "End / fs", value: (row) => t.end_fs[row], show: (row) => precise(t.end_fs[row], 4) },
    { title: "Largest change of energy / meV", value: (row) => t.drift_mev[row], first: true, show: (row) => precise(t.drift_mev[row], 3) }
  ], { page: 10, go: (row) => jump(row), goTitle: "Show in the player", count: true, label: swarm.about.listed < swarm.about.trajectories ? `The first ${swarm.about.listed} of ${swarm.about.trajectories} trajectories` : "All trajectories" });
  const states = Array.from({ length: swarm.nstate }, (_, k) => [String(k), `S${k}`]);
  const filter = () => table.setRows(all.filter((row) => (end.value() === "" || String(t.final[row]) === end.value()) && (fate.value() === "" || String(t.fate[row]) === fate.value())));
  const end = makeChoice("Ends in ", [["", "any state"], ...states], filter);
  const fate = makeChoice("Fate ", [["", "all"], ...fates.map((words, f) => [String(f), words]).filter(([f]) => t.fate.includes(Number(f)))], filter);
  byId("trajectory-filters").replaceChildren(end.element, fate.element);
  byId("trajectory-table").replaceChildren(table.element);
  filter();
}
