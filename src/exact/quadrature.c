/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The nodes of n points are the eigenvalues of Q in the lowest n functions, and an eigenvector's components are the
 * functions at the node times the square root of its weight (Harris, Engerholm, Gwinn, J. Chem. Phys. 43, 1515 (1965)), so
 * a transform of functions to nodes is orthogonal. */
#include "exact/quadrature.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "electronic/propagate.h"
#include "math/eigen.h"
#include "math/matrix.h"
#include "math/vector.h"
#include "parallel/team.h"

enum {
    CHUNK = 4096, /* points that one thread takes at a time         */
    CELLS = 400   /* points of a cell in which states turn, at most */
};

static bool find_nodes(int in, int out, double *node, double *transform)
{
    const size_t n = (size_t)out;
    double *A = calloc(n * (n + 1) / 2 + n * n + dia_eigen_work(out), sizeof *A), *U = A + n * (n + 1) / 2;
    if (A == NULL)
        return false;
    for (int k = 1; k < out; k++)
        A[k * (k + 1) / 2 + k - 1] = sqrt(0.5 * k);
    const bool found = dia_eigen_packed(out, A, node, U, U + n * n);
    memcpy(transform, U, (size_t)in * n * sizeof *transform); /* the first `in` functions at all nodes */
    free(A);
    return found;
}

/* ---- between limits ------------------------------------------------------------------------------ */

/* Modes that regions limit: the limits lie between panels from -reach to reach, beyond which no function has more than 1e-9. */
typedef struct panels {
    int n, nodes[2 * DIA_STOPS + 1];
    double edge[2 * DIA_STOPS + 2];
} panels;

/* A number of points that may be far too large for a computer: large enough to be refused for its memory. */
static int count_of(double points)
{
    return points < 1e7 ? (int)ceil(points) : 10000000;
}

/* Gauss-Legendre wants pi points a wave at least; the fastest of a product of two functions has 2 sqrt(2n + 1). */
static panels cut(const dia_polynomial *p, int m, int in, double density, const dia_exact_regions *regions)
{
    const double turning = sqrt(2.0 * in + 1.0), reach = turning + 5.0, all = fmax(density * in, turning * reach);
    double limit[2 * DIA_STOPS];
    int n = 0;
    panels made = {.n = 0, .edge = {-reach}};
    if (regions == NULL || !dia_exact_regions_limits(regions, m, limit, &n) || n == 0)
        return made;
    for (int i = 0; i <= n; i++) {
        const double edge = i < n ? (limit[i] - p->reference[m]) / p->length[m] : reach, before = made.edge[made.n];
        if (!(edge > before) || edge > reach)
            continue;
        made.nodes[made.n] = count_of(all * (edge - before) / (2.0 * reach)) + 12;
        made.edge[++made.n] = edge;
    }
    return made;
}

int dia_quadrature_nodes(const dia_polynomial *p, int m, int in, double density, const dia_exact_regions *regions)
{
    const panels cuts = cut(p, m, in, density, regions);
    int sum = 0;
    for (int i = 0; i < cuts.n; i++)
        sum += cuts.nodes[i];
    return cuts.n > 0 ? sum : count_of(density * in);
}

/* Nodes and weights of n points from a to b: eigenvalues of the Jacobi matrix of Legendre polynomials (G. H. Golub, J. H. Welsch,
 * Math. Comput. 23, 221 (1969)). */
static bool legendre(int n, double a, double b, double *node, double *weight)
{
    const size_t size = (size_t)n;
    double *A = calloc(size * (size + 1) / 2 + size * size + dia_eigen_work(n), sizeof *A),
           *U = A + size * (size + 1) / 2;
    if (A == NULL)
        return false;
    for (int k = 1; k < n; k++)
        A[k * (k + 1) / 2 + k - 1] = k / sqrt(4.0 * k * k - 1.0);
    const bool found = dia_eigen_packed(n, A, node, U, U + size * size);
    for (int g = 0; g < n; g++) {
        weight[g] = U[g] * U[g] * (b - a);
        node[g] = 0.5 * (a + b) + 0.5 * (b - a) * node[g];
    }
    free(A);
    return found;
}

static bool find_panels(const panels *cuts, int in, int out, double *node, double *transform)
{
    double *weight = malloc((size_t)out * sizeof *weight);
    bool found = weight != NULL;
    for (int i = 0, g = 0; found && i < cuts->n; g += cuts->nodes[i], i++)
        found = legendre(cuts->nodes[i], cuts->edge[i], cuts->edge[i + 1], node + g, weight + g);
    for (int g = 0; found && g < out; g++) { /* the functions, upwards in n */
        const double x = node[g];
        double last = 0.0, now = pow(DIA_PI, -0.25) * exp(-0.5 * x * x) * sqrt(weight[g]);
        for (int n = 0; n < in; n++) {
            transform[n * out + g] = now;
            const double next = sqrt(2.0 / (n + 1.0)) * x * now - sqrt(n / (n + 1.0)) * last;
            last = now;
            now = next;
        }
    }
    free(weight);
    return found;
}

