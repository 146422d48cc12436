/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Landau-Zener hops at the minima in time of adiabatic gaps Z = E_l - E_k, l = k+1.
 *
 * H is smooth in time where adiabatic energies are not. So the path through a step is that of H: the cubic with its values and
 * its rates at both ends (Hermite; error of fourth order). The minima of Z on that path are found however long the step is,
 * if they are NODES to a step apart, and each costs eigenvalues of small matrices, no call of the model. At the minimum,
 * with h = u_k^T (dH/dt) u_l,
 *
 *   coupling   P = exp(-(pi/4) Z^2/|h|)
 *       Landau, Zener: two diabats with coupling c and a difference that changes at the rate w have Z = 2c and h = w/2
 *       where they cross: P = exp(-2 pi c^2/w). h is 0 and P is 0 for states that do not couple along the path; where
 *       they exchange their places within rounding, P is 1.
 *   gap        P = exp(-(pi/2) sqrt(Z^3/Z''))
 *       Belyaev, Lebedev, PRA 84, 014701 (2011), DOI 10.1103/PhysRevA.84.014701, eq. 6: for programs that know the
 *       gap alone. Z'' = 4 h^2/Z + ... (second-order perturbation theory, below): without the rest both are the same. Every
 *       minimum counts as an avoided crossing, also of states that do not couple.
 *   zhu_nakamura   P = exp(-(pi/4a) sqrt(2/(b^2 + sqrt|b^4 +- 1|)))
 *       Zhu, Nakamura, Adv. Chem. Phys. 117, 127 (2001), DOI 10.1002/9780470141731.ch3: right near and below the energy of
 *       the crossing too; + for slopes F of one sign, - for opposite ones, with F the slopes of the two diabats along the path,
 *       the mean of the adiabatic ones +- h, dE the energy above the crossing, in a coordinate of mass m along the path:
 *       a^2 = sqrt|F_1 F_2| |F_1 - F_2|/(2 m Z^3), b^2 = dE |F_1 - F_2|/(sqrt|F_1 F_2| Z). Far above it is `coupling`.
 *
 * The adiabatic state is followed from minimum to minimum, with a random number at each; the state at the end of the step
 * is proposed. A hop changes the momentum, and after it the gap may fall a little further to a second minimum. That belongs to
 * the passage that has been decided: a gap that was hopped across counts again only after it has risen. (Otherwise the number
 * of hops would grow without bound as the step is made smaller: at the minimum itself half of all changes of the momentum
 * let the gap fall.) The method needs no amplitudes; they are propagated only for their populations. */
#include <math.h>
#include <string.h>

#include "diabolo/extend.h"

enum { COUPLING, GAP, ZHU_NAKAMURA };
/* Nodes at which the rate of the gap is looked at in a step that holds a minimum; halvings that locate it. */
enum { NODES = 16, HALVINGS = 60 };

typedef struct landau_zener {
    int probability;
} landau_zener;

static const dia_option landau_zener_options[] = {
    DIA_CHOICE(landau_zener, probability, "coupling|gap|zhu_nakamura", "coupling",
               "of a hop at a minimum of the gap: Landau-Zener with the coupling along the path, Belyaev-Lebedev "
               "by the gap alone, which hops between uncoupled states too, or Zhu-Nakamura"),
    {.key = NULL},
};

/* ---- the path of H through a step ------------------------------------------------------------ */

typedef struct path { /* of one trajectory */
    int n, p, m;      /* states; doubles of H, and of U */
    bool hermitian;
    double dt;
    const double *H0, *H1, *D0, *D1; /* (npacked) H, dH/dt at t and t+dt          */
    const double *U0, *U1;           /* states there, in columns              */
    const int *origin;               /* NULL: U0 is in the order of energies      */
    double *H, *E, *work;            /* of an inner time                          */
    double total;                    /* kinetic and potential energy              */
    int state;                       /* on which it moves at present              */
} path;

typedef struct node {  /* a time of the path, of two states k and k+1 */
    double time, rate; /* from t; dZ/dt    */
    double *U;         /* states there */
} node;

static dia_frame states(const path *p, const double *U)
{
    return (dia_frame){.batch = 1, .nstate = p->n, .U = (double *)U, .hermitian = p->hermitian}; /* read only */
}

/* |u_k^H A u_l|; of k == l with its sign. */
static double element(const path *p, const double *U, const double *A, int k, int l)
{
    const dia_frame frame = states(p, U);
    double z[2];
    dia_frame_element(&frame, 0, A, k, l, z);
    return k == l ? z[0] : hypot(z[0], z[1]);
}

