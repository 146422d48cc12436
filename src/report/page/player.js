// SPDX-License-Identifier: GPL-3.0-or-later
// The player: one trajectory, its geometry in 3-D beside its energies, at one time. Everything that may move the time calls seek().
"use strict";

function makePlayer(swarm, trouble) {
  const $ = (id) => document.getElementById(id);
  const count = swarm.about.shown, place = new Map(); // row -> place in the list of choices
  let shown = null, time = 0, playing = false, last = 0, molecule = null, levels = null, gaps = null, total = null;

  if (!haveLivePlots || count === 0) {
    $("player").hidden = true;
    $("player-none").hidden = false;
    $("player-none").textContent = count === 0 ? "This page was made without trajectories to play."
      : "This page has no player: the program that wrote it was built without the live plots and the 3-D viewer (npm was not found; see docs/report.md).";
    return { open() { return false; }, count: 0, dress() {} };
  }
  if (haveMolecules && !swarm.about.no_molecules) {
    try {
      molecule = makeMolecule($("stage"), swarm.about.symbols);
      turnByKeys($("stage"), molecule);
    } catch (reason) {
      trouble(`No 3-D picture: ${reason.message}. (It needs WebGL.)`);
    }
  }
  if (molecule === null) {
    $("player").classList.add("no-stage");
    if (swarm.about.no_molecules) $("player-words").textContent = `No 3-D picture: ${swarm.about.no_molecules} `;
  }

  // ---- choice of the trajectory
  const fates = swarm.about.fates;
  const list = $("player-choice");
  for (let row = 0; row < count; row++) {
    const t = swarm.trajectories, hops = (swarm.hopsOf.get(row) || []).filter((i) => swarm.hops.accepted[i] === 1).length;
    const words = `${t.number[row]}:  S${t.start[row]} → S${t.final[row]}, ${hops} ${hops === 1 ? "hop" : "hops"}${t.fate[row] > 1 ? `, ${fates[t.fate[row]]}` : ""}`;
    list.append(make("option", { value: String(row) }, words));
    place.set(row, row);
  }
  list.addEventListener("change", () => open(Number(list.value)));
  const turn = (by) => open((shown.row + count + by) % count);
  $("player-previous").addEventListener("click", () => turn(-1));
  $("player-next").addEventListener("click", () => turn(1));

  // ---- plots
  const zeroed = (values) => Array.from(values);
  function levelLines() {
    return Array.from({ length: swarm.about.energies ? swarm.nstate : 1 }, (_, k) => ({ label: swarm.about.energies ? `S${k}` : "active",
      colour: swarm.about.energies ? stateColour(k) : "var(--ink)", width: 1.6, y: zeroed(shown.energy[k] || []), digits: 4 }))
      .concat([{ label: "total", colour: "var(--muted)", width: 1.2, dash: [5, 4], y: zeroed(shown.total), digits: 4 }])
      .concat(shown.work === null ? [] : [{ label: "from light", colour: "var(--s3)", width: 1.2, dash: [6, 3], y: Array.from(shown.work), digits: 4 }]);
  }
  // Gaps of neighbours, on a logarithmic axis: 10 meV cannot be seen beside energies of many eV. Each in the colour of its upper state.
  function gapLines() {
    return Array.from({ length: swarm.nstate - 1 }, (_, k) => ({ label: `S${k + 1} − S${k}`, colour: stateColour(k + 1), width: 1.4, digits: 3, tags: [`S${k + 1} − S${k}`],
      y: Array.from(shown.energy[k + 1] || [], (e, i) => (e - shown.energy[k][i] > 0 ? e - shown.energy[k][i] : null)) }));
  }
  const haveGaps = swarm.about.energies && swarm.nstate > 1;
  function totalLines() {
    return [{ label: "ΔE", colour: "var(--ink)", width: 1.4, y: Array.from(shown.total, (e) => (e - shown.total[0]) * 1000), digits: 3 }];
  }
  function activeEnergy(i) {
    return shown.energy[swarm.about.energies ? shown.active[i] : 0][i];
  }
  // A broad shade along the active state, under the lines.
  function shade(u) {
    const c = u.ctx, d = devicePixelRatio;
    c.save();
    c.beginPath();
    c.rect(u.bbox.left, u.bbox.top, u.bbox.width, u.bbox.height);
    c.clip();
    c.strokeStyle = faded(cssColour("--ink"), 0.2);
    c.lineWidth = 8 * d;
    c.lineJoin = c.lineCap = "round";
    for (let i = 0; i < shown.n;) {
      c.beginPath();
      const state = shown.active[i];
      let j = i;
      for (; j < shown.n && shown.active[j] === state; j++) {
        const x = u.valToPos(shown.time[j], "x", true), y = u.valToPos(activeEnergy(j), "y", true);
        if (j === i) c.moveTo(x, y); else c.lineTo(x, y);
        if (j === i) c.lineTo(x + 0.01, y);
      }
      c.stroke();
      i = j;
    }
    c.restore();
  }
  // Hops: a line at the time, full if accepted; a triangle up or down.
  function marks(u) {
    const c = u.ctx, d = devicePixelRatio;
    c.save();
    for (const i of swarm.hopsOf.get(shown.row) || []) {
      const x = u.valToPos(swarm.hops.time_fs[i], "x", true), accepted = swarm.hops.accepted[i] === 1;
      if (x < u.bbox.left - 1 || x > u.bbox.left + u.bbox.width + 1) continue;
      c.strokeStyle = c.fillStyle = faded(cssColour("--ink"), accepted ? 0.75 : 0.4);
      c.lineWidth = d;
      c.setLineDash(accepted ? [] : [3 * d, 3 * d]);
      c.beginPath();
      c.moveTo(x, u.bbox.top);
      c.lineTo(x, u.bbox.top + u.bbox.height);
      c.stroke();
      const down = swarm.hops.to[i] < swarm.hops.from[i], y = u.bbox.top + (down ? 2 : 10) * d, s = (down ? 1 : -1) * 8 * d;
      c.setLineDash([]);
      c.beginPath();
      c.moveTo(x - 4.5 * d, y);
      c.lineTo(x + 4.5 * d, y);
      c.lineTo(x, y + s);
      c.closePath();
      if (accepted) c.fill(); else c.stroke();
    }
    c.restore();
  }
  // The line at the time of the player; pressing or dragging in the plot moves it.
  function scrub(u) {
    const now = make("div", { className: "now" });
    u.over.append(now);
    u.now = now;
    const move = (event) => seek(u.posToVal(event.clientX - u.over.getBoundingClientRect().left, "x"));
    u.over.addEventListener("pointerdown", (event) => { u.over.setPointerCapture(event.pointerId); pause(); move(event); });
    u.over.addEventListener("pointermove", (event) => { if (event.buttons === 1) move(event); });
    placeNow(u);
  }
  function placeNow(u) {
    if (u && u.now) u.now.style.left = `${u.valToPos(time, "x")}px`;
  }
  function plots() {
    return [levels, gaps, total].filter((live) => live !== null);
  }
  function drawPlots() {
    if (levels === null) {
      const legend = levelLines().map((line) => ({ tag: line.label, label: line.label, colour: line.colour, look: line.dash ? "dashed" : "" }));
      legend.push({ tag: "nothing", label: "active state", colour: faded(cssColour("--ink"), 0.35), look: "" });
      const tagged = levelLines().map((line) => ({ ...line, tags: [line.label] }));
      levels = makePlot($("plot-levels"), shown.time, tagged, { yLabel: "energy / eV", height: 250, scrub: true, legend: legend.slice(0, -1),
        draw: marks, under: shade, built: scrub });
      total = makePlot($("plot-total"), shown.time, totalLines(), { xLabel: "time / fs", yLabel: "ΔE total / meV", height: 130, scrub: true,
        built: scrub, range: (u, low, high) => { const most = Math.max(Math.abs(low), Math.abs(high), 0.5) * 1.1; return [-most, most]; } });
      if (haveGaps) gaps = makePlot($("plot-player-gaps"), shown.time, gapLines(), { yLabel: "gap / eV", height: 130, log: true, scrub: true, built: scrub, draw: marks });
      for (const live of plots()) live.plot().root.addEventListener("dblclick", (event) => event.stopPropagation(), true);
    } else {
      levels.setData(shown.time, levelLines().map((line) => ({ ...line, tags: [line.label] })));
      if (gaps !== null) gaps.setData(shown.time, gapLines());
      total.setData(shown.time, totalLines());
    }
  }

  // ---- where in time
  function sampleBefore(t) {
    let low = 0, high = shown.n - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (shown.time[middle] <= t + 1e-9) low = middle; else high = middle - 1;
    }
    return low;
  }
  // Straight lines between the samples, so that slow playing does not stutter.
  function geometryAt(t) {
    const i = sampleBefore(t), j = Math.min(i + 1, shown.n - 1), span = shown.time[j] - shown.time[i];
    const share = span > 0 ? (t - shown.time[i]) / span : 0;
    return shown.position.map((x) => x[i] + share * (x[j] - x[i]));
  }
  function seek(t) {
    if (shown === null || shown.n === 0) return;
    time = Math.min(Math.max(t, shown.time[0]), shown.time[shown.n - 1]);
    const i = sampleBefore(time), near = i + 1 < shown.n && shown.time[i + 1] - time < time - shown.time[i] ? i + 1 : i;
    if (molecule !== null) molecule.show(geometryAt(time));
    $("player-slider").value = String(near);
    $("player-slider").setAttribute("aria-valuetext", `${fixed(time, 1)} fs, state S${shown.active[i]}`);
    $("player-time").textContent = `${fixed(time, 1)} fs`;
    const chip = $("player-state");
    chip.textContent = `S${shown.active[i]}`;
    chip.style.setProperty("--chip", stateColour(shown.active[i]));
    for (const live of plots()) placeNow(live.plot());
    tell(near);
  }
  function tell(i) {
    const parts = [], light = (t) => (shown.work === null ? 0 : shown.work[t]);
    if (swarm.about.energies) {
      shown.energy.forEach((e, k) => parts.push(make("span", {}, make("i", { style: `background:${stateColour(k)}` }), `S${k} ${fixed(e[i], 3)} eV`)));
      if (shown.active[i] > 0) parts.push(make("span", {}, `gap to S${shown.active[i] - 1} ${fixed(activeEnergy(i) - shown.energy[shown.active[i] - 1][i], 3)} eV`));
    } else parts.push(make("span", {}, `potential ${fixed(shown.energy[0][i], 3)} eV`));
    parts.push(make("span", {}, `kinetic ${fixed(shown.total[i] + light(i) - activeEnergy(i), 3)} eV`), ...(shown.work === null ? [] : [make("span", {}, `from light ${fixed(light(i), 3)} eV`)]), make("span", {}, `ΔE ${fixed((shown.total[i] - shown.total[0]) * 1000, 1)} meV`));
    if (swarm.about.dimension === 1) {
      shown.position.slice(0, 6).forEach((x, a) => parts.push(make("span", {}, `x${shown.position.length > 1 ? a : ""} ${fixed(x[i], 3)} bohr`)));
    }
    $("player-numbers").replaceChildren(...parts);
  }

  // ---- playing
  function pause() {
    playing = false;
    $("player-play").textContent = "▶ Play";
    $("player-play").setAttribute("aria-pressed", "false");
  }
  function play() {
    if (shown === null || shown.n < 2) return;
    if (time >= shown.time[shown.n - 1] - 1e-9) seek(shown.time[0]);
    playing = true;
    last = 0;
    $("player-play").textContent = "❚❚ Pause";
    $("player-play").setAttribute("aria-pressed", "true");
    requestAnimationFrame(step);
  }
  function step(now) {
    if (!playing) return;
    if (last > 0) seek(time + Math.min(now - last, 250) / 1000 * Number($("player-speed").value));
    last = now;
    if (time >= shown.time[shown.n - 1] - 1e-9) pause();
    else requestAnimationFrame(step);
  }
  function hop(by) {
    pause();
    seek(shown.time[Math.min(Math.max(sampleBefore(time) + by, 0), shown.n - 1)]);
  }
  function end(last) {
    pause();
    seek(shown.time[last ? shown.n - 1 : 0]);
  }
  const toggle = () => (playing ? pause() : play());
  $("player-play").addEventListener("click", toggle);
  $("player-slider").addEventListener("input", () => { pause(); seek(shown.time[Number($("player-slider").value)]); });
  $("player-back").addEventListener("click", () => hop(-1));
  $("player-forth").addEventListener("click", () => hop(1));
  $("stage-reset").addEventListener("click", () => molecule !== null && molecule.centre());
  new ResizeObserver(() => molecule !== null && molecule.resize()).observe($("stage-box"));

  // Shows trajectory `row` from time t on; false: it is not on this page.
  function open(row, t) {
    if (row < 0 || row >= count) return false;
    pause();
    const found = readTrajectory(swarm, row);
    if (found.n === 0) {
      trouble(`Trajectory ${swarm.trajectories.number[row]} holds nothing that can be shown.`);
      return false;
    }
    shown = found;
    list.value = String(row);
    const slider = $("player-slider"), fate = swarm.trajectories.fate[row];
    slider.max = String(found.n - 1);
    $("player-fate").textContent = fate > 1 ? `${fates[fate]} at ${precise(swarm.trajectories.end_fs[row], 4)} fs${swarm.trajectories.weight[row] > 0 ? "" : "; left out of all means"}` : "";
    drawPlots();
    seek(t === undefined ? found.time[0] : t);
    return true;
  }
  if (molecule !== null) $("player-words").append("Drag to turn the molecule. Between samples positions are interpolated. ");
  $("player-words").append(`Click or drag in the plots to move in time; the broad shade marks the active state, triangles mark hops (hollow: frustrated). Positions are rounded to ${swarm.about.position_quantum} ${swarm.about.dimension === 3 ? "Å" : "bohr"}, energies to 1 meV.`);
  const all = swarm.about.trajectories, missing = all - count;
  if (missing > 0) $("player-words").append(make("strong", {}, ` ${missing} of ${all} trajectories are left out of the player to keep the page small; all figures and numbers count them.`));
  return { molecule, open, seek, count, toggle, hop, end, turn, dress() { if (molecule !== null) molecule.dress(); },
    state: () => ({ row: shown.row, time, samples: shown.n, playing, active: shown.active[sampleBefore(time)],
      atoms: molecule === null ? null : molecule.atoms.map((a) => [a.x, a.y, a.z]),
      whole: molecule === null || molecule.whole(), still: molecule === null || molecule.still(),
      cursors: plots().map((live) => live.plot().posToVal(parseFloat(live.plot().now.style.left), "x")) }) };
}
