/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analyse/populations/estimators.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "statistics/moments.h"
#include "base/arena.h"
#include "base/control.h"
#include "diabolo/frame.h"
#include "electronic/sign.h"
#include "parallel/team.h"

enum { BATCH = 64 };

const char *const dia_estimator_names[DIA_ESTIMATORS] = {"active", "electronic", "mixed"};

static double square(const double z[2])
{
    return z[0] * z[0] + z[1] * z[1];
}

void dia_diabatic_populations(const dia_counting *how, const dia_frame *frame, int b, int active, const double *c,
                              double *by_active, double *electronic, double *mixed)
{
    const int n = frame->nstate, size = frame->hermitian ? 2 : 1; /* numbers of an element of U */
    const double *U = frame->U + (size_t)b * dia_frame_matrix(frame);
    for (int i = 0; i < n; i++) {
        double re = 0, im = 0, incoherent = 0;
        for (int k = 0; k < n; k++) {
            const double *at = U + (i * n + k) * size, u[2] = {at[0], frame->hermitian ? at[1] : 0};
            re += u[0] * c[2 * k] - u[1] * c[2 * k + 1];
            im += u[0] * c[2 * k + 1] + u[1] * c[2 * k];
            incoherent += square(u) * square(c + 2 * k);
            if (k == active)
                by_active[i] = square(u);
        }
        electronic[i] = re * re + im * im;
        mixed[i] = by_active[i] + how->coherence * (electronic[i] - incoherent);
    }
    dia_population_share(how->rule, how->start_weight, n, electronic);
}

/* ---- the trajectories that count ------------------------------------------------------------- */

typedef struct counted {
    int n;
    int *place;     /* (ntrajectory) among those that count; -1: it does not */
    double *weight; /* (n)                                                   */
} counted;

static dia_status no_memory(dia_error *error)
{
    return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for populations");
}

static dia_status counted_init(counted *c, const dia_record *record, dia_error *error)
{
    *c = (counted){.place = dia_allocate((size_t)record->ntrajectory, sizeof(int)),
                   .weight = dia_allocate((size_t)record->ntrajectory, sizeof(double))};
    if (c->place == NULL || c->weight == NULL)
        return no_memory(error);
    for (int j = 0; j < record->ntrajectory; j++) {
        c->place[j] = record->weight[j] > 0 ? c->n : -1;
        if (record->weight[j] > 0)
            c->weight[c->n++] = record->weight[j];
    }
    return DIA_OK;
}

static void counted_free(counted *c)
{
    free(c->place);
    free(c->weight);
}

/* Sums over groups behind the n states: x (n + ngroup). */
static void add_groups(int n, int ngroup, const dia_group *group, double *x)
{
    for (int g = 0; g < ngroup; g++) {
        x[n + g] = 0;
        for (int k = 0; k < n; k++)
            x[n + g] += group[g].member[k] ? x[k] : 0;
    }
}

/* An estimate of which rows will come. ratio: populations are ratios to the sum of the first so many values; 0: means. */
static dia_status begin(dia_estimate_rows **rows, const counted *c, int ntime, int n, bool binomial, int ratio,
                        const dia_estimators_options *o, dia_error *error)
{
    const dia_estimate_options options = {
        .binomial = binomial, .ratio = ratio, .bootstrap = o->bootstrap, .seed = o->seed, .control = o->control};
    return dia_estimate_open(rows, c->n, ntime, n, c->weight, &options, error);
}

/* The trajectories that count, of first .. first+count-1; *place: the first of them. */
static int counted_of(const counted *c, int first, int count, int *place)
{
    int n = 0;
    for (int j = first; j < first + count; j++)
        if (c->place[j] >= 0 && n++ == 0)
            *place = c->place[j];
    return n;
}

/* Room for `count` rows; kept for the next ones. */
typedef struct slab {
    double *values;
    size_t room;
} slab;

static double *slab_of(slab *s, int count, size_t m)
{
    const size_t need = (size_t)count * m + 1;
    if (need > s->room) {
        free(s->values);
        s->values = dia_allocate(need, sizeof *s->values);
        s->room = s->values != NULL ? need : 0;
    }
    return s->values;
}

/* ---- adiabatic ------------------------------------------------------------------------------- */

