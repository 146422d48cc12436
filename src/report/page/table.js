// SPDX-License-Identifier: GPL-3.0-or-later
// Tables that can be sorted, filtered and turned over page by page, and small helpers for making elements.
"use strict";

// make("p", { className: "x" }, "text", element, ...): text is always text, never HTML.
function make(tag, properties, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties || {})) {
    if (name.startsWith("aria-") || name === "role" || name === "scope" || name === "style") element.setAttribute(name, value);
    else element[name] = value;
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

const STATE_COLOURS = 15; // page.css has them
function stateColour(k) {
  return `var(--s${k % STATE_COLOURS})`;
}
function stateMark(k) {
  return make("span", { className: "state", style: `color:${stateColour(k)}` }, `S${k}`);
}
// A number for display with the given number of decimals; a dash where there is none.
function fixed(x, digits) {
  return x === null || x === undefined || !Number.isFinite(x) ? "–" : x.toFixed(digits).replace("-", "−");
}
function precise(x, digits) {
  if (x === null || x === undefined || !Number.isFinite(x)) return "–";
  return (x !== 0 && (Math.abs(x) < 1e-3 || Math.abs(x) >= 1e5) ? x.toExponential(digits - 1) : String(Number(x.toPrecision(digits)))).replaceAll("-", "−");
}

// columns: [{ title, value(row), show(row) (text or element; default: the value), text: left-aligned, first: sort first downwards }]
// options: { caption, page, go(row), goTitle, chosen(row), paper: print all rows, not those of one page }. Gives { element, setRows(rows), refresh() }.
function makeTable(columns, options) {
  let rows = [], sortedBy = -1, down = false, page = 0;
  const size = options.page || 20;
  const head = make("tr"), body = make("tbody"), pages = make("div", { className: "pages" });
  const headers = columns.map((column, c) => {
    const th = make("th", { scope: "col", className: column.text ? "text" : "" },
      column.value ? make("button", { type: "button", onclick: () => sort(c) }, column.title) : column.title);
    head.append(th);
    return th;
  });
  function sort(c) {
    down = sortedBy === c ? !down : Boolean(columns[c].first);
    sortedBy = c;
    headers.forEach((th, i) => (i === c ? th.setAttribute("aria-sort", down ? "descending" : "ascending") : th.removeAttribute("aria-sort")));
    order();
    page = 0;
    draw();
  }
  function order() {
    if (sortedBy < 0) return;
    const value = columns[sortedBy].value;
    rows.sort((a, b) => {
      const x = value(a), y = value(b);
      const sign = x === null ? (y === null ? 0 : 1) : y === null ? -1 : typeof x === "string" ? x.localeCompare(y) * (down ? -1 : 1)
        : (x - y) * (down ? -1 : 1);
      return sign;
    });
  }
  function cell(column, row, first) {
    let shown = column.show ? column.show(row) : column.value(row);
    if (first && options.go) {
      shown = make("button", { type: "button", className: "link", title: options.goTitle || "" }, shown);
    }
    return make("td", { className: (column.text ? "text" : "") + (column.wrap ? " wrap" : "") }, shown);
  }
  function draw() {
    const last = Math.max(0, Math.ceil(rows.length / size) - 1);
    page = Math.min(page, last);
    const first = page * size, shown = options.paper ? rows : rows.slice(first, first + size);
    body.replaceChildren(...shown.map((row, i) => {
      const turned = options.paper && (i < first || i >= first + size);
      const tr = make("tr", { className: (options.go ? "go" : "") + (options.chosen && options.chosen(row) ? " chosen" : "") + (turned ? " unchosen" : "") },
        ...columns.map((column, c) => cell(column, row, c === 0)));
      if (options.go) tr.addEventListener("click", () => options.go(row));
      return tr;
    }));
    pages.replaceChildren();
    if (rows.length > size) {
      const turn = (by) => () => { page += by; draw(); focusTurn(by); };
      pages.append(make("button", { type: "button", disabled: page === 0, onclick: turn(-1), "aria-label": "Previous page" }, "‹"),
        make("span", {}, `${page * size + 1} to ${Math.min(rows.length, (page + 1) * size)} of ${rows.length}`),
        make("button", { type: "button", disabled: page === last, onclick: turn(1), "aria-label": "Next page" }, "›"));
    } else if (options.count) pages.append(make("span", { className: "muted" }, rows.length === 1 ? "1 row" : `${rows.length} rows`));
  }
  // The buttons are made anew: whoever turned by keyboard goes on from the same one, or at the end from the other.
  function focusTurn(by) {
    const [back, forth] = pages.querySelectorAll("button");
    const next = by > 0 ? [forth, back] : [back, forth];
    next.find((button) => !button.disabled).focus();
  }
  const table = make("table", { "aria-label": options.caption || options.label || "" }, make("thead", {}, head), body);
  return {
    element: make("div", {}, options.caption ? make("p", { className: "caption" }, options.caption) : null,
      makeScroll(options.caption || options.label || "table", table), pages),
    setRows(given) { rows = given.slice(); page = 0; order(); draw(); },
    refresh: draw,
    rows: () => rows
  };
}

// A table wider than the screen is moved within its place, by keyboard too: then, and only then, it is a stop of the Tab key.
const scrollers = new ResizeObserver((entries) => entries.forEach(({ target }) => {
  if (target.scrollWidth > target.clientWidth + 1) target.tabIndex = 0; else target.removeAttribute("tabindex");
}));
function makeScroll(label, table) {
  const scroll = make("div", { className: "scroll", role: "region", "aria-label": label }, table);
  scrollers.observe(scroll);
  return scroll;
}

// A table that cannot be sorted: head and rows of texts or elements; texts: numbers of the columns of words beside the first.
function plainTable(caption, head, rows, texts = []) {
  const look = (i) => (texts.includes(i) ? "text words" : i === 0 ? "text" : "");
  return make("div", { className: head.length > 3 ? "full" : "" }, make("p", { className: "caption" }, caption), makeScroll(caption, make("table", { "aria-label": caption },
    make("thead", {}, make("tr", {}, ...head.map((h, i) => make("th", { scope: "col", className: look(i) }, h)))),
    make("tbody", {}, ...rows.map((row) => make("tr", {}, ...row.map((cell, i) => make("td", { className: look(i) }, cell))))))));
}
function interval(p, digits) {
  const low = p.low ?? null, high = p.high ?? null;
  if (low === null || high === null) return low !== null ? `above ${precise(low, digits)}` : high !== null ? `below ${precise(high, digits)}` : "–";
  return `${precise(low, digits)} to ${precise(high, digits)}`;
}
function byId(id) {
  return document.getElementById(id);
}
// Shows a section that is not on every page, and its link at the top.
function reveal(id) {
  byId(id).hidden = false;
  const link = document.querySelector(`[data-for="${id}"]`);
  if (link !== null) link.hidden = false;
}
// Buttons of which one is pressed: choices [[value, words], ...].
function makeButtons(label, choices, chosen, change) {
  const buttons = choices.map(([value, words]) => make("button", { type: "button", onclick: () => set(value) }, words));
  function mark(value) {
    buttons.forEach((button, i) => {
      button.setAttribute("aria-pressed", String(choices[i][0] === value));
      button.className = choices[i][0] === value ? "primary" : "";
    });
  }
  function set(value) {
    mark(value);
    change(value);
  }
  mark(chosen);
  return { element: make("div", { className: "filters choices", role: "group", "aria-label": label }, ...buttons), set };
}

// A <select> with a label; options: [[value, text], ...].
function makeChoice(label, choices, change) {
  const select = make("select", { onchange: change }, ...choices.map(([value, text]) => make("option", { value }, text)));
  return { element: make("label", {}, label, select), value: () => select.value, set: (value) => { select.value = value; } };
}
function makeNumber(label, change) {
  const input = make("input", { type: "number", oninput: change, step: "any" });
  return { element: make("label", {}, label, input), value: () => (input.value === "" ? null : Number(input.value)) };
}
