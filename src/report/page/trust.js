// SPDX-License-Identifier: GPL-3.0-or-later
// How far the model can be trusted here: the doctor's verdict, time outside the training data, disagreement of a committee.
"use strict";

const VERDICT_LOOKS = { pass: "good", fail: "bad" };
function verdictOf(trust) {
  const word = trust.check ? trust.check.verdict : trust.summary ? trust.summary.split(/[^a-z ]/)[0].trim() : "none";
  return { pass: ["passed", "good"], fail: ["failed", "bad"] }[word] || ["not examined", ""];
}
function figureLimit(f) {
  if (f.at_most !== undefined && f.at_most !== null) return `at most ${precise(f.at_most, 3)}`;
  return f.at_least !== undefined && f.at_least !== null ? `at least ${precise(f.at_least, 3)}` : "–";
}
// One line a figure; those that are only told, not judged, are shown on paper and on demand.
function showCheck(check) {
  const judged = (f) => f !== null && ((f.at_most ?? null) !== null || (f.at_least ?? null) !== null), lines = [];
  for (const test of check.tests) {
    const name = () => make("span", {}, make("strong", {}, test.name), " ", make("span", { className: `mark ${VERDICT_LOOKS[test.verdict] || ""}` }, test.verdict));
    const figures = test.figures.some(judged) ? [...test.figures].sort((a, b) => judged(b) - judged(a)) : [null, ...test.figures];
    figures.forEach((f, i) => lines.push({ told: i > 0 && !judged(f), cells: [i === 0 ? name() : "", f === null ? test.told || test.measures || "" : f.name,
      f === null ? "–" : make("span", { className: f.good ? "" : "bad" }, `${precise(f.value, 3)}${f.unit && f.unit !== "1" ? ` ${f.unit}` : ""}`), f === null ? "–" : figureLimit(f)] }));
  }
  const table = plainTable("Tests of the model and what they measured (docs/check.md says why the limits are what they are)", ["Test", "figure", "value", "limit"], lines.map((line) => line.cells), [1]);
  const rows = [...table.querySelectorAll("tbody tr")], only = (all) => rows.forEach((row, i) => row.classList.toggle("unchosen", lines[i].told && !all));
  const buttons = makeButtons("Figures shown", [[false, "figures with a limit"], [true, "all figures"]], false, only);
  only(false);
  const told = check.tests.filter((test) => test.told && test.figures.some(judged)).map((test) => make("li", {}, make("strong", {}, `${test.name}: `), test.told));
  return [buttons.element, table, ...(told.length > 0 ? [make("ul", { className: "notes" }, ...told)] : [])];
}
function showRows(swarm, what, rows, more) {
  return make("p", {}, `${rows.trajectories} of ${swarm.analysis.trajectories.total} trajectories ${what}, at most ${fixed(100 * rows.time_share, 1)} % of the time flown${more || ""}.`);
}
function showDoubt(swarm, trust, host) {
  const limit = /^(\S+) eV$/.exec(trust.limit || ""), curves = [["median", "median", "var(--s0)"], ["most", "90 %", "var(--s4)"], ["largest", "largest", "var(--s1)"]];
  const kinds = [["energy_ev", "error of the active energy / eV"], ["gap_ev", "error of the gap / eV"], ["hop", "deviation of the hop probability"]].filter(([key]) => trust[key]);
  if (kinds.length === 0) return;
  host.append(make("h3", {}, "Disagreement of the committee"), make("p", {}, `Over the trajectories that count: the median, the value that 90 % stay below, and the largest.${trust.limit ? ` Above ${trust.limit} (dynamics.committee.limit) a trajectory is uncertain.` : ""}`));
  if (trust.uncertain) host.append(showRows(swarm, "were uncertain at some time", trust.uncertain));
  for (const [key, yLabel] of kinds) {
    const box = make("div", { className: "live" }), positive = (y) => y.map((v) => (v !== null && v > 0 ? v : null));
    const lines = curves.map(([curve, label, colour]) => ({ label, colour, y: positive(trust[key][curve]), tags: [label], digits: 3 }));
    if (!lines.some((line) => line.y.some((v) => v !== null))) continue;
    if (limit && key !== "hop" && Number(limit[1]) > 0) lines.push({ label: "limit", colour: "var(--ink)", dash: [4, 4], width: 1.3, y: swarm.time.map(() => Number(limit[1])), tags: ["limit"] });
    host.append(make("figure", {}, make("figcaption", { className: "plot-title" }, yLabel), box));
    makePlot(box, swarm.time, lines, { title: yLabel, xLabel: "time / fs", yLabel, log: true, height: 220, legend: lines.map((line) => ({ tag: line.label, label: line.label, colour: line.colour, look: line.dash ? "dashed" : "" })) });
  }
}
function showTrust(swarm) {
  const trust = swarm.trust, host = byId("trust");
  if (trust === null) return;
  const [word, look] = verdictOf(trust), nothing = trust.check ? "" : trust.summary ? " The tests and their figures: `diabolo report --check FILE.json`." : " `diabolo check MODEL --json FILE` examines it, and `diabolo report --check FILE` shows it here.";
  host.append(make("p", {}, "Check of the model: ", make("span", { className: `mark ${look}` }, word), ` ${trust.check ? sentence(trust.check.summary) : trust.summary ? sentence(trust.summary) : ""}${nothing}`));
  if (trust.notes.length > 0) host.append(make("ul", { className: "notes" }, ...trust.notes.map((note) => make("li", {}, note))));
  if (trust.check) host.append(...showCheck(trust.check));
  host.append(make("h3", {}, "Training data"));
  if (trust.outside === null) host.append(make("p", {}, "The model does not know the region of its training data: nothing can be said of extrapolation."));
  else {
    host.append(showRows(swarm, "were outside the region of the model's training data", trust.outside, trust.outside.trajectories > 0 ? " (all time after the first sample outside, since a trajectory may come back)" : ""));
    if (trust.first_outside) host.append(make("p", { className: "muted" }, `The first: ${trust.first_outside}.`));
    if (trust.outside.trajectories > 0) {
      const box = make("div", { className: "live" });
      host.append(make("figure", {}, make("figcaption", { className: "plot-title" }, "Share of the trajectories that have been outside by then"), box));
      makePlot(box, swarm.time, [{ label: "outside by then", colour: "var(--s1)", y: trust.outside.by }], { title: "Share of the trajectories outside", xLabel: "time / fs", yLabel: "share", range: [-0.02, 1.02], height: 200 });
    }
  }
  showDoubt(swarm, trust, host);
}
