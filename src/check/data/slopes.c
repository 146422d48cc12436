/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Gradients against energies: between neighbours the energy changes by the mean of the gradients at both ends times the way, right to third
 * order. The factor between the two, by least absolute deviations over all pairs, gives sign and units. */
#include <math.h>
#include <stdlib.h>

#include "check/data/expect.h"
#include "check/data/units.h"

extern const dia_data_test dia_data_test_slopes;

/* What pairs up to DIA_NEAR_FAR leave of curvature (1 to 4 % in real data), twice; units differ by 89 % and more. */
static const double tolerance = 0.08;
enum { LEAST = 12 }; /* pairs: with fewer, quartiles mean nothing */

enum { UNEXPLAINED, EXPLAINED };

/* ---- the whole set --------------------------------------------------------------------------- */

typedef struct guess {
    const dia_unit_guess *energy, *slope;
    double sign;
} guess;

/* Root mean square of a component of the gradients. */
static double size_of_gradients(const dia_checkup *x)
{
    double sum = 0.0;
    long n = 0;
    for (long i = 0; i < (long)x->data.npoint * x->data.nstate * x->data.ncart; i++)
        if (isfinite(x->data.gradient[i]) && !x->drop[i / (x->data.nstate * x->data.ncart)]) {
            sum += x->data.gradient[i] * x->data.gradient[i];
            n++;
        }
    return n > 0 ? sqrt(sum / (double)n) : NAN;
}

/* The units whose quotient is the measured ratio. Several may be: energies whose size tells their unit decide, then the usual size of
 * gradients (0.01 to 0.1 hartree/bohr), then the fewest changes. */
static bool explain(const dia_checkup *x, double ratio, bool one_state, guess *best)
{
    const dia_unit_guess *size = dia_energy_unit_by_size(&x->data);
    const double rms = size_of_gradients(x);
    double least = INFINITY;
    for (const dia_unit_guess *e = dia_energy_units; e->name != NULL; e++)
        for (const dia_unit_guess *s = dia_slope_units; s->name != NULL; s++) {
            if (!dia_near_factor(fabs(ratio), s->factor / e->factor, tolerance) || (one_state && e != dia_energy_units))
                continue;
            const double cost = (size != NULL && size != e ? 100.0 : 0.0) + fabs(log(rms * s->factor / 0.03)) +
                                (e != dia_energy_units) + (s != dia_slope_units);
            if (cost < least) {
                least = cost;
                *best = (guess){e, s, ratio < 0.0 ? -1.0 : 1.0};
            }
        }
    return least < INFINITY;
}

static void tell_guess(dia_checkup *x, const guess *g, const dia_ratio *r, int state)
{
    char of[24] = "";
    if (state >= 0)
        snprintf(of, sizeof of, " of S%d", state);
    const bool energy = g->energy != dia_energy_units, slope = g->slope != dia_slope_units;
    for (int energies = 0; energies < 2; energies++) {
        if (energies ? !energy : !(slope || g->sign < 0.0))
            continue;
        const dia_unit_guess *unit = energies ? g->energy : g->slope;
        dia_finding *f =
            dia_checkup_found(x, &dia_data_test_slopes, DIA_SEVERITY_FAULT, energies ? "energies" : "gradients");
        f->kind = EXPLAINED;
        f->state = state;
        f->factor = energies ? unit->factor : unit->factor * g->sign;
        f->error = fabs(r->error / r->value * f->factor);
        if (energies || slope)
            dia_finding_text(&x->findings, &f->what, "the %s%s are in %s, not in %s%s", f->dataset, of, unit->name,
                             energies ? "hartree" : "hartree/bohr",
                             !energies && g->sign < 0.0 ? ", and of the opposite sign: forces" : "");
        else
            dia_finding_text(&x->findings, &f->what, "the gradients%s have the opposite sign: they are forces", of);
        dia_finding_text(
            &x->findings, &f->sure,
            "energies change between neighbours by %.4g +- %.2g times what gradients say (%d pairs), expected %.4g",
            r->value, r->error, r->n, g->sign * g->slope->factor / g->energy->factor);
        dia_finding_text(&x->findings, &f->cure, "multiply the %s by %.9g%s", f->dataset, f->factor,
                         energies || slope ? ", or state their unit in its attribute" : "");
    }
}

static void tell_unexplained(dia_checkup *x, const dia_ratio *r, int state)
{
    /* Gradients of another method or active space are off by some 20 %; a factor that none gives is a fault. */
    const bool mild = r->value > 0.65 && r->value < 1.5;
    dia_finding *f =
        dia_checkup_found(x, &dia_data_test_slopes, mild ? DIA_SEVERITY_DOUBT : DIA_SEVERITY_FAULT, "gradients");
    f->kind = UNEXPLAINED;
    f->state = state;
    f->factor = r->value;
    f->error = r->error;
    dia_finding_text(
        &x->findings, &f->what,
        "the energies change between neighbours by %.3g times what the gradients%s say, which no unit explains",
        r->value, state >= 0 ? " of one state" : "");
    dia_finding_text(&x->findings, &f->sure, "%.4g +- %.2g, half of %d pairs between %.3g and %.3g", r->value, r->error,
                     r->n, r->low, r->high);
    dia_finding_text(&x->findings, &f->cure,
                     "see whether energies and gradients are of one method, one active space and the same states");
}

