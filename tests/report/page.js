// SPDX-License-Identifier: GPL-3.0-or-later
// The page of a swarm in headless Chromium: page.js MODULES CHROMIUM PAGE.html EXPECTED.json SCREENSHOTS|"" BESIDE.html LEAN.html ALONE.html FEW.html MANY.html
// DOUBT.html. Prints what it measured; exit status 1 if anything is not as it should be.
"use strict";
const fs = require("fs"), path = require("path");
const [modules, executablePath, file, expectedFile, screenshots, ...others] = process.argv.slice(2);
const { PATIENCE, count, distance, launch, must, near, open, picture, state, until } = require("./driver.js");
const { keys, layout, paper, whole } = require("./layout.js");
const expected = JSON.parse(fs.readFileSync(expectedFile, "utf8"));
const theirs = "file://" + path.resolve(file);

// Every number of some trajectories is that of the swarm file, to within half of what it is rounded to.
async function data(page) {
  const found = await page.evaluate((rows) => rows.map((row) => { const t = readTrajectory(diabolo.swarm, row);
    return { n: t.n, position: t.position.map((x) => Array.from(x)), energy: t.energy.map((e) => Array.from(e)), total: Array.from(t.total), active: Array.from(t.active) }; }), expected.rows);
  expected.rows.forEach((row, r) => {
    const worst = (a, b) => Math.max(...a.flatMap((line, i) => line.map((x, t) => Math.abs(x - b[i][t]))));
    must(found[r].n >= 2 && found[r].position.length === expected.position[r].length, `trajectory ${row} has no samples`);
    must(worst(found[r].position, expected.position[r]) < 0.51e-3, `positions of trajectory ${row}: off by ${worst(found[r].position, expected.position[r])} Angstrom`);
    must(worst(found[r].energy, expected.energy[r]) < 0.51e-3, `energies of trajectory ${row}: off by ${worst(found[r].energy, expected.energy[r])} eV`);
    must(worst([found[r].total], [expected.total[r]]) < 0.51e-4, `total energy of trajectory ${row}`);
    must(worst([found[r].active], [expected.active[r]]) === 0, `active states of trajectory ${row}`);
  });
  near(await page.locator("#player-choice option").count(), expected.number, 0, "trajectories that can be chosen");
}

// Slider, plots, buttons and playing all move one time, and with it geometry and cursors.
async function player(page) {
  await page.locator("#player-choice").selectOption("0");
  let s = await state(page);
  near(s.row, 0, 0, "the trajectory chosen");
  near(s.samples, expected.samples, 0, "samples in the player");
  const slider = page.locator("#player-slider");
  near(Number(await slider.getAttribute("max")), expected.samples - 1, 0, "end of the slider");
  for (const sample of [0, 5, expected.samples - 1]) { // the geometry shown is that of the file
    await slider.fill(String(sample));
    s = await state(page);
    near(s.time, expected.time[sample], 1e-9, "time after moving the slider");
    s.cursors.forEach((t) => near(t, s.time, 0.5, "cursor in a plot"));
    const flat = s.atoms.flat();
    must(flat.every((x, i) => Math.abs(x - expected.position[0][i][sample]) < 0.51e-3), `the geometry shown at sample ${sample} is another one`);
    must((await page.locator("#player-time").textContent()).startsWith(expected.time[sample].toFixed(1)), "the time in words");
    must((await page.locator("#player-state").textContent()) === `S${expected.active[0][sample]}`, "the active state in words");
  }
  await slider.focus(); // by keyboard
  await page.keyboard.press("ArrowLeft");
  near((await state(page)).time, expected.time[expected.samples - 2], 1e-9, "time after an arrow key");

  for (const plot of ["#plot-levels", "#plot-player-gaps", "#plot-total"]) { // a click in the plot
    const over = page.locator(`${plot} .u-over`);
    await over.scrollIntoViewIfNeeded();
    const box = await over.boundingBox();
    await over.click({ position: { x: box.width / 4, y: box.height / 2 } });
    near((await state(page)).time, expected.time[expected.samples - 1] / 4, 1, `time after a click in ${plot}`);
  }

  await slider.fill("0"); // playing
  await page.locator("#player-speed").selectOption("10");
  const seen = new Set(), before = await state(page), begun = Date.now();
  await page.locator("#player-play").click();
  must((await state(page)).playing, "it does not play");
    await until(async () => {
    s = await state(page);
    seen.add(JSON.stringify(s.atoms[0]));
    return !s.playing || (seen.size >= 5 && s.time > 1);
  }, PATIENCE);
  console.log(`playing: ${seen.size} geometries in ${((Date.now() - begun) / 1000).toFixed(2)} s, up to ${s.time.toFixed(1)} fs`);
  must(seen.size >= 5, `only ${seen.size} geometries were seen while playing`);
  must(distance(before.atoms, s.atoms) > 0.01, "nothing moved");
  await page.locator("#player-play").click();
  s = await state(page);
  must(!s.playing, "it does not stop");
  await page.waitForTimeout(200);
  near((await state(page)).time, s.time, 1e-9, "time goes on after stopping");

  await page.locator("#player-next").click();
  near((await state(page)).row, 1, 0, "the next trajectory");
  await page.locator("#player-forth").click();
  near((await state(page)).time, expected.time[1], 1e-9, "one sample forth");
}