/* Derivative number `order` of the cubic at `time`, -> A. */
static void cubic(const path *p, double time, int order, double *A)
{
    const double x = time / p->dt, T = p->dt;
    double a, c, d; /* factors of H1 - H0, dt D0, dt D1; that of H0 is 1 */
    if (order == 0) {
        a = x * x * (3.0 - 2.0 * x);
        c = x * (1.0 - x) * (1.0 - x);
        d = x * x * (x - 1.0);
    } else if (order == 1) {
        a = 6.0 * x * (1.0 - x) / T;
        c = (1.0 - x) * (1.0 - 3.0 * x) / T;
        d = x * (3.0 * x - 2.0) / T;
    } else {
        a = (6.0 - 12.0 * x) / (T * T);
        c = (6.0 * x - 4.0) / (T * T);
        d = (6.0 * x - 2.0) / (T * T);
    }
    for (int i = 0; i < p->p; i++)
        A[i] = (order == 0 ? p->H0[i] : 0.0) + a * (p->H1[i] - p->H0[i]) + T * (c * p->D0[i] + d * p->D1[i]);
}

static double gap_rate(const path *p, const double *U, const double *D, int k)
{
    return element(p, U, D, k + 1, k + 1) - element(p, U, D, k, k);
}

static void look(const path *p, double time, int k, node *at)
{
    dia_frame frame = {1, p->n, p->H, p->E, at->U, p->hermitian};
    cubic(p, time, 0, p->H);
    (void)dia_frame_solve(&frame, p->work);
    cubic(p, time, 1, p->H);
    at->time = time;
    at->rate = gap_rate(p, at->U, p->H, k);
}

/* The state k at t, by energy, into U. */
static void first_node(const path *p, int k, node *at)
{
    for (int c = 0; c < p->n; c++) {
        int column = c;
        for (int o = 0; p->origin != NULL && o < p->n; o++)
            if (p->origin[o] == c)
                column = o;
        const int size = p->m / (p->n * p->n); /* of a number */
        for (int i = 0; i < p->n; i++)
            memcpy(at->U + (i * p->n + c) * size, p->U0 + (i * p->n + column) * size, (size_t)size * sizeof *at->U);
    }
    at->time = 0.0;
    at->rate = gap_rate(p, at->U, p->D0, k);
}

static void last_node(const path *p, int k, node *at)
{
    memcpy(at->U, p->U1, (size_t)p->m * sizeof *at->U);
    at->time = p->dt;
    at->rate = gap_rate(p, at->U, p->D1, k);
}

/* |<k|l>|^2 */
static double overlap(const path *p, const double *U, const double *W, int k, int l)
{
    const dia_frame first = states(p, U), last = states(p, W);
    double z[2];
    dia_frame_overlap(&first, &last, 0, k, l, z);
    return z[0] * z[0] + z[1] * z[1];
}

/* ---- a minimum ------------------------------------------------------------------------------- */

/* Z'' by second-order perturbation theory, H being at `time`: E'' = u^T H'' u + 2 sum h^2/(E - E'). */
static double curvature(const path *p, double time, const double *U, const double *E, int k, double *A)
{
    const int n = p->n;
    cubic(p, time, 2, A);
    double sum = gap_rate(p, U, A, k);
    cubic(p, time, 1, A);
    for (int l = 0; l < n; l++)
        for (int side = 0; side < 2; side++) {
            const int own = k + side;
            const double h = l == own ? 0.0 : element(p, U, A, own, l);
            if (h != 0.0)
                sum += (side == 1 ? 2.0 : -2.0) * h * h / (E[own] - E[l]);
        }
    return sum;
}

/* h: the coupling along the path, s: the mean rate of both energies; E of the minimum in p->E. The speed turns rates into
 * slopes: 2m becomes 4 kinetic energies. q = sqrt|F_1 F_2| is not divided by, so that it may be 0. */
static double zhu_nakamura(const path *p, int k, double Z, double h, double s)
{
    const double kinetic = p->total - p->E[p->state], above = p->total - 0.5 * (p->E[k] + p->E[k + 1]);
    const double q2 = s * s - h * h; /* > 0: slopes of one sign */
    const double a = h / (2.0 * kinetic * Z * Z * Z), b = 2.0 * h * above / Z;
    const double sum = b + sqrt(fabs(b * b + q2)); /* q^2 with the sign of the case */
    return kinetic > 0.0 && sum > 0.0 ? exp(-0.78539816339744831 * sqrt(2.0 / (a * sum))) : 0.0;
}

