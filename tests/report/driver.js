// SPDX-License-Identifier: GPL-3.0-or-later
// What the tests of the page share: a browser, pages of it on which every complaint is written down, and waiting.
"use strict";
const os = require("os"), path = require("path");
const PATIENCE = 300000; // ms; the machine may be busy with other tests
let failures = 0;

function must(holds, words) {
  if (holds) return;
  failures++;
  console.log("FAILED: " + words);
}
function near(a, b, tolerance, words) {
  must(Math.abs(a - b) <= tolerance, `${words}: ${a}, expected ${b} within ${tolerance}`);
}

// Waits until a condition holds; what it gave last.
async function until(condition, milliseconds) {
  const begun = Date.now();
  for (;;) {
    const found = await condition();
    if (found || Date.now() - begun > milliseconds) return found;
    await new Promise((go) => setTimeout(go, 20));
  }
}

function launch(modules, executablePath) {
  return require(path.join(modules, "playwright-core")).chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu", "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
    "--disable-sync"] });
}

// A page of a browser of its own size, on which every complaint and every request is written down.
async function open(browser, name, url, options = { viewport: { width: 1000, height: 800 } }) {
  const context = await browser.newContext(options), page = await context.newPage(), complaints = [], requests = [];
  page.on("console", (message) => { if (message.type() === "error") complaints.push(message.text()); });
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("request", (request) => { if (!/^(file|data|blob):/.test(request.url()) || (request.url().startsWith("file:") && request.url() !== url)) requests.push(request.url()); });
  const begun = Date.now(), meter = await context.newCDPSession(page);
  await meter.send("Performance.enable", { timeDomain: "threadTicks" });
  page.setDefaultTimeout(PATIENCE);
  await page.goto(url);
  await page.waitForFunction("typeof diabolo === 'object' && diabolo.ready");
  const seconds = (Date.now() - begun) / 1000;
  const work = (await meter.send("Performance.getMetrics")).metrics.find((metric) => metric.name === "ProcessTime").value;
  console.log(`${name}: ready after ${seconds.toFixed(2)} s, of which ${work.toFixed(2)} s of the processor`);
  must(work < 4, `${name}: the page took ${work} s of the processor`); // 0.8 s; unlike the clock it does not depend on who else is at work
  if (os.loadavg()[0] < 2 * os.cpus().length) must(seconds < 10, `${name}: the page took more than 10 s`); // 1 to 3 s without a graphics card
  return { page, done: async () => {
    must(complaints.length === 0, `${name}: errors on the console: ${complaints.join(" | ")}`);
    must(requests.length === 0, `${name}: asked for ${requests.join(" ")}`);
    must(await page.locator("#trouble").isHidden(), `${name}: the page says: ${await page.locator("#trouble").textContent()}`);
    await context.close();
  } };
}
const state = (page) => page.evaluate("diabolo.player.state()");
const frames = (page) => page.evaluate("new Promise((go) => requestAnimationFrame(() => requestAnimationFrame(go)))");
const distance = (a, b) => Math.max(...a.flatMap((p, i) => p.map((x, d) => Math.abs(x - b[i][d]))));

// The picture of the molecule once what was asked for has been drawn: no frame of the viewer is due, two frames of the screen have passed,
// and the picture is the same in two looks at it.
async function picture(page) {
  const stage = page.locator("#stage canvas").first();
  let last = null;
  for (const begun = Date.now(); Date.now() - begun < PATIENCE;) {
    await until(() => page.evaluate("diabolo.player.state().still"), PATIENCE);
    await frames(page);
    const now = await stage.screenshot();
    if (last !== null && now.equals(last)) return now;
    last = now;
  }
  return last;
}

module.exports = { PATIENCE, count: () => failures, distance, frames, launch, must, near, open, picture, state, until };
