/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "check/data/near.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "math/vector.h"
#include "molecule/align.h"

/* ---- nearest rows ---------------------------------------------------------------------------- */

typedef struct key {
    double value;
    int row;
} key;

static int by_value(const void *a, const void *b)
{
    const key *x = a, *y = b;
    return x->value != y->value ? (x->value > y->value) - (x->value < y->value) : (x->row > y->row) - (x->row < y->row);
}

/* Squared distance of two rows; anything above `limit` as soon as it is passed. */
static double square(int m, const double *x, const double *y, double limit)
{
    double sum = 0.0;
    for (int k = 0; k < m && !(sum > limit);) {
        const int stop = k + 8 < m ? k + 8 : m;
        for (; k < stop; k++)
            sum += (x[k] - y[k]) * (x[k] - y[k]);
    }
    return sum;
}

typedef struct best { /* the nearest so far, ascending */
    int most, n;
    double *distance; /* (most) squared */
    int *row;         /* (most) */
    double limit;     /* squared: farther ones are not wanted */
} best;

static void keep(best *b, double distance, int row)
{
    int place = b->n < b->most ? b->n++ : b->most - 1;
    for (; place > 0 && b->distance[place - 1] > distance; place--) {
        b->distance[place] = b->distance[place - 1];
        b->row[place] = b->row[place - 1];
    }
    b->distance[place] = distance;
    b->row[place] = row;
    if (b->n == b->most)
        b->limit = b->distance[b->most - 1];
}

/* Rows looked at on each side: all of a few thousand, fewer of large sets, so that the time grows with their number only. The nearest have nearly the
 * same keys; of 30,000 points most neighbours are still found. */
static int scan_of(int n)
{
    const int most = 30000000 / (n + 1);
    return most > 500 ? most : 500;
}

/* Rows on both sides of place i in the order of the keys, until the keys alone say that all others are too far. */
static void search(int n, int m, const double *X, const key *keys, int i, double weight, double least, best *b)
{
    const int scan = scan_of(n);
    const double *x = X + (size_t)keys[i].row * (size_t)m;
    for (int side = -1; side <= 1; side += 2)
        for (int j = i + side; j >= 0 && j < n && abs(j - i) <= scan; j += side) {
            const double apart = (keys[j].value - keys[i].value) / weight;
            if (apart * apart > b->limit)
                break;
            const double d = square(m, x, X + (size_t)keys[j].row * (size_t)m, b->limit);
            if (d < b->limit && d >= least * least)
                keep(b, d, keys[j].row);
        }
}

dia_status dia_near_rows(int n, int m, const double *X, const bool *skip, double least, double limit, int most,
                         int *neighbour, dia_error *error)
{
    key *keys = calloc((size_t)n + 1, sizeof *keys);
    double *distance = calloc((size_t)most + 1, sizeof *distance), weight = 0.0;
    if (keys == NULL || distance == NULL) {
        free(keys);
        free(distance);
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory to compare %d points", n);
    }
    int used = 0;
    for (int k = 0; k < m; k++)
        weight += (1.0 + 0.5 * sin(k)) * (1.0 + 0.5 * sin(k));
    for (int i = 0; i < n; i++) {
        if (skip != NULL && skip[i])
            continue;
        keys[used].row = i;
        for (int k = 0; k < m; k++)
            keys[used].value += X[(size_t)i * (size_t)m + (size_t)k] * (1.0 + 0.5 * sin(k));
        used++;
    }
    qsort(keys, (size_t)used, sizeof *keys, by_value);
    for (int i = 0; i < n * most; i++)
        neighbour[i] = -1;
    for (int i = 0; i < used; i++) {
        best b = {.most = most,
                  .distance = distance,
                  .row = neighbour + (size_t)keys[i].row * (size_t)most,
                  .limit = limit * limit};
        search(used, m, X, keys, i, sqrt(weight), least, &b);
    }
    free(keys);
    free(distance);
    return DIA_OK;
}

/* ---- superposed pairs ------------------------------------------------------------------------ */

static double *distances(const dia_dataset *data)
{
    const int m = data->natom * (data->natom - 1) / 2;
    double *rows = dia_allocate((size_t)data->npoint * (size_t)m + 1, sizeof *rows);
    for (int p = 0; rows != NULL && p < data->npoint; p++) {
        const double *R = data->R + (size_t)p * (size_t)data->ncart;
        double *row = rows + (size_t)p * (size_t)m;
        for (int a = 0; a < data->natom; a++)
            for (int b = 0; b < a; b++)
                *row++ = dia_distance(R + 3 * a, R + 3 * b);
    }
    return rows;
}

static void centre(int natom, double sign, const double *R, double *x)
{
    double middle[3] = {0.0, 0.0, 0.0};
    for (int c = 0; c < 3 * natom; c++)
        middle[c % 3] += R[c] / natom;
    for (int c = 0; c < 3 * natom; c++)
        x[c] = sign * (R[c] - middle[c % 3]);
}

/* x (b, centred) superposed on y (a, centred): the turn, dx, and |dx|. */
static double superpose(int natom, const double *x, const double *y, double *turn, double *dx)
{
    double A[9] = {0}, sum = 0.0;
    for (int a = 0; a < natom; a++)
        for (int i = 0; i < 3; i++)
            for (int j = 0; j < 3; j++)
                A[3 * i + j] += x[3 * a + i] * y[3 * a + j];
    dia_best_turn(A, turn);
    for (int a = 0; a < natom; a++)
        for (int i = 0; i < 3; i++) {
            dx[3 * a + i] = dia_dot3(turn + 3 * i, x + 3 * a) - y[3 * a + i];
            sum += dx[3 * a + i] * dx[3 * a + i];
        }
    return sqrt(sum);
}