typedef struct filling {
    const dia_record *record;
    const counted *counted;
    const dia_estimators_options *options;
    dia_estimate_rows *rows;
    slab slab; /* (slab, ntime, states and groups) */
    bool failed;
} filling;

/* |c|^2 of the trajectories that count; without amplitudes 1 of the active state. */
static bool fill(void *context, int first, int count, double *const *amplitudes)
{
    filling *now = context;
    const dia_record *record = now->record;
    const size_t T = (size_t)record->ntime, n = (size_t)record->nstate, m = n + (size_t)now->options->ngroup;
    int place = 0;
    const int rows = counted_of(now->counted, first, count, &place);
    double *values = slab_of(&now->slab, rows, T * m);
    now->failed = values == NULL;
    for (size_t j = (size_t)first; j < (size_t)first + (size_t)count && !now->failed; j++)
        for (size_t t = 0; t < T && now->counted->place[j] >= 0; t++) {
            double *x = values + ((size_t)(now->counted->place[j] - place) * T + t) * m;
            memset(x, 0, m * sizeof *x);
            if (amplitudes == NULL)
                x[(size_t)record->active[j * T + t]] = 1;
            for (size_t k = 0; k < n && amplitudes != NULL; k++) {
                const double *a = amplitudes[0] + (((j - (size_t)first) * T + t) * n + k) * 2;
                x[k] = a[0] * a[0] + a[1] * a[1];
            }
            if (amplitudes != NULL)
                dia_population_share(&record->rule, dia_record_start_weight(record, (int)j), (int)n, x);
            add_groups((int)n, now->options->ngroup, now->options->group, x);
        }
    if (!now->failed)
        dia_estimate_take(now->rows, rows, values);
    return !now->failed;
}

static dia_status by_active(dia_estimators *e, filling *now, dia_error *error)
{
    const int N = now->record->ntrajectory;
    dia_status status =
        begin(&now->rows, now->counted, now->record->ntime, e->nadiabatic, true, 0, now->options, error);
    for (int first = 0; first < N && status == DIA_OK; first += BATCH)
        if (!fill(now, first, N - first < BATCH ? N - first : BATCH, NULL))
            status = no_memory(error);
    const dia_status closed =
        dia_estimate_close(&now->rows, status == DIA_OK ? &e->adiabatic[DIA_ESTIMATOR_ACTIVE] : NULL, error);
    return status == DIA_OK ? closed : status;
}

static dia_status by_amplitudes(dia_estimators *e, filling *now, dia_error *error)
{
    static const char *const name = "trajectories/amplitudes";
    const dia_record *record = now->record;
    dia_status status = begin(&now->rows, now->counted, record->ntime, e->nadiabatic, false,
                              dia_population_ratio(&record->rule) ? record->nstate : 0, now->options, error);
    if (status == DIA_OK)
        status = dia_record_walk(record, 1, &name, fill, now, error);
    if (status == DIA_OK && now->failed)
        status = no_memory(error);
    const dia_status closed =
        dia_estimate_close(&now->rows, status == DIA_OK ? &e->adiabatic[DIA_ESTIMATOR_ELECTRONIC] : NULL, error);
    return status == DIA_OK ? closed : status;
}

static dia_status adiabatic(dia_estimators *e, const dia_record *record, const counted *c,
                            const dia_estimators_options *o, dia_error *error)
{
    filling now = {.record = record, .counted = c, .options = o};
    dia_status status = by_active(e, &now, error);
    if (!record->has_amplitudes)
        snprintf(e->no_electronic, sizeof e->no_electronic,
                 "the file holds no amplitudes of single trajectories (output.trajectories: false)");
    else if (status == DIA_OK)
        status = by_amplitudes(e, &now, error);
    free(now.slab.values);
    return status;
}

/* ---- diabatic -------------------------------------------------------------------------------- */

typedef struct scratch { /* of one thread */
    dia_tape *tape;
    dia_frame frame; /* of a batch */
    double *work;
    double *E, *U, *V; /* spin-free states of one geometry, and their overlap with the states of the frame */
    double *x;         /* (3, nstate) */
} scratch;

enum { DIABATIC, SPIN_FREE, SPIN_DIABATIC, KINDS };

