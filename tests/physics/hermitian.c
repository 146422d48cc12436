/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Trajectories on a complex Hermitian H: identities that hold whatever the method. */
#include "check.h"

#include <complex.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "diabolo/frame.h"
#include "dynamics/internal.h"
#include "dynamics/registry.h"
#include "flight.h"
#include "model/front.h"
#include "model/pointwise.h"
#include "parallel/team.h"

enum { N = 3, C = 3, P = N * N, B = 24 };

/* ---- the model ------------------------------------------------------------------------------- */

/* H = D (A + s K) D^H: A real, K with imaginary parts that change along the coordinates, D a constant unitary matrix. */
typedef struct spins {
    dia_pointwise base;
    double soc;             /* s; 0: D is all that is complex       */
    bool real, conjugate;   /* packed without imaginary parts; H^*  */
    double complex D[N][N]; /* D^H D = 1                            */
} spins;

static double slope(int p, int c) /* hartree/bohr */
{
    return 0.03 * sin(1.0 + 2.3 * p + 1.7 * c * c);
}

/* Elements i >= j of A + s K, and their derivatives. */
static double complex element(const spins *m, const double *R, int i, int j, double complex *slopes)
{
    const int p = dia_packed(i, j);
    double complex h = i == j ? 0.02 * i : 0.0;
    for (int c = 0; c < C; c++) {
        const double a = slope(p, c), x = R[c] + 0.3 * p;
        if (i == j) {
            h += 0.025 * R[c] * R[c] + a * R[c];
            slopes[c] = 0.05 * R[c] + a;
        } else {
            h += a * sin(R[c]) + m->soc * cexp(I * (x + c));
            slopes[c] = a * cos(R[c]) + m->soc * I * cexp(I * (x + c));
        }
    }
    return h;
}

static void store(const spins *m, double complex M[N][N], size_t stride, double *out)
{
    for (int i = 0; i < N; i++)
        for (int j = 0; j <= i; j++) {
            double complex sum = 0.0;
            for (int k = 0; k < N; k++)
                for (int l = 0; l < N; l++)
                    sum += m->D[i][k] * M[k][l] * conj(m->D[j][l]);
            out[(size_t)dia_packed(i, j) * stride] = creal(sum);
            if (i != j && !m->real)
                out[(size_t)dia_packed_imaginary(N, i, j) * stride] = m->conjugate ? -cimag(sum) : cimag(sum);
        }
}

static void spins_point(const void *self, const double *R, double *H, double *D)
{
    const spins *m = self;
    double complex M[1 + C][N][N];
    for (int i = 0; i < N; i++)
        for (int j = 0; j <= i; j++) {
            double complex slopes[C];
            M[0][i][j] = element(m, R, i, j, slopes);
            for (int c = 0; c < C; c++)
                M[1 + c][i][j] = slopes[c];
            for (int c = 0; c < 1 + C; c++)
                M[c][j][i] = conj(M[c][i][j]);
        }
    store(m, M[0], 1, H);
    for (int c = 0; c < C; c++)
        store(m, M[1 + c], C, D + c);
}

static const dia_model_type type = {.version = DIA_EXTEND_VERSION, .name = "spins", DIA_POINTWISE};

/* A unitary matrix of two rotations with phases, or of phases alone. */
static void unitary(bool phases, double complex D[N][N])
{
    const double a = phases ? 0.0 : 0.6, b = phases ? 0.0 : -0.9;
    const double complex
        A[N][N] = {{cos(a), -sin(a) * cexp(0.7 * I), 0}, {sin(a) * cexp(-0.7 * I), cos(a), 0}, {0, 0, 1}},
        F[N][N] = {{1, 0, 0}, {0, cos(b), -sin(b) * cexp(1.9 * I)}, {0, sin(b) * cexp(-1.9 * I), cos(b)}},
        phase[N] = {cexp(0.3 * I), cexp(-2.1 * I), cexp(1.1 * I)};
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++) {
            D[i][j] = 0.0;
            for (int k = 0; k < N; k++)
                D[i][j] += A[i][k] * F[k][j] * phase[j];
        }
}

enum { PLAIN, PHASES, TURNED };