// What is drawn in the picture of the molecule differs from one time to another: not only the numbers change.
async function pixels(page) {
  await page.locator("#player-slider").fill("0");
  const one = await picture(page);
  await page.evaluate("diabolo.player.seek(0)");
  const again = await picture(page);
  await page.locator("#player-slider").fill(String(expected.samples - 1));
  const two = await picture(page);
  must(one.equals(again), "the same time gives two pictures");
  must(!one.equals(two), "two times give the same picture");
}

async function hops(page) {
  must((await page.locator("#hop-table .pages").textContent()).includes(`of ${expected.hops}`) || expected.hops <= 15, "number of hops in the table");
  await page.locator("#hop-filters select").nth(1).selectOption("1");
  await page.locator("#hop-table th button", { hasText: "Time" }).click();
  await page.locator("#hop-table th button", { hasText: "Time" }).click();
  const cells = await page.locator("#hop-table tbody tr").first().locator("td").allTextContents();
  const times = (await page.locator("#hop-table tbody td:nth-child(2)").allTextContents()).map(Number);
  must(times.every((t, i) => i === 0 || t <= times[i - 1]), "the table is not sorted by time");
  must((await page.locator("#hop-table tbody td:nth-child(4)").allTextContents()).every((kind) => kind === "accepted"), "the filter lets others through");
  await page.locator("#hop-table tbody tr").first().locator("button").focus();
  await page.keyboard.press("Enter");
  const s = await state(page);
  near(s.row, Number(cells[0]), 0, "trajectory after a click on a hop"); // in this swarm number and row are the same
  near(s.time, Number(cells[1]), 0.006, "time after a click on a hop"); // two digits are shown
}

async function intersections(page) {
  const rows = page.locator("#intersection-table tbody tr");
  near(await rows.count(), 4, 0, "intersections");
  must((await page.title()).includes("Diabolo"), "a name of the file was run as a script");
  await rows.nth(1).click();
  await page.locator("#intersection-view").scrollIntoViewIfNeeded();
  const shown = () => page.evaluate("diabolo.intersections.state()");
  for (const direction of ["along x", "along y"]) {
    await page.locator("#intersection-directions button", { hasText: direction }).click();
    const first = await shown();
    const moved = await until(async () => distance(first.atoms, (await shown()).atoms) > 1e-3, PATIENCE);
    must(moved, `the intersection does not move ${direction}`);
  }
  await page.locator("#intersection-directions button", { hasText: "at rest" }).click();
  const rest = await shown();
  await page.waitForTimeout(300);
  must(distance(rest.atoms, (await shown()).atoms) === 0, "it moves at rest");
  must(await page.locator("#intersection-cone path").count() > 100, "no cone is drawn");
  await rows.nth(3).click(); // S2/S1-1: its y is zero
  must((await page.locator("#intersection-cone").textContent()).includes("do not couple") && await page.locator("#intersection-cone path").count() === 0, "a cone of states that do not couple");
  must((await rows.nth(3).textContent()).includes("no coupling"), "the table calls a crossing without coupling a cone");
  await rows.nth(1).click();
}

