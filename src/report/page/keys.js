// SPDX-License-Identifier: GPL-3.0-or-later
// The keyboard: what the player does by single keys, and turning a molecule that has the focus.
"use strict";

// The keys of the player, active while it is in view and nobody types.
function listenToKeys(player) {
  const box = byId("trajectories");
  const inView = () => { const r = box.getBoundingClientRect(); return r.bottom > 60 && r.top < innerHeight - 60; };
  // What a control does by itself with a key stays its own.
  const taken = (target, key) => {
    if (target.closest("input, select, textarea, [contenteditable], .stage")) return true;
    if (key === " ") return target.closest("button, summary, a") !== null;
    return /^(Arrow|Home|End)/.test(key) && target.closest(".scroll[tabindex], .bar-links") !== null;
  };
  const acts = { " ": () => player.toggle(), ArrowLeft: () => player.hop(-1), ArrowRight: () => player.hop(1), Home: () => player.end(false), End: () => player.end(true),
    n: () => player.turn(1), p: () => player.turn(-1) };
  document.addEventListener("keydown", (event) => {
    const act = acts[event.key];
    if (!act || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || taken(event.target, event.key) || !inView()) return;
    event.preventDefault();
    act();
  });
}

// Arrows turn the molecule, + and - bring it nearer and away, 0 back to the middle.
function turnByKeys(stage, molecule) {
  const turns = { ArrowLeft: ["y", -10], ArrowRight: ["y", 10], ArrowUp: ["x", -10], ArrowDown: ["x", 10] };
  stage.tabIndex = 0;
  stage.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (turns[event.key]) molecule.turn(...turns[event.key]);
    else if (event.key === "+" || event.key === "=") molecule.zoom(1.15);
    else if (event.key === "-") molecule.zoom(1 / 1.15);
    else if (event.key === "0") molecule.centre();
    else return;
    event.preventDefault();
  });
}
