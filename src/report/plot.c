/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/plot.h"

#include <math.h>

#include "base/html.h"

enum { WIDTH = 720, HEIGHT = 340, LEFT = 66, RIGHT = 14, TOP = 34, BOTTOM = 46 };

typedef struct frame {
    double x0, x1, y0, y1;
} frame;

double dia_plot_tick(double low, double high)
{
    const double rough = (high - low) / 5, power = pow(10, floor(log10(rough))), share = rough / power;
    return power * (share < 1.5 ? 1 : share < 3.5 ? 2 : share < 7.5 ? 5 : 10);
}

static double across(const frame *f, double x)
{
    return LEFT + (x - f->x0) / (f->x1 - f->x0) * (WIDTH - LEFT - RIGHT);
}

static double down(const frame *f, double y)
{
    return TOP + (f->y1 - y) / (f->y1 - f->y0) * (HEIGHT - TOP - BOTTOM);
}

static frame frame_of(const dia_plot *plot)
{
    frame f = {plot->x[0], plot->x[plot->n - 1], plot->low, plot->high};
    if (!(f.x1 > f.x0))
        f.x1 = f.x0 + 1;
    double low = INFINITY, high = -INFINITY;
    for (int l = 0; l < plot->nline; l++)
        for (int i = 0; i < plot->n; i++) {
            const double y = plot->line[l].y[i * plot->line[l].stride];
            if (isfinite(y)) {
                low = y < low ? y : low;
                high = y > high ? y : high;
            }
        }
    if (!(low <= high)) {
        low = 0;
        high = 1;
    }
    const double air = high > low ? 0.05 * (high - low) : 0.5 * fabs(high) + 0.5;
    if (isnan(f.y0))
        f.y0 = low - air;
    if (isnan(f.y1))
        f.y1 = high + air;
    if (!(f.y1 > f.y0))
        f.y1 = f.y0 + 1;
    return f;
}