// The census agrees with the swarm: its accepted hops are all of the swarm's; a click leads to the intersection.
async function mechanism(page) {
  const rows = page.locator("#mechanism-table tbody tr"), cells = [];
  for (let i = 0; i < await rows.count(); i++) cells.push(await rows.nth(i).locator("td").allTextContents());
  const sum = cells.reduce((total, row) => total + Number(row[3]), 0);
  near(sum, expected.accepted, 0, "accepted hops in the census");
  must(await page.locator("#mechanism-passages .u-wrap").count() >= 1, "no populations by intersection");
  near(await page.locator("#mechanism-coordinates .u-wrap").count(), 2, 0, "plots of coordinates");
  const named = cells.findIndex((row) => row[0].startsWith("S"));
  must(named >= 0, "every hop is near none");
  await rows.nth(named).locator("button").click();
  must((await page.evaluate("diabolo.intersections.state()")).name === cells[named][0], "a click in the census leads elsewhere");
  must((await page.locator("#hop-table th").allTextContents()).includes("Intersection"), "the table of hops says nothing of intersections");
}

async function narrow(browser, scheme) {
  const { page, done } = await open(browser, `phone, ${scheme}`, theirs, { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true, colorScheme: scheme });
  const widths = () => page.evaluate("[document.documentElement.scrollWidth, innerWidth]");
  for (const moment of ["at first", "at the other end"]) {
    const [wide, window] = await widths();
    must(wide <= 390 && window <= 390, `phone ${moment}: ${wide} of ${window} pixels wide, expected 390`);
    await page.evaluate("scrollTo(0, document.body.scrollHeight)");
  }
  await page.locator("#player-play").tap();
  must(await until(async () => (await state(page)).time > 0, PATIENCE), "a tap on the button does not play");
  await page.locator("#player-play").tap();
  await whole(page);
  if (screenshots) await page.screenshot({ path: path.join(screenshots, `phone-${scheme}.png`), fullPage: true });
  await done();
}

// A swarm without geometries or atoms: the player goes on without a molecule, and says why.
async function poor(browser, other) {
  const { page, done } = await open(browser, path.basename(other), "file://" + path.resolve(other));
  const before = await state(page);
  must(before.atoms === null && await page.locator("#stage").isHidden(), `${other}: a molecule is shown`);
  must((await page.locator("#player-words").textContent()).includes("No 3-D picture: "), `${other}: does not say why`);
  await page.locator("#player-slider").fill(String(before.samples - 1));
  must((await state(page)).time > before.time, `${other}: the slider does not move the time`);
  if (screenshots) await page.screenshot({ path: path.join(screenshots, path.basename(other) + ".png"), fullPage: true });
  await done();
}

// Exact dynamics beside a swarm (poor, for it has no atoms): lines to switch on and off, and tables. Of exact dynamics alone: nothing of trajectories.
async function beside(browser, other) {
  const { page, done } = await open(browser, "beside", "file://" + path.resolve(other));
  const legend = await page.locator("#plot-populations .legend button").allTextContents(), tables = (await page.locator("#number-tables .caption").allTextContents()).join(" | ");
  must(legend.includes("exact") && legend.includes("exact, diabatic"), `no exact populations in the legend: ${legend}`);
  must(tables.includes("Swarm minus exact dynamics (both-exact.h5, grid)"), `no table of the deviation: ${tables}`);
  const exact = await page.evaluate("diabolo.swarm.exact.populations.active.value[1]"), row = page.locator("#number-tables table", { hasText: "exact" }).first().locator("tbody tr").last();
  must((await row.locator("td").last().textContent()) === exact[exact.length - 1].toFixed(5), "the table shows another exact population");
  const outcomes = page.locator("#number-tables table", { hasText: "transmitted" }).locator("tbody tr"), share = await page.evaluate("diabolo.swarm.exact.outcomes[0].share");
  must((await outcomes.nth(1).locator("td").allTextContents()).join().startsWith("exact,") && (await outcomes.nth(1).locator("td").nth(3).textContent()) === share.toFixed(6), "no exact outcome below that of the swarm");
  await done();
}
async function alone(browser, other) {
  const { page, done } = await open(browser, "alone", "file://" + path.resolve(other));
  for (const id of ["trajectories", "hops", "trajectory-table", "plot-drift"]) must(await page.locator(`#${id}`).isHidden(), `exact dynamics has ${id}`);
  for (const id of ["plot-populations", "plot-energies", "plot-motion", "plot-overlap", "plot-spectrum"]) must(await page.locator(`#${id} canvas`).isVisible(), `no ${id}`);
  must(!(await page.locator("main").innerText()).toLowerCase().includes("trajector"), "exact dynamics speaks of trajectories");
  await page.locator("#dress").click();
  if (screenshots) await page.screenshot({ path: path.join(screenshots, "alone.png"), fullPage: true });
  await done();
}

