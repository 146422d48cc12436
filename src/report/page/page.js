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
    if (life && !life.refused && life.curve) {
      lines.push({ label: "fit", colour: "var(--ink)", dash: [2, 4], width: 2, y: life.curve, tags: ["fit"] });
      legend.push({ tag: "fit", label: "fit", look: "dotted" });
      words.push(`The dotted black line is the fit to S${life.state}: ${life.formula}.`);
    } else if (life && life.refused) words.push(`No fit: ${life.refused}.`);
    $("fit-words").textContent = words.join(" ");
    $("fit-words").hidden = words.length === 0;
    if (haveLivePlots) makePlot($("plot-populations"), swarm.time, lines, { xLabel: "time / fs", yLabel: "population", range: [-0.02, 1.02], legend });
  }
  // Exact dynamics alone: the means of the coordinates, the overlap with the start, the spectrum.
  function showMotion(swarm) {
    const e = swarm.exact, series = (host, x, lines, options) => {
      if (haveLivePlots) makePlot($(host), x, lines, options);
    };
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
    if (!haveLivePlots) return;
    const e = swarm.energies;
    const lines = e.state_ev.map((y, k) => ({ label: `S${k}`, colour: stateColour(k), y, tags: [`S${k}`], digits: 4 }));
    if (e.potential_ev) lines.push({ label: swarm.alone ? "potential" : "active state", colour: "var(--ink)", dash: [2, 4], y: e.potential_ev, tags: ["active"], digits: 4 });
    if (e.total_ev) lines.push({ label: "total", colour: "var(--muted)", width: 1.4, y: e.total_ev, tags: ["total"], digits: 4 });
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

  // ---- numbers
  function plainTable(caption, head, rows) {
    return make("div", {}, make("p", { className: "caption" }, caption), make("div", { className: "scroll" }, make("table", { "aria-label": caption },
      make("thead", {}, make("tr", {}, ...head.map((h, i) => make("th", { scope: "col", className: i === 0 ? "text" : "" }, h)))),
      make("tbody", {}, ...rows.map((row) => make("tr", {}, ...row.map((cell, i) => make("td", { className: i === 0 ? "text" : "" }, cell))))))));
  }
  function interval(p, digits) {
    const low = p.low ?? null, high = p.high ?? null;
    if (low === null || high === null) return low !== null ? `above ${precise(low, digits)}` : high !== null ? `below ${precise(high, digits)}` : "–";
    return `${precise(low, digits)} to ${precise(high, digits)}`;
  }
  function tableOfLifetime(life) {
    const how = life.bootstrap > 0 ? ` 95 % intervals from ${life.bootstrap} resamplings;` : "";
    return plainTable(`Fit to the population of S${life.state}: ${life.formula}.${how} explains ${fixed(100 * life.explained, 2)} % of the variance; ${fixed(100 * life.beyond_two_errors, 0)} % of the samples are beyond two errors.${life.note ? ` ${life.note[0].toUpperCase()}${life.note.slice(1)}.` : ""}`,
      ["Parameter", "value", "95 % interval", "unit"], Object.entries(life.parameters).map(([name, p]) => [name.replaceAll("_", " "), p.undetermined ? `not determined (${p.undetermined})` : precise(p.value, 4), interval(p, 4), p.unit === "1" ? "" : p.unit]));
  }
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
    return plainTable(counted ? "Outcomes: conditions of dynamics.stop, by the active state at the end; share with one standard error" : "Outcomes: regions of dynamics.stop, by adiabatic state",
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
    if (a.lifetime && !a.lifetime.refused) tables.push(tableOfLifetime(a.lifetime));
    tables.push(...tablesOfPopulations(swarm));
    if (swarm.exact && !swarm.alone) tables.push(tableOfDeviation(swarm));
    if (swarm.exact) tables.push(tableOfTrust(swarm.exact));
    if (swarm.alone && swarm.exact.outcomes) tables.push(tableOfOutcomes(swarm.exact.outcomes, []));
    if (!swarm.alone) tables.push(...tablesOfSwarm(swarm));
    $("number-tables").replaceChildren(...tables);
    if (!swarm.alone) showTrajectories(swarm, jump);
    $("numbers").hidden = false;
  }
  function tablesOfSwarm(swarm) {
    const a = swarm.analysis, tables = [];
    tables.push(plainTable("Accepted and frustrated hops of the trajectories that count", ["Hop", "accepted", "each trajectory", "median gap / eV", "mean time / fs", "frustrated"],
      a.hops.pairs.map((p) => [`S${p.from} → S${p.to}`, String(p.accepted.count), fixed(p.accepted.per_trajectory, 3), fixed(p.accepted.gap_quartiles_ev && p.accepted.gap_quartiles_ev[1], 3), fixed(p.accepted.mean_time_fs, 1), String(p.frustrated.count)])));
    tables.push(plainTable(`What became of the trajectories; ${a.trajectories.counted} of ${a.trajectories.total} count`, ["Fate", "trajectories"],
      Object.entries(a.trajectories.fates).filter(([, n]) => n > 0).map(([word, n]) => [swarm.about.fates[swarm.about.fate_words.indexOf(word)], String(n)])));
    if (a.trajectories.outcomes) tables.push(tableOfOutcomes(a.trajectories.outcomes, (swarm.exact && swarm.exact.outcomes) || []));
    if (a.trajectories.left_out.length > 0) {
      tables.push(plainTable("Left out of everything but the player, at all times", ["Trajectory", "why", "end / fs"],
        a.trajectories.left_out.slice(0, 50).map((x) => [String(x.trajectory), x.why, precise(x.end_fs, 4)])));
    }
    const c = a.consistency, energy = a.energy;
    tables.push(plainTable("Checks", ["Quantity", "value"], [
      ["Active share minus mean |c|², rms", `${precise(c.rms, 3)} (by chance alone ${precise(c.rms_by_chance, 3)})`],
      ["the same, largest", c.max && c.max.difference !== null ? `${precise(c.max.difference, 3)} ± ${precise(c.max.error, 2)} (S${c.max.state}, ${precise(c.max.time_fs, 4)} fs)` : "–"],
      ["Largest change of a total energy, median / worst", `${precise(energy.median_drift_mev, 3)} / ${precise(energy.max_drift_mev, 3)} meV`],
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
    $("trajectory-filters").replaceChildren(end.element, fate.element);
    $("trajectory-table").replaceChildren(table.element);
    filter();
  }
  function showMechanism(swarm, intersections) {
    const m = swarm.mechanism;
    if (m === null) return;
    $("mechanism").hidden = false;
    document.querySelector('[data-for="mechanism"]').hidden = false;
    if (m.census) showCensus(swarm, m.census, intersections);
    else $("mechanism-census").hidden = true;
    if (haveLivePlots) m.coordinates.forEach((c) => showCoordinate(swarm, c));
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
      { title: "Hop", text: true, value: (i) => t.from[i] * 100 + t.to[i], show: (i) => make("span", {}, stateMark(t.from[i]), " → ", stateMark(t.to[i])) },
      { title: "Accepted", value: (i) => t.count_accepted[i], first: true },
      { title: "Frustrated", value: (i) => t.count_frustrated[i], first: true },
      { title: "Share / %", value: (i) => t.share_accepted[i], first: true, show: (i) => (t.count_accepted[i] === 0 ? "–" : `${fixed(100 * t.share_accepted[i], 1)} (${fixed(100 * t.share_low_accepted[i], 1)} to ${fixed(100 * t.share_high_accepted[i], 1)})`) },
      { title: "Mean time / fs", value: (i) => t.mean_time_accepted[i], show: (i) => `${fixed(t.mean_time_accepted[i], 1)}${t.time_error_accepted[i] === null ? "" : ` ± ${fixed(t.time_error_accepted[i], 1)}`}` },
      { title: "Gap / eV", value: (i) => t.gap_accepted[i], show: (i) => fixed(t.gap_accepted[i], 3) },
      { title: "Distance / Å", value: (i) => t.distance_accepted[i], show: (i) => fixed(t.distance_accepted[i], 3) },
      { title: "Energy above / eV", value: (i) => t.energy_accepted[i], show: (i) => fixed(t.energy_accepted[i], 2) }
    ], { caption: "Census of the hops. Gap and distance are medians, all but the number of frustrated ones of accepted hops.", page: 12, count: true,
      go: intersections === null ? null : (i) => { if (t.point[i] >= 0 && intersections.choose(census.name[t.point[i]])) $("intersections").scrollIntoView(); },
      goTitle: "Show this intersection" });
    table.setRows(rows);
    $("mechanism-table").replaceChildren(table.element);
    if (!haveLivePlots || !census.last) return;
    census.last.forEach((parts, b) => {
      const most = (y) => Math.max(...y.map((v) => v || 0));
      const seen = parts.map((y, p) => ({ y, p, size: most(y) })).filter((part) => part.size > 0.005).sort((x, y) => y.size - x.size);
      const shown = seen.slice(0, 8);
      if (shown.length === 0) return;
      const lines = shown.map((part, i) => ({ label: pointName(census, part.p), colour: part.p < census.name.length ? `var(--s${i % STATE_COLOURS})` : "var(--muted)",
        dash: i >= STATE_COLOURS || part.p >= census.name.length ? [5, 4] : undefined, y: part.y, tags: [String(part.p)] }));
      const box = make("div", { className: "live" });
      $("mechanism-passages").append(make("h3", {}, `Population of ${b === 0 ? "S0" : `S0 to S${b}`}, by the intersection it came down through last`), box);
      makePlot(box, swarm.time, lines, { xLabel: "time / fs", yLabel: "population", height: 240,
        legend: lines.map((line) => ({ tag: line.tags[0], label: line.label, colour: line.colour, look: line.dash ? "dashed" : "" })) });
    });
  }
  // Median, the middle half and the middle nine tenths of all trajectories.
  function showCoordinate(swarm, c) {
    const box = make("div", { className: "live" }), half = (low, high) => high.map((h, i) => (h === null || low[i] === null ? null : (h - low[i]) / 2));
    const middle = (low, high) => high.map((h, i) => (h === null || low[i] === null ? null : (h + low[i]) / 2));
    $("mechanism-coordinates").append(make("figure", {}, make("figcaption", { className: "plot-title" }, `${c.name} (${c.coordinate}): median; half of the trajectories are in the darker band, nine tenths in the lighter`), box));
    makePlot(box, swarm.time, [
      { label: "5 to 95 %", colour: "var(--s0)", width: 0.01, y: middle(c.q05, c.q95), error: half(c.q05, c.q95), bandOnly: true },
      { label: "25 to 75 %", colour: "var(--s0)", width: 0.01, y: middle(c.q25, c.q75), error: half(c.q25, c.q75), bandOnly: true },
      { label: "median", colour: "var(--s0)", width: 2, y: c.q50 }, { label: "mean", colour: "var(--ink)", width: 1.3, dash: [3, 3], y: c.mean }
    ], { xLabel: "time / fs", yLabel: `${c.name} / ${c.unit}`, height: 230 });
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
    attempt("The mechanism", () => showMechanism(swarm, intersections));
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
    attempt("The populations", () => showPopulations(swarm));
    const jump = swarm.alone ? () => {} : showTrajectoriesOf(swarm, attempt, parts);
    if (swarm.alone) attempt("The motion", () => showMotion(swarm));
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