static void write_axes(FILE *out, const dia_plot *plot, const frame *f)
{
    const double dx = dia_plot_tick(f->x0, f->x1), dy = plot->decades ? 1 : dia_plot_tick(f->y0, f->y1);
    for (double i = ceil(f->y0 / dy - 1e-9); i * dy <= f->y1 + 1e-9 * dy; i++) {
        const double y = down(f, i * dy);
        fprintf(out, "<line class=\"grid\" x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\"/>", LEFT, WIDTH - RIGHT, y, y);
        fprintf(out, "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%.6g</text>\n", LEFT - 7, y + 4,
                plot->decades ? pow(10, i * dy)
                : i == 0      ? 0
                              : i * dy);
    }
    for (double i = ceil(f->x0 / dx - 1e-9); i * dx <= f->x1 + 1e-9 * dx; i++) {
        const double x = across(f, i * dx);
        fprintf(out, "<line class=\"axis\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%d\" y2=\"%d\"/>", x, x, HEIGHT - BOTTOM,
                HEIGHT - BOTTOM + 5);
        fprintf(out, "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%.6g</text>\n", x, HEIGHT - BOTTOM + 19,
                i == 0 ? 0 : i * dx);
    }
    fprintf(out, "<line class=\"axis\" x1=\"%d\" x2=\"%d\" y1=\"%d\" y2=\"%d\"/>", LEFT, WIDTH - RIGHT, HEIGHT - BOTTOM,
            HEIGHT - BOTTOM);
    fprintf(out, "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">", (LEFT + WIDTH - RIGHT) / 2, HEIGHT - 6);
    dia_html_text(out, plot->x_label);
    fprintf(out, "</text><text transform=\"translate(14 %d) rotate(-90)\" text-anchor=\"middle\">",
            (TOP + HEIGHT - BOTTOM) / 2);
    dia_html_text(out, plot->y_label);
    fputs("</text>\n", out);
}

/* A y far outside (a trajectory that exploded) is cut, so that the numbers stay within what viewers can draw. */
static double cut(double y)
{
    return y < -HEIGHT ? -HEIGHT : y > 2 * HEIGHT ? 2 * HEIGHT : y;
}

/* ---- thinning -------------------------------------------------------------------------------- */

/* Points that fall into one column of the screen draw one vertical stroke: of those with a value the first, the lowest, the
 * highest and the last are enough. Few points are all drawn. */
enum { COLUMNS = WIDTH, ALL_DRAWN = 4 * COLUMNS };

typedef struct column {
    int end; /* the first point behind it */
    int first, last, lowest, highest;
} column;

static double value_at(const dia_plot_line *line, int i)
{
    return line->y[(size_t)i * (size_t)line->stride];
}

/* The column that begins with point i; a gap (NaN) ends a column and is one of its own, without points (first < 0). */
static column column_at(const dia_plot *plot, const frame *f, const dia_plot_line *line, int i)
{
    column c = {.end = i + 1, .first = -1};
    if (!isfinite(value_at(line, i)))
        return c;
    c.first = c.last = c.lowest = c.highest = i;
    const double place = floor(across(f, plot->x[i]) * COLUMNS / WIDTH);
    for (; plot->n > ALL_DRAWN && c.end < plot->n; c.end++) {
        const double y = value_at(line, c.end);
        if (!isfinite(y) || floor(across(f, plot->x[c.end]) * COLUMNS / WIDTH) != place)
            break;
        c.last = c.end;
        c.lowest = y < value_at(line, c.lowest) ? c.end : c.lowest;
        c.highest = y > value_at(line, c.highest) ? c.end : c.highest;
    }
    return c;
}

/* Upper (side 1) or lower (-1) edge of a band over points [first, end): the outermost; NaN: no point has an error. */
static double edge(const dia_plot_line *line, int first, int end, int side)
{
    double outermost = NAN;
    for (int i = first; i < end; i++) {
        const double y = value_at(line, i) + side * line->error[(size_t)i * (size_t)line->stride] * line->band;
        if (isfinite(y) && !(side * y <= side * outermost))
            outermost = y;
    }
    return outermost;
}

static void write_edge(FILE *out, const dia_plot *plot, const frame *f, const dia_plot_line *line, int i, int end,
                       int side, bool *open)
{
    const double y = edge(line, i, end, side);
    if (!isfinite(y))
        return;
    fprintf(out, "%s%.1f %.1f", *open ? " " : "<polygon class=\"band\" points=\"", across(f, plot->x[i]),
            cut(down(f, y)));
    *open = true;
}

static void write_band(FILE *out, const dia_plot *plot, const frame *f, const dia_plot_line *line)
{
    const int step = plot->n > ALL_DRAWN ? plot->n / COLUMNS : 1; /* samples lie at equal distances */
    bool open = false;
    for (int i = 0; i < plot->n; i += step)
        write_edge(out, plot, f, line, i, i + step < plot->n ? i + step : plot->n, 1, &open);
    for (int i = (plot->n - 1) / step * step; i >= 0; i -= step)
        write_edge(out, plot, f, line, i, i + step < plot->n ? i + step : plot->n, -1, &open);
    if (open)
        fprintf(out, "\" fill=\"%s\"/>\n", line->colour);
}

static void write_point(FILE *out, const dia_plot *plot, const frame *f, const dia_plot_line *line, int i, bool *pen)
{
    fprintf(out, "%s%.1f %.1f", *pen ? "L" : "M", across(f, plot->x[i]), cut(down(f, value_at(line, i))));
    *pen = true;
}

static void write_line(FILE *out, const dia_plot *plot, const frame *f, const dia_plot_line *line)
{
    bool pen = false;
    fprintf(out, "<path fill=\"none\" stroke=\"%s\" stroke-width=\"%g\"", line->colour, line->width);
    if (line->dash != NULL)
        fprintf(out, " stroke-dasharray=\"%s\"", line->dash);
    fputs(" d=\"", out);
    for (int i = 0; i < plot->n;) {
        const column c = column_at(plot, f, line, i);
        const int lower = c.lowest < c.highest ? c.lowest : c.highest,
                  upper = c.lowest < c.highest ? c.highest : c.lowest;
        if (c.first < 0)
            pen = false;
        else
            write_point(out, plot, f, line, c.first, &pen);
        if (c.first >= 0 && lower > c.first && lower < c.last)
            write_point(out, plot, f, line, lower, &pen);
        if (c.first >= 0 && upper > lower && upper < c.last)
            write_point(out, plot, f, line, upper, &pen);
        if (c.first >= 0 && c.last > c.first)
            write_point(out, plot, f, line, c.last, &pen);
        i = c.end;
    }
    fputs("\"/>\n", out);
}

static void write_legend(FILE *out, const dia_plot *plot)
{
    double x = LEFT;
    for (int l = 0; l < plot->nline; l++) {
        const dia_plot_line *line = &plot->line[l];
        if (line->label == NULL)
            continue;
        fprintf(out, "<line x1=\"%.0f\" x2=\"%.0f\" y1=\"14\" y2=\"14\" stroke=\"%s\" stroke-width=\"%g\"", x, x + 22,
                line->colour, line->width);
        if (line->dash != NULL)
            fprintf(out, " stroke-dasharray=\"%s\"", line->dash);
        fprintf(out, "/><text x=\"%.0f\" y=\"18\">", x + 28);
        dia_html_text(out, line->label);
        fputs("</text>\n", out);
        size_t length = 0;
        while (line->label[length] != '\0')
            length++;
        x += 28 + 7.2 * (double)length + 18; /* about as wide as the letters are */
    }
}

void dia_plot_write(FILE *out, const dia_plot *plot)
{
    if (plot->n < 1)
        return;
    const frame f = frame_of(plot);
    fprintf(out, "<svg class=\"plot\" viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"", WIDTH, HEIGHT);
    dia_html_text(out, plot->title);
    fputs("\">\n", out);
    write_axes(out, plot, &f);
    fprintf(out, "<svg x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" viewBox=\"%d %d %d %d\">\n", LEFT, TOP - 2,
            WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM + 4, LEFT, TOP - 2, WIDTH - LEFT - RIGHT,
            HEIGHT - TOP - BOTTOM + 4); /* cuts off what lies outside of the axes */
    for (int l = 0; l < plot->nline; l++)
        if (plot->line[l].error != NULL)
            write_band(out, plot, &f, &plot->line[l]);
    for (int l = 0; l < plot->nline; l++)
        write_line(out, plot, &f, &plot->line[l]);
    fputs("</svg>\n", out);
    write_legend(out, plot);
    fputs("</svg>\n", out);
}
