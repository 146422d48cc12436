// SPDX-License-Identifier: GPL-3.0-or-later
// A molecule in three dimensions, by 3Dmol (where this page holds it). Bonds are found anew for every picture, from distances.
"use strict";

const haveMolecules = typeof $3Dmol === "object" && $3Dmol !== null;

// Covalent radii, Angstrom: Cordero et al., Dalton Trans. 2832 (2008), DOI 10.1039/b801115j.
const RADII = { H: 0.31, He: 0.28, Li: 1.28, Be: 0.96, B: 0.84, C: 0.76, N: 0.71, O: 0.66, F: 0.57, Ne: 0.58, Na: 1.66, Mg: 1.41, Al: 1.21,
  Si: 1.11, P: 1.07, S: 1.05, Cl: 1.02, Ar: 1.06, K: 2.03, Ca: 1.76, Sc: 1.7, Ti: 1.6, V: 1.53, Cr: 1.39, Mn: 1.5, Fe: 1.42, Co: 1.38,
  Ni: 1.24, Cu: 1.32, Zn: 1.22, Ga: 1.22, Ge: 1.2, As: 1.19, Se: 1.2, Br: 1.2, Kr: 1.16, Mo: 1.54, Ru: 1.46, Rh: 1.42, Pd: 1.39, Ag: 1.45,
  Cd: 1.44, Sn: 1.39, Sb: 1.39, Te: 1.38, I: 1.39, Xe: 1.4, W: 1.62, Re: 1.51, Os: 1.44, Ir: 1.41, Pt: 1.36, Au: 1.36, Hg: 1.32, Pb: 1.46 };
const BOND = 1.3; // a bond is not longer than this times the sum of the radii

