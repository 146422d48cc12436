#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The certificate of 'diabolo certify': deviation from exact dynamics, a line a case, a mark a method; of many methods a map.

  analysis/certificate.py certificate/certificate.json
  analysis/certificate.py certificate.json --methods fewest_switches "fewest_switches + energy_based" landau_zener
  analysis/certificate.py certificate.json --map        # a line a method, a column a case, best methods first
  analysis/certificate.py certificate.json --table      # the means of each method as a table, no picture
  analysis/certificate.py certificate.json own.json --map   # methods of several certificates together
"""
import json

from picture import Mistake, canvas, colour, legend, np, number, parser, plt, run, save

MARKS = "osD^vP*Xh<>p"
SMALLEST = 1e-3  # what is smaller stands there
MOST_MARKS = 12  # more methods are drawn as a map
FAMILIES = (("passing once or twice", ("tully", "subotnik", "superexchange")), ("bound or breaking", ("morse", "nai")),
            ("intersections", ("ferretti", "jahn_teller", "vibronic", "retinal", "phenol")), ("bath", ("spin_boson", "fmo")))


def load(path):
    try:
        with open(path) as file:
            found = json.load(file)
    except (OSError, ValueError) as reason:
        raise Mistake(f"{path}: {reason}") from None
    if not isinstance(found, dict) or found.get("format") != "diabolo-certificate":
        raise Mistake(f"{path}: is no certificate; expected the certificate.json of 'diabolo certify'")
    return found


def join(paths):
    """One certificate of several: their methods side by side, case by case. A method that is in two of them is taken from the first."""
    whole = load(paths[0])
    for path in paths[1:]:
        other = load(path)
        whole["same"] += [entry for entry in other["same"] if entry not in whole["same"]]
        for case in other["cases"]:
            own = next((c for c in whole["cases"] if c["name"] == case["name"]), None)
            if own is None:
                whole["cases"].append(case)
            elif case["reason"] is None and own["reason"] is None:
                there = [cell["method"] for cell in own["methods"]]
                own["methods"] += [cell for cell in case["methods"] if cell["method"] not in there]
    return whole


def chosen(certificate, wanted):
    """Labels in the order of the file; those whose trajectories are those of another are left out unless asked for."""
    same = {entry["method"] for entry in certificate["same"]}
    labels = []
    for case in certificate["cases"]:
        labels += [cell["method"] for cell in case.get("methods", []) if cell["method"] not in labels]
    for name in wanted or []:
        if name not in labels:
            raise Mistake(f"--methods {name}: there is none in the file; it has {', '.join(labels)}")
    return [label for label in labels if label in (wanted or set(labels) - same)]


def cells(case, label):
    """The cell of a method that was flown, or None."""
    return next((cell for cell in case.get("methods", []) if cell["method"] == label and cell["reason"] is None), None)


def mean_square(cases, label):
    """Root of the mean square deviation over the cases where the method was flown, what chance alone gives taken off."""
    found = [cell["deviation"]["rms"] or 0.0 for cell in (cells(case, label) for case in cases) if cell is not None]
    return np.sqrt(np.mean(np.square(found))) if found else np.nan


def best_first(cases, labels):
    return sorted(labels, key=lambda label: (np.isnan(mean_square(cases, label)), mean_square(cases, label)))


def families(cases):
    """(name, cases) of each family of models that is there; what belongs to none comes last."""
    left, found = list(cases), []
    for name, models in FAMILIES:
        own = [case for case in left if case.get("model") in models]
        left = [case for case in left if case not in own]
        found += [(name, own)] if own else []
    return found + ([("others", left)] if left else [])


def table(cases, labels):
    """A line a method, best first: means over families of models, in how many cases chance is ruled out, the worst case."""
    groups = families(cases)
    print("| method | " + " | ".join(f"{name} ({len(own)})" for name, own in groups) + " | all | beyond chance | worst |")
    print("|---" * (len(groups) + 4) + "|")
    for label in best_first(cases, labels):
        own = [(case["name"], cells(case, label)["deviation"]) for case in cases if cells(case, label) is not None]
        worst = max(own, key=lambda pair: pair[1]["rms"] or 0.0)
        beyond = sum(deviation["significant"] for _, deviation in own)
        means = [f"{mean_square(group, label):.3f}".replace("nan", "-") for _, group in groups + [("all", cases)]]
        print(f"| {label} | " + " | ".join(means) + f" | {beyond} of {len(own)} | {worst[0]} {number(worst[1]['rms'], 2)} |")


def draw_map(options, cases, labels):
    """Deviations in per cent; where they may be chance the limit, in grey."""
    labels = best_first(cases, labels)
    figure, axes = canvas(options, 2.2 + 0.17 * len(labels))
    value = np.full((len(labels), len(cases)), np.nan)
    for line, label in enumerate(labels):
        for column, case in enumerate(cases):
            cell = cells(case, label)
            if cell is None:
                axes.text(column, line, "·", ha="center", va="center", fontsize=5, color="0.6")
                continue
            found = cell["deviation"]
            sure, shown = found["significant"], found["rms"] if found["significant"] else found["limit"]
            if sure:
                value[line, column] = max(shown, SMALLEST)
            if shown is not None:
                text = ("" if sure else "<") + f"{100 * shown:.{0 if shown > 0.0095 else 1}f}"
                axes.text(column, line, text, ha="center", va="center", fontsize=4.6, color="w" if sure and shown > 0.2 else "0.1" if sure else "0.5")
    drawn = axes.imshow(value, aspect="auto", cmap="YlOrRd", norm=plt.matplotlib.colors.LogNorm(0.01, 1.0))
    figure.colorbar(drawn, ax=axes, label="deviation from exact", pad=0.01, aspect=40)
    axes.set_xticks(np.arange(len(cases)), [case["name"] for case in cases], rotation=90, fontsize=6)
    axes.set_yticks(np.arange(len(labels)), labels, fontsize=6)
    axes.tick_params(length=0)
    axes.set_title("per cent; grey: at most that, chance not ruled out", fontsize=7, loc="left")
    save(figure, options)


def draw(options):
    certificate = join(options.certificate)
    labels = chosen(certificate, options.methods)
    cases = [case for case in certificate["cases"] if any(cells(case, label) for label in labels)]
    labels = [label for label in labels if any(cells(case, label) for case in cases)]
    if not cases:
        raise Mistake(f"{options.certificate[0]}: nothing to draw")
    if options.table:
        return table(cases, labels)
    if options.map or len(labels) > MOST_MARKS:
        return draw_map(options, cases, labels)
    figure, axes = canvas(options, 1.2 + 0.23 * len(cases))
    for m, label in enumerate(labels):
        shift = 0.6 * (m / max(len(labels) - 1, 1) - 0.5)
        for sure in (True, False):  # empty marks: limits
            x, y, error = [], [], []
            for line, case in enumerate(cases):
                cell = cells(case, label)
                if cell is None or cell["deviation"]["significant"] is not sure:
                    continue
                found = cell["deviation"]
                value = found["rms"] if sure else found["limit"]
                if value is None:
                    continue
                x.append(max(value, SMALLEST))
                y.append(line + shift)
                error.append(min(found["error"] or 0, 0.9 * x[-1]) if sure else 0)
            axes.errorbar(x, y, xerr=error if sure else None, ls="", marker=MARKS[m % len(MARKS)], ms=3.6, lw=0.8, color=colour(m),
                          mfc=colour(m) if sure else "none", mew=0.8, label=label if sure else None)
    axes.set_xscale("log")
    axes.set_xlim(0.8 * SMALLEST, 1.05)
    axes.set_xlabel("deviation from exact (empty marks: at most that)")
    axes.set_yticks(np.arange(len(cases)), [case["name"] for case in cases])
    axes.set_ylim(len(cases) - 0.4, -0.6)
    for line in range(len(cases)):
        axes.axhspan(line - 0.5, line + 0.5, color="0.95" if line % 2 else "1.0", lw=0)
    legend(axes, options, columns=2)
    save(figure, options)


def main():
    p = parser(__doc__, "deviations", "certificate", "CERTIFICATE.json", "certificate.json of 'diabolo certify'; several: their methods together", nargs="+")
    p.add_argument("--methods", nargs="+", metavar="NAME", help="only these, by their labels in the file")
    p.add_argument("--map", action="store_true", help=f"a line a method, a column a case (of more than {MOST_MARKS} methods always)")
    p.add_argument("--table", action="store_true", help="print the means of each method as a Markdown table, best first; no picture")
    draw(p.parse_args())


run(main)
