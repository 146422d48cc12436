// SPDX-License-Identifier: GPL-3.0-or-later
// How the molecule moved: normal modes, principal components, clusters of geometries; one at a time, beside its geometry in three dimensions.
"use strict";

// What swings: a geometry and a direction, drawn into one viewer while it is in view. Intersections and modes share it.
function makeSwing(host, symbols) {
  const molecule = makeMolecule(host, symbols), AMPLITUDE = 0.35; // Angstrom, of the atom that moves most
  let geometry = null, direction = null, phase = 0, last = 0, seen = false;
  if (molecule === null) return null;
  function draw(swing) {
    if (geometry !== null) molecule.show(direction === null ? geometry : geometry.map((r, i) => r + swing * direction[i]));
  }
  function step(now) {
    if (seen && direction !== null && last > 0) {
      phase += Math.min(now - last, 100) / 1000 * 2 * Math.PI / 2.2;
      draw(Math.sin(phase));
    }
    last = now;
    requestAnimationFrame(step);
  }
  new IntersectionObserver((entries) => { seen = entries[0].isIntersecting; }).observe(host);
  new ResizeObserver(() => molecule.resize()).observe(host);
  requestAnimationFrame(step);
  return { show(xyz, vector) {
    const reach = vector === null ? 0 : Math.max(...xyz.map((_, i) => (i % 3 === 0 ? Math.hypot(vector[i], vector[i + 1], vector[i + 2]) : 0)));
    geometry = xyz;
    direction = reach > 0 ? vector.map((v) => v / reach * AMPLITUDE) : null;
    draw(0);
  }, atoms: () => molecule.atoms.map((a) => [a.x, a.y, a.z]), whole: () => molecule.whole(), turn: molecule.turn, centre: molecule.centre, dress: () => molecule.dress() };
}

