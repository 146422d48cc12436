/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is told before a training begins: features, baseline, and what the data cannot teach. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/control.h"
#include "model/baseline.h"
#include "train/training.h"

/* Programs converge couplings to some 1e-6 hartree/bohr; those of states that couple are 1e-3 and more. */
static const double tiny = 1e-6;

/* Largest component of the couplings of the training points, hartree/bohr. */
static double largest_coupling(const dia_training *t)
{
    const int n = t->data.npair * t->data.ncart;
    double largest = 0.0;
    for (int i = 0; i < t->ntrain; i++)
        for (int k = 0; k < n; k++)
            largest = fmax(largest, fabs(t->data.coupling[(size_t)t->train[i] * (size_t)n + (size_t)k])); /* not NaN */
    return largest;
}

/* Where states are close, populations rest on couplings: on those of the data if most close pairs have one, and if there are at
 * least as many as internal coordinates, fewer of which cannot tell how a coupling changes with each. */
static void note_couplings(const dia_training *t, double weight, FILE *out)
{
    const dia_label_count c = dia_dataset_count(&t->data, t->ntrain, t->train);
    const long pairs = c.pair[0] + c.pair[1], taught = c.taught[0] + c.taught[1]; /* gaps below 0.5 eV */
    const int internal = t->data.ncart > 6 ? t->data.ncart - 6 : 1;
    const double largest = largest_coupling(t);
    if (c.coupling == 0 || weight == 0.0)
        fputs("couplings were not taught: populations rest on energies and gradients alone\n", out);
    else if (largest < tiny)
        fprintf(out,
                "couplings were taught that are all next to zero (largest %.1e hartree/bohr): hops will not happen "
                "where these "
                "states meet, unless by energies and gradients; are their units right?\n",
                largest);
    else if (pairs == 0)
        fputs("the training data hold no two states closer than 0.5 eV: populations rest on extrapolation\n", out);
    else if (2 * taught < pairs)
        fprintf(out,
                "couplings were taught for %ld of %ld pairs of states closer than 0.5 eV: populations rest mostly on "
                "energies "
                "and gradients\n",
                taught, pairs);
    else if (taught < internal)
        fprintf(
            out,
            "the training data hold only %ld pairs of states closer than 0.5 eV with a coupling, fewer than internal "
            "coordinates (%d): populations rest mostly on extrapolation\n",
            taught, internal);
}

/* How many features there are, of which descriptor; very many of them are slow and learn little. */
static void tell_features(const dia_training *t, const dia_control *control)
{
    const dia_network *network = t->network;
    const int most = dia_network_largest(network);
    char list[400] = "";
    size_t used = 0;
    for (int i = 0; i < network->ndescriptor && used < sizeof list; i++)
        used += (size_t)snprintf(list + used, sizeof list - used, "%s%s %d", i > 0 ? ", " : "",
                                 network->descriptor[i].type->name, network->descriptor[i].count);
    dia_control_note(control, "%d features: %s", network->nfeature, list);
    if (network->nfeature > 1000)
        dia_control_warn(
            control,
            "network.descriptors: %d of %d features come from '%s': the first layer is large, epochs are slow, "
            "and so many features of %d atoms say little more than few; take `internals` (of the bonds) or "
            "another descriptor that grows less in its place",
            network->descriptor[most].count, network->nfeature, network->descriptor[most].type->name, t->data.natom);
}

/* The baseline that was fitted, line by line. */
static dia_status tell_baseline(const dia_training *t, const dia_control *control, dia_error *error)
{
    const dia_network *network = t->network;
    char *text = NULL;
    size_t size = 0;
    if (network->baseline == NULL)
        return DIA_OK;
    FILE *out = open_memstream(&text, &size);
    if (out == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for a note");
    network->baseline->tell(network, network->baseline_numbers, out);
    fclose(out);
    for (char *line = text, *end; line != NULL && (end = strchr(line, '\n')) != NULL; line = end + 1) {
        *end = '\0';
        dia_control_note(control, "baseline %s: %s", network->baseline->name, line);
    }
    free(text);
    return DIA_OK;
}

/* What the labels and weights did not teach the model; kept in the model file for its users. */
static dia_status note_untaught(dia_training *t, const dia_control *control, dia_error *error)
{
    double weight = 0.0, gradient_weight = 0.0;
    for (int i = 0; i < t->settings.nstage; i++) {
        weight = fmax(weight, t->settings.loss.coupling * t->settings.stage[i].coupling);
        gradient_weight = fmax(gradient_weight, t->settings.loss.gradient * t->settings.stage[i].gradient);
    }
    if (t->settings.nstage == 0) /* H is that of network.start, and what is said of it */
        return DIA_OK;
    size_t size = 0;
    FILE *out = open_memstream(&t->network->note, &size);
    if (out == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for a note");
    if (t->data.nstate > 1)
        note_couplings(t, weight, out);
    if (dia_dataset_count(&t->data, t->ntrain, t->train).gradient == 0 || gradient_weight == 0.0)
        fputs("gradients were not taught: forces rest on energies alone\n", out);
    if (t->settings.network.diabats > t->settings.network.states)
        fprintf(
            out,
            "only the lowest %d of its %d states were fitted (the others are surplus diabats): trajectories should not "
            "begin on or reach S%d\n",
            t->settings.network.states, t->settings.network.diabats, t->settings.network.states);
    for (int i = 0; i < t->network->ndescriptor; i++) {
        const dia_descriptor_type *type = t->network->descriptor[i].type;
        const char *text = type->note != NULL ? type->note(t->network->descriptor[i].self) : NULL;
        if (text != NULL)
            fprintf(out, "%s\n", text);
    }
    fclose(out);
    if (size > 0)
        t->network->note[size - 1] = '\0'; /* the last end of line */
    if (size > 0)
        dia_control_warn(control, "%s: %s", t->settings.data.file, t->network->note);
    return DIA_OK;
}

dia_status dia_training_tell(dia_training *t, const dia_control *control, dia_error *error)
{
    tell_features(t, control);
    if (t->data.dipole != NULL && t->settings.dipoles_node == NULL)
        dia_control_note(control, "%s holds dipoles, which are not learned; `dipoles: {}` in the input asks for it",
                         t->settings.data.file);
    const dia_status status = tell_baseline(t, control, error);
    return status == DIA_OK ? note_untaught(t, control, error) : status;
}
