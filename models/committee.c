/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Several networks of one file. H is that of one of them, or of a network distilled from their adiabatic mean: the mean of
 * their H would mean nothing, since their diabatic states are turned against each other by angles that change with the
 * geometry. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "model/committee.h"
#include "model/front.h"
#include "model/network.h"
#include "model/object.h"

typedef struct committee {
    const char *file, *member; /* options, while it is opened */
    int n;
    dia_model *members[DIA_COMMITTEE_MEMBERS]; /* owned            */
    dia_model *distilled;                      /* NULL: none; owned */
    const dia_model *flown;                    /* one of them       */
    dia_calibration calibration;
} committee;

static const dia_option committee_options[] = {
    DIA_PATH(committee, file, NULL, "model file of a committee, of `diabolo train` or `diabolo committee`",
             .required = true),
    DIA_TEXT(committee, member, "0",
             "which network gives the numbers: a member, counted from 0; `distilled`, if the file holds one; or `all`: "
             "`diabolo run` flies a swarm on each, other commands take the first"),
    {.key = NULL}};

/* ---- the one that is flown ------------------------------------------------------------------- */

static const dia_model *flown(const void *self)
{
    return ((const committee *)self)->flown;
}

static size_t tape_size(const void *self, int batch_max, int request_max)
{
    return flown(self)->type->tape_size(flown(self)->self, batch_max, request_max);
}

static void tape_init(const void *self, void *work, int batch_max, int request_max)
{
    if (flown(self)->type->tape_init != NULL)
        flown(self)->type->tape_init(flown(self)->self, work, batch_max, request_max);
}

static void single(const void *self, void *work)
{
    if (flown(self)->type->single != NULL)
        flown(self)->type->single(flown(self)->self, work);
}

static void hamiltonian(const void *self, void *work, int batch, const double *R, double *H)
{
    flown(self)->type->hamiltonian(flown(self)->self, work, batch, R, H);
}

static void contract(const void *self, void *work, const double *R, int n, const int *row, const double *W, double *G)
{
    flown(self)->type->contract(flown(self)->self, work, R, n, row, W, G);
}

static void derivative(const void *self, void *work, const double *R, int n, const int *row, const double *V,
                       double *dH)
{
    flown(self)->type->derivative(flown(self)->self, work, R, n, row, V, dH);
}

static bool bounded(const void *self)
{
    return dia_model_bounded(flown(self));
}

static double novelty(const void *self, const double *R, size_t size, char *text)
{
    return dia_model_novelty(flown(self), R, size, text);
}

static const char *note(const void *self)
{
    return dia_model_note(flown(self));
}

static int fitted(const void *self)
{
    return dia_model_fitted(flown(self));
}

static bool dipolar(const void *self)
{
    return dia_model_dipolar(flown(self));
}

static void dipole(const void *self, void *work, const double *R, int n, const int *row, double *mu)
{
    flown(self)->type->dipole(flown(self)->self, work, R, n, row, mu);
}

static void dipole_contract(const void *self, void *work, const double *R, int n, const int *row, const double *W,
                            double *G)
{
    flown(self)->type->dipole_contract(flown(self)->self, work, R, n, row, W, G);
}

static const dia_model *member(const void *self, int k)
{
    const committee *c = self;
    return k < c->n ? c->members[k] : NULL;
}

extern const dia_model_type dia_model_type_committee;

const dia_calibration *dia_model_calibration(const dia_model *model)
{
    const committee *c = model->type == &dia_model_type_committee ? model->self : NULL;
    return c != NULL && c->calibration.npoint > 0 ? &c->calibration : NULL;
}

const dia_model *dia_model_flown(const dia_model *model)
{
    return model->type == &dia_model_type_committee ? flown(model->self) : model;
}

/* ---- opening --------------------------------------------------------------------------------- */

static void close_(void *self)
{
    committee *c = self;
    for (int k = 0; k < c->n; k++)
        dia_model_free(c->members[k]);
    dia_model_free(c->distilled);
}

/* The network that a group holds. */
static dia_status open_network(dia_model **model, const dia_store *store, const char *group,
                               const dia_model_source *source, dia_error *error)
{
    dia_store *view = NULL;
    dia_network *network = calloc(1, sizeof *network);
    dia_status status = network != NULL ? dia_store_group(&view, store, group, error)
                                        : dia_error_set(error, DIA_ERROR_MEMORY, "%s: no memory for a model", group);
    if (status == DIA_OK)
        status = dia_network_load(network, view, error);
    dia_store_close(&view);
    if (status != DIA_OK) {
        free(network);
        return status;
    }
    int nfile = 0;
    const dia_file *files = network->reference != NULL ? dia_model_files(network->reference, &nfile) : NULL;
    for (int i = 0; i < nfile && status == DIA_OK; i++)
        status = dia_files_note(source->files, files[i].path, files[i].digest, error);
    if (status == DIA_OK)
        status = dia_network_model(model, network, error);
    if (status != DIA_OK) {
        dia_network_free(network);
        free(network);
    }
    return status;
}

