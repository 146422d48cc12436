/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "train/errors.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "diabolo/model.h"
#include "molecule/internal.h"
#include "train/reference.h"

static const double level_limits[DIA_ERRORS_ENERGIES - 1] = {2 * DIA_EV, 5 * DIA_EV, 8 * DIA_EV, 14 * DIA_EV};
static const char *const level_names[DIA_ERRORS_ENERGIES] = {"< 2", "2-5", "5-8", "8-14", "> 14"};
static const double milli_ev = 1e-3 * DIA_EV, milli_ev_per_angstrom = 1e-3 * DIA_EV / DIA_ANGSTROM;

static const double small_gap = 0.5 * DIA_EV;
static const double small_norm = 0.05 * DIA_EV / DIA_ANGSTROM; /* a coupling that symmetry forbids is noise */

static int bin(int n, const double *limits, double x)
{
    int k = 0;
    while (k < n - 1 && !(x < limits[k]))
        k++;
    return k;
}

static void count(dia_deviation *d, double difference)
{
    d->n++;
    d->absolute += fabs(difference);
    d->square += difference * difference;
}

static void add(dia_deviation *d, const dia_deviation *more)
{
    d->n += more->n;
    d->absolute += more->absolute;
    d->square += more->square;
}

double dia_deviation_mean(const dia_deviation *d)
{
    return d->n > 0 ? d->absolute / (double)d->n : NAN;
}

double dia_deviation_rms(const dia_deviation *d)
{
    return d->n > 0 ? sqrt(d->square / (double)d->n) : NAN;
}

static double nearest_gap(int n, const double *e, int k)
{
    double gap = INFINITY;
    if (k > 0)
        gap = fmin(gap, e[k] - e[k - 1]);
    if (k < n - 1)
        gap = fmin(gap, e[k + 1] - e[k]);
    return gap;
}

/* Keeps the largest, in order. */
static void note_worst(dia_errors *t, int kind, dia_worst w)
{
    dia_worst *list = t->worst[kind];
    int *n = &t->nworst[kind], at = *n;
    while (at > 0 && list[at - 1].error < w.error)
        at--;
    if (at == DIA_WORST || !(w.error == w.error))
        return;
    *n += *n < DIA_WORST;
    memmove(list + at + 1, list + at, sizeof w * (size_t)(*n - 1 - at));
    list[at] = w;
}

static void add_state(dia_errors *t, const dia_reference *r, const dia_label *label, int point, int k)
{
    const double above = label->energy[k] - t->data->lowest;
    const int gap = bin(DIA_LABEL_GAPS, dia_label_gap_limits, nearest_gap(t->nstate, label->energy, k));
    const int level = bin(DIA_ERRORS_ENERGIES, level_limits, above), at = dia_packed(k, k);
    const bool low = above < level_limits[DIA_ERRORS_ENERGIES - 2];
    if (isnan(label->energy[k]))
        return;
    dia_deviation *const energies[] = {&t->energy, &t->state_energy[k], &t->gap_energy[gap], &t->level_energy[level],
                                       &t->energy_low};
    dia_deviation *const gradients[] = {&t->gradient, &t->state_gradient[k], &t->gap_gradient[gap],
                                        &t->level_gradient[level], &t->gradient_low};
    dia_deviation here = {0};
    for (int a = 0; a < r->nc && r->w[at] > 0.0; a++)
        count(&here, r->F[at * r->nc + a] - r->F0[at * r->nc + a]);
    for (int i = 0; i < (low ? 5 : 4); i++) {
        count(energies[i], r->e[k] - label->energy[k]);
        add(gradients[i], &here);
    }
    note_worst(t, DIA_WORST_ENERGY, (dia_worst){point, k, k, fabs(r->e[k] - label->energy[k])});
    note_worst(t, DIA_WORST_GRADIENT, (dia_worst){point, k, k, dia_deviation_mean(&here)});
}