// symbols (natom). show(xyz): xyz (3 natom), Angstrom.
function makeMolecule(host, symbols) {
  const viewer = $3Dmol.createViewer(host, { backgroundAlpha: 0, antialias: true, upscale: false, disableFog: true, minimumZoomToDistance: 1 });
  if (!viewer) return null;
  const natom = symbols.length, model = viewer.addModel();
  const radius = symbols.map((symbol) => RADII[symbol] || 1.5);
  model.addAtoms(symbols.map((elem, serial) => ({ elem, serial, index: serial, x: serial, y: 0, z: 0, bonds: [], bondOrder: [], atom: elem })));
  const atoms = model.selectedAtoms({});
  // The camera sees as far up as its angle says, and sideways that times the ratio of the sides: a narrow picture needs it farther away.
  const narrow = () => Math.max(1, host.clientHeight / Math.max(1, host.clientWidth));
  let narrowness = 1; // for which the camera stands
  const EYE = 150; // position of 3Dmol's camera on the axis on which it moves the molecule, view[3]
  let started = false, due = false, middle = [0, 0, 0], least = 0, reach = 0; // in view: `reach` Angstrom around `middle`, and never less than `least`
  let rest = 0, placed = null; // view[3] at `least`, and as set here last
  function bond(xyz) {
    for (const atom of atoms) {
      atom.bonds = [];
      atom.bondOrder = [];
    }
    for (let a = 0; a < natom; a++) {
      for (let b = 0; b < a; b++) {
        const far = BOND * (radius[a] + radius[b]);
        const dx = xyz[3 * a] - xyz[3 * b], dy = xyz[3 * a + 1] - xyz[3 * b + 1], dz = xyz[3 * a + 2] - xyz[3 * b + 2];
        if (dx * dx + dy * dy + dz * dz > far * far) continue;
        for (const [from, to] of [[a, b], [b, a]]) {
          atoms[from].bonds.push(to);
          atoms[from].bondOrder.push(1);
        }
      }
    }
  }
  // At most once per frame of the screen, however often the time changes in between.
  function draw() {
    if (due) return;
    due = true;
    requestAnimationFrame(() => {
      due = false;
      viewer.render();
    });
  }
  function dress() {
    const dark = cssColour("--paper") !== "" && parseInt(cssColour("--paper").slice(1, 3), 16) < 128;
    const colours = { ...$3Dmol.elementColors.Jmol, H: dark ? 0xf2f2f2 : 0xcfd6dc, C: dark ? 0x9aa3ab : 0x55606a };
    const colorscheme = { prop: "elem", map: colours };
    model.setStyle({}, { stick: { radius: 0.13, colorscheme }, sphere: { scale: 0.27, colorscheme } });
  }
  function furthest() {
    return Math.max(...atoms.map((a, i) => Math.hypot(a.x - middle[0], a.y - middle[1], a.z - middle[2]) + 0.5 * radius[i]));
  }
  function centre() {
    middle = ["x", "y", "z"].map((d) => atoms.reduce((sum, a) => sum + a[d], 0) / natom);
    viewer.zoomTo();
    viewer.zoom(0.62 / narrow());
    narrowness = narrow();
    placed = null;
    least = reach = 1.2 * furthest(); // half as wide again as the molecule, less than what the line above leaves on every side
  }
  // A fragment that flies away stays in the picture: the camera moves back as far as this geometry needs.
  // The camera depends on the geometry alone: the same time always gives the same picture. A zoom by hand becomes the new default.
  function keepInView() {
    const view = viewer.getView();
    if (view[3] !== placed) rest = EYE - (EYE - view[3]) * least / reach;
    reach = Math.max(least, furthest());
    placed = EYE - (EYE - rest) * reach / least;
    if (view[3] === placed) return;
    view[3] = placed;
    viewer.setView(view);
  }
  // A picture of another shape: the camera goes as much farther away, or nearer, as the sides need.
  function refit() {
    if (host.clientWidth === 0) return;
    viewer.resize();
    if (!started || narrow() === narrowness) return;
    const view = viewer.getView();
    if (view[3] !== placed) rest = EYE - (EYE - view[3]) * least / reach;
    rest = EYE - (EYE - rest) * narrow() / narrowness;
    narrowness = narrow();
    placed = view[3] = EYE - (EYE - rest) * reach / least;
    viewer.setView(view);
    draw();
  }
  // Turns the longest direction of the molecule (power iteration on the second moments) across the picture, then a little askew, so
  // that planar molecules are not seen edge on.
  function lie(xyz) {
    const middle = [0, 1, 2].map((d) => atoms.reduce((sum, _, a) => sum + xyz[3 * a + d], 0) / natom);
    let u = [0.8, 0.5, 0.33];
    for (let i = 0; i < 60; i++) {
      const v = [0, 0, 0];
      for (let a = 0; a < natom; a++) {
        const r = [0, 1, 2].map((d) => xyz[3 * a + d] - middle[d]), along = r[0] * u[0] + r[1] * u[1] + r[2] * u[2];
        for (let d = 0; d < 3; d++) v[d] += along * r[d];
      }
      const length = Math.hypot(...v);
      if (!(length > 0)) return;
      u = v.map((x) => x / length);
    }
    const sine = Math.hypot(u[1], u[2]);
    if (sine > 1e-6) viewer.rotate(Math.atan2(sine, u[0]) * 180 / Math.PI, { x: 0, y: u[2] / sine, z: -u[1] / sine });
    viewer.rotate(-28, "y");
    viewer.rotate(22, "x");
  }
  return {
    atoms,
    // Is every atom inside the picture now? For tests.
    whole() {
      const box = host.getBoundingClientRect();
      return atoms.every((a) => {
        const at = viewer.modelToScreen({ x: a.x, y: a.y, z: a.z });
        return at.x >= box.left + scrollX && at.x <= box.right + scrollX && at.y >= box.top + scrollY && at.y <= box.bottom + scrollY;
      });
    },
    show(xyz) {
      for (let a = 0; a < natom; a++) {
        atoms[a].x = xyz[3 * a];
        atoms[a].y = xyz[3 * a + 1];
        atoms[a].z = xyz[3 * a + 2];
      }
      bond(xyz);
      dress();
      if (!started) {
        started = true;
        lie(xyz);
        centre();
      }
      keepInView();
      draw();
    },
    centre() { centre(); draw(); },
    resize: refit,
    turn(axis, degrees) { viewer.rotate(degrees, axis); draw(); },
    zoom(factor) { viewer.zoom(factor); draw(); },
    still: () => !due, // nothing waits to be drawn
    dress() { dress(); draw(); }
  };
}