/* All networks of a committee have the same atoms and states. */
static dia_status check_alike(const dia_store *store, const committee *c, const dia_model *other, const char *group,
                              dia_error *error)
{
    const dia_model *first = c->members[0];
    dia_status status = dia_molecule_match(dia_model_molecule(other), dia_model_molecule(first), error);
    if (status != DIA_OK)
        return dia_error_prefix(error, "%s/%s does not fit the first member", dia_store_path(store), group);
    if (other->shape.nstate != first->shape.nstate || dia_model_fitted(other) != dia_model_fitted(first))
        return dia_error_set(error, DIA_ERROR_INPUT, "%s/%s has %d states, %d of them fitted; the first member %d, %d",
                             dia_store_path(store), group, other->shape.nstate, dia_model_fitted(other),
                             first->shape.nstate, dia_model_fitted(first));
    return DIA_OK;
}

static dia_status open_members(committee *c, const dia_store *store, const dia_model_source *source, dia_error *error)
{
    int64_t n = 0;
    dia_status status = dia_store_attribute_int(store, "", "members", &n, error);
    if (status == DIA_OK && (n < 1 || n > DIA_COMMITTEE_MEMBERS))
        status = dia_error_set(error, DIA_ERROR_FILE, "%s: attribute 'members' is %lld; expected 1 to %d",
                               dia_store_path(store), (long long)n, DIA_COMMITTEE_MEMBERS);
    for (int k = 0; k < n && status == DIA_OK; k++) {
        char group[40];
        snprintf(group, sizeof group, "member/%d", k);
        status = open_network(&c->members[k], store, group, source, error);
        c->n += status == DIA_OK;
        if (status == DIA_OK)
            status = check_alike(store, c, c->members[k], group, error);
    }
    if (status == DIA_OK && dia_store_has(store, "distilled"))
        status = open_network(&c->distilled, store, "distilled", source, error);
    if (status == DIA_OK && c->distilled != NULL)
        status = check_alike(store, c, c->distilled, "distilled", error);
    return status == DIA_OK ? dia_calibration_read(&c->calibration, store, error) : status;
}

static dia_status choose(committee *c, const char *path, const char *word, dia_error *error)
{
    int k = 0;
    if (strcmp(word, "distilled") == 0 && c->distilled == NULL)
        return dia_error_set(error, DIA_ERROR_INPUT,
                             "%s: holds no distilled network: `diabolo committee --distilled` puts one there", path);
    if (strcmp(word, "distilled") == 0)
        c->flown = c->distilled;
    else if (strcmp(word, "all") == 0 || dia_text_int(word, 0, c->n - 1, &k, 0, NULL))
        c->flown = c->members[k];
    else
        return dia_error_set(error, DIA_ERROR_INPUT,
                             "%s: member '%.40s': expected a number from 0 to %d, 'distilled' or 'all'", path, word,
                             c->n - 1);
    return DIA_OK;
}

/* Opens the file that an option names. */
static dia_status open_file(dia_store **store, const char *path, dia_error *error)
{
    char *type = NULL;
    dia_status status = dia_store_open(store, path, error);
    if (status == DIA_OK)
        status = dia_store_expect(*store, "diabolo-model", DIA_MODEL_VERSION, error);
    if (status == DIA_OK)
        status = dia_store_attribute_text(*store, "", "type", &type, error);
    if (status == DIA_OK && strcmp(type, "committee") != 0)
        status = dia_error_set(error, DIA_ERROR_INPUT, "%s: is a model of type '%s', expected a committee", path, type);
    free(type);
    return status;
}

static dia_status open_(void *self, const dia_model_source *source, dia_shape *shape, dia_molecule *molecule,
                        dia_error *error)
{
    committee *c = self;
    dia_store *own = NULL;
    dia_status status = source->store == NULL ? open_file(&own, c->file, error) : DIA_OK;
    const dia_store *store = own != NULL ? own : source->store;
    if (status == DIA_OK)
        status = open_members(c, store, source, error);
    if (status == DIA_OK)
        status = choose(c, dia_store_path(store), c->member != NULL ? c->member : "0", error);
    dia_store_close(&own);
    c->file = c->member = NULL;
    if (status == DIA_OK)
        status = dia_molecule_copy(molecule, dia_model_molecule(c->members[0]), error);
    if (status != DIA_OK) {
        close_(self);
        return status;
    }
    *shape = c->flown->shape;
    shape->ntheta = 0; /* members are trained, each alone */
    return DIA_OK;
}

const dia_model_type dia_model_type_committee = {
    .version = DIA_EXTEND_VERSION,
    .name = "committee",
    .summary = "several networks trained alike, whose disagreement tells how far to trust them",
    .reference = "Krogh, Vedelsby, Adv. Neural Inf. Process. Syst. 7, 231 (1995); Lakshminarayanan, Pritzel, Blundell, "
                 "ibid. 30, 6402 (2017)",
    .options = committee_options,
    .self_size = sizeof(committee),
    .open = open_,
    .close = close_,
    .tape_size = tape_size,
    .tape_init = tape_init,
    .single = single,
    .hamiltonian = hamiltonian,
    .contract = contract,
    .derivative = derivative,
    .bounded = bounded,
    .novelty = novelty,
    .note = note,
    .fitted = fitted,
    .dipolar = dipolar,
    .dipole = dipole,
    .dipole_contract = dipole_contract, /* members are networks, which have it */
    .member = member,
};