// The page as a program built without npm writes it: what is not ours taken out. Figures and tables are there, and a word on the player.
async function foreign(browser) {
  const own = fs.readFileSync(file, "utf8").replace(/<script>\n(?!\/\/ SPDX)[^]*?<\/script>\n/g, "");
  const stripped = path.resolve("stripped.html");
  must(!own.includes("uPlot.min") && own.length < fs.statSync(file).size - 5e5, "the scripts of others are still there");
  fs.writeFileSync(stripped, own);
  const { page, done } = await open(browser, "without npm", "file://" + stripped);
  must((await page.locator("#player-none").textContent()).includes("npm"), "nothing is said of the player that is not there");
  must(await page.locator("#populations .fixed > svg").isVisible(), "no figure of the populations");
  must(await page.locator("#hop-table tbody tr").count() > 0 && await page.locator("#number-tables table").count() > 3, "no tables");
  await page.locator("#hop-table tbody tr").first().click(); // says that there is no player
  must(await page.locator("#trouble").isVisible(), "a click on a hop says nothing");
  await page.locator("#trouble").evaluate((element) => { element.hidden = true; });
  await done();
}

// What was asked of `diabolo analyse` is on the page, number by number as that command gives it.
async function analysis(page) {
  const own = await page.evaluate("JSON.stringify(diabolo.swarm.analysis)"), theirs = JSON.stringify(expected.analysis);
  must(own === theirs, "the analysis on the page is not that of `diabolo analyse --json`");
  const schemes = expected.analysis.schemes, refused = schemes.filter((s) => s.refused).length, a = expected.analysis;
  near(refused, 1, 0, "refused schemes in the analysis");
  near(await page.locator("#schemes h4").count(), schemes.length, 0, "schemes");
  near(await page.locator("#schemes .note", { hasText: "Refused" }).count(), refused, 0, "refused schemes");
  near(await page.locator("#schemes .live .u-wrap").count(), schemes.length - refused, 0, "pictures of fits");
  const cells = await page.locator("#schemes table").first().locator("tbody tr").first().locator("td").allTextContents();
  must(cells[0] === a.schemes[0].name && cells[5] === (a.schemes[0].refused ? "–" : a.schemes[0].akaike_weight.toFixed(3)), `the first scheme: ${cells}`);
  near(await page.locator("#decay table").last().locator("tbody tr").count(), a.decay_models.length, 0, "decay models compared");
  const rows = page.locator("#yields table").first().locator("tbody tr");
  for (const [i, c] of a.yields.classes.entries()) must((await rows.nth(i).locator("td").allTextContents()).slice(0, 4).join() === [c.name, c.count, c.yield.toFixed(4), `${c.low.toFixed(4)} to ${c.high.toFixed(4)}`].join(), `yield of ${c.name}`);
  near(await page.locator("#yields figure rect").count(), a.yields.classes.length * a.states, 0, "bars of the yields");
  must((await page.locator("#groups").textContent()).includes("Groups of states") && await page.locator("#groups .u-wrap").count() >= 1, "no populations of groups");
}

// The density maps are those of the mechanism file, to within half a level; modes, components and clusters likewise, and what is chosen is shown.
async function motion(page) {
  const own = await page.evaluate("diabolo.swarm.mechanism.coordinates.map((c) => c.map.most.map((_, g) => readMap(diabolo.swarm, c.map, g).map((column) => Array.from(column))))");
  const m = expected.mechanism, level = (d, most) => (most > 0 ? 255 * Math.sqrt(d / most) : 0);
  m.density.forEach((groups, i) => groups.forEach((map, g) => {
    const most = Math.max(...map.flat());
    const off = Math.max(...map.flatMap((column, t) => column.map((d, b) => Math.abs(level(d, most) - own[i][g][t][b]))));
    must(own[i][g].length === map.length && off <= 0.5001, `map of coordinate ${i}, group ${g}: off by ${off} levels`); // 0.5: rounding
  }));
  for (const box of await page.locator(".map-box").all()) {
    near(await box.locator("figure:visible svg image").count(), 2, 0, "pictures of a map and its colours");
    await box.locator("button", { hasText: "S0" }).click();
    must((await box.locator("figure:visible .plot-title").textContent()).includes("S0"), "the map of another group");
  }
  const cells = await page.locator("#motion-panels > div").first().locator("tbody tr").first().locator("td").allTextContents();
  must(cells[0] === String(m.mode) && Math.abs(Number(cells[2]) - m.total) <= 0.00051, `the most active mode: ${cells}, expected ${m.mode}, ${m.total}`);
  await page.locator("#motion").scrollIntoViewIfNeeded();
  const shown = () => page.evaluate("diabolo.motion.state()"), first = await shown();
  must(await until(async () => distance(first.atoms, (await shown()).atoms) > 1e-3, PATIENCE), "the mode does not move");
  await page.locator("#motion-choice button", { hasText: "Final" }).click();
  const centre = await shown(), worst = Math.max(...centre.atoms.flat().map((x, i) => Math.abs(x - m.centre[i])));
  must(worst < 1e-4, `the centre of a cluster is another geometry: ${worst} Angstrom`); // six digits are on the page
  must(centre.whole, "the centre of a cluster is cut off");
  near(Number((await page.locator("#motion-panels > div:visible tbody tr").first().locator("td").allTextContents())[1]), m.count, 0, "geometries of a cluster");
}