/* Of a coupling; of a rotated pair together with half the difference of the gradients, which the rotation mixes. */
static double norm(const dia_reference *r, const double *F, int i, int j)
{
    const double *h = F + dia_packed(i, j) * r->nc, *x = F + dia_packed(i, i) * r->nc,
                 *y = F + dia_packed(j, j) * r->nc;
    double sum = 0.0;
    for (int a = 0; a < r->nc; a++) {
        const double g = dia_reference_rotated(r, i, j) ? 0.5 * (x[a] - y[a]) : 0.0;
        sum += h[a] * h[a] + g * g;
    }
    return sqrt(sum);
}

static void add_norm(dia_errors *t, const dia_reference *r, int point, int i, int j)
{
    const double is = norm(r, r->F, i, j), should = norm(r, r->F0, i, j), difference = fabs(is - should);
    t->norm++;
    t->norm_far += difference > fmax(0.5 * should, 4.0 * small_norm);
    if (difference <= fmax(0.2 * should, small_norm))
        t->norm_right++;
    else
        note_worst(t, DIA_WORST_NORM, (dia_worst){point, i, j, difference / should});
}

static void add_pair(dia_errors *t, const dia_reference *r, const dia_label *label, int point, int i, int j)
{
    const int p = j * (j - 1) / 2 + i, at = dia_packed(i, j);
    const double gap = label->energy[j] - label->energy[i];
    const int b = bin(DIA_LABEL_GAPS, dia_label_gap_limits, gap);
    dia_deviation here = {0};
    if (!(r->w[at] > 0.0))
        return;
    for (int a = 0; a < r->nc; a++)
        count(&here, r->F[at * r->nc + a] - r->F0[at * r->nc + a]);
    add(&t->coupling, &here);
    add(&t->pair_coupling[p], &here);
    add(&t->gap_coupling[b], &here);
    if (gap < DIA_EV) {
        add(&t->coupling_near, &here);
        add(&t->pair_coupling_near[p], &here);
    }
    if (gap < small_gap) {
        add(&t->coupling_close, &here);
        add(&t->pair_coupling_close[p], &here);
        note_worst(t, DIA_WORST_COUPLING, (dia_worst){point, i, j, dia_deviation_mean(&here)});
        add_norm(t, r, point, i, j);
    }
}

/* Weights only choose signs and rotations here: those of an input that says nothing of the loss, but for couplings at
 * large gaps. Part of these no matrix can give (docs/training.md), and at 3 eV three hundredths of their usual weight turn
 * nearly degenerate states by so much that their own couplings seem three times as wrong as they are. */
const dia_loss dia_errors_loss = {.energy = 1 / (DIA_EV * DIA_EV),
                                  .gradient = 0.04 * DIA_ANGSTROM * DIA_ANGSTROM / (DIA_EV * DIA_EV),
                                  .coupling = 0.04 * DIA_ANGSTROM * DIA_ANGSTROM / (DIA_EV * DIA_EV),
                                  .coupling_gap = 0.5 * DIA_EV,
                                  .coupling_power = 4,
                                  .degenerate = 0.02 * DIA_EV};

dia_status dia_errors_add(dia_errors *t, const dia_dataset *data, int states, int n, const int *points, const double *E,
                          const double *F, dia_error *error)
{
    const int ns = data->nstate, nc = data->ncart, np = ns * (ns + 1) / 2;
    dia_molecule unit;
    dia_status status = dia_molecule_init(&unit, data->natom, 3, NULL, error);
    if (status != DIA_OK)
        return status;
    double *work = dia_allocate(dia_reference_work(ns, nc) + (size_t)((np + 6) * nc), sizeof *work);
    double *T = work, *own = T + 6 * nc; /* rigid motions; F with its couplings projected */
    if (work == NULL)
        status = dia_error_set(error, DIA_ERROR_MEMORY, "no memory to measure errors");
    t->data = data;
    t->nstate = states;
    for (int b = 0; b < n && status == DIA_OK; b++) {
        const dia_label label = dia_dataset_label(data, points[b]);
        dia_reference r;
        bool any = false;
        for (int k = 0; k < states; k++)
            any = any || !isnan(label.energy[k]);
        t->npoint += any;
        t->bare += !any;
        memcpy(own, F + (size_t)b * (size_t)(np * nc), sizeof *own * (size_t)(np * nc));
        for (int j = 1; j < ns; j++)
            dia_internal_project(&unit, data->R + (size_t)points[b] * (size_t)nc, j, own + dia_packed(j, 0) * nc, T);
        dia_reference_make(&r, &dia_errors_loss, ns, nc, E + b * ns, own, &label, own + np * nc);
        for (int j = 0; j < states; j++) {
            add_state(t, &r, &label, points[b], j);
            for (int i = 0; i < j; i++)
                add_pair(t, &r, &label, points[b], i, j);
        }
    }
    dia_molecule_free(&unit);
    free(work);
    return status;
}

