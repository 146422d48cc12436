// SPDX-License-Identifier: GPL-3.0-or-later
// How the page looks and is used: nothing cut off at any width or on paper, all of it within reach of the keyboard.
"use strict";
const fs = require("fs"), path = require("path"), { spawnSync } = require("child_process");
const { PATIENCE, frames, must, near, open, picture, state, until } = require("./driver.js");

// Atoms are never cut off: an atom that leaves, 3 to 30 Angstrom away, stays in the picture, also when that gets another shape.
async function whole(page) {
  await page.locator("#player-slider").fill("0");
  must((await state(page)).whole, "an atom lies outside the picture at the start");
  const size = page.viewportSize();
  for (const far of [3, 10, 30]) {
    await page.evaluate((d) => {
      const { molecule } = diabolo.player, atoms = diabolo.player.state().atoms.flat();
      for (const share of [0.3, 0.7, 1]) molecule.show(atoms.map((x, i) => x + (i >= atoms.length - 3 ? share * d * [0.6, -0.64, 0.48][i % 3] : 0)));
    }, far);
    must((await state(page)).whole, `an atom that leaves is cut off (${far} Angstrom, ${size.width} pixels)`);
    for (const width of [360, 800, size.width]) {
      const before = await page.locator("#stage").boundingBox();
      await page.setViewportSize({ width, height: size.height });
      await until(async () => width === size.width || (await page.locator("#stage").boundingBox()).width !== before.width, 5000);
      await frames(page);
      must((await state(page)).whole, `an atom that leaves is cut off in a window of ${width} pixels (${far} Angstrom)`);
    }
    await page.locator("#player-slider").fill("1");
    await page.locator("#player-slider").fill("0");
  }
}

// What is wider than its place, or reaches out of its picture; run in the page. Places that are declared to scroll may be.
function cutOff() {
  const found = [], words = (e) => `${e.tagName.toLowerCase()}${e.id ? `#${e.id}` : ""}.${e.getAttribute("class") || ""} "${e.textContent.trim().slice(0, 40)}"`;
  for (const e of document.querySelectorAll("body, body *")) {
    const style = getComputedStyle(e);
    if (e.closest("svg") || e.clientWidth === 0 || ["auto", "scroll"].includes(style.overflowX) || style.clipPath !== "none") continue;
    if (e.scrollWidth > e.clientWidth + 1) found.push(`${words(e)} is ${e.scrollWidth} wide in ${e.clientWidth}`);
  }
  for (const text of document.querySelectorAll("svg.plot text")) {
    const t = text.getBoundingClientRect(), box = text.closest("svg.plot").getBoundingClientRect();
    if (box.width > 0 && (t.left < box.left - 1 || t.right > box.right + 1 || t.top < box.top - 1 || t.bottom > box.bottom + 1)) found.push(`${words(text)} leaves its picture`);
  }
  for (const e of document.querySelectorAll("#populations, .card, section, figure, .scroll")) {
    const box = e.getBoundingClientRect();
    if (box.width > 0 && (box.left < -1 || box.right > document.documentElement.clientWidth + 1)) found.push(`${words(e)} leaves the page`);
  }
  return found;
}

// Nothing is cut off at any width; at 1300 pixels no table has to be scrolled (tidy: a page of three states).
async function layout(browser, file, tidy, screenshots) {
  const name = path.basename(file).slice(0, 20), { page, done } = await open(browser, `${name} at all widths`, "file://" + path.resolve(file), { viewport: { width: 1300, height: 900 } });
  for (const width of [1300, 1024, 768, 390]) {
    await page.setViewportSize({ width, height: 900 });
    await until(() => page.evaluate("[...document.querySelectorAll('.live')].every((e) => { const u = e.querySelector('.u-wrap'); return !u || e.clientWidth === 0 || u.clientWidth <= e.clientWidth; })"), PATIENCE);
    await frames(page);
    const wide = await page.evaluate("[document.documentElement.scrollWidth, innerWidth]");
    must(wide[0] <= width && wide[1] === width, `${name} at ${width}: the page is ${wide[0]} pixels wide`);
    for (const words of await page.evaluate(cutOff)) must(false, `${name} at ${width}: ${words}`);
    if (tidy && width === 1300) {
      const scrolled = await page.evaluate("[...document.querySelectorAll('.scroll')].filter((e) => e.scrollWidth > e.clientWidth + 1).map((e) => e.getAttribute('aria-label').slice(0, 60))");
      must(scrolled.length === 0, `${name} at ${width}: tables that must be scrolled: ${scrolled.join(" | ")}`);
      const tall = await page.evaluate("Math.max(...[...document.querySelectorAll('.card')].map((e) => e.clientHeight))");
      must(tall < 140, `${name}: a card is ${tall} pixels tall`); // a title, a number and three short lines
    }
    must((await state(page)).whole, `${name} at ${width}: an atom is cut off`);
    if (screenshots) await page.screenshot({ path: path.join(screenshots, `${name}-${width}.png`), fullPage: true });
  }
  await done();
}