/* ---- making one ---------------------------------------------------------------------------------- */

static dia_status reserve(dia_quadrature *q, double density)
{
    const dia_product *product = q->product;
    const size_t nmode = (size_t)q->nmode, n = (size_t)product->polynomial->nstate;
    q->in = malloc(nmode * sizeof *q->in);
    q->out = malloc(nmode * sizeof *q->out);
    q->transform = calloc(nmode, sizeof *q->transform);
    q->node = calloc(nmode, sizeof *q->node);
    if (q->in == NULL || q->out == NULL || q->transform == NULL || q->node == NULL)
        return DIA_ERROR_MEMORY;
    q->points = 1;
    for (size_t m = 0; m < nmode; m++) {
        q->in[m] = product->basis->most[m] + 1;
        const panels cuts = cut(product->polynomial, (int)m, q->in[m], density, q->regions);
        q->out[m] = dia_quadrature_nodes(product->polynomial, (int)m, q->in[m], density, q->regions);
        q->points *= (size_t)q->out[m];
        q->node[m] = malloc((size_t)q->out[m] * sizeof(double));
        q->transform[m] = malloc((size_t)(q->in[m] * q->out[m]) * sizeof(double));
        if (q->node[m] == NULL || q->transform[m] == NULL ||
            !(cuts.n > 0 ? find_panels(&cuts, q->in[m], q->out[m], q->node[m], q->transform[m])
                         : find_nodes(q->in[m], q->out[m], q->node[m], q->transform[m])))
            return DIA_ERROR_MEMORY;
    }
    q->scratch_each = 2 * nmode + n * (n + 1) / 2 + n + n * n + 2 * n + dia_eigen_work((int)n);
    q->slope = malloc(nmode * sizeof *q->slope);
    q->index = malloc((size_t)product->threads * nmode * sizeof *q->index);
    if (q->slope == NULL || q->index == NULL)
        return DIA_ERROR_MEMORY;
    for (size_t m = 0; m < nmode; m++)
        q->slope[m] = dia_largest(product->polynomial->npacked,
                                  product->polynomial->linear + m * (size_t)product->polynomial->npacked);
    q->parts = (int)pow(CELLS, 1.0 / q->nmode);
    q->from = malloc(q->points * 2 * n * sizeof(double));
    q->to = malloc(q->points * 2 * n * sizeof(double));
    q->partial = malloc((q->points / CHUNK + 1) * (size_t)q->channels * n * sizeof(double));
    q->scratch = malloc((size_t)product->threads * q->scratch_each * sizeof(double));
    return q->from != NULL && q->to != NULL && q->partial != NULL && q->scratch != NULL ? DIA_OK : DIA_ERROR_MEMORY;
}

dia_status dia_quadrature_create(dia_quadrature *quadrature, const dia_product *product, double density,
                                 const dia_exact_regions *regions, dia_error *error)
{
    *quadrature = (dia_quadrature){.product = product,
                                   .nmode = product->polynomial->nmode,
                                   .width = 2 * product->polynomial->nstate,
                                   .regions = regions,
                                   .channels = regions != NULL ? regions->n + 1 : 1};
    if (reserve(quadrature, density) == DIA_OK)
        return DIA_OK;
    dia_quadrature_free(quadrature);
    return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for a quadrature in %d modes",
                         product->polynomial->nmode);
}

void dia_quadrature_free(dia_quadrature *q)
{
    for (int m = 0; m < q->nmode; m++) {
        if (q->transform != NULL)
            free(q->transform[m]);
        if (q->node != NULL)
            free(q->node[m]);
    }
    free(q->transform);
    free(q->node);
    free(q->in);
    free(q->out);
    free(q->from);
    free(q->to);
    free(q->partial);
    free(q->scratch);
    free(q->slope);
    free(q->index);
    *q = (dia_quadrature){0};
}

/* ---- one mode after the other -------------------------------------------------------------------- */

typedef struct passage {
    const double *from, *matrix;
    double *to;
    int in, out, right; /* `right`: numbers behind this mode */
    bool back;
} passage;

