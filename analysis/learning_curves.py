#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""How networks learned: training and validation loss against epochs; or their errors against the number of training points.

  analysis/learning_curves.py network.h5                        the course of a training
  analysis/learning_curves.py small.h5 large.h5 -o both.pdf     of several, one colour each
  analysis/learning_curves.py n200.h5 n800.h5 n1600.h5 --points errors on the validation points, from what each file stores

The training loss is that of the stage, with its factor on the couplings; the validation loss always has the weights of the input. The
network of the lowest validation loss is kept (ring). Errors of trainings with different splits are of different validation points."""
import json
import pathlib

from picture import COLOURS, DOTTED, Mistake, canvas, legend, legend_above, narrow, np, parser, plt, run, save
from swarm import Store

ERRORS = (("energy", "energy_{}_mev", "meV"), ("gradient", "gradient_{}_mev_per_angstrom", "meV/Å"),
          ("coupling × gap", "coupling_{}_mev_per_angstrom", "meV/Å"))


class Training:
    """The course of one, on one axis: epochs and iterations of all stages one after the other."""

    def __init__(self, path):
        store = Store(path, "diabolo-model")
        if "history/loss" not in store:
            raise Mistake(f"{path}: holds no history of its training; 'diabolo train' keeps it since version 0.1.0 "
                          "(train anew; --points draws the errors that the file does hold)")
        stage, iteration = store["history/stage"], store["history/iteration"]
        self.name, self.loss, self.validation = pathlib.Path(path).stem, store["history/loss"], store["history/validation"]
        self.optimisers = store.texts("history/optimisers")
        lengths = [iteration[stage == s].max(initial=0) for s in range(len(self.optimisers))]
        self.starts = np.concatenate([[0], np.cumsum(lengths)])
        self.at = self.starts[stage] + iteration


def draw_courses(options):
    courses = [Training(path) for path in options.models]
    figure, axes = canvas(options, 3.4)
    for i, course in enumerate(courses):
        shade = COLOURS[i % len(COLOURS)]
        axes.plot(course.at, course.loss, color=shade, linewidth=0.9, alpha=0.55)
        axes.plot(course.at, course.validation, color=shade, linewidth=1.4, label=course.name)
        best = int(np.nanargmin(course.validation))
        axes.plot(course.at[best], course.validation[best], "o", color=shade, markersize=6, fillstyle="none", markeredgewidth=1.2,
                  clip_on=False)
        for start in course.starts[1:-1]:
            axes.axvline(start, color="0.7" if len(courses) == 1 else shade, linewidth=0.7, linestyle=DOTTED, zorder=0)
    if len(courses) == 1:
        for name, start, end in zip(course.optimisers, course.starts[:-1], course.starts[1:]):
            axes.annotate(name, (0.5 * (start + end), 1.0), xycoords=("data", "axes fraction"), ha="center", va="bottom", fontsize=7.5,
                          xytext=(0, 2), textcoords="offset points", color="0.35")
    axes.set(yscale="log", xlabel="epochs and iterations", ylabel="loss", xlim=(0, max(c.starts[-1] for c in courses)))
    plain_ticks(axes)
    axes.yaxis.grid(True, color="0.92", linewidth=0.6)
    handles, names = axes.get_legend_handles_labels() if len(courses) > 1 else ([], [])
    shade = COLOURS[0] if len(courses) == 1 else "0.35"
    handles += [plt.Line2D([], [], color=shade, linewidth=0.9, alpha=0.55), plt.Line2D([], [], color=shade, linewidth=1.4),
                plt.Line2D([], [], color=shade, linestyle="none", marker="o", fillstyle="none", markersize=6)]
    box = legend(axes, options, handles, names + ["training", "validation", "kept"])
    if narrow(options) and len(courses) == 1:
        box.remove()
        axes.legend(handles, ["training", "validation", "kept"], loc="upper right")
    return figure


def errors_of(path):
    """(number of training points, {part: errors}) from the JSON that a model file stores."""
    store = Store(path, "diabolo-model")
    text = store.attribute("errors")
    if text is None:
        raise Mistake(f"{path}: holds no errors; 'diabolo train' writes them ('diabolo evaluate' measures any model)")
    try:
        found = json.loads(text)
        return found["training"]["npoint"], found
    except (ValueError, KeyError, TypeError) as reason:
        raise Mistake(f"{path}: its attribute 'errors' is not what 'diabolo train' writes ({reason})") from None


def draw_points(options):
    found = sorted((errors_of(path) for path in options.models), key=lambda e: e[0])
    points = np.array([n for n, _ in found], float)
    figure, panels = canvas(options, 4.6 if narrow(options) else 2.5, *((3, 1) if narrow(options) else (1, 3)), sharex=True)
    for panel, (name, key, unit) in zip(panels, ERRORS):
        for part, style, fill in (("validation", "-", "full"), ("training", DOTTED, "none")):
            for measure, shade, words in (("mae", COLOURS[0], "mean absolute"), ("rmse", COLOURS[1], "rms")):
                values = np.array([e.get(part, {}).get(key.format(measure)) or np.nan for _, e in found], float)
                if np.isfinite(values).any():
                    panel.plot(points, values, color=shade, linestyle=style, linewidth=1.2, marker="o", markersize=4, fillstyle=fill,
                               label=f"{part}, {words}")
        panel.set(xscale="log", yscale="log", ylabel=f"error / {unit}")
        panel.set_title(name)
        panel.grid(True, color="0.92", linewidth=0.6)
        panel.minorticks_off()
        panel.xaxis.set_major_locator(plt.FixedLocator(thin(points)))
        panel.xaxis.set_major_formatter(plt.FuncFormatter(lambda x, _: f"{x:g}"))
        plain_ticks(panel)
        if not narrow(options) or panel is panels[-1]:
            panel.set_xlabel("training points")
    handles, names = panels[0].get_legend_handles_labels()
    legend_above(figure, options, handles, names, 4)
    return figure


def thin(points):
    """Ticks at numbers of points, without overlap."""
    kept = []
    for n in np.unique(points):
        if not kept or n > 1.7 * kept[-1]:
            kept.append(n)
    return kept


def plain_ticks(panel):
    """A few in each decade, as plain numbers."""
    panel.yaxis.set_major_locator(plt.LogLocator(10, (1, 1.5, 2, 3, 5, 7)))
    panel.yaxis.set_major_formatter(plt.FuncFormatter(lambda y, _: f"{y:g}"))
    panel.yaxis.set_minor_locator(plt.NullLocator())


def main():
    p = parser(__doc__, "learning_curves", "models", "MODEL.h5", "model files written by 'diabolo train'", nargs="+")
    p.add_argument("--points", action="store_true", help="errors against the number of training points")
    options = p.parse_args()
    save(draw_points(options) if options.points else draw_courses(options), options)


run(main)