// ---- the keyboard
async function keys(page, expected) {
  await page.evaluate("scrollTo(0, 0); document.activeElement.blur()");
  // Tab: every control that can be seen, in the order of the page, each with a mark that shows where one is.
  const controls = await page.evaluate(() => {
    const all = [...document.querySelectorAll("a[href], button, select, input, summary, [tabindex='0']")].filter((e) => e.getClientRects().length > 0 && !e.disabled);
    all.forEach((e, i) => { e.dataset.stop = i; });
    return all.length;
  });
  const stops = [];
  await page.evaluate("(() => { const s = document.createElement('span'); s.tabIndex = -1; s.id = 'start'; document.body.prepend(s); s.focus(); })()");
  for (let i = 0; i < controls + 20; i++) {
    await page.keyboard.press("Tab");
    const at = await page.evaluate(() => {
      const e = document.activeElement, style = getComputedStyle(e);
      return e === document.body ? null : { stop: Number(e.dataset.stop ?? -1), mark: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0, words: `${e.tagName} ${e.id} ${e.textContent.slice(0, 30)}` };
    });
    if (at === null || (stops.length > 0 && at.stop === stops[0].stop)) break;
    stops.push(at);
  }
  await page.evaluate("document.getElementById('start').remove()");
  const reached = new Set(stops.map((s) => s.stop));
  must(stops.every((s) => s.mark), `no visible focus: ${stops.filter((s) => !s.mark).map((s) => s.words).slice(0, 5).join(" | ")}`);
  must(stops.every((s, i) => i === 0 || s.stop > stops[i - 1].stop), "the order of the Tab key is not that of the page");
  const missed = await page.evaluate((known) => [...document.querySelectorAll("[data-stop]")].filter((e) => !known.includes(Number(e.dataset.stop)) && !e.closest(".legend")).map((e) => `${e.tagName} ${e.id} ${e.textContent.slice(0, 30)}`), [...reached]);
  must(missed.length === 0 && stops.length > 60, `${missed.length} of ${controls} controls are not reached by Tab: ${missed.slice(0, 5).join(" | ")}`);
  console.log(`keyboard: ${stops.length} stops of the Tab key`);

  // The player's own keys.
  const last = expected.time[expected.samples - 1], press = (key) => page.keyboard.press(key);
  await page.locator("#trajectories").scrollIntoViewIfNeeded();
  await page.evaluate("document.getElementById('trajectories').scrollIntoView(); document.activeElement.blur()");
  await until(() => page.evaluate("Math.abs(document.getElementById('trajectories').getBoundingClientRect().top) < 80"), 5000);
  await press("Home");
  near((await state(page)).time, 0, 1e-9, "time after Home");
  await press("ArrowRight");
  near((await state(page)).time, expected.time[1], 1e-9, "time after an arrow");
  await press("End");
  near((await state(page)).time, last, 1e-9, "time after End");
  await press("ArrowLeft");
  near((await state(page)).time, expected.time[expected.samples - 2], 1e-9, "time after an arrow back");
  const row = (await state(page)).row;
  await press("n");
  near((await state(page)).row, (row + 1) % expected.number, 0, "trajectory after n");
  await press("p");
  near((await state(page)).row, row, 0, "trajectory after p");
  await press("Home");
  await press(" ");
  must((await state(page)).playing, "Space does not play");
  must(await until(async () => (await state(page)).time > 0, PATIENCE), "nothing moves after Space");
  await press(" ");
  must(!(await state(page)).playing, "Space does not stop");
  const scroll = await page.evaluate("scrollY");
  near(await page.evaluate("scrollY"), scroll, 0, "Space scrolls the page");
  // A field keeps its keys, and so does the molecule, which the arrows turn.
  await page.evaluate("document.querySelector('#hop-filters input').focus({ preventScroll: true })");
  const before = await state(page);
  for (const key of ["5", "n", "p", " ", "Home"]) await press(key);
  const after = await state(page);
  must(before.row === after.row && before.time === after.time && !after.playing, "keys act while typing in a field");
  await page.evaluate("(() => { const e = document.querySelector('#hop-filters input'); e.value = ''; e.dispatchEvent(new Event('input')); document.getElementById('stage').focus({ preventScroll: true }); })()");
  const one = await picture(page);
  await press("ArrowLeft");
  must(!(await picture(page)).equals(one), "arrows do not turn the molecule");
  near((await state(page)).time, after.time, 1e-9, "turning the molecule moves the time");
  await press("ArrowRight");
  // A heading sorts its table, by Enter, and says so.
  const heading = page.locator("#trajectory-table th", { hasText: "Hops" });
  await heading.locator("button").focus();
  await press("Enter");
  must((await heading.getAttribute("aria-sort")) === "descending", "Enter on a heading does not sort");
  const column = (await page.locator("#trajectory-table tbody td:nth-child(4)").allTextContents()).map(Number);
  must(column.every((n, i) => i === 0 || n <= column[i - 1]), "the table is not sorted");
  await page.locator("#trajectory-table .pages button").last().focus();
  await press("Enter");
  must((await page.evaluate("document.activeElement.closest('.pages') !== null")), "turning a page of a table loses the focus");
}