bool dia_errors_wrong(const dia_errors *t, size_t size, char *text)
{
    const bool norms = t->norm >= 5 && (double)t->norm_far > 0.2 * (double)t->norm;
    const bool phases = 3 * (t->nknown - t->nright) > t->nknown;
    const double energy = dia_deviation_mean(&t->energy) / milli_ev;
    char good[64] = "", first[300] = "", second[300] = "";
    if (!norms && !phases)
        return false;
    if (energy < 100.0)
        snprintf(good, sizeof good, ", although energies are within %.1f meV", energy);
    if (norms)
        snprintf(
            first, sizeof first,
            "of %ld couplings at gaps below 0.5 eV only %ld have a norm within 20 %% of the reference, and %ld are "
            "off by more than half",
            t->norm, t->norm_right, t->norm_far);
    if (phases)
        snprintf(
            second, sizeof second,
            "%sat %d of %d intersections that are known from the data the states do not meet, or do not change sign "
            "on a way around",
            norms ? "; " : "", t->nknown - t->nright, t->nknown);
    snprintf(text, size,
             "the couplings are wrong%s: %s%s, as when other diabatic states cross than in the data: populations of a "
             "swarm would be wrong",
             good, first, second);
    return true;
}

/* ---- table ----------------------------------------------------------------------------------- */

static void cell(FILE *out, const dia_deviation *d, double unit)
{
    if (d == NULL || d->n == 0)
        fprintf(out, " %8s %8s", "-", "-");
    else
        fprintf(out, " %8.1f %8.1f", dia_deviation_mean(d) / unit, dia_deviation_rms(d) / unit);
}

static void row(FILE *out, const char *name, const dia_deviation *energy, const dia_deviation *gradient,
                const dia_deviation *coupling, const dia_deviation *close)
{
    fprintf(out, "  %-15s", name);
    cell(out, energy, milli_ev);
    cell(out, gradient, milli_ev_per_angstrom);
    cell(out, coupling, milli_ev_per_angstrom);
    cell(out, close, milli_ev_per_angstrom);
    fputc('\n', out);
}

/* What a kind of worst labels is called, in the table and in JSON; its unit. */
static const struct {
    const char *title, *key, *unit, *json_unit;
    double factor;
} worst_kinds[DIA_WORST_KINDS] = {
    [DIA_WORST_ENERGY] = {"energies", "energies", "meV", "mev", 1e-3 * DIA_EV},
    [DIA_WORST_GRADIENT] = {"gradients", "gradients", "meV/A", "mev_per_angstrom", 1e-3 * DIA_EV / DIA_ANGSTROM},
    [DIA_WORST_COUPLING] = {"couplings, gap < 0.5 eV", "couplings", "meV/A", "mev_per_angstrom",
                            1e-3 * DIA_EV / DIA_ANGSTROM},
    [DIA_WORST_NORM] = {"norms of couplings, gap < 0.5 eV", "coupling_norms", "% of the reference", "percent", 0.01}};

static const char *group_of(const dia_errors *t, int point)
{
    return t->data->group_name != NULL ? t->data->group_name[t->data->group[point]] : NULL;
}