static dia_model *make(double soc, int which, bool real, bool conjugate)
{
    dia_error error = {0};
    dia_model *model = NULL;
    dia_shape shape;
    dia_molecule molecule;
    const double mass[C] = {2000.0, 3000.0, 4500.0};
    spins *self = calloc(1, sizeof *self);
    assert_non_null(self);
    assert_ok(dia_pointwise_open(&self->base, C, N, mass, spins_point, &shape, &molecule, &error), &error);
    self->soc = soc;
    self->real = real;
    self->conjugate = conjugate;
    for (int i = 0; i < N; i++)
        self->D[i][i] = 1.0;
    if (which != PLAIN)
        unitary(which == PHASES, self->D);
    if (!real)
        dia_pointwise_hermitian(&self->base, &shape);
    assert_ok(dia_model_adopt(&model, &type, self, shape, &molecule, &error), &error);
    return model;
}

/* ---- flights --------------------------------------------------------------------------------- */

static const double soc = 0.004; /* hartree: couples as much as the rest does */

static void start(dia_block *block, int state, const double *c)
{
    double R[B * C], V[B * C];
    int64_t number[B];
    int states[B];
    dia_error error = {0};
    for (int b = 0; b < B; b++) {
        number[b] = b;
        states[b] = state;
        for (int x = 0; x < C; x++) {
            R[b * C + x] = 0.8 * sin(12.9898 * (b * C + x));
            V[b * C + x] = sqrt(2.0 * 0.02 / block->mass[x]) * cos(78.233 * (b * C + x));
        }
    }
    assert_ok(dia_block_start_amplitudes(block, B, number, R, V, states, c, &error), &error);
}

typedef struct tally {
    int hops, accepted;
    double worst; /* change of the total energy at a hop */
} tally;

static void count_hop(void *context, const dia_hop_event *event)
{
    tally *t = context;
    t->hops++;
    t->accepted += event->accepted;
    if (event->gap != 0.0)
        t->worst = fmax(t->worst, fabs(event->accepted ? event->kinetic_after - event->kinetic_before + event->gap
                                                       : event->kinetic_after - event->kinetic_before));
}

static double norm(int n, const double *c)
{
    double sum = 0.0;
    for (int i = 0; i < 2 * n; i++)
        sum += c[i] * c[i];
    return sum;
}

/* The same motion, hops, energies and adiabatic populations in both blocks. */
static void assert_alike(const dia_block *x, const dia_block *y, double atol)
{
    for (int b = 0; b < B; b++) {
        double a[2 * N], c[2 * N];
        assert_int_equal(x->active[b], y->active[b]);
        assert_int_equal(x->fate[b], y->fate[b]);
        for (int i = 0; i < C; i++) {
            assert_close(x->R[b * C + i], y->R[b * C + i], 0.0, atol);
            assert_close(x->V[b * C + i], y->V[b * C + i], 0.0, atol);
        }
        assert_close(x->potential[b], y->potential[b], 0.0, atol);
        dia_block_amplitudes(x, b, a);
        dia_block_amplitudes(y, b, c);
        for (int k = 0; k < N; k++)
            assert_close(hypot(a[2 * k], a[2 * k + 1]), hypot(c[2 * k], c[2 * k + 1]), 0.0, atol);
    }
}

/* One constant unitary matrix between the diabatic states, or their phases alone, changes nothing that can be seen; and a
 * real H in complex clothes flies as the real one. Whatever the method and the direction of the momentum. Rounding grows
 * along a trajectory: 1e-16 by less than 1e6 in these 25 fs. */
/* Active states and their forces, amplitudes, states with their phases and what the method has drawn: those of x, in the basis of
 * the other model. */
static void same_draw(const dia_model *one, const dia_block *x, const dia_model *other, dia_block *y)
{
    const spins *from = dia_model_self((dia_model *)one), *to = dia_model_self((dia_model *)other);
    const bool real = !x->frame.hermitian;
    double complex T[N][N]; /* D' D^H */
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++) {
            T[i][j] = 0.0;
            for (int k = 0; k < N; k++)
                T[i][j] += to->D[i][k] * conj(from->D[j][k]);
        }
    for (int b = 0; b < B; b++) {
        y->active[b] = x->active[b];
        y->potential[b] = x->potential[b];
        y->energy0[b] = x->energy0[b];
        memcpy(y->G + C * b, x->G + C * b, C * sizeof *y->G);
        for (int i = 0; i < N; i++)
            for (int k = 0; k <= N; k++) { /* the last column: the amplitudes */
                double complex sum = 0.0;
                for (int j = 0; j < N; j++) {
                    const double *c = x->c + 2 * (N * b + j),
                                 *u = x->frame.U + (real ? 1 : 2) * (N * (N * b + j) + k % N);
                    sum += T[i][j] * (k == N ? c[0] + c[1] * I : real ? u[0] : u[0] + u[1] * I);
                }
                double *out = k == N ? y->c + 2 * (N * b + i) : y->frame.U + 2 * (N * (N * b + i) + k);
                out[0] = creal(sum);
                out[1] = cimag(sum);
            }
        memcpy(dia_block_memory(y, ROW_HOP, b), dia_block_memory(x, ROW_HOP, b),
               x->scratch->rows[ROW_HOP].width * sizeof(double));
    }
}