static void pass_slice(void *context, int slice, int thread)
{
    const passage *p = context;
    (void)thread;
    const double *x = p->from + (size_t)slice * (size_t)(p->back ? p->out : p->in) * (size_t)p->right;
    double *y = p->to + (size_t)slice * (size_t)(p->back ? p->in : p->out) * (size_t)p->right;
    if (p->back)
        dia_matrix_multiply(p->in, p->right, p->out, 1.0, p->matrix, false, x, false, 0.0, y);
    else
        dia_matrix_multiply(p->out, p->right, p->in, 1.0, p->matrix, true, x, false, 0.0, y);
}

/* Mode m from functions to nodes, or back; the modes before it are nodes, those behind it functions. */
static void pass(dia_quadrature *q, int m, bool back)
{
    size_t left = 1, right = (size_t)q->width;
    for (int k = 0; k < m; k++)
        left *= (size_t)q->out[k];
    for (int k = m + 1; k < q->nmode; k++)
        right *= (size_t)q->in[k];
    passage p = {q->from, q->transform[m], q->to, q->in[m], q->out[m], (int)right, back};
    dia_team_run(q->product->threads, (int)left, pass_slice, &p);
    double *swap = q->from;
    q->from = q->to;
    q->to = swap;
}

/* Place of function f in the box of all functions. */
static size_t place(const dia_quadrature *q, int f)
{
    const uint16_t *n = q->product->basis->quanta + (size_t)f * (size_t)q->nmode;
    size_t at = 0;
    for (int m = 0; m < q->nmode; m++)
        at = at * (size_t)q->in[m] + n[m];
    return at * (size_t)q->width;
}

/* psi on all nodes, in q->from. */
static void to_nodes(dia_quadrature *q, const double *psi)
{
    size_t box = (size_t)q->width;
    for (int m = 0; m < q->nmode; m++)
        box *= (size_t)q->in[m];
    memset(q->from, 0, box * sizeof *q->from);
    for (int f = 0; f < q->product->basis->count; f++)
        memcpy(q->from + place(q, f), psi + (size_t)f * (size_t)q->width, (size_t)q->width * sizeof *psi);
    for (int m = 0; m < q->nmode; m++)
        pass(q, m, false);
}

/* And back, as far as the basis goes. */
static void from_nodes(dia_quadrature *q, double *psi)
{
    for (int m = q->nmode - 1; m >= 0; m--)
        pass(q, m, true);
    for (int f = 0; f < q->product->basis->count; f++)
        memcpy(psi + (size_t)f * (size_t)q->width, q->from + place(q, f), (size_t)q->width * sizeof *psi);
}

/* ---- states at the nodes ------------------------------------------------------------------------- */

typedef struct local {
    dia_quadrature *q;
    const double *reference; /* (n, n) states whose signs are taken; NULL: only populations are wanted */
} local;

/* U (n, n) at a point; parts of the scratch of a thread. */
static double *solve(const dia_quadrature *q, const double *Q, double *scratch)
{
    const int n = q->width / 2;
    double *H = scratch, *E = H + n * (n + 1) / 2, *U = E + n;
    dia_polynomial_value(q->product->polynomial, Q, H);
    (void)dia_eigen_packed(n, H, E, U, U + n * n + 2 * n); /* a polynomial is finite */
    return U;
}

/* z (n, 2), of adiabatic states with the signs of `reference` (n, n): signs of the columns of U. */
static void take_signs(int n, const double *U, const double *reference, double *z)
{
    for (int k = 0; k < n; k++) {
        double overlap = 0.0;
        for (int i = 0; i < n; i++)
            overlap += U[i * n + k] * reference[i * n + k];
        for (int part = 0; overlap < 0.0 && part < 2; part++)
            z[2 * k + part] = -z[2 * k + part];
    }
}

static void add_populations(int n, const double *U, const double *x, double weight, double *z, double *population)
{
    dia_amplitudes_adiabatic(n, U, x, z);
    for (int k = 0; k < n; k++)
        population[k] += weight * (z[2 * k] * z[2 * k] + z[2 * k + 1] * z[2 * k + 1]);
}

/* Width of the cell of node i of mode m: between the middles to its neighbours. */
static double cell(const dia_quadrature *q, int m, int i, double *middle)
{
    const double *node = q->node[m];
    const int last = q->out[m] - 1;
    const double below = i > 0 ? node[i] - node[i - 1] : node[1] - node[0];
    const double above = i < last ? node[i + 1] - node[i] : node[last] - node[last - 1];
    *middle = node[i] + 0.25 * (above - below);
    return 0.5 * (above + below);
}

/* Could two states meet within the cell of this point? E (n) is in the scratch of `solve`. */
static bool near_crossing(const dia_quadrature *q, const int *index, const double *E)
{
    double change = 0.0, middle;
    for (int m = 0; m < q->nmode; m++)
        change += q->slope[m] * cell(q, m, index[m], &middle);
    for (int k = 0; k + 1 < q->width / 2; k++)
        if (E[k + 1] - E[k] < 3.0 * change)
            return true;
    return false;
}

