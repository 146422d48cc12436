// SPDX-License-Identifier: GPL-3.0-or-later
// The data of the page, unpacked: what src/report/data.c, stream.h and channel.h describe.
"use strict";

function readBlock(id) {
  const element = document.getElementById(id);
  return element === null ? null : JSON.parse(element.textContent);
}

function readBase64(id) {
  const text = atob(document.getElementById(id).textContent);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

// Bits, most significant first.
class BitReader {
  constructor(bytes, offset) {
    this.bytes = bytes;
    this.place = 8 * offset;
  }
  bit() {
    const bit = (this.bytes[this.place >> 3] >> (7 - (this.place & 7))) & 1;
    this.place++;
    return bit;
  }
  bits(count) {
    let value = 0;
    for (let i = 0; i < count; i++) value = (value << 1) | this.bit();
    return value >>> 0;
  }
}

// One time series: Rice's code of what a polynomial prediction left over (src/report/channel.h).
function readChannel(reader, n) {
  const v = new Int32Array(n), order = reader.bits(2), k = reader.bits(5);
  v[0] = reader.bits(32) | 0;
  for (let i = 1; i < n; i++) {
    let ones = 0;
    while (ones < 20 && reader.bit() === 1) ones++;
    const u = ones < 20 ? ((ones << k) | reader.bits(k)) >>> 0 : reader.bits(32);
    const r = (u >>> 1) ^ -(u & 1), q = Math.min(order, i);
    v[i] = q === 0 ? r : q === 1 ? r + v[i - 1] : q === 2 ? r + 2 * v[i - 1] - v[i - 2]
      : r + 3 * (v[i - 1] - v[i - 2]) + v[i - 3];
  }
  return v;
}

function scaled(v, quantum) {
  return Float64Array.from(v, (x) => x * quantum);
}

// Trajectory `row`: { row, n, time, position: [coordinate][sample], energy: [state][sample], total (less the work of light), work (of light,
// or null), active }; Angstrom (of a model system bohr), eV, fs.
function readTrajectory(swarm, row) {
  const n = swarm.trajectories.samples[row], about = swarm.about;
  const reader = new BitReader(swarm.stream, swarm.trajectories.offset[row]);
  const found = { row, n, time: swarm.time.slice(0, n), position: [], energy: [], total: [], work: null, active: [] };
  if (n === 0) return found;
  for (let i = 0; i < about.natom * about.dimension; i++) found.position.push(scaled(readChannel(reader, n), about.position_quantum));
  for (let k = 0; k < (about.energies ? swarm.nstate : 1); k++) found.energy.push(scaled(readChannel(reader, n), about.energy_quantum_ev));
  found.total = scaled(readChannel(reader, n), about.total_quantum_ev);
  found.work = about.light ? scaled(readChannel(reader, n), about.total_quantum_ev) : null;
  found.active = readChannel(reader, n);
  return found;
}

function readSwarm() {
  const analysis = readBlock("data-analysis");
  const swarm = { analysis, about: readBlock("data-about"), trajectories: readBlock("data-trajectories"), hops: readBlock("data-hops"),
    energies: readBlock("data-energies"), intersections: readBlock("data-intersections"), mechanism: readBlock("data-mechanism"), trust: readBlock("data-trust"),
    maps: document.getElementById("data-maps") === null ? null : readBase64("data-maps"),
    exact: analysis.exact || null, alone: analysis.trajectories === undefined, stream: readBase64("data-stream"), time: analysis.populations.time_fs, nstate: analysis.states, hopsOf: new Map() };
  if (!swarm.alone) swarm.hops.row.forEach((row, i) => {
    if (!swarm.hopsOf.has(row)) swarm.hopsOf.set(row, []);
    swarm.hopsOf.get(row).push(i);
  });
  return swarm;
}
