/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Line plots as inline SVG: what the page shows without scripts and on paper. Colours are CSS variables of the page, so
 * that they follow its light and dark theme. */
#ifndef DIA_REPORT_PLOT_H
#define DIA_REPORT_PLOT_H

#include <stdbool.h>
#include <stdio.h>

typedef struct dia_plot_line {
    const char *label;   /* for the legend; NULL: none            */
    const char *colour;  /* "var(--s1)"                           */
    const char *dash;    /* "6 4"; NULL: solid                    */
    double width;        /* in the plot's own units: 720 across   */
    const double *y;     /* y[i * stride]; NaN: a gap             */
    const double *error; /* half height of a band, error[i * stride] * band; NULL: none */
    double band;
    int stride;
} dia_plot_line;

typedef struct dia_plot {
    const char *title; /* text alternative for the picture */
    const char *x_label, *y_label;
    int n;
    const double *x;  /* (n) ascending */
    double low, high; /* of the y axis; NaN: from the lines */
    bool decades;     /* the y given are decimal logarithms: a tick at n is labelled 10 to the n */
    int nline;
    const dia_plot_line *line;
} dia_plot;

void dia_plot_write(FILE *out, const dia_plot *plot);

/* Distance of the ticks of an axis from low to high: 1, 2 or 5 times a power of ten, 4 to 9 of them. */
double dia_plot_tick(double low, double high);

#endif