/* Probability to go over at a minimum of gap k between two nodes. `left`, `right`: replaced by closer ones. */
static double pass(const landau_zener *method, const path *p, int k, node *left, node *right, node *middle)
{
    for (int i = 0; i < HALVINGS; i++) {
        const double time = 0.5 * (left->time + right->time);
        if (!(time > left->time && time < right->time))
            break;
        look(p, time, k, middle);
        node *replaced = middle->rate < 0.0 ? left : right, keep = *replaced;
        *replaced = *middle;
        *middle = keep;
    }
    if (overlap(p, left->U, right->U, k, k + 1) > 0.5)
        return 1.0;
    look(p, right->time, k, middle); /* E, and the frame of it */
    const double Z = p->E[k + 1] - p->E[k];
    if (method->probability == GAP) {
        const double second = curvature(p, right->time, middle->U, p->E, k, p->H);
        return second > 0.0 ? exp(-1.57079632679489662 * Z * sqrt(Z / second)) : 0.0;
    }
    double size = 0.0;
    for (int i = 0; i < p->p; i++) /* p->H is dH/dt now */
        size += fabs(p->H[i]);
    const double h = element(p, middle->U, p->H, k, k + 1);
    if (!(h > 1e-12 * size)) /* rounding is no coupling */
        return 0.0;
    if (method->probability == COUPLING)
        return exp(-0.78539816339744831 * Z * Z / h);
    return zhu_nakamura(p, k, Z, h,
                        0.5 * (element(p, middle->U, p->H, k, k) + element(p, middle->U, p->H, k + 1, k + 1)));
}

/* ---- a step ---------------------------------------------------------------------------------- */

/* Can there be a minimum of gap k in the step: does it fall first and rise at the end, do the states mix much, or is the
 * mean of its rates not what it changes by? What the limits miss: of paths far rougher than those of dynamics
 * (three states whose elements are random cubics and cross several times in a step) 0.1 % of the final states differ from
 * those of a search in every step. (With 512 nodes instead of NODES 2.4 % differ.) */
static bool suspect(const path *p, int k, const node *first, const node *last, double Z0, double Z1)
{
    const double own = overlap(p, first->U, last->U, k, k), other = overlap(p, first->U, last->U, k + 1, k + 1);
    const double mean = 0.5 * (first->rate + last->rate), most = fmax(fabs(first->rate), fabs(last->rate));
    return (first->rate < 0.0 && last->rate >= 0.0) || own < 0.9 || other < 0.9 ||
           fabs((Z1 - Z0) / p->dt - mean) > 0.2 * most;
}

static path path_of(const dia_step_view *view, int b)
{
    const int n = view->nstate, p = (int)dia_frame_packed(view->after), m = (int)dia_frame_matrix(view->after);
    return (path){.n = n,
                  .p = p,
                  .m = m,
                  .hermitian = view->after->hermitian,
                  .dt = view->dt,
                  .H0 = view->before->H + b * p,
                  .H1 = view->after->H + b * p,
                  .D0 = view->dH_before + b * p,
                  .D1 = view->dH + b * p,
                  .U0 = view->before->U + b * m,
                  .U1 = view->after->U + b * m,
                  .origin = view->origin != NULL ? view->origin + b * n : NULL,
                  .H = view->work + 3 * m,
                  .E = view->work + 3 * m + n * n,
                  .work = view->work + 4 * m + n * n,
                  .total = view->kinetic[b] + view->after->E[b * n + view->active[b]]};
}

/* The first interval after the time `from` with a minimum of gap k; its ends in *left and *right. False: there is none. */
static bool next_minimum(const path *p, int k, double from, node *left, node *right)
{
    if (from <= 0.0)
        first_node(p, k, left);
    else
        look(p, from, k, left);
    for (int i = 1; i <= NODES; i++) {
        const double time = i * p->dt / NODES;
        if (time <= from)
            continue;
        if (i == NODES)
            last_node(p, k, right);
        else
            look(p, time, k, right);
        if (left->rate < 0.0 && right->rate >= 0.0)
            return true;
        const node swap = *left;
        *left = *right;
        *right = swap;
    }
    return false;
}

typedef struct minimum { /* the next one of the two gaps beside a state */
    int gap;             /* of states gap and gap+1; -1: there is none */
    double time, probability;
} minimum;