/* Adiabatic states turn by a finite angle around an intersection, however near, so the states of a point do not stand for its
 * cell: the populations are averaged over `q->parts` points of the cell in each mode, with the wave function of the node. */
static void average(const dia_quadrature *q, const int *index, const double *x, double *Q, double *scratch, double *z,
                    double *population)
{
    int count = 1;
    for (int m = 0; m < q->nmode; m++)
        count *= q->parts;
    for (int c = 0; c < count; c++) {
        for (int m = 0, rest = c; m < q->nmode; m++, rest /= q->parts) {
            double middle;
            const double width = cell(q, m, index[m], &middle);
            Q[m] = middle + width * ((rest % q->parts + 0.5) / q->parts - 0.5);
        }
        add_populations(q->width / 2, solve(q, Q, scratch), x, 1.0 / count, z, population);
    }
}

/* The channel of a point Q; R (nmode): room. */
static int channel_of(const dia_quadrature *q, const double *Q, double *R)
{
    const dia_polynomial *p = q->product->polynomial;
    if (q->regions == NULL)
        return 0;
    for (int m = 0; m < q->nmode; m++)
        R[m] = p->reference[m] + p->length[m] * Q[m];
    const int region = dia_exact_regions_at(q->regions, R);
    return region >= 0 ? region : q->channels - 1;
}

static void work_chunk(void *context, int chunk, int thread)
{
    const local *l = context;
    dia_quadrature *q = l->q;
    const int n = q->width / 2;
    double *Q = q->scratch + (size_t)thread * q->scratch_each, *R = Q + q->nmode, *scratch = R + q->nmode,
           *z = scratch + n * (n + 1) / 2 + n + n * n,
           *populations = q->partial + (size_t)chunk * (size_t)(q->channels * n);
    int *index = q->index + (size_t)thread * (size_t)q->nmode;
    const size_t begin = (size_t)chunk * CHUNK, end = begin + CHUNK < q->points ? begin + CHUNK : q->points;
    memset(populations, 0, (size_t)(q->channels * n) * sizeof *populations);
    for (size_t g = begin; g < end; g++) {
        double *x = q->from + g * (size_t)q->width;
        size_t rest = g;
        for (int m = q->nmode - 1; m >= 0; m--) {
            index[m] = (int)(rest % (size_t)q->out[m]);
            Q[m] = q->node[m][index[m]];
            rest /= (size_t)q->out[m];
        }
        const double *U = solve(q, Q, scratch);
        double *population = populations + channel_of(q, Q, R) * n;
        if (l->reference != NULL) {
            memcpy(z, x, (size_t)q->width * sizeof *z);
            take_signs(n, U, l->reference, z);
            dia_amplitudes_diabatic(n, U, z, x);
        } else if (dia_dot(q->width, x, x) > 1e-8 / CELLS && near_crossing(q, index, scratch + n * (n + 1) / 2)) {
            average(q, index, x, Q, scratch, z, population);
        } else {
            add_populations(n, U, x, 1.0, z, population);
        }
    }
}

static int chunk_count(const dia_quadrature *q)
{
    return (int)((q->points + CHUNK - 1) / CHUNK);
}

void dia_quadrature_adiabatic(dia_quadrature *q, const double *psi, double *population, double *outcome)
{
    const int n = q->width / 2;
    const size_t each = (size_t)q->channels * (size_t)n;
    local l = {.q = q};
    to_nodes(q, psi);
    dia_team_run(q->product->threads, chunk_count(q), work_chunk, &l);
    memset(population, 0, (size_t)n * sizeof *population);
    for (size_t i = 0; outcome != NULL && i < each; i++)
        outcome[i] = 0.0;
    for (size_t c = 0; c < (size_t)chunk_count(q); c++)
        for (size_t i = 0; i < each; i++) {
            population[i % (size_t)n] += q->partial[c * each + i];
            if (outcome != NULL)
                outcome[i] += q->partial[c * each + i];
        }
}

void dia_quadrature_turn(dia_quadrature *q, const double *Q, double *psi)
{
    const int n = q->width / 2;
    to_nodes(q, psi);
    double *reference = q->to; /* nobody uses it until the way back */
    memcpy(reference, solve(q, Q, q->scratch + 2 * q->nmode), (size_t)(n * n) * sizeof *reference);
    local l = {.q = q, .reference = reference};
    dia_team_run(q->product->threads, chunk_count(q), work_chunk, &l);
    from_nodes(q, psi);
}