static void worst_table(const dia_errors *t, FILE *out)
{
    fputs("  worst (mean over components; points counted from 0 in the file)\n", out);
    for (int kind = 0; kind < DIA_WORST_KINDS; kind++) {
        if (t->nworst[kind] == 0)
            continue;
        fprintf(out, "    %s (%s):", worst_kinds[kind].title, worst_kinds[kind].unit);
        for (int i = 0; i < t->nworst[kind]; i++) {
            const dia_worst *w = &t->worst[kind][i];
            const char *group = group_of(t, w->point);
            fprintf(out, "%s point %d%s%s S%d", i > 0 ? "," : "", w->point, group != NULL ? " " : "",
                    group != NULL ? group : "", w->lower);
            if (w->upper != w->lower)
                fprintf(out, "/S%d", w->upper);
            fprintf(out, " %.4g", w->error / worst_kinds[kind].factor);
        }
        fputc('\n', out);
    }
}

static void known_table(const dia_errors *t, FILE *out)
{
    fprintf(
        out,
        "  known intersections (gap below 0.1 eV, near copies once) around which the states change sign: %d of %d\n",
        t->nright, t->nknown);
    for (int i = 0; i < t->nknown; i++) {
        const dia_known *k = &t->known[i];
        fprintf(out, "    S%d/S%d ", k->lower, k->lower + 1);
        if (k->point >= 0)
            fprintf(out, "point %d, gap %.3f eV: ", k->point, k->gap / DIA_EV);
        else
            fprintf(out, "named geometry %d: ", -1 - k->point);
        if (k->meets)
            fprintf(out, "meet %.3f A away, diabats %d and %d (%.0f %%), plane %.0f %%, %s\n", k->moved / DIA_ANGSTROM,
                    k->diabat[0] < k->diabat[1] ? k->diabat[0] : k->diabat[1],
                    k->diabat[0] < k->diabat[1] ? k->diabat[1] : k->diabat[0], 100.0 * k->share, 100.0 * k->plane,
                    k->sign < 0   ? "sign -1"
                    : k->sign > 0 ? "sign +1: WRONG"
                                  : "sign uncertain: WRONG");
        else
            fprintf(out, "do not meet, gap still %.3f eV: WRONG\n", k->model_gap / DIA_EV);
    }
}

static void topology_table(const dia_errors *t, FILE *out)
{
    char text[DIA_ERRORS_VERDICT];
    if (t->norm > 0)
        fprintf(
            out,
            "  norm of the coupling within 20 %% at gaps below 0.5 eV: %ld of %ld (%.0f %%); off by more than half: "
            "%ld\n",
            t->norm_right, t->norm, 100.0 * (double)t->norm_right / (double)t->norm, t->norm_far);
    if (t->nknown > 0)
        known_table(t, out);
    if (dia_errors_wrong(t, sizeof text, text))
        fprintf(out, "  WRONG TOPOLOGY: %s\n", text);
}

void dia_errors_table(const dia_errors *t, FILE *out)
{
    char name[64];
    fprintf(out, "%d points", t->npoint);
    if (t->bare > 0)
        fprintf(out, " (%d more have no label that counts)", t->bare);
    if (t->nstate < t->data->nstate)
        fprintf(out, ", %d of %d states", t->nstate, t->data->nstate);
    fprintf(out, "\n  %-15s %17s %17s %17s %17s\n", "", "energy, meV", "gradient, meV/A", "coupl. x gap",
            "gap < 0.5 eV");
    fprintf(out, "  %-15s", "");
    for (int i = 0; i < 4; i++)
        fprintf(out, " %8s %8s", "mean", "rms");
    fputc('\n', out);
    row(out, "all", &t->energy, &t->gradient, &t->coupling, &t->coupling_close);
    row(out, "up to 14 eV", &t->energy_low, &t->gradient_low, NULL, NULL);
    for (int k = 0; k < t->nstate; k++) {
        snprintf(name, sizeof name, "S%d", k);
        row(out, name, &t->state_energy[k], &t->state_gradient[k], NULL, NULL);
    }
    for (int j = 1; j < t->nstate; j++)
        for (int i = 0; i < j; i++) {
            const int p = j * (j - 1) / 2 + i;
            snprintf(name, sizeof name, "S%d/S%d", i, j);
            row(out, name, NULL, NULL, &t->pair_coupling[p], &t->pair_coupling_close[p]);
        }
    for (int k = 0; k < DIA_LABEL_GAPS; k++) {
        snprintf(name, sizeof name, "gap %s eV", dia_label_gap_names[k]);
        row(out, name, &t->gap_energy[k], &t->gap_gradient[k], &t->gap_coupling[k], NULL);
    }
    for (int k = 0; k < DIA_ERRORS_ENERGIES; k++) {
        snprintf(name, sizeof name, "E %s eV", level_names[k]);
        row(out, name, &t->level_energy[k], &t->level_gradient[k], NULL, NULL);
    }
    topology_table(t, out);
    worst_table(t, out);
}