typedef struct diabatic_task {
    const dia_record *record;
    const counted *counted;
    const dia_estimators_options *options;
    dia_shape shape;
    int m, first, threads; /* populations; first trajectory of the slab */
    const double *R, *c;   /* (slab, ntime, ...) of the slab            */
    scratch *scratch;      /* one a thread                              */
    int place;             /* of its first trajectory that counts       */
    const dia_spin *spin;  /* NULL: not known                           */
    /* of the slab: (counted, ntime, m), (counted, ntime, terms and multiplicities) */
    double *values[DIA_ESTIMATORS], *spin_free[DIA_ESTIMATORS], *spin_diabatic[DIA_ESTIMATORS];
    slab slab[KINDS][DIA_ESTIMATORS]; /* their memory                              */
    dia_estimate_rows *rows[KINDS][DIA_ESTIMATORS];
    bool failed;
} diabatic_task;

static int spin_sums(const dia_spin *spin)
{
    return spin->nterm + spin->nmultiplicity;
}

/* V = U0^T U of row b. */
static void overlaps(int n, const double *U0, const dia_frame *frame, int b, double *V)
{
    const int size = frame->hermitian ? 2 : 1;
    const double *U = frame->U + (size_t)b * dia_frame_matrix(frame);
    memset(V, 0, dia_frame_matrix(frame) * sizeof *V);
    for (int i = 0; i < n; i++)
        for (int l = 0; l < n; l++)
            for (int k = 0; U0[i * n + l] != 0 && k < n * size; k++)
                V[l * n * size + k] += U0[i * n + l] * U[i * n * size + k];
}

/* Populations of terms and multiplicities of one sample, row b of the frame; `at`: its place in the values. */
static void evaluate_spins(const diabatic_task *d, const scratch *s, const dia_counting *how, const dia_frame *frame,
                           int b, int active, const double *c, const double *const diabatic[DIA_ESTIMATORS], size_t at)
{
    const int n = frame->nstate, m = spin_sums(d->spin);
    const dia_frame overlap = {.batch = 1, .nstate = n, .U = s->V, .hermitian = frame->hermitian};
    dia_spin_states(d->spin, frame->H + (size_t)b * dia_frame_packed(frame), s->E, s->U, s->work);
    overlaps(n, s->U, frame, b, s->V);
    dia_diabatic_populations(how, &overlap, 0, active, c, s->x, s->x + n, s->x + 2 * n);
    for (int e = 0; e < DIA_ESTIMATORS; e++) {
        dia_spin_sums(d->spin, s->x + e * n, d->spin_free[e] + at * (size_t)m);
        dia_spin_sums(d->spin, diabatic[e], d->spin_diabatic[e] + at * (size_t)m);
    }
}

/* One trajectory of the slab. */
static void evaluate_trajectory(void *context, int number, int thread)
{
    const diabatic_task *d = context;
    const size_t T = (size_t)d->record->ntime, n = (size_t)d->shape.nstate, ncart = (size_t)d->shape.ncart;
    const int row = d->first + number, place = d->counted->place[row];
    const scratch *s = &d->scratch[thread];
    const dia_population_rule *rule = &d->record->rule;
    const dia_counting how = {.rule = rule,
                              .coherence =
                                  dia_population_coherence(rule, d->c + (size_t)number * T * 2 * n), /* start */
                              .start_weight = dia_record_start_weight(d->record, row)};
    for (size_t t = 0; t < T && place >= 0; t += BATCH) {
        const int batch = T - t < BATCH ? (int)(T - t) : BATCH;
        dia_frame frame = s->frame;
        frame.batch = batch;
        (void)dia_model_hamiltonian(d->options->model, s->tape, batch, d->R + ((size_t)number * T + t) * ncart,
                                    frame.H);
        (void)dia_frame_solve(&frame, s->work);
        dia_frame_settle(&frame);
        for (size_t b = 0; b < (size_t)batch; b++) {
            const size_t sample = (size_t)(place - d->place) * T + t + b, at = sample * (size_t)d->m;
            const int active = d->record->active[(size_t)row * T + t + b];
            const double *c = d->c + ((size_t)number * T + t + b) * 2 * n;
            dia_diabatic_populations(&how, &frame, (int)b, active, c, d->values[0] + at, d->values[1] + at,
                                     d->values[2] + at);
            if (d->spin != NULL)
                evaluate_spins(d, s, &how, &frame, (int)b, active, c,
                               (const double *const[]){d->values[0] + at, d->values[1] + at, d->values[2] + at},
                               sample);
            for (int e = 0; e < DIA_ESTIMATORS; e++)
                add_groups((int)n, d->options->ndiabatic_group, d->options->diabatic_group, d->values[e] + at);
        }
    }
}