static minimum earliest(const landau_zener *method, const path *p, int state, double from, double *U)
{
    const int n = p->n, m = p->m;
    minimum first = {.gap = -1};
    for (int k = state - 1; k <= state; k++) {
        node left = {.U = U}, right = {.U = U + m}, middle = {.U = U + 2 * m};
        if (k < 0 || k + 1 == n || !next_minimum(p, k, from, &left, &right))
            continue;
        const double P = pass(method, p, k, &left, &right, &middle);
        if (first.gap < 0 || right.time < first.time)
            first = (minimum){k, right.time, P};
    }
    return first;
}

static bool worth_looking(const dia_step_view *view, const path *p, int b, int k, node *first, node *last)
{
    const int n = p->n;
    const double *E0 = view->before->E + b * n, *E1 = view->after->E + b * n;
    double Z0 = E0[k + 1] - E0[k];
    for (int o = 0; p->origin != NULL && o < n; o++)
        if (p->origin[o] != o)
            return true;
    first_node(p, k, first);
    last_node(p, k, last);
    return suspect(p, k, first, last, Z0, E1[k + 1] - E1[k]);
}

/* What is remembered of a trajectory: 1 + the gap it hopped across, as long as that has not risen since; 0: none. */
enum { PASSED, MEMORY };

static dia_status landau_zener_prepare(const void *self, const dia_shape *shape, size_t *size, dia_error *error)
{
    (void)self, (void)shape, (void)error;
    *size = MEMORY;
    return DIA_OK;
}

static void landau_zener_after(const void *self, const dia_step_view *view, int b, int from, int to, bool accepted,
                               double *memory, double *c)
{
    (void)self, (void)view, (void)b, (void)c;
    if (accepted)
        memory[PASSED] = to > from ? to : to + 1;
}

/* The state at the end of the step. */
static int follow(const landau_zener *method, const dia_step_view *view, int b, double *memory)
{
    path p = path_of(view, b);
    const int n = p.n;
    node left = {.U = view->work}, right = {.U = view->work + p.m};
    int state = p.origin != NULL ? p.origin[view->active[b]] : view->active[b];
    int drawn = 0;
    if (memory[PASSED] > 0.0) {
        first_node(&p, (int)memory[PASSED] - 1, &left);
        memory[PASSED] = left.rate < 0.0 ? memory[PASSED] : 0.0;
    }
    if (!(state > 0 && worth_looking(view, &p, b, state - 1, &left, &right)) &&
        !(state + 1 < n && worth_looking(view, &p, b, state, &left, &right)))
        return state;
    for (double time = 0.0; time < p.dt;) {
        p.state = state;
        const minimum next = earliest(method, &p, state, time, view->work);
        if (next.gap < 0)
            break;
        time = next.time;
        if (next.gap + 1 == (int)memory[PASSED]) {
            memory[PASSED] = 0.0;
            continue;
        }
        const double uniform = drawn == 0 ? view->uniform[b] : view->random(view, b, drawn);
        drawn++;
        if (uniform < next.probability)
            state = state == next.gap ? next.gap + 1 : next.gap;
    }
    return state;
}

static void landau_zener_propose(const void *self, const dia_step_view *view, double *memory, int *target)
{
    for (int q = 0; q < view->nflying; q++) {
        const int b = view->flying[q];
        target[b] = follow(self, view, b, memory + (size_t)b * MEMORY);
    }
}

const dia_hop_type dia_hop_type_landau_zener = {
    .version = DIA_EXTEND_VERSION,
    .name = "landau_zener",
    .summary = "hops at minima of adiabatic gaps with the Landau-Zener probability of the coupling along the path; "
               "states that do not couple never hop",
    .reference = "L. D. Landau, Phys. Z. Sowjetunion 2, 46 (1932); C. Zener, Proc. R. Soc. A 137, 696 (1932), DOI "
                 "10.1098/rspa.1932.0165; A. K. Belyaev, O. V. Lebedev, Phys. Rev. A 84, 014701 (2011), DOI "
                 "10.1103/PhysRevA.84.014701; C. Zhu, H. Nakamura, Adv. Chem. Phys. 117, 127 (2001), DOI "
                 "10.1002/9780470141731.ch3",
    .options = landau_zener_options,
    .self_size = sizeof(landau_zener),
    .needs_hdot = true,
    .prepare = landau_zener_prepare,
    .propose = landau_zener_propose,
    .after = landau_zener_after,
    .blind = true,
};