// Verdict of the doctor, trajectories outside, disagreement of the committee (made up: expected.py).
async function trust(page, browser, other) {
  must((await page.locator("#trust .mark").first().textContent()) === "failed", "the verdict");
  must((await page.locator(".card", { hasText: "Check of the model" }).textContent()).includes("failed"), "no card of the verdict");
  near(await page.locator("#trust table tbody tr:visible").count(), 3, 0, "figures with a limit and tests without");
  await page.locator("#trust button", { hasText: "all figures" }).click();
  near(await page.locator("#trust table tbody tr:visible").count(), 4, 0, "all figures");
  const doubt = await open(browser, "doubt", "file://" + path.resolve(other));
  const words = await doubt.page.locator("#trust").textContent(), seen = expected.doubt;
  must(words.includes(`${seen.outside} of ${seen.number} trajectories were outside`) && words.includes(`at most ${seen.share.toFixed(1)} % of the time`), `time outside: ${words}, expected ${seen.share}`);
  must(words.includes("not examined"), "a verdict of nobody");
  near(await doubt.page.locator("#trust .u-wrap").count(), 4, 0, "pictures of the region and of the committee");
  const median = await doubt.page.evaluate("diabolo.swarm.trust.gap_ev.median");
  must(median.every((v, t) => Math.abs(v - seen.median[t]) < 1e-4 * seen.median[t]), "median of the error of the gap"); // five digits
  must((await doubt.page.locator(".card", { hasText: "Extrapolated" }).boundingBox()).height < 130, "the card is tall");
  await doubt.done();
}

(async () => {
  const browser = await launch(modules, executablePath);
  try {
    const { page, done } = await open(browser, "desktop", theirs, { viewport: { width: 1280, height: 900 } });
    for (const part of [data, player, whole, pixels, hops, intersections, mechanism, analysis, motion, keys]) await part(page, expected);
    await trust(page, browser, others[5]);
    await page.locator("#dress").click(); // dark: everything is drawn again, nothing breaks
    near((await page.evaluate("diabolo.player.state().cursors.length")), 3, 0, "plots after changing the dress");
    if (screenshots) await page.screenshot({ path: path.join(screenshots, "desktop-dark.png"), fullPage: true });
    await paper(page);
    await done();
    for (const name of [file, others[3], others[4], others[5]]) await layout(browser, name, name === file, screenshots);
    await narrow(browser, "light");
    await narrow(browser, "dark");
    for (const other of others.slice(0, 2)) await poor(browser, other);
    await beside(browser, others[0]);
    await alone(browser, others[2]);
    await foreign(browser);
    // Without scripts the figures and numbers are there.
    const plain = await browser.newContext({ javaScriptEnabled: false }), silent = await plain.newPage();
    await silent.goto(theirs);
    for (const id of ["populations", "energies"]) must(await silent.locator(`#${id} .fixed > svg`).first().isVisible(), `without scripts: no figure in ${id}`);
    must(await silent.locator(".card").count() >= 5, "without scripts: no numbers");
  } catch (reason) {
    must(false, reason.stack);
  } finally {
    await browser.close();
  }
  console.log(count() === 0 ? "all well" : `${count()} failures`);
  process.exit(count() === 0 ? 0 : 1);
})();