static void scratch_free(scratch *s)
{
    dia_tape_free(s->tape);
    free(s->frame.H);
    free(s->frame.E);
    free(s->frame.U);
    free(s->work);
    free(s->E);
}

static dia_status scratch_init(scratch *s, const dia_model *model, dia_error *error)
{
    const dia_shape shape = dia_model_shape(model);
    const size_t n = (size_t)shape.nstate;
    dia_frame *frame = &s->frame;
    *frame = (dia_frame){.nstate = shape.nstate, .hermitian = dia_hermitian(&shape)};
    frame->H = dia_allocate((size_t)BATCH * (size_t)shape.npacked, sizeof(double));
    frame->E = dia_allocate(BATCH * n, sizeof(double));
    frame->U = dia_allocate(BATCH * dia_frame_matrix(frame), sizeof(double));
    s->work = dia_allocate(dia_frame_work(shape.nstate) + dia_spin_work(shape.nstate), sizeof(double));
    s->E = dia_allocate(4 * n + n * n + dia_frame_matrix(frame), sizeof(double));
    if (s->E == NULL)
        return no_memory(error);
    s->x = s->E + n;
    s->U = s->x + 3 * n;
    s->V = s->U + n * n;
    if (frame->H == NULL || frame->E == NULL || frame->U == NULL || s->work == NULL)
        return no_memory(error);
    return dia_tape_create_hermitian(&s->tape, model, BATCH, 1, error);
}

static bool evaluate_slab(void *context, int first, int count, double *const *values)
{
    diabatic_task *d = context;
    const size_t T = (size_t)d->record->ntime;
    const int rows = counted_of(d->counted, first, count, &d->place);
    d->first = first;
    d->R = values[0];
    d->c = values[1];
    double **const made[KINDS] = {d->values, d->spin_free, d->spin_diabatic};
    for (int i = 0; i < KINDS; i++)
        for (int k = 0; k < DIA_ESTIMATORS && (i == DIABATIC || d->spin != NULL); k++) {
            made[i][k] = slab_of(&d->slab[i][k], rows, T * (size_t)(i == DIABATIC ? d->m : spin_sums(d->spin)));
            d->failed = d->failed || made[i][k] == NULL;
        }
    if (d->failed)
        return false;
    dia_team_run(d->threads, count, evaluate_trajectory, d);
    for (int i = 0; i < KINDS; i++)
        for (int k = 0; k < DIA_ESTIMATORS; k++)
            if (d->rows[i][k] != NULL)
                dia_estimate_take(d->rows[i][k], rows, made[i][k]);
    return true;
}

static dia_status evaluate_all(diabatic_task *d, dia_error *error)
{
    static const char *const names[] = {"trajectories/position", "trajectories/amplitudes"};
    d->scratch = dia_allocate((size_t)d->threads, sizeof *d->scratch);
    dia_status status = d->scratch != NULL ? DIA_OK : no_memory(error);
    for (int i = 0; i < d->threads && status == DIA_OK; i++)
        status = scratch_init(&d->scratch[i], d->options->model, error);
    if (status == DIA_OK)
        status = dia_record_walk(d->record, 2, names, evaluate_slab, d, error);
    if (status == DIA_OK && d->failed)
        status = no_memory(error);
    for (int i = 0; i < d->threads && d->scratch != NULL; i++)
        scratch_free(&d->scratch[i]);
    free(d->scratch);
    return status;
}

static void compare_stored(dia_estimators *e, const dia_record *record)
{
    const dia_estimate *found = &e->diabatic[DIA_ESTIMATOR_ELECTRONIC];
    e->stored = 0;
    for (int t = 0; t < record->ntime; t++)
        for (int k = 0; k < e->nstate; k++)
            e->stored = fmax(e->stored, fabs(found->value[t * e->ndiabatic + k] -
                                             record->population[DIA_POPULATION_DIABATIC][t * e->nstate + k]));
}

static bool has_signs(const dia_record *record)
{
    return record->swarm->amplitude_signs != NULL;
}

