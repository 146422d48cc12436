// SPDX-License-Identifier: GPL-3.0-or-later
// The intersections of the model: a table, each geometry swinging along its branching plane, its double cone; and the census of hops.
"use strict";

function showIntersections(swarm) {
  const c = swarm.intersections;
  if (c === null) return null;
  const $ = (id) => document.getElementById(id), EV = 27.211386245988, DEGREE = 180 / Math.PI;
  reveal("intersections");
  const points = c.points, moves = haveMolecules && c.dimension === 3;
  let chosen = null, stage = null, direction = "x";
  const lowest = c.zero_hartree;
  // Where the coupling vector vanishes (y is zero then) two surfaces cross without a cone.
  const uncoupled = (p) => p.count === 2 && p.pitch !== null && p.y.every((v) => v === 0 || v === null);
  const table = makeTable([
    { title: "Name", text: true, value: (p) => p.name },
    ...(points.some((p) => p.label) ? [{ title: "Class", text: true, value: (p) => p.label || "" }] : []),
    { title: "Energy / eV", value: (p) => p.energy[p.first], show: (p) => fixed((p.energy[p.first] - lowest) * EV, 3) },
    { title: "Kind", text: true, value: (p) => p.order, show: (p) => (p.order < 0 ? "not determined" : p.order === 0 ? "minimum" : `saddle of order ${p.order}`) },
    { title: "Searches", value: (p) => p.starts },
    { title: "Pitch / (eV/Å)", value: (p) => p.pitch, show: (p) => fixed(p.pitch === null ? null : p.pitch * EV / 0.529177210903, 3) },
    { title: "Asymmetry", value: (p) => p.asymmetry, show: (p) => fixed(p.asymmetry, 3) },
    { title: "Tilt", value: (p) => p.tilt, show: (p) => fixed(p.tilt, 3) },
    { title: "Heading / deg", value: (p) => p.heading, show: (p) => fixed(p.heading === null ? null : p.heading * DEGREE, 1) },
    { title: "P", value: (p) => p.P, show: (p) => (p.P === null ? "–" : uncoupled(p) ? "no coupling" : `${fixed(p.P, 2)} ${Math.abs(p.P - 1) < 1e-6 ? "intermediate" : p.P < 1 ? "peaked" : "sloped"}`) },
    { title: "B", value: (p) => p.B, show: (p) => (uncoupled(p) ? "no coupling" : p.B === null ? "–" : `${fixed(p.B, 2)} ${p.B < 1 ? "bifurcating" : "single-path"}`) }
  ], { caption: `${points.length} points. Energies above ${c.zero || "zero"}. P < 1: peaked, B < 1: bifurcating (Fdez. Galván et al., 2016).`, page: 15, paper: true, go: choose, chosen: (p) => p === chosen, goTitle: "Show" });
  table.setRows(points);
  $("intersection-table").replaceChildren(table.element);

  const buttons = new Map();
  for (const [name, words] of [["x", "along x"], ["y", "along y"], ["", "at rest"]]) {
    const button = make("button", { type: "button", "aria-pressed": String(name === direction), onclick: () => turnTo(name) }, words);
    buttons.set(name, button);
  }
  $("intersection-directions").replaceChildren(...buttons.values());
  function turnTo(name) {
    direction = name;
    for (const [key, button] of buttons) button.setAttribute("aria-pressed", String(key === name));
    for (const [key, button] of buttons) button.className = key === name ? "primary" : "";
    const v = name === "x" ? chosen.x : name === "y" ? chosen.y : null;
    if (stage !== null) stage.show(chosen.position, v === null || v[0] === null ? null : v);
  }
  function choose(p) {
    chosen = p;
    table.refresh();
    $("intersection-view").hidden = false;
    $("intersection-name").textContent = p.name;
    $("intersection-view").classList.toggle("no-stage", !moves);
    if (moves && stage === null) stage = makeSwing($("intersection-stage"), c.symbols);
    const plane = p.count === 2 && p.pitch !== null;
    buttons.get("x").disabled = !plane;
    buttons.get("y").disabled = !plane || uncoupled(p);
    turnTo(!plane ? "" : direction === "" || uncoupled(p) ? "x" : direction);
    if (plane && uncoupled(p)) $("intersection-cone").replaceChildren(make("figcaption", { className: "plot-title" },
      `S${p.first} and S${p.first + 1} do not couple here: their surfaces cross along a line, without a cone.`));
    else if (plane) drawCone($("intersection-cone"), p);
    else $("intersection-cone").replaceChildren();
    $("intersection-numbers").replaceChildren(...p.energy.map((e, k) => make("span", {}, make("i", { style: `background:${stateColour(k)}` }), `S${k} ${fixed((e - lowest) * EV, 4)} eV`)),
      make("span", {}, `gap ${precise(p.gap * EV, 2)} eV`));
  }
  if (c.other_model) $("intersection-table").prepend(make("p", { className: "note" }, "These intersections were found on another model than the one this swarm was flown on."));
  if (points.length > 0) choose(points.find((p) => p.count === 2) || points[0]);
  return { choose: (name) => { const p = points.find((q) => q.name === name); if (p) choose(p); return Boolean(p); },
    state: () => ({ name: chosen && chosen.name, direction, atoms: stage && stage.atoms() }), dress() { if (stage !== null) stage.dress(); } };
}

