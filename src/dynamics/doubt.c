/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The disagreement of a committee along trajectories.
 *
 * At a look the flown network is compared with other members in quantities that do not depend on the diabatic basis: the energy
 * of the active state, its gap to the nearest other state, the active gradient, and the probability of a hop. With d_l
 * the difference from member l at its latest look, the spread is sqrt(mean over l of d_l^2/2): half the mean square of the
 * difference of two members is the variance. It needs no more than what the step has computed, and one evaluation of each
 * member that is asked.
 *
 * The probability is that of one passage of a crossing, from quantities of one geometry: exp(-pi gap^2 / (4 |<a|dH/dt|k>|)), the largest of
 * all states k (Landau and Zener in adiabatic terms: Desouter-Lecomte, Lorquet, J. Chem. Phys. 71, 4391 (1979)). Next to nothing
 * beyond a gap of 1 eV, where it is not computed.
 *
 * States closer than 20 meV are arbitrary up to a rotation: of them the mean gradient is compared. */
#include "dynamics/doubt.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "dynamics/internal.h"
#include "model/committee.h"

static const double hop_gap = 1.0 * DIA_EV, degenerate = 0.02 * DIA_EV;

enum { ASK_IN_TURN, ASK_ALL };
enum { GO_ON, END };

#define SETTINGS struct dia_committee_watch
const dia_option dia_doubt_options[] = {
    DIA_INT(SETTINGS, every, "0", "time steps from one look to the next; 0: never", DIA_RANGE(0, 1e9)),
    DIA_CHOICE(SETTINGS, ask, "in_turn|all", "in_turn", "at a look one of the other members, each in its turn; or all"),
    DIA_REAL(SETTINGS, limit, DIA_ENERGY, "0.2 eV",
             "a trajectory is uncertain from the first sample at which the calibrated error (one sigma) of the active "
             "energy, or of its gap to the nearest state, is larger",
             DIA_RANGE(1e-9, 1e6)),
    DIA_CHOICE(SETTINGS, beyond, "fly|end", "fly", "what it does then: it is marked and flies on, or it ends there"),
    {.key = NULL}};

struct dia_doubt {
    int n;                               /* other members */
    const dia_model **other;             /* (n) borrowed                                */
    dia_tape **tape, *own;               /* (n); of the flown network                   */
    const dia_calibration *calibration;  /* NULL: none; borrowed                    */
    double *R, *V, *W, *G;               /* (capacity, ...) of those that are asked about */
    dia_frame frame;                     /* (capacity) of the member, in the order of the flying ones */
    double *own_H, *own_dH, *dH, *own_G; /* (capacity, ...) of rows with a small gap */
    double *work, *pair;                 /* of eigenproblems; (npacked) */
    int *row;             /* (capacity) 0, 1, 2, ...                                                    */
    int *close, *own_row; /* (capacity) rows with a small gap: places in the list of flying ones, on the tape */
    int *place, *request; /* (capacity) those of them whose gradient is asked for: which, and on the tape     */
};

/* In the memory of a trajectory: squares of the differences from each member. */
static double *squares(const dia_block *s, int b, int l)
{
    return dia_block_memory(s, ROW_DOUBT, b) + l * DIA_DOUBTS;
}

/* ---- making ---------------------------------------------------------------------------------- */

/* The network that gives the numbers is not asked again. */
static bool is_flown(const dia_model *committee, const dia_model *member)
{
    return dia_model_flown(committee) == member;
}

static int others(const dia_model *model)
{
    int n = 0;
    for (int k = 0; k < dia_model_members(model); k++)
        n += !is_flown(model, dia_model_member(model, k));
    return n;
}

dia_status dia_doubt_fits(const dia_dynamics *dynamics, const dia_model *model, dia_error *error)
{
    if (dynamics->committee.every == 0 || dia_model_members(model) > 1)
        return DIA_OK;
    return dia_error_set(error, DIA_ERROR_INPUT,
                         "dynamics.committee: the model is no committee of two or more members; `diabolo train` with "
                         "`committee: {members: 4}` makes one");
}

size_t dia_doubt_width(const dia_dynamics *dynamics, const dia_model *model)
{
    return dynamics->committee.every > 0 ? (size_t)others(model) * DIA_DOUBTS : 0;
}

static dia_status make_tapes(struct dia_doubt *d, const dia_model *model, int capacity, dia_error *error)
{
    dia_status status = dia_tape_create_hermitian(&d->own, model, capacity, capacity, error);
    for (int k = 0; k < dia_model_members(model) && status == DIA_OK; k++) {
        const dia_model *member = dia_model_member(model, k);
        if (is_flown(model, member))
            continue;
        d->other[d->n] = member;
        status = dia_tape_create_hermitian(&d->tape[d->n], member, capacity, capacity, error);
        d->n += status == DIA_OK;
    }
    return status;
}