static void compare(const char *method, int adjust, const char *decoherence, const dia_model *one,
                    const dia_model *other, int *hops)
{
    dia_dynamics d = flight_dynamics(method, 10.0, 1e9);
    d.adjust = adjust;
    if (decoherence != NULL && !dia_hop_type_find(method)->without_decoherence)
        flight_decohere_by(&d, decoherence);
    dia_block *x = flight_block(one, &d, B), *y = flight_block(other, &d, B);
    tally of_x = {0}, of_y = {0};
    x->on_hop = y->on_hop = count_hop;
    x->on_hop_context = &of_x;
    y->on_hop_context = &of_y;
    start(x, 2, NULL);
    start(y, 2, NULL);
    if (d.hop->start != NULL) /* it draws in the states as they are: the same draw in the other basis */
        same_draw(one, x, other, y);
    for (int i = 0; i < (d.hop->margin != NULL ? 30 : 100); i++) {
        flight_fly(x, 1);
        flight_fly(y, 1);
    }
    /* The time of a hop that is sought where populations are equal is found to 1e-9 of the step, and that grows, too,
     * until it decides whether another hop happens or is just missed: fewer steps. */
    /* One that was moved to where the energy just suffices leaves the root of a rounding along the coupling, some 1e-8. */
    assert_alike(x, y, d.hop->margin != NULL ? 1e-4 : d.hop->uncertainty != NULL ? 1e-6 : 1e-10);
    assert_int_equal(of_x.hops, of_y.hops);
    assert_int_equal(of_x.accepted, of_y.accepted);
    assert_true(of_x.worst < 1e-14); /* hartree; rounding */
    *hops += of_x.hops;
    dia_block_free(x);
    dia_block_free(y);
    flight_dynamics_free(&d);
}

static bool takes_complex(const char *method, const dia_model *model)
{
    dia_dynamics d = flight_dynamics(method, 10.0, 1e9);
    dia_block *block = NULL;
    dia_error error = {0};
    const bool takes = dia_block_create(&block, model, &d, 1, &error) == DIA_OK;
    dia_block_free(block);
    flight_dynamics_free(&d);
    return takes;
}

static void rotations_change_nothing(void **unused)
{
    (void)unused;
    dia_model *plain = make(soc, PLAIN, false, false), *phases = make(soc, PHASES, false, false),
              *turned = make(soc, TURNED, false, false), *real = make(0.0, PLAIN, true, false),
              *dressed = make(0.0, TURNED, false, false);
    for (int i = 0; dia_hop_types[i] != NULL; i++) {
        const char *method = dia_hop_types[i]->name;
        int hops = 0;
        if (!takes_complex(method, plain)) {
            print_message("%s: not compared\n", method);
            assert_true(strcmp(method, "fewest_switches") != 0 && strcmp(method, "landau_zener") != 0);
            continue;
        }
        /* One that seeks its hops turns back of itself only along its own direction; along others it hops on and on at one time. */
        const int last = dia_hop_types[i]->margin != NULL ? DIA_ADJUST_COUPLING : DIA_ADJUST_EFFECTIVE_COUPLING;
        for (int adjust = DIA_ADJUST_COUPLING; adjust <= last; adjust++) {
            compare(method, adjust, adjust == 0 ? "energy_based" : NULL, plain, turned, &hops);
            compare(method, adjust, adjust == 0 ? "energy_based" : NULL, real, dressed, &hops);
        }
        compare(method, DIA_ADJUST_COUPLING, "energy_based", plain, phases, &hops);
        print_message("%s: %d hops\n", method, hops);
    }
    static const char *const rates[] = {"averaged", "overlaps", "norm_preserving"};
    for (int i = 0; i < 3; i++) {
        char method[80];
        int hops = 0;
        snprintf(method, sizeof method, "fewest_switches_rates, probability: %s", rates[i]);
        compare(method, DIA_ADJUST_COUPLING, NULL, plain, turned, &hops);
        compare(method, DIA_ADJUST_COUPLING, NULL, real, dressed, &hops);
        assert_true(hops > B);
    }
    for (int i = 0; dia_decoherence_types[i] != NULL; i++) {
        const char *decoherence = dia_decoherence_types[i]->name;
        int hops = 0;
        compare("fewest_switches", DIA_ADJUST_COUPLING, decoherence, plain, turned, &hops);
        compare("fewest_switches", DIA_ADJUST_COUPLING, decoherence, real, dressed, &hops);
        compare("fewest_switches", DIA_ADJUST_COUPLING, decoherence, plain, phases, &hops);
        print_message("fewest_switches + %s: %d hops\n", decoherence, hops);
    }
    dia_model_free(plain);
    dia_model_free(phases);
    dia_model_free(turned);
    dia_model_free(real);
    dia_model_free(dressed);
}

