/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a data set holds: labels of one point, how many of each kind there are, in words. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/control.h"
#include "dataset/dataset.h"
#include "math/vector.h"

dia_label dia_dataset_label(const dia_dataset *data, int b)
{
    return (dia_label){.energy = data->energy + (size_t)b * (size_t)data->nstate,
                       .gradient = data->gradient + (size_t)b * (size_t)(data->nstate * data->ncart),
                       .coupling = data->coupling + (size_t)b * (size_t)(data->npair * data->ncart)};
}

const double dia_label_gap_limits[DIA_LABEL_GAPS - 1] = {0.1 * DIA_EV, 0.5 * DIA_EV};
const char *const dia_label_gap_names[DIA_LABEL_GAPS] = {"< 0.1", "0.1-0.5", "> 0.5"};

static void count_pair(const dia_dataset *data, const dia_label *label, int i, int j, dia_label_count *count)
{
    const double gap = label->energy[j] - label->energy[i];
    const bool there = dia_finite((size_t)data->ncart, label->coupling + (j * (j - 1) / 2 + i) * data->ncart);
    count->coupling += there;
    if (isnan(gap))
        return;
    int bin = 0;
    while (bin < DIA_LABEL_GAPS - 1 && !(gap < dia_label_gap_limits[bin]))
        bin++;
    count->pair[bin]++;
    count->taught[bin] += there;
}

dia_label_count dia_dataset_count(const dia_dataset *data, int n, const int *points)
{
    dia_label_count count = {.point = points != NULL ? n : data->npoint};
    for (int b = 0; b < (int)count.point; b++) {
        const dia_label label = dia_dataset_label(data, points != NULL ? points[b] : b);
        for (int j = 0; j < data->nstate; j++) {
            count.energy += !isnan(label.energy[j]);
            count.gradient += dia_finite((size_t)data->ncart, label.gradient + j * data->ncart);
            for (int i = 0; i < j; i++)
                count_pair(data, &label, i, j, &count);
        }
    }
    return count;
}

void dia_dataset_summary(const dia_dataset *data, size_t size, char *text)
{
    const dia_label_count c = dia_dataset_count(data, 0, NULL);
    dia_molecule molecule;
    char formula[64] = "?";
    if (dia_molecule_init(&molecule, data->natom, 3, data->numbers, NULL) == DIA_OK) {
        dia_molecule_formula(&molecule, sizeof formula, formula);
        dia_molecule_free(&molecule);
    }
    const int used = snprintf(text, size, "%d points of %s, %d state%s: %ld energies, %ld gradients", data->npoint,
                              formula, data->nstate, data->nstate > 1 ? "s" : "", c.energy, c.gradient);
    if (data->nstate > 1 && used > 0 && (size_t)used < size)
        snprintf(text + used, size - (size_t)used,
                 ", %ld couplings (at gaps below 0.1 eV %ld of %ld, 0.1 to 0.5 eV %ld of %ld, above %ld of %ld)",
                 c.coupling, c.taught[0], c.pair[0], c.taught[1], c.pair[1], c.taught[2], c.pair[2]);
}

void dia_dataset_talk(const dia_dataset *data, const char *path, const dia_control *control)
{
    char summary[400];
    dia_dataset_summary(data, sizeof summary, summary);
    dia_control_note(control, "%s: %s", path, summary);
    for (const char *line = data->notes; *line != '\0'; line += strcspn(line, "\n") + 1)
        dia_control_warn(control, "%s: %.*s", path, (int)strcspn(line, "\n"), line);
}