/* ---- JSON ------------------------------------------------------------------------------------ */

static void pair_of_numbers(dia_json *json, const char *what, const char *unit, const dia_deviation *d, double factor)
{
    char key[96];
    snprintf(key, sizeof key, "%s_mae_%s", what, unit);
    dia_json_real(json, key, dia_deviation_mean(d) / factor);
    snprintf(key, sizeof key, "%s_rmse_%s", what, unit);
    dia_json_real(json, key, dia_deviation_rms(d) / factor);
}

static void energy(dia_json *json, const dia_deviation *d)
{
    pair_of_numbers(json, "energy", "mev", d, milli_ev);
}

static void gradient(dia_json *json, const dia_deviation *d)
{
    pair_of_numbers(json, "gradient", "mev_per_angstrom", d, milli_ev_per_angstrom);
}

static void coupling(dia_json *json, const dia_deviation *d)
{
    pair_of_numbers(json, "coupling", "mev_per_angstrom", d, milli_ev_per_angstrom);
}

static const char close_key[] = "coupling_gap_below_0.5_ev";

static void by_pair(const dia_errors *t, dia_json *json)
{
    dia_json_array(json, "by_pair");
    for (int j = 1; j < t->nstate; j++)
        for (int i = 0; i < j; i++) {
            const int p = j * (j - 1) / 2 + i;
            dia_json_object(json, NULL);
            dia_json_int(json, "lower", i);
            dia_json_int(json, "upper", j);
            coupling(json, &t->pair_coupling[p]);
            pair_of_numbers(json, "coupling_gap_below_1_ev", "mev_per_angstrom", &t->pair_coupling_near[p],
                            milli_ev_per_angstrom);
            pair_of_numbers(json, close_key, "mev_per_angstrom", &t->pair_coupling_close[p], milli_ev_per_angstrom);
            dia_json_end(json);
        }
    dia_json_end(json);
}

static void topology(const dia_errors *t, dia_json *json)
{
    char text[DIA_ERRORS_VERDICT];
    dia_json_object(json, "topology");
    dia_json_int(json, "couplings", t->norm);
    dia_json_int(json, "norm_within_20_percent", t->norm_right);
    dia_json_int(json, "norm_off_by_half", t->norm_far);
    dia_json_int(json, "intersections", t->nknown);
    dia_json_int(json, "intersections_with_phase", t->nright);
    dia_json_bool(json, "wrong", dia_errors_wrong(t, sizeof text, text));
    dia_json_array(json, "known");
    for (int i = 0; i < t->nknown; i++) {
        const dia_known *k = &t->known[i];
        dia_json_object(json, NULL);
        dia_json_int(json, "point", k->point);
        dia_json_int(json, "lower", k->lower);
        dia_json_real(json, "gap_ev", k->gap / DIA_EV);
        dia_json_bool(json, "meets", k->meets);
        if (k->meets) {
            dia_json_real(json, "moved_angstrom", k->moved / DIA_ANGSTROM);
            dia_json_int(json, "sign", k->sign);
            dia_json_array(json, "diabats");
            dia_json_int(json, NULL, k->diabat[0]);
            dia_json_int(json, NULL, k->diabat[1]);
            dia_json_end(json);
            dia_json_real(json, "share", k->share);
            dia_json_real(json, "plane", k->plane);
        } else
            dia_json_real(json, "model_gap_ev", k->model_gap / DIA_EV);
        dia_json_end(json);
    }
    dia_json_end(json);
    dia_json_end(json);
}

