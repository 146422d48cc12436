// SPDX-License-Identifier: GPL-3.0-or-later
// What `diabolo analyse` fits and counts (docs/analyse.md): the decay of a state, kinetic schemes, quantum yields, populations of groups.
"use strict";

function sentence(words) {
  return words ? `${words[0].toUpperCase()}${words.slice(1)}${/[.!?]$/.test(words) ? "" : "."}` : "";
}
function constants(values) {
  return Object.entries(values).map(([name, value]) => `${name.replaceAll("_", " ")} ${value === null ? "not determined" : precise(value, 4)}`).join(", ");
}

// ---- the decay of one state
function tableOfLifetime(life) {
  const how = life.bootstrap > 0 ? ` 95 % intervals from ${life.bootstrap} resamplings;` : "";
  return plainTable(`Fit to the population of S${life.state}: ${life.formula}.${how} explains ${fixed(100 * life.explained, 2)} % of the variance; ${fixed(100 * life.beyond_two_errors, 0)} % of the samples are beyond two errors.`,
    ["Parameter", "value", "95 % interval", "unit"], Object.entries(life.parameters).map(([name, p]) => [name.replaceAll("_", " "), p.undetermined ? `not determined (${p.undetermined})` : precise(p.value, 4), interval(p, 4), p.unit === "1" ? "" : p.unit]));
}
function tableOfShapes(shapes, leading, alone) {
  return plainTable(`Shapes of that decay compared${alone ? "" : "; weight: how likely each is the best of these, by AICc"}`, ["Model", "constants", "rms residual", ...(alone ? [] : ["beyond 2 errors", "AICc", "weight"])],
    shapes.map((s) => [`${s.model}${s.model === leading ? " (leads)" : ""}`, s.fitted ? constants(s.values) : "no fit", fixed(s.rms_residual, 4),
      ...(alone ? [] : [s.beyond_two_errors === null ? "–" : `${fixed(100 * s.beyond_two_errors, 0)} %`, fixed(s.aicc, 2), fixed(s.akaike_weight, 3)])]), [1]);
}
// The same fits with the trajectories that are left out, in both ways.
const WAYS = [["until_end", "until they went wrong"], ["as_is", "as they are"]];
function tableOfDiscarded(discarded) {
  const rows = WAYS.filter(([key]) => discarded.lifetime[key] !== null).flatMap(([key, words]) => {
    const life = discarded.lifetime[key];
    if (life.refused) return [[words, `no fit: ${life.refused}`, ""]];
    return Object.entries(life.parameters).map(([name, p]) => [words, `${name.replaceAll("_", " ")} ${p.undetermined || precise(p.value, 4)}`, interval(p, 4)]);
  });
  return rows.length === 0 ? null : plainTable(`The same with the ${discarded.count} trajectories that are left out`, ["They count", "constant", "95 % interval"], rows);
}
function showDecay(swarm) {
  const a = swarm.analysis, life = a.lifetime, host = byId("decay");
  if (!life) return;
  const box = make("div", { className: "live" }), refused = life.refused ? make("p", { className: "note" }, `No fit to the population of S${life.state}: ${life.refused}.`) : null;
  host.append(make("h3", {}, `Decay of S${life.state}`), ...(refused ? [refused] : []), make("figure", {}, box));
  const lines = [{ label: `S${life.state}`, colour: stateColour(life.state), width: 2.2, y: life.survival, error: swarm.alone ? null : life.survival_error.map((e) => (e === null ? null : 2 * e)), digits: 4, tags: ["data"] }];
  if (life.curve) lines.push({ label: "fit", colour: "var(--ink)", dash: [2, 4], width: 2, y: life.curve, tags: ["fit"] });
  makePlot(box, life.time_fs, lines, { title: `Decay of S${life.state}`, xLabel: "time / fs", yLabel: "share still there", range: [-0.02, 1.02], height: 240,
    legend: lines.map((line) => ({ tag: line.tags[0], label: line.tags[0] === "data" ? `S${life.state}${swarm.alone ? "" : life.since_fs > 0 ? `, of those that were there at ${precise(life.since_fs, 4)} fs` : ", of those that started there"}` : "fit", colour: line.colour, look: line.dash ? "dotted" : "" })) });
  if (!life.refused) host.append(tableOfLifetime(life));
  if (life.note) host.append(make("p", { className: "muted" }, sentence(life.note)));
  if (a.decay_models && a.decay_models.length > 0) host.append(tableOfShapes(a.decay_models, life.refused ? "" : life.model, swarm.alone));
  if (a.discarded) host.append(...[tableOfDiscarded(a.discarded)].filter(Boolean));
}