/* The mirror image of b is as good a neighbour: its energies are the same, its vectors mirrored. */
static void place_pair(const dia_dataset *data, dia_near *near, int p, double *work)
{
    const int nc = data->ncart;
    const double *A = data->R + (size_t)near->pair[p].a * (size_t)nc,
                 *B = data->R + (size_t)near->pair[p].b * (size_t)nc;
    double *y = work, *x = work + nc, *dx = near->dx + (size_t)p * (size_t)nc, *turn = near->turn + 9 * (size_t)p;
    double other[9];
    centre(data->natom, 1.0, A, y);
    centre(data->natom, -1.0, B, x);
    const double mirrored = superpose(data->natom, x, y, other, dx);
    centre(data->natom, 1.0, B, x);
    const double plain = superpose(data->natom, x, y, turn, dx);
    near->pair[p].length = plain;
    if (mirrored < plain - 1e-6) {
        centre(data->natom, -1.0, B, x);
        near->pair[p].length = superpose(data->natom, x, y, turn, dx);
        for (int i = 0; i < 9; i++)
            turn[i] = -turn[i];
    }
}

static double largest_change(int m, const double *x, const double *y)
{
    double most = 0.0;
    for (int k = 0; k < m; k++)
        most = fmax(most, fabs(x[k] - y[k]));
    return most;
}

static bool listed(const int *neighbour, int of, int which)
{
    for (int k = 0; k < DIA_NEAR_EACH; k++)
        if (neighbour[(size_t)of * DIA_NEAR_EACH + (size_t)k] == which)
            return true;
    return false;
}

static dia_status make_lists(dia_near *near, int npoint, dia_error *error)
{
    near->begin = calloc((size_t)npoint + 2, sizeof *near->begin);
    near->list = calloc(2 * (size_t)near->npair + 1, sizeof *near->list);
    if (near->begin == NULL || near->list == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for the neighbours of %d points", npoint);
    int *end = near->begin + 1; /* of each point; becomes its begin of the next */
    for (int p = 0; p < near->npair; p++) {
        end[near->pair[p].a + 1]++;
        end[near->pair[p].b + 1]++;
    }
    for (int i = 1; i <= npoint; i++)
        end[i] += end[i - 1];
    for (int p = 0; p < near->npair; p++) {
        near->list[end[near->pair[p].a]++] = p;
        near->list[end[near->pair[p].b]++] = p;
    }
    return DIA_OK;
}

static dia_status make_pairs(dia_near *near, const dia_dataset *data, const double *rows, const int *neighbour,
                             dia_error *error)
{
    const int m = data->natom * (data->natom - 1) / 2;
    const size_t most = (size_t)data->npoint * DIA_NEAR_EACH + 1, nc = (size_t)data->ncart;
    near->ncart = data->ncart;
    near->pair = calloc(most, sizeof *near->pair);
    double *work = calloc(2 * nc, sizeof *work);
    for (int a = 0; near->pair != NULL && a < data->npoint; a++)
        for (int k = 0; k < DIA_NEAR_EACH; k++) {
            const int b = neighbour[(size_t)a * DIA_NEAR_EACH + (size_t)k];
            if (b >= 0 && (a < b || !listed(neighbour, b, a)) &&
                largest_change(m, rows + (size_t)a * (size_t)m, rows + (size_t)b * (size_t)m) < DIA_NEAR_FAR)
                near->pair[near->npair++] = (dia_near_pair){.a = a, .b = b};
        }
    near->dx = calloc((size_t)near->npair * nc + 1, sizeof *near->dx);
    near->turn = calloc((size_t)near->npair * 9 + 1, sizeof *near->turn);
    dia_status status = DIA_OK;
    if (near->pair == NULL || work == NULL || near->dx == NULL || near->turn == NULL)
        status = dia_error_set(error, DIA_ERROR_MEMORY, "no memory for the neighbours of %d points", data->npoint);
    for (int p = 0; status == DIA_OK && p < near->npair; p++)
        place_pair(data, near, p, work);
    free(work);
    return status == DIA_OK ? make_lists(near, data->npoint, error) : status;
}

dia_status dia_near_find(dia_near *near, const dia_dataset *data, const bool *skip, dia_error *error)
{
    *near = (dia_near){0};
    const int m = data->natom * (data->natom - 1) / 2;
    double *rows = distances(data);
    int *neighbour = calloc((size_t)data->npoint * DIA_NEAR_EACH + 1, sizeof *neighbour);
    dia_status status = rows != NULL && neighbour != NULL
                            ? dia_near_rows(data->npoint, m, rows, skip, DIA_NEAR_SAME, DIA_NEAR_FAR * sqrt(m),
                                            DIA_NEAR_EACH, neighbour, error)
                            : dia_error_set(error, DIA_ERROR_MEMORY, "no memory to compare %d points", data->npoint);
    if (status == DIA_OK)
        status = make_pairs(near, data, rows, neighbour, error);
    free(rows);
    free(neighbour);
    if (status != DIA_OK)
        dia_near_free(near);
    return status;
}

void dia_near_free(dia_near *near)
{
    free(near->pair);
    free(near->dx);
    free(near->turn);
    free(near->begin);
    free(near->list);
    *near = (dia_near){0};
}