/* The gradients of spin-adiabatic states, and Re and Im of the coupling: derivative couplings by differences of frames that follow. */
static void gradients_by_differences(void **unused)
{
    (void)unused;
    dia_model *model = make(soc, TURNED, false, false);
    dia_tape *tape = NULL;
    dia_error error = {0};
    double H[5][P], E[5][N], U[5][2 * N * N], W[2 * P], G[2 * C], work[2000];
    const double step =
        1e-3; /* five points: error of the fourth order, 1e-12 times a derivative of order one; rounding 1e-13 */
    assert_true(dia_frame_work(N) <= 2000);
    assert_ok(dia_tape_create_hermitian(&tape, model, 5, 2, &error), &error);
    for (int trial = 0; trial < 5; trial++)
        for (int c = 0; c < C; c++) {
            double R[5 * C];
            for (int m = 0; m < 5; m++)
                for (int x = 0; x < C; x++)
                    R[m * C + x] = 0.8 * sin(1.3 + 4.1 * (trial * C + x)) + (x == c ? (m - 2) * step : 0.0);
            assert_ok(dia_model_hamiltonian(model, tape, 5, R, H[0]), NULL);
            dia_frame all = {5, N, H[0], E[0], U[0], true};
            assert_ok(dia_frame_solve(&all, work), NULL);
            const dia_frame middle = dia_frame_row(&all, 2);
            for (int m = 0; m < 5; m++) {
                dia_frame other = dia_frame_row(&all, m);
                dia_frame_follow(&other, &middle);
            }
            for (int k = 0; k < N; k++)
                for (int l = 0; l < N; l++) {
                    dia_weight_pair(&all, 2, k, l, W);
                    dia_weight_pair_imaginary(&all, 2, k, l, W + P);
                    assert_ok(dia_model_contract(model, tape, 2, (const int[]){2, 2}, W, G), NULL);
                    static const double factor[5] = {1.0 / 12, -8.0 / 12, 0.0, 8.0 / 12, -1.0 / 12};
                    double complex d = 0.0; /* <k|dl/dR> */
                    double slope_of_E = 0.0;
                    for (int m = 0; m < 5; m++) {
                        const dia_frame other = dia_frame_row(&all, m);
                        double z[2];
                        dia_frame_overlap(&middle, &other, 0, k, l, z);
                        d += factor[m] / step * (z[0] + I * z[1]);
                        slope_of_E += factor[m] / step * E[m][k];
                    }
                    const double complex h = G[c] + I * G[C + c], found = k == l ? slope_of_E : d * (E[2][l] - E[2][k]);
                    assert_close(cabs(h - found), 0.0, 0.0, 1e-9);
                    if (k == l)
                        assert_close(cimag(h), 0.0, 0.0, 1e-16);
                }
        }
    dia_tape_free(tape);
    dia_model_free(model);
}

/* Energy to the second order in the step, norm to rounding, the same bits after a restart. */
static void energy_norm_and_restart(void **unused)
{
    (void)unused;
    dia_model *model = make(soc, TURNED, false, false);
    double error[2][B];
    for (int half = 0; half < 2; half++) {
        dia_dynamics d = flight_dynamics("fewest_switches", half == 0 ? 10.0 : 5.0, 1e9);
        dia_block *x = flight_block(model, &d, B), *y = flight_block(model, &d, B);
        dia_error why = {0};
        tally t = {0};
        x->on_hop = count_hop;
        x->on_hop_context = &t;
        start(x, 1, NULL);
        for (int b = 0; b < B; b++)
            error[half][b] = 0.0;
        const int steps = half == 0 ? 200 : 400;
        void *bytes = malloc(dia_block_save_size(x));
        for (int i = 0; i < steps; i++) {
            if (i == steps / 2) {
                dia_block_save(x, bytes);
                assert_ok(dia_block_restore(y, bytes, dia_block_save_size(x), &why), &why);
            }
            flight_fly(x, 1);
            if (i >= steps / 2)
                flight_fly(y, 1);
            for (int b = 0; b < B; b++) {
                error[half][b] = fmax(error[half][b], flight_energy_error(x, b));
                assert_close(norm(N, x->c + 2 * b * N), 1.0, 1e-14, 0.0);
            }
        }
        for (int b = 0; b < B; b++)
            assert_true(flight_same(x, b, y, b));
        assert_true(t.accepted > 5 && t.worst < 1e-14);
        free(bytes);
        dia_block_free(x);
        dia_block_free(y);
        flight_dynamics_free(&d);
    }
    const double ratio = flight_median(B, error[0]) / flight_median(B, error[1]);
    assert_close(ratio, 4.0, 0.0, 1.0);             /* hops fall on different times in the two */
    assert_true(flight_median(B, error[0]) < 1e-4); /* hartree: 3 meV */
    dia_model_free(model);
}

