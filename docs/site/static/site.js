// SPDX-License-Identifier: GPL-3.0-or-later
document.addEventListener("DOMContentLoaded", () => {
  document.querySelectorAll(".math").forEach((part) => renderMathInElement(part, {
    delimiters: [{left: "\\(", right: "\\)", display: false}, {left: "\\[", right: "\\]", display: true}],
    throwOnError: true,
  }));
});