// The two sheets near the point to first order, seen from the side and above:
// E = pitch r (tilt cos(theta - heading) -+ sqrt(1 + asymmetry cos 2 theta)).
function drawCone(host, p) {
  const W = 420, H = 300, svg = svgTag("svg", { viewBox: `0 0 ${W} ${H}`, class: "plot", role: "img", "aria-label": "The double cone over the branching plane" });
  const height = (r, angle, sign) => r * (p.tilt * Math.cos(angle - p.heading) + sign * Math.sqrt(Math.max(0, 1 + p.asymmetry * Math.cos(2 * angle))));
  let most = 0;
  for (let i = 0; i < 72; i++) for (const sign of [-1, 1]) most = Math.max(most, Math.abs(height(1, i * Math.PI / 36, sign)));
  const turn = 0.62, rise = 0.36; // radians about the vertical, and how steeply one looks down
  const project = (x, y, z) => [W / 2 + 128 * (x * Math.cos(turn) - y * Math.sin(turn)), H / 2 - 105 * z / most - 128 * rise * (x * Math.sin(turn) + y * Math.cos(turn)) * 0.9];
  const at = (r, angle, sign) => project(r * Math.cos(angle), r * Math.sin(angle), height(r, angle, sign));
  const draw = (points, style) => svg.append(svgTag("path", { d: points.map((q, i) => `${i === 0 ? "M" : "L"}${q[0].toFixed(1)} ${q[1].toFixed(1)}`).join(""), style }));
  const circle = Array.from({ length: 73 }, (_, i) => i * Math.PI / 36);
  for (const sign of [-1, 1]) { // patches from back to front, the lower sheet first
    const colour = stateColour(sign < 0 ? p.first : p.first + 1), patches = [];
    for (let ring = 0; ring < 5; ring++) {
      for (let i = 0; i < 36; i++) {
        const a = i * Math.PI / 18, b = (i + 1) * Math.PI / 18, r0 = ring / 5, r1 = (ring + 1) / 5, middle = (a + b) / 2;
        patches.push({ depth: (r0 + r1) / 2 * (Math.cos(middle) * Math.sin(turn) + Math.sin(middle) * Math.cos(turn)),
          corners: [at(r0, a, sign), at(r1, a, sign), at(r1, b, sign), at(r0, b, sign), at(r0, a, sign)] });
      }
    }
    patches.sort((a, b) => b.depth - a.depth);
    for (const patch of patches) draw(patch.corners, `fill:${colour};fill-opacity:.3;stroke:${colour};stroke-opacity:.55;stroke-width:.6`);
    draw(circle.map((angle) => at(1, angle, sign)), `fill:none;stroke:${colour};stroke-width:1.6`);
  }
  for (const [name, x, y] of [["x", 1.25, 0], ["y", 0, 1.25]]) {
    const end = project(x, y, 0);
    draw([project(0, 0, 0), end], "fill:none;stroke:var(--muted);stroke-width:1.2;stroke-dasharray:4 3");
    svg.append(svgTag("text", { x: end[0] + 4, y: end[1] + 4 }, name));
  }
  host.replaceChildren(make("figcaption", { className: "plot-title" }, `Double cone to first order over x and y: S${p.first} and S${p.first + 1}`), svg);
}
