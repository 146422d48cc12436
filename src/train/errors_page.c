/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Errors of a model as a table and as JSON. */
#include "train/errors.h"

#include <math.h>

#include "base/number.h"

static const char *const level_names[DIA_ERRORS_ENERGIES] = {"< 2", "2-5", "5-8", "8-14", "> 14"};
static const double milli_ev = 1e-3 * DIA_EV, milli_ev_per_angstrom = 1e-3 * DIA_EV / DIA_ANGSTROM;

/* ---- table ----------------------------------------------------------------------------------- */

void dia_errors_cell(FILE *out, int width, int digits, double x)
{
    char text[32];
    dia_real_text(x, digits, (size_t)width + 1, text);
    fprintf(out, " %*s", width, isnan(x) ? "nan" : text);
}

static void cell(FILE *out, const dia_deviation *d, double unit)
{
    if (d == NULL || d->n == 0) {
        fprintf(out, " %8s %8s", "-", "-");
        return;
    }
    dia_errors_cell(out, 8, 1, dia_deviation_mean(d) / unit);
    dia_errors_cell(out, 8, 1, dia_deviation_rms(d) / unit);
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