/* Backwards: velocities turned round, amplitudes and H conjugate. On the surface of one state; a complex H makes the way back
 * another one otherwise only for the amplitudes. */
static void time_reversal(void **unused)
{
    (void)unused;
    enum { STEPS = 200 };
    dia_model *model = make(soc, TURNED, false, false), *back = make(soc, TURNED, false, true);
    dia_dynamics d = flight_dynamics("none", 10.0, 1e9);
    d.crossing = 0.0;
    dia_block *x = flight_block(model, &d, B), *y = flight_block(back, &d, B);
    dia_error error = {0};
    double R[B * C], V[B * C], c[2 * B * N], first[2 * B * N];
    start(x, 1, NULL);
    memcpy(R, x->R, sizeof R);
    memcpy(first, x->c, sizeof first);
    flight_fly(x, STEPS);
    memcpy(c, x->c, sizeof c);
    for (int b = 0; b < B; b++) {
        for (int i = 0; i < C; i++)
            V[b * C + i] = -x->V[b * C + i];
        for (int k = 0; k < N; k++)
            c[2 * (b * N + k) + 1] *= -1.0;
    }
    assert_ok(dia_block_start_amplitudes(y, B, x->trajectory, x->R, V, x->active, c, &error), &error);
    flight_fly(y, STEPS);
    for (int b = 0; b < B; b++) {
        for (int i = 0; i < C; i++)
            assert_close(y->R[b * C + i], R[b * C + i], 0.0, 1e-10); /* rounding of 200 steps there and back */
        double complex overlap = 0.0; /* the same up to the phase that the propagator leaves out */
        for (int k = 0; k < N; k++) {
            const double *p = first + 2 * (b * N + k), *q = y->c + 2 * (b * N + k);
            overlap += (p[0] + I * p[1]) * (q[0] + I * q[1]);
        }
        assert_close(cabs(overlap), 1.0, 0.0, 1e-10);
    }
    dia_block_free(x);
    dia_block_free(y);
    dia_model_free(model);
    dia_model_free(back);
    flight_dynamics_free(&d);
}

/* An overall phase of the amplitudes changes nothing. */
static void overall_phase(void **unused)
{
    (void)unused;
    dia_model *model = make(soc, TURNED, false, false);
    dia_dynamics d = flight_dynamics("fewest_switches", 10.0, 1e9);
    dia_block *x = flight_block(model, &d, B), *y = flight_block(model, &d, B);
    double c[2][2 * B * N];
    for (int i = 0; i < B * N; i++) {
        const double complex a = (0.3 + 0.2 * I + i % N * (0.4 - 0.3 * I)), b = a * cexp(1.234 * I);
        c[0][2 * i] = creal(a), c[0][2 * i + 1] = cimag(a);
        c[1][2 * i] = creal(b), c[1][2 * i + 1] = cimag(b);
    }
    for (int b = 0; b < B; b++)
        for (int p = 0; p < 2; p++) {
            const double size = sqrt(norm(N, c[p] + 2 * b * N));
            for (int i = 0; i < 2 * N; i++)
                c[p][2 * b * N + i] /= size;
        }
    start(x, 2, c[0]);
    start(y, 2, c[1]);
    flight_fly(x, 100);
    flight_fly(y, 100);
    assert_alike(x, y, 1e-10);
    dia_block_free(x);
    dia_block_free(y);
    dia_model_free(model);
    flight_dynamics_free(&d);
}

int main(void)
{
    dia_team_run(1, 0, NULL, NULL); /* pins BLAS to one thread: else its team costs more than these matrices */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gradients_by_differences),
        cmocka_unit_test(rotations_change_nothing),
        cmocka_unit_test(energy_norm_and_restart),
        cmocka_unit_test(time_reversal),
        cmocka_unit_test(overall_phase),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