/* Is a ratio off, beyond the curvature that pairs leave and beyond its own uncertainty? */
static bool is_off(const dia_ratio *r)
{
    return r->n >= LEAST && (!(r->value > 0.0) || fabs(log(r->value)) > tolerance) &&
           fabs(r->value - 1.0) > 5.0 * r->error;
}

static void gather(const dia_checkup *x, int state, int *n, double *expected, double *change)
{
    for (int p = 0; p < x->near.npair; p++) {
        dia_slopes s;
        dia_pair_slopes(x, p, &s);
        const double *ea = dia_checkup_energy(x, x->near.pair[p].a), *eb = dia_checkup_energy(x, x->near.pair[p].b);
        for (int k = 0; k < x->data.nstate; k++)
            if (state < 0 || k == state) {
                expected[*n] = 0.5 * (s.a[k] + s.b[k]);
                change[(*n)++] = eb[k] - ea[k];
            }
    }
}

static dia_ratio ratio_of(const dia_checkup *x, int state, double *expected, double *change)
{
    int n = 0;
    gather(x, state, &n, expected, change);
    return dia_ratio_of(n, expected, change, 5.0);
}

static bool judge(dia_checkup *x, const dia_ratio *r, int state)
{
    guess g = {0};
    if (!is_off(r))
        return false;
    if (explain(x, r->value, state >= 0, &g))
        tell_guess(x, &g, r, state);
    else
        tell_unexplained(x, r, state);
    return true;
}

/* ---------------------------------------------------------------------------------------------- */

/* Without pairs the size of the energies alone tells their unit, if it does. */
static void look_at_size(dia_checkup *x)
{
    const dia_unit_guess *unit = dia_energy_unit_by_size(&x->data);
    if (unit == NULL || unit == dia_energy_units)
        return;
    dia_finding *f = dia_checkup_found(x, &dia_data_test_slopes, DIA_SEVERITY_FAULT, "energies");
    f->kind = EXPLAINED;
    f->factor = unit->factor;
    dia_finding_text(&x->findings, &f->what, "the energies are in %s, not in hartree", unit->name);
    dia_finding_text(&x->findings, &f->sure,
                     "by the size of total energies of these atoms; there are too few neighbours to test slopes");
    dia_finding_text(&x->findings, &f->cure, "multiply the energies by %.9g, or state their unit in its attribute",
                     unit->factor);
}

static dia_status find(dia_checkup *x, dia_error *error)
{
    dia_status status = dia_checkup_pairs(x, error);
    if (status != DIA_OK)
        return status;
    const size_t most = (size_t)x->near.npair * (size_t)x->data.nstate + 1;
    double *expected = calloc(most, sizeof *expected), *change = calloc(most, sizeof *change);
    if (expected == NULL || change == NULL)
        status = dia_error_set(error, DIA_ERROR_MEMORY, "no memory for %zu pairs", most);
    if (status == DIA_OK) {
        const dia_ratio r = ratio_of(x, -1, expected, change);
        bool other = false;
        if (r.n < LEAST) {
            dia_checkup_undecided(x, "not enough neighbouring pairs with gradients (%d)", r.n);
            look_at_size(x);
        } else {
            dia_checkup_say(x, "energies change by %.4f +- %.1g times what gradients say (%d pairs)", r.value, r.error,
                            r.n);
            /* one factor for all states, or each its own */
            bool said = r.high - r.low < 0.5 * fabs(r.value) && judge(x, &r, -1);
            for (int k = 0; k < x->data.nstate && !said; k++) {
                const dia_ratio one = ratio_of(x, k, expected, change);
                other |= judge(x, &one, k);
            }
            if (!said && !other)
                judge(x, &r, -1);
        }
    }
    free(expected);
    free(change);
    return status;
}

static dia_status repair(dia_checkup *x, dia_finding *f, dia_error *error)
{
    (void)error;
    const int rows = x->data.nstate * x->data.ncart;
    if (f->kind == UNEXPLAINED)
        return DIA_OK;
    if (f->dataset[0] == 'e')
        for (int i = 0; i < x->data.npoint * x->data.nstate; i++)
            x->data.energy[i] *= f->factor;
    else
        for (int i = 0; i < x->data.npoint * rows; i++)
            x->data.gradient[i] *= f->state < 0 || i / x->data.ncart % x->data.nstate == f->state ? f->factor : 1.0;
    dia_finding_text(&x->findings, &f->done, "%s multiplied by %.9g", f->dataset, f->factor);
    return DIA_OK;
}

const dia_data_test dia_data_test_slopes = {.name = "slopes",
                                            .finds =
                                                "gradients or energies in another unit, forces in place of gradients",
                                            .tells = "energies of neighbours against their mean gradient",
                                            .brief = true,
                                            .find = find,
                                            .repair = repair};