/* Estimate i, k; the signs of amplitudes matter to all but that of the active state. */
static dia_estimate *estimate_of(dia_estimators *e, int i, int k)
{
    return i == DIABATIC ? &e->diabatic[k] : i == SPIN_FREE ? &e->spin_free[k] : &e->spin_diabatic[k];
}

static dia_status begin_all(diabatic_task *d, const dia_estimators *e, dia_error *error)
{
    dia_status status = DIA_OK;
    const int last = has_signs(d->record) ? DIA_ESTIMATORS : DIA_ESTIMATOR_ACTIVE + 1;
    for (int k = 0; k < last; k++)
        for (int i = 0; i < KINDS && (i == DIABATIC || d->spin != NULL) && status == DIA_OK; i++) {
            const bool ratio = k == DIA_ESTIMATOR_ELECTRONIC && dia_population_ratio(&d->record->rule);
            status =
                begin(&d->rows[i][k], d->counted, d->record->ntime, i == DIABATIC ? d->m : spin_sums(d->spin), false,
                      !ratio          ? 0
                      : i == DIABATIC ? e->nstate
                                      : d->spin->nterm,
                      d->options, error);
        }
    return status;
}

static dia_status diabatic(dia_estimators *e, const dia_record *record, const counted *c,
                           const dia_estimators_options *o, dia_error *error)
{
    diabatic_task d = {.record = record,
                       .counted = c,
                       .options = o,
                       .shape = dia_model_shape(o->model),
                       .m = e->ndiabatic,
                       .threads = dia_team_size(dia_control_threads(o->control))};
    bool known;
    dia_status status = dia_spin_open(&e->spin, o->model, &known, error);
    d.spin = known ? &e->spin : NULL;
    if (status == DIA_OK)
        status = begin_all(&d, e, error);
    if (status == DIA_OK)
        status = evaluate_all(&d, error);
    for (int i = 0; i < KINDS; i++)
        for (int k = 0; k < DIA_ESTIMATORS; k++) {
            dia_estimate *wanted = status == DIA_OK && d.rows[i][k] != NULL ? estimate_of(e, i, k) : NULL;
            const dia_status closed = dia_estimate_close(&d.rows[i][k], wanted, error);
            status = status == DIA_OK ? closed : status;
            free(d.slab[i][k].values);
        }
    if (status == DIA_OK && has_signs(record))
        compare_stored(e, record);
    else
        snprintf(e->no_signs, sizeof e->no_signs,
                 "the signs of the amplitudes are not fixed in this file (no attribute amplitude_signs: an older "
                 "program flew it); fly again");
    return status;
}

/* ---- the whole ------------------------------------------------------------------------------- */

dia_status dia_estimators_create(dia_estimators *estimators, const dia_record *record,
                                 const dia_estimators_options *options, dia_error *error)
{
    *estimators = (dia_estimators){.nstate = record->nstate,
                                   .nadiabatic = record->nstate + options->ngroup,
                                   .ndiabatic = record->nstate + options->ndiabatic_group,
                                   .stored = NAN};
    counted c;
    dia_status status = counted_init(&c, record, error);
    if (status == DIA_OK && c.n > 0)
        status = adiabatic(estimators, record, &c, options, error);
    if (options->model == NULL)
        snprintf(estimators->no_diabatic, sizeof estimators->no_diabatic, "%s",
                 options->no_model != NULL ? options->no_model : "no model was given");
    else if (!record->has_amplitudes || dia_swarm_row_size(record->swarm, "trajectories/position") == 0)
        snprintf(estimators->no_diabatic, sizeof estimators->no_diabatic,
                 "the file holds no geometries and amplitudes of single trajectories (output.trajectories: false)");
    else if (status == DIA_OK && c.n > 0)
        status = diabatic(estimators, record, &c, options, error);
    counted_free(&c);
    if (status != DIA_OK)
        dia_estimators_free(estimators);
    return status;
}

void dia_estimators_free(dia_estimators *estimators)
{
    for (int k = 0; k < DIA_ESTIMATORS; k++) {
        dia_estimate_free(&estimators->adiabatic[k]);
        dia_estimate_free(&estimators->diabatic[k]);
        dia_estimate_free(&estimators->spin_free[k]);
        dia_estimate_free(&estimators->spin_diabatic[k]);
    }
    dia_spin_free(&estimators->spin);
}