// panels [{ name, words, element, first() }]: the first is shown; on paper all are.
function showMotion(swarm) {
  const m = swarm.mechanism, panels = [], about = swarm.about;
  let stage = null;
  const moves = haveMolecules && !about.no_molecules;
  const show = (name, xyz, vector) => {
    byId("motion-name").textContent = name;
    if (moves && stage === null) stage = makeSwing(byId("motion-stage"), about.symbols);
    if (stage !== null) stage.show(xyz, vector);
  };
  if (m.modes) panels.push(panelOfModes(swarm, m.modes, show));
  if (m.components) panels.push(panelOfComponents(swarm, m.components, show));
  if (m.clusters) for (const set of m.clusters.sets) panels.push(panelOfClusters(set, m.clusters.radius_angstrom, show));
  if (panels.length === 0) return null;
  byId("motion").hidden = false;
  byId("motion").classList.toggle("no-stage", !moves);
  const choose = (place) => {
    panels.forEach((panel, i) => panel.element.classList.toggle("unchosen", i !== place));
    panels[place].first();
  };
  byId("motion-choice").replaceChildren(makeButtons("What is shown", panels.map((panel, i) => [i, panel.name]), 0, choose).element);
  byId("motion-panels").replaceChildren(...panels.map((panel) => panel.element));
  for (const panel of panels) if (panel.plot) panel.plot();
  choose(0);
  return { state: () => ({ name: byId("motion-name").textContent, atoms: stage && stage.atoms(), whole: stage === null || stage.whole() }), dress() { if (stage !== null) stage.dress(); } };
}
// A table of which one row is chosen, and shown; plot: host of a picture below it.
function makePanel(name, caption, columns, rows, show) {
  let chosen = rows[0];
  const choose = (row) => { chosen = row; table.refresh(); show(row); };
  const table = makeTable(columns, { caption, page: 12, count: true, paper: true, go: choose, goTitle: "Show", chosen: (row) => row === chosen });
  table.setRows(rows);
  const box = make("div", { className: "live" }), element = make("div", {}, make("h4", { className: "paper-only" }, name), table.element);
  return { name, element, box, first: () => choose(chosen) };
}
function panelOfModes(swarm, modes, show) {
  const last = swarm.time.length - 1;
  const panel = makePanel("Normal modes", `${modes.list.length < modes.count ? `The ${modes.list.length} most active of ${modes.count} modes` : "Modes"}, dimensionless q (deviation in the ground state 0.707), about the ${modes.source}. Total: deviation over trajectories and times; coherent: its part that all share, the deviation of the mean over time.`, [
    { title: "Mode", value: (r) => r.mode },
    { title: "cm⁻¹", value: (r) => r.frequency_per_cm, show: (r) => fixed(r.frequency_per_cm, 1) },
    { title: "Total", value: (r) => r.total, first: true, show: (r) => fixed(r.total, 3) },
    { title: "Coherent", value: (r) => r.coherent, first: true, show: (r) => fixed(r.coherent, 3) },
    { title: "Furthest mean", value: (r) => r.furthest_mean, first: true, show: (r) => fixed(r.furthest_mean, 3) },
    { title: "at / fs", value: (r) => r.furthest_mean_fs, show: (r) => fixed(r.furthest_mean_fs, 1) }
  ], modes.list, (r) => show(`mode ${r.mode}, ${fixed(r.frequency_per_cm, 0)} cm⁻¹`, modes.reference, r.vector));
  const curves = modes.list.filter((r) => r.mean);
  if (curves.length > 0 && last > 0) {
    panel.element.append(make("figure", {}, make("figcaption", { className: "plot-title" }, "⟨q⟩ of the modes with the largest coherent part, with two standard errors"), panel.box));
    panel.plot = () => drawCurves(swarm, panel.box, curves.sort((a, b) => b.coherent - a.coherent).map((r) => ({ label: `${r.mode} (${fixed(r.frequency_per_cm, 0)} cm⁻¹)`, y: r.mean, error: r.error.map((e) => (e === null ? null : 2 * e)) })), 4, "⟨q⟩");
  }
  return panel;
}
function panelOfComponents(swarm, components, show) {
  let sum = 0;
  const rows = components.list.map((r, k) => ({ ...r, number: k + 1, together: sum += r.share }));
  const panel = makePanel("Principal components", `Principal components of all geometries from ${precise(components.from_fs, 4)} to ${precise(components.to_fs, 5)} fs, ${components.unit}; shares of the variance`, [
    { title: "Component", value: (r) => r.number },
    { title: "Share / %", value: (r) => r.share, first: true, show: (r) => fixed(100 * r.share, 1) },
    { title: "Together", value: (r) => r.together, show: (r) => fixed(100 * r.together, 1) },
    { title: "Mean at start", value: (r) => r.mean[0][0], show: (r) => fixed(r.mean[0][0], 3) },
    { title: "at end", value: (r) => r.mean[0].at(-1), show: (r) => fixed(r.mean[0].at(-1), 3) },
    { title: "Deviation at end", value: (r) => r.deviation.at(-1), first: true, show: (r) => fixed(r.deviation.at(-1), 3) }
  ], rows, (r) => show(`component ${r.number}, ${fixed(100 * r.share, 1)} %`, components.geometry, r.vector));
  panel.element.append(make("figure", {}, make("figcaption", { className: "plot-title" }, "Means of the first components, with one deviation among trajectories"), panel.box));
  panel.plot = () => drawCurves(swarm, panel.box, rows.map((r) => ({ label: `component ${r.number}`, y: r.mean[0], error: r.deviation })), 2, `mean / ${components.unit}`);
  return panel;
}
// Curves of which the first `on` are seen at first.
function drawCurves(swarm, box, curves, on, yLabel) {
  const lines = curves.map((curve, i) => ({ ...curve, colour: `var(--s${i % STATE_COLOURS})`, tags: [curve.label], digits: 4 }));
  makePlot(box, swarm.time, lines, { title: yLabel, xLabel: "time / fs", yLabel, height: 250, legend: lines.map((line, i) => ({ tag: line.label, label: line.label, colour: line.colour, off: i >= on })) });
}
function many(n, one, more) {
  return `${n} ${n === 1 ? one : more}`;
}
function panelOfClusters(set, radius, show) {
  const name = set.name === "final" ? "Final geometries" : `Hops ${set.name}`;
  return makePanel(`${name}: clusters`, `${many(set.geometries, "geometry", "geometries")} in ${many(set.clusters, "cluster", "clusters")} of radius ${precise(radius, 3)} Å; shares with 95 % limits${set.list.length < set.clusters ? `. The ${set.list.length} largest are shown` : ""}`, [
    { title: "Cluster", value: (r) => set.list.indexOf(r) + 1 },
    { title: "Geometries", value: (r) => r.count, first: true },
    { title: "Share / %", value: (r) => r.share, first: true, show: (r) => `${fixed(100 * r.share, 1)} (${fixed(100 * r.low, 1)} to ${fixed(100 * r.high, 1)})` },
    { title: "Mean distance / Å", value: (r) => r.mean_distance_angstrom, show: (r) => fixed(r.mean_distance_angstrom, 3) },
    { title: "Largest / Å", value: (r) => r.radius_angstrom, show: (r) => fixed(r.radius_angstrom, 3) },
    { title: "Mean time / fs", value: (r) => r.mean_time_fs, show: (r) => fixed(r.mean_time_fs, 1) }
  ], set.list, (r) => show(`cluster ${set.list.indexOf(r) + 1}, ${fixed(100 * r.share, 1)} %`, r.position, null));
}
