/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "train/errors.h"

#include <math.h>

#include "diabolo/model.h"

static const double level_limits[DIA_ERRORS_ENERGIES - 1] = {2 * DIA_EV, 5 * DIA_EV, 8 * DIA_EV, 14 * DIA_EV};
static const char *const level_names[DIA_ERRORS_ENERGIES] = {"< 2", "2-5", "5-8", "8-14", "> 14"};
static const double milli_ev = 1e-3 * DIA_EV, milli_ev_per_angstrom = 1e-3 * DIA_EV / DIA_ANGSTROM;

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

static void add_state(dia_errors *t, const dia_dataset *data, const dia_label *label, int k, double energy,
                      const double *gradient)
{
    const double above = label->energy[k] - data->lowest;
    const int gap = bin(DIA_LABEL_GAPS, dia_label_gap_limits, nearest_gap(data->nstate, label->energy, k));
    const int level = bin(DIA_ERRORS_ENERGIES, level_limits, above);
    const bool low = above < level_limits[DIA_ERRORS_ENERGIES - 2];
    if (isnan(label->energy[k]))
        return;
    dia_deviation *const energies[] = {&t->energy, &t->state_energy[k], &t->gap_energy[gap], &t->level_energy[level],
                                       &t->energy_low};
    dia_deviation *const gradients[] = {&t->gradient, &t->state_gradient[k], &t->gap_gradient[gap],
                                        &t->level_gradient[level], &t->gradient_low};
    const int counters = low ? 5 : 4;
    for (int i = 0; i < counters; i++) {
        count(energies[i], energy - label->energy[k]);
        for (int a = 0; a < data->ncart; a++)
            if (!isnan(label->gradient[k * data->ncart + a]))
                count(gradients[i], gradient[a] - label->gradient[k * data->ncart + a]);
    }
}

static void add_pair(dia_errors *t, const dia_dataset *data, const dia_label *label, int i, int j, double sign,
                     const double *h)
{
    const int p = j * (j - 1) / 2 + i;
    const double gap = label->energy[j] - label->energy[i];
    const int b = bin(DIA_LABEL_GAPS, dia_label_gap_limits, gap);
    for (int a = 0; a < data->ncart && !isnan(gap); a++) {
        const double reference = label->coupling[p * data->ncart + a], difference = sign * h[a] - reference;
        if (isnan(reference))
            continue;
        count(&t->coupling, difference);
        count(&t->pair_coupling[p], difference);
        count(&t->gap_coupling[b], difference);
        if (gap < DIA_EV) {
            count(&t->coupling_near, difference);
            count(&t->pair_coupling_near[p], difference);
        }
    }
}

void dia_errors_add(dia_errors *t, const dia_dataset *data, int n, const int *points, const double *E, const double *F)
{
    const int ns = data->nstate, nc = data->ncart, np = ns * (ns + 1) / 2;
    t->npoint += n;
    t->nstate = ns;
    t->npair = data->npair;
    for (int b = 0; b < n; b++) {
        const dia_label label = dia_dataset_label(data, points[b]);
        const double *f = F + (size_t)b * (size_t)(np * nc);
        double overlap[DIA_ERRORS_PAIRS] = {0}, sign[DIA_LOSS_STATES];
        for (int j = 1; j < ns; j++)
            for (int i = 0; i < j; i++)
                for (int a = 0; a < nc; a++) {
                    const double reference = label.coupling[(j * (j - 1) / 2 + i) * nc + a];
                    overlap[j * (j - 1) / 2 + i] += isnan(reference) ? 0.0 : reference * f[dia_packed(i, j) * nc + a];
                }
        dia_loss_signs(ns, overlap, sign);
        for (int k = 0; k < ns; k++)
            add_state(t, data, &label, k, E[b * ns + k], f + dia_packed(k, k) * nc);
        for (int j = 1; j < ns; j++)
            for (int i = 0; i < j; i++)
                add_pair(t, data, &label, i, j, sign[i] * sign[j], f + dia_packed(i, j) * nc);
    }
}

/* ---- table ----------------------------------------------------------------------------------- */

static void cell(FILE *out, const dia_deviation *d, double unit)
{
    if (d == NULL || d->n == 0)
        fprintf(out, " %9s %9s", "-", "-");
    else
        fprintf(out, " %9.1f %9.1f", dia_deviation_mean(d) / unit, dia_deviation_rms(d) / unit);
}

static void row(FILE *out, const char *name, const dia_deviation *energy, const dia_deviation *gradient,
                const dia_deviation *coupling)
{
    fprintf(out, "  %-22s", name);
    cell(out, energy, milli_ev);
    cell(out, gradient, milli_ev_per_angstrom);
    cell(out, coupling, milli_ev_per_angstrom);
    fputc('\n', out);
}

void dia_errors_table(const dia_errors *t, FILE *out)
{
    char name[64];
    fprintf(out, "%d points      energy (meV)        gradient (meV/A)    coupling x gap (meV/A)\n", t->npoint);
    fprintf(out, "  %-22s %9s %9s %9s %9s %9s %9s\n", "", "mean abs", "rms", "mean abs", "rms", "mean abs", "rms");
    row(out, "all", &t->energy, &t->gradient, &t->coupling);
    row(out, "up to 14 eV; gap < 1 eV", &t->energy_low, &t->gradient_low, &t->coupling_near);
    for (int k = 0; k < t->nstate; k++) {
        snprintf(name, sizeof name, "S%d", k);
        row(out, name, &t->state_energy[k], &t->state_gradient[k], NULL);
    }
    for (int j = 1; j < t->nstate; j++)
        for (int i = 0; i < j; i++) {
            snprintf(name, sizeof name, "S%d/S%d, gap < 1 eV", i, j);
            row(out, name, NULL, NULL, &t->pair_coupling_near[j * (j - 1) / 2 + i]);
        }
    for (int k = 0; k < DIA_LABEL_GAPS; k++) {
        snprintf(name, sizeof name, "gap %s eV", dia_label_gap_names[k]);
        row(out, name, &t->gap_energy[k], &t->gap_gradient[k], &t->gap_coupling[k]);
    }
    for (int k = 0; k < DIA_ERRORS_ENERGIES; k++) {
        snprintf(name, sizeof name, "energy %s eV", level_names[k]);
        row(out, name, &t->level_energy[k], &t->level_gradient[k], NULL);
    }
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
            dia_json_end(json);
        }
    dia_json_end(json);
}

void dia_errors_json(const dia_errors *t, dia_json *json)
{
    dia_json_int(json, "npoint", t->npoint);
    energy(json, &t->energy);
    gradient(json, &t->gradient);
    coupling(json, &t->coupling);
    pair_of_numbers(json, "energy_below_14_ev", "mev", &t->energy_low, milli_ev);
    pair_of_numbers(json, "gradient_below_14_ev", "mev_per_angstrom", &t->gradient_low, milli_ev_per_angstrom);
    pair_of_numbers(json, "coupling_gap_below_1_ev", "mev_per_angstrom", &t->coupling_near, milli_ev_per_angstrom);
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
