/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How work on a grid is cut into tasks of a team. The cuts depend on the grid alone, and sums are added in the order of
 * the tasks: the results are bitwise the same for any number of threads. */
#ifndef DIA_EXACT_GRID_TASKS_H
#define DIA_EXACT_GRID_TASKS_H

#include "exact/grid.h"

enum {
    DIA_GRID_CHUNK = 1024, /* points of a task                     */
    DIA_GRID_LINES = 8     /* lines of a task along one coordinate */
};

static inline size_t dia_grid_tasks(size_t items, size_t each)
{
    return (items + each - 1) / each;
}
/* Doubles of the sums of one task. */
size_t dia_grid_width(const dia_grid *grid);

/* Adds up the first n sums of all tasks, in their order. */
void dia_grid_collect(const dia_grid *grid, size_t tasks, size_t n, double *sum);

/* A line along a coordinate: its first number in psi, and the distance to the next. */
typedef struct dia_grid_line {
    size_t first, stride;
} dia_grid_line;

/* Line `number` of all states along coordinate a. */
static inline dia_grid_line dia_grid_line_at(const dia_grid *grid, int a, size_t number)
{
    size_t inner = 1;
    for (int b = a + 1; b < grid->naxis; b++)
        inner *= (size_t)grid->axis[b].n;
    return (dia_grid_line){.first = number / inner * inner * (size_t)grid->axis[a].n + number % inner, .stride = inner};
}
/* The lines of a task of psi into the thread's work space, one after the other, Fourier transformed; returns how many. */
size_t dia_grid_take_lines(const dia_grid *grid, const double *psi, int a, int task, int thread, double **line);

#endif
