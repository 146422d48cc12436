// SPDX-License-Identifier: GPL-3.0-or-later
// Puts the page together. Failures are reported at the top; the rest of the page still works.
"use strict";

const diabolo = { ready: false };

(function () {
  const $ = (id) => document.getElementById(id);
  const trouble = (words) => {
    $("trouble").hidden = false;
    $("trouble").append(make("span", {}, words, " "));
  };

  function column(values, k, n) {
    return Array.from({ length: n }, (_, t) => values[k][t]);
  }
  // Kinds of populations: [tag, words, dash, width, look in the legend, { value, error }]. Of exact dynamics alone, of a swarm, and of both.
  function kindsOf(swarm) {
    const p = swarm.analysis.populations;
    const kinds = swarm.alone
      ? [["active", "adiabatic", undefined, 2.2, "", p.active], ["diabatic", "diabatic", [7, 5], 1.5, "dashed", p.diabatic]]
      : [["active", "active state", undefined, 2.2, "", p.active], ["electronic", "mean |c|²", [7, 5], 1.5, "dashed", p.electronic],
        ["diabatic", "mean |c|², diabatic", [2, 3], 1.5, "dotted", p.diabatic]];
    if (!swarm.alone && swarm.exact)
      kinds.push(["exact", "exact", [2, 4], 3, "dotted", swarm.exact.populations.active], ["exact-diabatic", "exact, diabatic", [1, 5], 3, "dotted", swarm.exact.populations.diabatic]);
    return kinds.filter((kind) => kind[5]);
  }
  function showPopulations(swarm) {
    const life = swarm.analysis.lifetime, lines = [], n = swarm.time.length, kinds = kindsOf(swarm), words = [];
    const onlyDiabatic = !swarm.alone && swarm.exact && !swarm.exact.populations.active; // what the engine knows
    const letter = (kind) => kind.endsWith("diabatic") ? "D" : "S", letters = kinds.every(([kind]) => letter(kind) === "D") ? "D" : "S";
    for (const [kind, label, dash, width, , p] of kinds) {
      for (let k = 0; k < swarm.nstate; k++) {
        const error = p.error && !kind.startsWith("exact") ? column(p.error, k, n) : null;
        lines.push({ label: `${letter(kind)}${k} ${label}`, colour: stateColour(k), dash, width, y: column(p.value, k, n), digits: error && !swarm.alone ? 3 : 5,
          error: error && error.map((e) => (e === null ? null : 2 * e)), tags: [`S${k}`, kind] });
      }
    }
    const legend = Array.from({ length: swarm.nstate }, (_, k) => ({ tag: `S${k}`, label: `${letters}${k}`, colour: stateColour(k) }))
      .concat(kinds.map(([kind, label, , , look]) => ({ tag: kind, label, look, off: kind.endsWith("diabatic") && !onlyDiabatic && !swarm.alone })));
    if (swarm.alone && letters === "D") $("alone-words").textContent = "Exact populations of the diabatic states (dashed); the engine knows no adiabatic ones.";
    if (!swarm.alone && swarm.exact) $("exact-words").append(` Dots: exact dynamics of the same input (${swarm.exact.engine}${onlyDiabatic ? ", diabatic populations only" : ""}).`);
    if (life && !life.refused && life.curve && !(life.since_fs > 0)) {
      lines.push({ label: "fit", colour: "var(--ink)", dash: [2, 4], width: 2, y: life.curve, tags: ["fit"] });
      legend.push({ tag: "fit", label: "fit", look: "dotted" });
      words.push(`The dotted black line is the fit to S${life.state}: ${life.formula}.`);
    } else if (life && life.refused) words.push(`No fit: ${life.refused}.`);
    $("fit-words").textContent = words.join(" ");
    $("fit-words").hidden = words.length === 0;
    makePlot($("plot-populations"), swarm.time, lines, { xLabel: "time / fs", yLabel: "population", range: [-0.02, 1.02], legend });
  }
  // Exact dynamics alone: the means of the coordinates, the overlap with the start, the spectrum.
  function showWavePacket(swarm) {
    const e = swarm.exact, series = (host, x, lines, options) => makePlot($(host), x, lines, options);
    if (e.means.position_bohr && e.means.position_width_bohr) {
      const names = e.means.position_bohr.map((_, c) => `coordinate ${c}`);
      series("plot-motion", swarm.time, e.means.position_bohr.map((y, c) => ({ label: names[c], colour: `var(--s${c % STATE_COLOURS})`, y, error: e.means.position_width_bohr[c], digits: 4, tags: [names[c]] })),
        { xLabel: "time / fs", yLabel: "mean / bohr", legend: names.map((tag, c) => ({ tag, label: tag, colour: `var(--s${c % STATE_COLOURS})` })) });
    }
    if (e.autocorrelation) {
      const [re, im] = e.autocorrelation.value;
      series("plot-overlap", e.autocorrelation.time_fs, [{ label: "|overlap|", colour: "var(--s0)", y: re.map((x, i) => Math.hypot(x, im[i])) }], { xLabel: "time / fs", yLabel: "", height: 230 });
    }
    if (e.spectrum) series("plot-spectrum", e.spectrum.energy_ev, [{ label: "intensity", colour: "var(--s0)", y: e.spectrum.intensity_per_ev }], { xLabel: "energy / eV", yLabel: "1 / eV", height: 230, tip: false });
  }
  function showEnergies(swarm) {
    const e = swarm.energies;
    const lines = e.state_ev.map((y, k) => ({ label: `S${k}`, colour: stateColour(k), y, tags: [`S${k}`], digits: 4 }));
    if (e.potential_ev) lines.push({ label: swarm.alone ? "potential" : "active state", colour: "var(--ink)", dash: [2, 4], y: e.potential_ev, tags: ["active"], digits: 4 });
    if (e.total_ev) lines.push({ label: "total", colour: "var(--muted)", width: 1.4, y: e.total_ev, tags: ["total"], digits: 4 });
    if (e.work_ev) lines.push({ label: "from light", colour: "var(--s3)", width: 1.8, dash: [6, 3], y: e.work_ev, tags: ["light"], digits: 4 });
    if (lines.length === 0) return;
    makePlot($("plot-energies"), swarm.time, lines, { xLabel: "time / fs", yLabel: "mean energy / eV",
      legend: lines.map((line) => ({ tag: line.tags[0], label: line.label, colour: line.colour, look: line.dash ? "dotted" : "" })) });
    if (swarm.alone) return;
    const positive = (y) => y.map((v) => (v !== null && v > 1e-5 ? v : null));
    const drift = [["median", "drift_median_mev", "var(--s0)"], ["90 %", "drift_90_mev", "var(--s4)"], ["largest", "drift_largest_mev", "var(--s1)"]]
      .map(([label, key, colour]) => ({ label, colour, y: positive(e[key]), tags: [label] }));
    if (drift.some((line) => line.y.some((v) => v !== null))) {
      makePlot($("plot-drift"), swarm.time, drift, { xLabel: "time / fs", yLabel: "|E(t) − E(0)| / meV", log: true, height: 230,
        legend: drift.map((line) => ({ tag: line.label, label: line.label, colour: line.colour })) });
    }
  }

  function showAbout(swarm) {
    const a = swarm.about, list = make("dl", { className: "facts" });
    const fact = (name, value) => list.append(make("dt", {}, name), make("dd", {}, value));
    fact("Model", `${swarm.analysis.model_type} (${a.model_path})`);
    if (swarm.exact) fact("Exact dynamics", `${swarm.exact.engine}: ${swarm.exact.settings}`);
    fact(swarm.alone ? "Method" : "Hopping", String(swarm.analysis.method).replaceAll("_", " "));
    fact("Time step", `${precise(swarm.analysis.timestep_fs, 4)} fs, ${a.samples} samples ${a.samples > swarm.time.length ? `(one of ${Math.round((a.samples - 1) / (swarm.time.length - 1))} is on this page) ` : ""}up to ${precise(swarm.time[swarm.time.length - 1], 6)} fs`);
    if (!swarm.alone) fact("Random numbers", `seed ${a.seed}`);
    fact(swarm.alone ? "Propagated by" : "Flown by", `Diabolo ${a.flown_by}`);
    fact("Page written by", `Diabolo ${a.written_by}, diabolo report`);
    fact("This page", "loads nothing from anywhere: keep it, send it, open it without a network.");
    $("about-words").replaceChildren(list);
    if (a.resolved) {
      $("resolved").hidden = false;
      $("resolved").querySelector("pre").textContent = a.resolved;
    }
  }

  // ---- light and dark
  function dressing(again) {
    const button = $("dress"), root = document.documentElement, system = matchMedia("(prefers-color-scheme: dark)");
    const dark = () => (root.dataset.dress ? root.dataset.dress === "dark" : system.matches);
    button.hidden = false;
    root.dataset.dress = system.matches ? "dark" : "light";
    button.addEventListener("click", () => { root.dataset.dress = dark() ? "light" : "dark"; again(); });
    system.addEventListener("change", () => { root.dataset.dress = system.matches ? "dark" : "light"; again(); });
  }

  // Player, hops, intersections, mechanism; returns what opens a trajectory in the player.
  function showTrajectoriesOf(swarm, attempt, parts) {
    $("trajectories").hidden = false;
    const player = attempt("The player", () => makePlayer(swarm, trouble));
    if (player !== null) {
      parts.push(player);
      diabolo.player = player;
      if (player.count > 0) listenToKeys(player);
    }
    const jump = (row, time) => {
      if (player === null || !player.open(row, time)) {
        trouble(`Trajectory ${swarm.trajectories.number[row]} is not in the player of this page.`);
        return;
      }
      $("trajectories").scrollIntoView();
    };
    attempt("The hops", () => showHops(swarm, jump));
    const intersections = attempt("The intersections", () => showIntersections(swarm));
    if (intersections !== null) {
      parts.push(intersections);
      diabolo.intersections = intersections;
    }
    const motion = attempt("The mechanism", () => showMechanism(swarm, intersections));
    if (motion !== null) {
      parts.push(motion);
      diabolo.motion = motion;
    }
    attempt("The model", () => showTrust(swarm));
    return jump;
  }
  function build() {
    const swarm = readSwarm();
    diabolo.swarm = swarm;
    const parts = [];
    dressing(() => {
      for (const live of livePlots) live.dress();
      for (const part of parts) part.dress();
    });
    const attempt = (words, what) => {
      try {
        return what();
      } catch (reason) {
        console.error(reason);
        trouble(`${words} cannot be shown: ${reason.message}.`);
        return null;
      }
    };
    if (byId("committee") !== null) reveal("committee");
    for (const scroll of document.querySelectorAll(".scroll")) scrollers.observe(scroll); // those that the page came with
    attempt("The populations", () => showPopulations(swarm));
    attempt("The groups", () => showGroups(swarm));
    attempt("The kinetics", () => showKinetics(swarm));
    attempt("The yields", () => showYields(swarm));
    const jump = swarm.alone ? () => {} : showTrajectoriesOf(swarm, attempt, parts);
    if (swarm.alone) attempt("The motion", () => showWavePacket(swarm));
    attempt("The energies", () => showEnergies(swarm));
    attempt("The numbers", () => showNumbers(swarm, jump));
    attempt("The end of the page", () => showAbout(swarm));
    const player = diabolo.player;
    if (player && player.count > 0) {
      const first = swarm.hops.row.findIndex((row, i) => swarm.hops.accepted[i] === 1 && row < player.count);
      attempt("The first trajectory", () => player.open(first >= 0 ? swarm.hops.row[first] : 0));
    }
  }
  try {
    build();
  } catch (reason) {
    console.error(reason);
    trouble(`This page cannot be shown whole: ${reason.message}.`);
  }
  diabolo.ready = true;
  diabolo.milliseconds = performance.now();
})();