// ---- paper
async function paper(page) {
  await page.emulateMedia({ media: "print" });
  await page.setViewportSize({ width: 703, height: 1000 }); // what margins leave of A4, in CSS pixels
  await frames(page);
  must(await page.locator("#populations .fixed > svg").isVisible(), "no figure on paper");
  must(await page.locator("#trajectories").isHidden(), "the player is printed");
  for (const words of await page.evaluate(cutOff)) must(false, `on paper: ${words}`);
  const pictures = await page.evaluate(() => [...document.querySelectorAll("main svg.plot")].filter((e) => e.getClientRects().length > 0).map((e) => e.getBoundingClientRect().height));
  const live = await page.locator(".live:not(.scrub)").count(), maps = await page.locator("figure:visible svg image").count();
  must(pictures.length >= live && pictures.length >= 20, `${pictures.length} pictures on paper, ${live} live ones on the screen`);
  must(maps >= 8, `${maps} pictures of maps on paper`); // two coordinates, all and at least one state, with their colours
  must(Math.max(...pictures) < 900, "a picture is taller than a page");
  for (const id of ["#schemes", "#yields", "#mechanism-table", "#motion-panels", "#trust", "#number-tables"]) must(await page.locator(`${id} table:visible`).count() >= 1, `no table in ${id} on paper`);
  const dark = await page.evaluate("getComputedStyle(document.documentElement).getPropertyValue('--paper').trim()");
  must(dark === "#fff", `paper is ${dark} in the dark dress`);
  await page.emulateMedia({ media: "screen" });
  const file = path.resolve("page.pdf"), pdf = await page.pdf({ path: file, format: "A4", printBackground: true });
  const pages = pdf.toString("latin1").match(/\/Type\s*\/Page\b/g).length;
  console.log(`paper: ${pictures.length} pictures on ${pages} pages, ${(pdf.length / 1e6).toFixed(2)} MB`);
  must(pages > 3 && pages < 40, `${pages} pages`);
  const reader = spawnSync("pdftotext", ["-layout", file, "-"], { encoding: "utf8", maxBuffer: 1 << 26 });
  if (reader.error) must(fs.statSync(file).size > 1e5, "the PDF is small"); // no pdftotext here: text, 20 pictures and some fonts
  else for (const heading of ["Populations", "Kinetics", "Quantum yields", "Hops", "Intersections", "Mechanism", "Energies", "Model", "Numbers", "Normal modes"]) must(reader.stdout.includes(heading), `the PDF lacks '${heading}'`);
}

module.exports = { keys, layout, paper, whole };