static void worst(const dia_errors *t, dia_json *json)
{
    char key[64];
    dia_json_object(json, "worst");
    for (int kind = 0; kind < DIA_WORST_KINDS; kind++) {
        dia_json_array(json, worst_kinds[kind].key);
        snprintf(key, sizeof key, "error_%s", worst_kinds[kind].json_unit);
        for (int i = 0; i < t->nworst[kind]; i++) {
            const dia_worst *w = &t->worst[kind][i];
            dia_json_object(json, NULL);
            dia_json_int(json, "point", w->point);
            dia_json_text(json, "group", group_of(t, w->point));
            dia_json_int(json, "lower", w->lower);
            dia_json_int(json, "upper", w->upper);
            dia_json_real(json, key, w->error / worst_kinds[kind].factor);
            dia_json_end(json);
        }
        dia_json_end(json);
    }
    dia_json_end(json);
}

void dia_errors_json(const dia_errors *t, dia_json *json)
{
    dia_json_int(json, "npoint", t->npoint);
    dia_json_int(json, "points_left_out", t->bare);
    dia_json_int(json, "states", t->nstate);
    dia_json_int(json, "states_of_model", t->data->nstate);
    energy(json, &t->energy);
    gradient(json, &t->gradient);
    coupling(json, &t->coupling);
    pair_of_numbers(json, "energy_below_14_ev", "mev", &t->energy_low, milli_ev);
    pair_of_numbers(json, "gradient_below_14_ev", "mev_per_angstrom", &t->gradient_low, milli_ev_per_angstrom);
    pair_of_numbers(json, "coupling_gap_below_1_ev", "mev_per_angstrom", &t->coupling_near, milli_ev_per_angstrom);
    pair_of_numbers(json, close_key, "mev_per_angstrom", &t->coupling_close, milli_ev_per_angstrom);
    topology(t, json);
    dia_json_array(json, "by_state");
    for (int k = 0; k < t->nstate; k++) {
        dia_json_object(json, NULL);
        dia_json_int(json, "state", k);
        energy(json, &t->state_energy[k]);
        gradient(json, &t->state_gradient[k]);
        dia_json_end(json);
    }
    dia_json_end(json);
    by_pair(t, json);
    dia_json_array(json, "by_gap");
    for (int k = 0; k < DIA_LABEL_GAPS; k++) {
        dia_json_object(json, NULL);
        dia_json_text(json, "gap_ev", dia_label_gap_names[k]);
        energy(json, &t->gap_energy[k]);
        gradient(json, &t->gap_gradient[k]);
        coupling(json, &t->gap_coupling[k]);
        dia_json_end(json);
    }
    dia_json_end(json);
    dia_json_array(json, "by_energy");
    for (int k = 0; k < DIA_ERRORS_ENERGIES; k++) {
        dia_json_object(json, NULL);
        dia_json_text(json, "above_lowest_ev", level_names[k]);
        energy(json, &t->level_energy[k]);
        gradient(json, &t->level_gradient[k]);
        dia_json_end(json);
    }
    dia_json_end(json);
    worst(t, json);
}

void dia_label_count_json(const dia_label_count *count, dia_json *json)
{
    dia_json_int(json, "points", count->point);
    dia_json_int(json, "energies", count->energy);
    dia_json_int(json, "gradients", count->gradient);
    dia_json_int(json, "couplings", count->coupling);
    dia_json_array(json, "couplings_by_gap");
    for (int k = 0; k < DIA_LABEL_GAPS; k++) {
        dia_json_object(json, NULL);
        dia_json_text(json, "gap_ev", dia_label_gap_names[k]);
        dia_json_int(json, "pairs", count->pair[k]);
        dia_json_int(json, "labelled", count->taught[k]);
        dia_json_end(json);
    }
    dia_json_end(json);
}