// ---- schemes
const SPECIES = /^S(\d+)$/; // a state has its colour, a group or class takes one of those behind the states
function speciesColour(name, place, nstate) {
  const state = SPECIES.exec(name);
  return state ? stateColour(Number(state[1])) : `var(--s${(nstate + place) % STATE_COLOURS})`;
}
function kindOfParameter(name, kind) {
  return { time_constant: `time constant ${name}`, response_fwhm: "response, full width at half maximum" }[kind] || name;
}
function tableOfScheme(scheme) {
  return plainTable(`Parameters${scheme.bootstrap > 0 ? `; 95 % intervals from ${scheme.bootstrap - scheme.bootstrap_failed} resamplings of trajectories` : ""}. The residual is ${fixed(scheme.rms_residual, 4)} (rms), ${fixed(scheme.rms_by_chance, 4)} would be chance.`,
    ["Parameter", "value", "standard error", "95 % interval", "unit"], Object.entries(scheme.parameters).map(([name, p]) => [kindOfParameter(name.replaceAll("->", "→"), p.kind), p.value === null ? `not determined (${p.at_bound ? "at a bound" : "nothing depends on it"})` : precise(p.value, 4),
      p.value === null ? "–" : precise(p.standard_error, 3), interval(p, 4), p.unit === "1" ? "" : p.unit]));
}
function showScheme(swarm, scheme, host) {
  const title = scheme.scheme.replaceAll("<->", "↔").replaceAll("->", "→").replaceAll("<-", "←");
  host.append(make("h4", {}, scheme.name === scheme.scheme ? title : `${scheme.name}: ${title}`));
  if (scheme.refused) {
    host.append(make("p", { className: "note" }, `Refused: ${scheme.refused}.`));
    return;
  }
  const box = make("div", { className: "live" }), lines = scheme.species.flatMap((name, s) => {
    const colour = speciesColour(name, s, swarm.nstate);
    return [{ label: name, colour, width: 2.2, y: scheme.share[s], tags: [name, "data"], digits: 4 }, { label: `${name}, fit`, colour, width: 1.6, dash: [6, 4], y: scheme.fit[s], tags: [name, "fit"], digits: 4 }];
  });
  host.append(make("figure", {}, box));
  makePlot(box, scheme.time_fs, lines, { title: `Kinetic scheme ${title}`, xLabel: "time / fs", yLabel: "share", range: [-0.02, 1.02], height: 250,
    legend: [...scheme.species.map((name, s) => ({ tag: name, label: name, colour: speciesColour(name, s, swarm.nstate) })), { tag: "data", label: "swarm" }, { tag: "fit", label: "fit", look: "dashed" }] });
  host.append(tableOfScheme(scheme));
  const words = scheme.warnings.map(sentence);
  for (const [key, way] of WAYS) {
    const other = scheme.with_discarded[key];
    if (other && !other.refused) words.push(`With the trajectories that are left out, ${way}: ${Object.entries(other.parameters).filter(([, p]) => p.kind === "time_constant").map(([name, p]) => `${name.replaceAll("->", "→")} ${p.value === null ? "not determined" : `${precise(p.value, 4)} fs`}`).join(", ")}.`);
  }
  if (words.length > 0) host.append(make("ul", { className: "notes" }, ...words.map((w) => make("li", {}, w))));
}
function showSchemes(swarm) {
  const schemes = swarm.analysis.schemes || [], host = byId("schemes");
  if (schemes.length === 0) return;
  host.append(make("h3", {}, schemes.length === 1 ? "Kinetic scheme" : "Kinetic schemes"));
  if (schemes.length > 1) {
    host.append(plainTable("Compared. Weight: how likely each is the best of those with the same species, by AICc; only differences of AICc mean anything, and only among these", ["Scheme", "species", "rms residual", "by chance", "AICc", "weight"],
      schemes.map((s) => [s.name, s.species.join(", "), ...(s.refused ? ["refused", "–", "–", "–"] : [fixed(s.rms_residual, 4), fixed(s.rms_by_chance, 4), fixed(s.aicc, 2), fixed(s.akaike_weight, 3)])]), [1]));
  }
  for (const scheme of schemes) showScheme(swarm, scheme, host);
}
function showKinetics(swarm) {
  if (!swarm.analysis.lifetime && !(swarm.analysis.schemes || []).length) return;
  reveal("kinetics");
  showDecay(swarm);
  showSchemes(swarm);
}