dia_status dia_doubt_create(struct dia_doubt **doubt, const dia_block *s, dia_error *error)
{
    const size_t B = (size_t)s->capacity, nc = (size_t)s->ncart, n = (size_t)s->nstate, np = (size_t)s->npacked;
    *doubt = NULL;
    if (s->dynamics->committee.every == 0)
        return DIA_OK;
    dia_status status = dia_doubt_fits(s->dynamics, s->model, error);
    if (status != DIA_OK)
        return status;
    struct dia_doubt *d = *doubt = dia_allocate(1, sizeof *d);
    if (d == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory to watch a committee");
    const size_t room = (size_t)others(s->model) + 1;
    struct {
        double **array;
        size_t width;
    } arrays[] = {
        {&d->R, nc},    {&d->V, nc}, {&d->frame.H, np}, {&d->frame.E, n}, {&d->frame.U, dia_frame_matrix(&s->frame)},
        {&d->W, np},    {&d->G, nc}, {&d->own_H, np},   {&d->own_dH, np}, {&d->dH, np},
        {&d->own_G, nc}};
    bool good = true;
    d->frame.nstate = s->nstate;
    d->frame.hermitian = s->frame.hermitian;
    for (size_t i = 0; i < sizeof arrays / sizeof arrays[0]; i++)
        good = (*arrays[i].array = dia_allocate(B * arrays[i].width, sizeof(double))) != NULL && good;
    d->work = dia_allocate(dia_frame_work(s->nstate), sizeof *d->work);
    d->pair = dia_allocate(np, sizeof *d->pair);
    d->row = dia_allocate(5 * B, sizeof *d->row);
    d->other = dia_allocate(room, sizeof *d->other);
    d->tape = dia_allocate(room, sizeof *d->tape);
    if (!good || d->work == NULL || d->pair == NULL || d->row == NULL || d->other == NULL || d->tape == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory to watch a committee");
    d->close = d->row + B;
    d->place = d->close + B;
    d->own_row = d->place + B;
    d->request = d->own_row + B;
    for (int b = 0; b < s->capacity; b++)
        d->row[b] = b;
    d->calibration = dia_model_calibration(s->model);
    return make_tapes(d, s->model, s->capacity, error);
}

void dia_doubt_free(struct dia_doubt *d)
{
    if (d == NULL)
        return;
    for (int l = 0; l < d->n; l++)
        dia_tape_free(d->tape[l]);
    dia_tape_free(d->own);
    double *const arrays[] = {d->R,     d->V,      d->frame.H, d->frame.E, d->frame.U, d->W,   d->G,
                              d->own_H, d->own_dH, d->dH,      d->own_G,   d->work,    d->pair};
    for (size_t i = 0; i < sizeof arrays / sizeof arrays[0]; i++)
        free(arrays[i]);
    free(d->row);
    free(d->other);
    free(d->tape);
    free(d);
}

/* ---- a look ---------------------------------------------------------------------------------- */

/* The state nearest in energy; -1: there is no other. */
static int nearest(int n, const double *E, int a)
{
    int best = -1;
    for (int k = a - 1; k <= a + 1; k += 2)
        if (k >= 0 && k < n && (best < 0 || fabs(E[k] - E[a]) < fabs(E[best] - E[a])))
            best = k;
    return best;
}

static double gap_of(int n, const double *E, int a)
{
    const int k = nearest(n, E, a);
    return k >= 0 ? fabs(E[k] - E[a]) : (double)INFINITY;
}

/* The largest probability of a passage to a state k, with u_a^T dH/dt u_k. */
static double passage(const dia_frame *frame, int b, const double *dH, int a)
{
    const int n = frame->nstate;
    const double *E = frame->E + b * n;
    double largest = 0.0;
    for (int k = 0; k < n; k++) {
        double h[2];
        dia_frame_element(frame, b, dH, a, k, h);
        if (k != a)
            largest = fmax(largest, dia_passage_probability(E[k] - E[a], hypot(h[0], h[1])));
    }
    return largest;
}

/* Weight of the gradient that is compared: of the active state, or the mean of two that are nearly degenerate. */
static void gradient_weight(struct dia_doubt *d, const dia_frame *frame, int b, int a, int other, double *W)
{
    dia_weight_pair(frame, b, a, a, W);
    if (other < 0)
        return;
    dia_weight_pair(frame, b, other, other, d->pair);
    for (size_t i = 0; i < dia_frame_packed(frame); i++)
        W[i] = 0.5 * (W[i] + d->pair[i]);
}

/* Are states a and k so close, in the flown network or in the other, that their gradients are compared as one? */
static bool merged(const dia_block *s, const struct dia_doubt *d, int q, int a, int k)
{
    const double *E = s->frame.E + (size_t)s->scratch->flying[q] * (size_t)s->nstate,
                 *F = d->frame.E + (size_t)q * (size_t)s->nstate;
    return k >= 0 && (fabs(E[k] - E[a]) < degenerate || fabs(F[k] - F[a]) < degenerate);
}

/* H of member l at all flying rows, its states. */
static dia_status ask_states(const dia_block *s, struct dia_doubt *d, int l)
{
    const struct dia_block_scratch *w = s->scratch;
    const size_t nc = (size_t)s->ncart;
    for (int q = 0; q < w->nflying; q++)
        memcpy(d->R + (size_t)q * nc, s->R + (size_t)w->flying[q] * nc, nc * sizeof *d->R);
    d->frame.batch = w->nflying;
    const dia_status status = dia_model_hamiltonian(d->other[l], d->tape[l], w->nflying, d->R, d->frame.H);
    return status == DIA_OK ? dia_frame_solve(&d->frame, d->work) : status;
}

/* Then its active gradients. */
static dia_status ask_gradients(const dia_block *s, struct dia_doubt *d, int l)
{
    const struct dia_block_scratch *w = s->scratch;
    const size_t n = (size_t)s->nstate, np = (size_t)s->npacked;
    for (int q = 0; q < w->nflying; q++) {
        const int b = w->flying[q], a = s->active[b], k = nearest(s->nstate, s->frame.E + (size_t)b * n, a);
        gradient_weight(d, &d->frame, q, a, merged(s, d, q, a, k) ? k : -1, d->W + (size_t)q * np);
    }
    return dia_model_contract(d->other[l], d->tape[l], w->nflying, d->row, d->W, d->G);
}

/* Rows where a hop may happen, *n of them, as places in the list of flying ones, and of these *m where the force of the step is not
 * the gradient to compare. The flown network is asked for dH/dt, and for those gradients. */
static dia_status ask_close(const dia_block *s, struct dia_doubt *d, int l, int *n, int *m)
{
    const struct dia_block_scratch *w = s->scratch;
    const size_t nc = (size_t)s->ncart, ns = (size_t)s->nstate, np = (size_t)s->npacked;
    const bool mean_field = s->dynamics->hop->mean_field != NULL;
    const bool whole = w->piece == 0; /* then the tape of the step holds all of them; of a divided step only some */
    dia_tape *tape = whole ? w->tape : d->own;
    *n = *m = 0;
    for (int q = 0; q < w->nflying; q++) {
        const int b = w->flying[q], a = s->active[b];
        const double *E = s->frame.E + (size_t)b * ns;
        const int k = nearest(s->nstate, E, a);
        const double gap = fmin(gap_of(s->nstate, E, a), gap_of(s->nstate, d->frame.E + (size_t)q * ns, a));
        if (gap >= hop_gap && !mean_field)
            continue;
        memcpy(d->R + (size_t)*n * nc, s->R + (size_t)b * nc, nc * sizeof *d->R);
        memcpy(d->V + (size_t)*n * nc, s->V + (size_t)b * nc, nc * sizeof *d->V);
        if (mean_field || merged(s, d, q, a, k)) {
            gradient_weight(d, &s->frame, b, a, merged(s, d, q, a, k) ? k : -1, d->W + (size_t)*m * np);
            d->request[*m] = whole ? w->tape_row[b] : *n;
            d->place[(*m)++] = *n;
        }
        d->own_row[*n] = whole ? w->tape_row[b] : *n;
        d->close[(*n)++] = q;
    }
    dia_status status = whole ? DIA_OK : dia_model_hamiltonian(s->model, tape, *n, d->R, d->own_H);
    if (status == DIA_OK)
        status = dia_model_contract(s->model, tape, *m, d->request, d->W, d->own_G);
    if (status == DIA_OK)
        status = dia_model_derivative(s->model, tape, *n, d->own_row, d->V, d->own_dH);
    return status == DIA_OK ? dia_model_derivative(d->other[l], d->tape[l], *n, d->close, d->V, d->dH) : status;
}

static double mean_square(int n, const double *x, const double *y)
{
    double sum = 0.0;
    for (int c = 0; c < n; c++)
        sum += (x[c] - y[c]) * (x[c] - y[c]);
    return sum / n;
}

static dia_status compare_states(const dia_block *s, struct dia_doubt *d, int l)
{
    const size_t n = (size_t)s->nstate;
    const dia_status status = ask_states(s, d, l);
    for (int q = 0; status == DIA_OK && q < s->scratch->nflying; q++) {
        const int b = s->scratch->flying[q], a = s->active[b];
        const double *E = s->frame.E + (size_t)b * n, *F = d->frame.E + (size_t)q * n;
        const int k = nearest(s->nstate, E, a);
        const double gap = k >= 0 ? (F[k] - F[a]) - (E[k] - E[a]) : 0.0;
        double *x = squares(s, b, l);
        x[DIA_DOUBT_ENERGY] = (F[a] - E[a]) * (F[a] - E[a]);
        x[DIA_DOUBT_GAP] = gap * gap;
    }
    return status;
}

/* Of the same member, after its states. */
static dia_status compare_derivatives(const dia_block *s, struct dia_doubt *d, int l)
{
    const struct dia_block_scratch *w = s->scratch;
    const size_t nc = (size_t)s->ncart, np = (size_t)s->npacked;
    int nclose, nown;
    dia_status status = ask_gradients(s, d, l);
    for (int q = 0; status == DIA_OK && q < w->nflying; q++) {
        double *x = squares(s, w->flying[q], l);
        x[DIA_DOUBT_GRADIENT] = mean_square(s->ncart, d->G + (size_t)q * nc, s->G + (size_t)w->flying[q] * nc);
        x[DIA_DOUBT_HOP] = 0.0;
    }
    if (status == DIA_OK)
        status = ask_close(s, d, l, &nclose, &nown);
    for (size_t m = 0; status == DIA_OK && m < (size_t)nclose; m++) {
        const size_t q = (size_t)d->close[m];
        const int b = w->flying[q], a = s->active[b];
        const double p = passage(&s->frame, b, d->own_dH + m * np, a),
                     o = passage(&d->frame, (int)q, d->dH + m * np, a);
        squares(s, b, l)[DIA_DOUBT_HOP] = (p - o) * (p - o);
    }
    for (size_t i = 0; status == DIA_OK && i < (size_t)nown; i++) {
        const size_t q = (size_t)d->close[d->place[i]];
        squares(s, w->flying[q], l)[DIA_DOUBT_GRADIENT] = mean_square(s->ncart, d->G + q * nc, d->own_G + i * nc);
    }
    return status;
}

dia_status dia_doubt_look(dia_block *s)
{
    struct dia_doubt *d = s->scratch->doubt;
    dia_status status = DIA_OK;
    if (d == NULL || s->scratch->nflying == 0 || s->step % s->dynamics->committee.every != 0)
        return DIA_OK;
    const long look = s->step / s->dynamics->committee.every;
    for (int l = 0; l < d->n && status == DIA_OK; l++) {
        const bool turn = s->step == 0 || look % d->n == l;
        if (turn || s->dynamics->committee.ask == ASK_ALL)
            status = compare_states(s, d, l);
        if (turn && status == DIA_OK)
            status = compare_derivatives(s, d, l);
    }
    return status;
}

/* ---- answers --------------------------------------------------------------------------------- */

bool dia_block_doubt(const dia_block *s, int b, double doubt[DIA_DOUBTS])
{
    const struct dia_doubt *d = s->scratch->doubt;
    const double gap = gap_of(s->nstate, s->frame.E + b * s->nstate, s->active[b]);
    if (d == NULL)
        return false;
    for (int i = 0; i < DIA_DOUBTS; i++) {
        double sum = 0.0;
        for (int l = 0; l < d->n; l++)
            sum += squares(s, b, l)[i];
        doubt[i] = sqrt(0.5 * sum / d->n);
    }
    doubt[DIA_DOUBT_ENERGY] =
        dia_calibration_limit(d->calibration, DIA_CALIBRATED_ENERGY, gap, doubt[DIA_DOUBT_ENERGY], 0);
    doubt[DIA_DOUBT_GAP] = dia_calibration_limit(d->calibration, DIA_CALIBRATED_GAP, gap, doubt[DIA_DOUBT_GAP], 0);
    doubt[DIA_DOUBT_GRADIENT] =
        dia_calibration_limit(d->calibration, DIA_CALIBRATED_GRADIENT, gap, doubt[DIA_DOUBT_GRADIENT], 0);
    doubt[DIA_DOUBT_HOP] =
        gap < hop_gap
            ? fmin(1.0, dia_calibration_limit(d->calibration, DIA_CALIBRATED_HOP, gap, doubt[DIA_DOUBT_HOP], 0))
            : 0.0;
    return true;
}

bool dia_doubt_ends(const dia_block *s, int b)
{
    double x[DIA_DOUBTS];
    const double limit = s->dynamics->committee.limit;
    return s->dynamics->committee.every > 0 && s->dynamics->committee.beyond == END && dia_block_doubt(s, b, x) &&
           (x[DIA_DOUBT_ENERGY] > limit || x[DIA_DOUBT_GAP] > limit);
}