// ---- yields
function showYields(swarm) {
  const y = swarm.analysis.yields;
  if (!y) return;
  reveal("yields");
  const host = byId("yields"), states = y.by_state.map((s) => s.state), share = (s) => `${fixed(s.yield, 4)}`, between = (s) => `${fixed(s.low, 4)} to ${fixed(s.high, 4)}`;
  host.append(make("p", {}, `Products at ${precise(y.time_fs, 5)} fs, of ${y.trajectories} trajectories: each is in the first class whose conditions hold, or in none (other). Whiskers and intervals are 95 % (Wilson), bootstrap those of resampled trajectories; colours are the active states.`),
    make("figure", { className: "shares" }, makeShares(y.classes.map((c) => ({ label: `${c.name}  ${fixed(100 * c.yield, 1)} %`, parts: c.by_state.map((s) => ({ value: s.yield || 0, colour: stateColour(s.state) })), low: c.low, high: c.high })), "Quantum yields by product class and state"),
      drawLegend(states.map((k) => ({ label: `S${k}`, colour: stateColour(k) })))),
    plainTable("Quantum yields by product class, and in it by active state", ["Class", "trajectories", "yield", "95 % interval", "bootstrap", ...states.map((k) => `S${k}`)],
      [...y.classes.map((c) => [c.name, String(c.count), share(c), between(c), interval({ low: c.bootstrap_low, high: c.bootstrap_high }, 4), ...c.by_state.map((s) => make("span", { title: `95 %: ${between(s)}` }, share(s)))]),
        ["all", String(y.trajectories), "1.0000", "–", "–", ...y.by_state.map((s) => share(s))]]),
    plainTable("Yields by state in each class with their 95 % intervals", ["Class", ...states.map((k) => `S${k}`)], y.classes.map((c) => [c.name, ...c.by_state.map((s) => `${share(s)} (${between(s)})`)])),
    plainTable("What the classes are; a trajectory may fulfil the conditions of several", ["Class", "conditions", "trajectories that fulfil them"],
      y.classes.map((c) => [c.name, c.where.length > 0 ? c.where.join("; ") : "none of the others", String(c.fulfil_conditions)]), [1]));
}

// ---- groups of states, and diabatic populations by three estimators
function showGroup(swarm, host, title, names, first, kinds, letter) {
  const box = make("div", { className: "live" }), lines = [];
  host.append(make("h3", {}, title), make("figure", {}, box));
  for (const [tag, label, dash, e] of kinds) names.slice(first).forEach((name, g) => lines.push({ label: `${name}, ${label}`, colour: speciesColour(name.replace(letter, "S"), g, swarm.nstate), dash, width: dash ? 1.6 : 2.2,
    y: e.value[first + g], error: dash ? null : e.low[first + g].map((low, t) => (low === null ? null : (e.high[first + g][t] - low) / 2)), tags: [name, tag], digits: 4 }));
  makePlot(box, swarm.analysis.estimators.time_fs, lines, { title, xLabel: "time / fs", yLabel: "population", height: 250,
    legend: [...names.slice(first).map((name, g) => ({ tag: name, label: name, colour: speciesColour(name.replace(letter, "S"), g, swarm.nstate) })), ...kinds.map(([tag, label, dash]) => ({ tag, label, look: !dash ? "" : dash[0] > 3 ? "dashed" : "dotted" }))] });
}
function showGroups(swarm) {
  const e = swarm.analysis.estimators, host = byId("groups");
  if (!e) return;
  const a = e.adiabatic, d = e.diabatic;
  if (a.names.length > swarm.nstate && a.active) showGroup(swarm, host, "Groups of states, with 95 % intervals of resampling", a.names, swarm.nstate, [["active", "active state", undefined, a.active], ...(a.electronic ? [["electronic", "mean |c|²", [7, 5], a.electronic]] : [])], "S");
  const kinds = [["mixed", "mixed", undefined, d.mixed], ["active", "from the active state", [7, 5], d.active], ["electronic", "mean |c|²", [2, 3], d.electronic]].filter((kind) => kind[3]);
  if (kinds.length > 0) showGroup(swarm, host, "Diabatic populations, three estimators", d.names, 0, kinds, "D");
  if (d.missing) host.append(make("p", { className: "muted" }, `Diabatic populations by other estimators: ${d.missing}.`));
}
