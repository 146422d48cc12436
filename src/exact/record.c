/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "exact/record.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "math/vector.h"
#include "swarm/file/table.h"

#define OF(member, text, ...)                                                                                          \
    DIA_MEMBER_OF(dia_exact_record, member, DIA_MEMBER_REAL, .shape = text, .name = __VA_ARGS__)
/* T samples, n states, c coordinates, e ends of coordinates, K overlaps, M points of the spectrum. */
static const dia_member fields[] = {OF(time, "T", "time", .unit = "fs"),
                                    OF(active, "Tn", "populations/active", .unit = "1"),
                                    OF(diabatic, "Tn", "populations/diabatic", .unit = "1"),
                                    OF(active_error, "Tn", "populations/active_error", .unit = "1"),
                                    OF(diabatic_error, "Tn", "populations/diabatic_error", .unit = "1"),
                                    OF(density, "Tnn2", "density", .unit = "1"),
                                    OF(norm, "T", "norm", .unit = "1"),
                                    OF(energy, "T", "energy/total", .unit = "hartree"),
                                    OF(potential, "T", "energy/potential", .unit = "hartree"),
                                    OF(kinetic, "T", "energy/kinetic", .unit = "hartree"),
                                    OF(dipole, "T3", "dipole", .unit = "e bohr"),
                                    OF(position, "Tc", "position/mean", .unit = "bohr"),
                                    OF(position_width, "Tc", "position/width", .unit = "bohr"),
                                    OF(momentum, "Tc", "momentum/mean", .unit = "hbar/bohr"),
                                    OF(momentum_width, "Tc", "momentum/width", .unit = "hbar/bohr"),
                                    OF(absorbed, "Ten", "absorbed/adiabatic", .unit = "1"),
                                    OF(absorbed_diabatic, "Ten", "absorbed/diabatic", .unit = "1"),
                                    OF(outcome, "TCn", "outcomes/adiabatic", .unit = "1"),
                                    OF(outcome_error, "TCn", "outcomes/adiabatic_error", .unit = "1"),
                                    OF(overlap_time, "K", "autocorrelation/time", .unit = "fs"),
                                    OF(overlap, "K2", "autocorrelation/value", .unit = "1"),
                                    OF(spectrum_energy, "M", "spectrum/energy", .unit = "hartree"),
                                    OF(spectrum, "M", "spectrum/intensity", .unit = "1/hartree"),
                                    OF(scattering_energy, "N", "scattering/energy", .unit = "hartree"),
                                    OF(scattering_momentum, "Nm", "scattering/momentum", .unit = "hbar/bohr"),
                                    OF(scattering_matrix, "Nmm2", "scattering/S", .unit = "1"),
                                    OF(scattering_incoming, "N", "scattering/incoming", .unit = "1", .below = 'm'),
                                    OF(scattering_flux, "N", "scattering/flux_error", .unit = "1"),
                                    OF(scattering_unitarity, "N", "scattering/unitarity_error", .unit = "1"),
                                    OF(scattering_change, "N", "scattering/change", .unit = "1"),
                                    {0}};
#undef OF

enum { LONGEST = 64 << 20 }; /* characters of a text of several lines */
#define OF(member, kind, ...) DIA_MEMBER_OF(dia_exact_record, head.member, DIA_MEMBER_##kind, .name = __VA_ARGS__)
static const dia_member head_fields[] = {OF(model_type, TEXT, "model_type"),
                                         OF(model_digest, TEXT, "model_digest"),
                                         OF(model_path, TEXT, "model_path"),
                                         OF(model_note, TEXT, "model_note", .most = LONGEST),
                                         OF(input_path, TEXT, "input_path"),
                                         OF(resolved, TEXT, "resolved", .most = LONGEST),
                                         OF(program_version, TEXT, "program_version"),
                                         OF(method, TEXT, "method"),
                                         OF(stop_conditions, TEXT, "stop_conditions", .most = LONGEST),
                                         OF(every, INT64, "every", .least = 1, .most = 1e15),
                                         OF(timestep, REAL, "timestep"),
                                         {0}};
#undef OF

/* The last members of the table: reserved when a stationary engine is done, since it says how many energies there are. */
static const dia_member *scattering_fields(void)
{
    const dia_member *f = fields;
    while (strncmp(f->name, "scattering/", 11) != 0)
        f++;
    return f;
}

static dia_extents extents_of(const dia_exact_record *r)
{
    return (dia_extents){.of = {['T'] = (size_t)r->samples,
                                ['n'] = (size_t)r->nstate,
                                ['c'] = (size_t)r->ncart,
                                ['e'] = 2 * (size_t)r->ncart,
                                ['C'] = (size_t)r->channels,
                                ['K'] = (size_t)r->overlaps,
                                ['M'] = (size_t)r->points,
                                ['N'] = (size_t)r->energies,
                                ['m'] = 2 * (size_t)r->nstate}};
}

dia_status dia_exact_record_make(dia_exact_record *record, const dia_exact_problem *problem, dia_error *error)
{
    *record = (dia_exact_record){.nstate = problem->nstate,
                                 .ncart = problem->ncart,
                                 .channels = problem->regions != NULL ? problem->regions->n + 1 : 0,
                                 .samples = problem->stationary ? 0 : problem->steps / problem->every + 1,
                                 .overlaps = problem->stationary ? 0 : problem->steps + 1};
    const dia_extents extents = extents_of(record);
    const dia_status status = dia_members_reserve(fields, record, &extents, error);
    for (int64_t s = 0; s < record->samples && status == DIA_OK; s++)
        record->time[s] = (double)(s * problem->every) * problem->timestep / DIA_FEMTOSECOND;
    for (int64_t k = 0; k < record->overlaps && status == DIA_OK; k++)
        record->overlap_time[k] = (double)k * problem->timestep / DIA_FEMTOSECOND;
    return status;
}

void dia_exact_record_free(dia_exact_record *record)
{
    dia_members_free(fields, record);
    dia_members_free(head_fields, record);
    *record = (dia_exact_record){0};
}

static void put(double *to, const double *from, size_t row, size_t width)
{
    if (from != NULL)
        memcpy(to + row * width, from, width * sizeof *to);
}

void dia_exact_record_sample(dia_exact_record *r, const dia_exact_problem *problem, const dia_exact_sample *sample)
{
    const size_t s = (size_t)(sample->step / problem->every), n = (size_t)r->nstate, c = (size_t)r->ncart;
    put(r->active, sample->adiabatic, s, n);
    put(r->diabatic, sample->diabatic, s, n);
    put(r->density, sample->density, s, 2 * n * n);
    put(r->dipole, sample->dipole, s, 3);
    put(r->position, sample->position, s, c);
    put(r->position_width, sample->position_width, s, c);
    put(r->momentum, sample->momentum, s, c);
    put(r->momentum_width, sample->momentum_width, s, c);
    put(r->absorbed, sample->absorbed, s, 2 * c * n);
    put(r->absorbed_diabatic, sample->absorbed_diabatic, s, 2 * c * n);
    put(r->outcome, sample->outcome, s, (size_t)r->channels * n);
    r->norm[s] = sample->norm;
    r->potential[s] = sample->potential;
    r->kinetic[s] = sample->kinetic;
    r->energy[s] = sample->potential + sample->kinetic;
}

void dia_exact_record_overlap(dia_exact_record *r, int64_t step, const double overlap[2])
{
    put(r->overlap, overlap, (size_t)step, 2);
}

dia_status dia_exact_record_scattering(dia_exact_record *r, int incoming, int n, const dia_scatter *results,
                                       const double *change, dia_error *error)
{
    const size_t m = 2 * (size_t)r->nstate;
    dia_members_free(scattering_fields(), r);
    r->energies = n;
    dia_extents extents = extents_of(r);
    const dia_status status = dia_members_reserve(scattering_fields(), r, &extents, error);
    for (int i = 0; i < n && status == DIA_OK; i++) {
        const dia_scatter *from = &results[i];
        r->scattering_energy[i] = from->energy;
        r->scattering_incoming[i] = incoming;
        r->scattering_flux[i] = from->flux;
        r->scattering_unitarity[i] = from->unitarity;
        r->scattering_change[i] = change[i];
        put(r->scattering_momentum, from->momentum, (size_t)i, m);
        for (size_t k = 0; k < m * m; k++) {
            r->scattering_matrix[2 * ((size_t)i * m * m + k)] = creal(from->S[k]);
            r->scattering_matrix[2 * ((size_t)i * m * m + k) + 1] = cimag(from->S[k]);
        }
    }
    return status;
}

/* ---- spectrum -------------------------------------------------------------------------------- */

enum { POINTS = 4000 };

/* sigma(E) = 1/pi Re integral of <start|psi(t)> exp(iEt) cos^2(pi t/2T) dt from 0 to T (E. J. Heller, Acc. Chem. Res. 14,
 * 368 (1981)); the factor ends the integral smoothly, at a resolution of about 2 pi/T. The area below sigma is 1. */
static double intensity(const dia_exact_record *r, double E)
{
    const double dt = r->overlap_time[1] * DIA_FEMTOSECOND, T = dt * (double)(r->overlaps - 1);
    double sum = 0.5 * r->overlap[0];
    for (int64_t k = 1; k < r->overlaps - 1; k++) {
        const double t = (double)k * dt, c = cos(0.5 * DIA_PI * t / T);
        sum += c * c * (r->overlap[2 * k] * cos(E * t) - r->overlap[2 * k + 1] * sin(E * t));
    }
    return sum * dt / DIA_PI;
}

/* About the mean energy, as far as the packet's width and the time step reach. */
static void make_spectrum(dia_exact_record *r)
{
    if (r->overlap == NULL || r->overlaps < 8 || r->energy == NULL)
        return;
    const double dt = r->overlap_time[1] * DIA_FEMTOSECOND, T = dt * (double)(r->overlaps - 1),
                 first = hypot(r->overlap[2], r->overlap[3]), /* |<start|psi(dt)>|^2 = 1 - (spread dt)^2 + ... */
        spread = sqrt(fmax(1.0 - first * first, 0.0)) / dt, half = fmin(DIA_PI / dt, 8.0 * spread + 20.0 * DIA_PI / T),
                 step = 0.5 * DIA_PI / T;
    r->points = (int64_t)fmin(2.0 * half / step, POINTS);
    r->spectrum_energy = calloc((size_t)r->points, sizeof(double));
    r->spectrum = calloc((size_t)r->points, sizeof(double));
    for (int64_t i = 0; r->spectrum_energy != NULL && r->spectrum != NULL && i < r->points; i++) {
        r->spectrum_energy[i] = r->energy[0] - half + 2.0 * half * (double)i / (double)(r->points - 1);
        r->spectrum[i] = intensity(r, r->spectrum_energy[i]);
    }
}

/* What an engine knows at one time it knows at all, and every engine knows the norm. */
static dia_status check_finite(const dia_exact_record *r, const dia_extents *extents, dia_error *error)
{
    size_t row = 0;
    const dia_member *f = dia_members_not_finite(fields, r, extents, &row);
    const bool known = r->samples == 0 || r->norm != NULL;
    if (known && (f == NULL || strchr("TK", f->shape[0]) == NULL)) /* S has no elements for closed channels */
        return DIA_OK;
    const double time = !known ? 0.0 : f->shape[0] == 'T' ? r->time[row] : r->overlap_time[row];
    return dia_error_set(
        error, DIA_ERROR_NUMERIC,
        "'%s' is not finite at %.6g fs: the model has no finite energies or dipoles where the wave "
        "function is, or larger ones than this engine can follow with these settings; nothing is written",
        known ? f->name : "norm", time);
}

dia_status dia_exact_record_finish(dia_exact_record *r, const dia_exact_problem *problem, dia_error *error)
{
    const dia_extents extents = extents_of(r);
    dia_members_drop(fields, r, &extents);
    const dia_status status = check_finite(r, &extents, error);
    if (status != DIA_OK)
        return status;
    if (r->overlap == NULL) {
        free(r->overlap_time);
        r->overlap_time = NULL;
    }
    if (problem->light == NULL) /* what light does to the overlap is no property of the molecule */
        make_spectrum(r);
    return DIA_OK;
}

static double compare(size_t size, const double *a, const double *b, double **error)
{
    double most = 0.0;
    if (a == NULL || b == NULL)
        return 0.0;
    if (*error == NULL)
        *error = calloc(size, sizeof **error);
    for (size_t i = 0; i < size; i++) {
        const double change = fabs(a[i] - b[i]);
        most = dia_larger(most, change);
        if (*error != NULL)
            (*error)[i] = dia_larger((*error)[i], change);
    }
    return most;
}

double dia_exact_record_compare(dia_exact_record *record, const dia_exact_record *other)
{
    const size_t size = (size_t)record->samples * (size_t)record->nstate;
    (void)compare(size * (size_t)record->channels, record->outcome, other->outcome, &record->outcome_error);
    return dia_larger(compare(size, record->active, other->active, &record->active_error),
                      compare(size, record->diabatic, other->diabatic, &record->diabatic_error));
}

/* ---- the file -------------------------------------------------------------------------------- */

dia_status dia_exact_record_write(const dia_exact_record *record, dia_store *store, dia_error *error)
{
    const dia_extents extents = extents_of(record);
    dia_member known[sizeof fields / sizeof fields[0]] = {{0}}; /* no empty datasets of what the engine does not know */
    for (int i = 0, n = 0; fields[i].name != NULL; i++) {
        void *array;
        memcpy(&array, (const char *)record + fields[i].offset, sizeof array);
        if (array != NULL)
            known[n++] = fields[i];
    }
    dia_status status = dia_members_store(known, record, &extents, store, "", error);
    /* A wave function has one adiabatic population, where a swarm has two (active, electronic). */
    if (status == DIA_OK && record->active != NULL)
        status = dia_store_link(store, "populations/active", "populations/electronic", error);
    if (status == DIA_OK && record->active_error != NULL)
        status = dia_store_link(store, "populations/active_error", "populations/electronic_error", error);
    return status;
}

/* What is in the file. The extents come from `time`, `populations/active` or `density`, and the absorbed parts. */
dia_status dia_exact_record_read(dia_exact_record *record, const dia_store *store, dia_error *error)
{
    dia_extents extents = {.of = {['T'] = DIA_EXTENT_ANY,
                                  ['K'] = DIA_EXTENT_ANY,
                                  ['M'] = DIA_EXTENT_ANY,
                                  ['C'] = DIA_EXTENT_ANY,
                                  ['N'] = DIA_EXTENT_ANY}};
    int64_t nstate = 0, ncart = 0;
    *record = (dia_exact_record){0};
    dia_status status = dia_store_attribute_int(store, "", "states", &nstate, error);
    if (status == DIA_OK)
        status = dia_store_attribute_int(store, "", "coordinates", &ncart, error);
    if (status != DIA_OK)
        return status;
    if (nstate < 1 || nstate > 10000 || ncart < 1 || ncart > 100000)
        return dia_error_set(error, DIA_ERROR_FILE, "%s: %lld states and %lld coordinates are not possible",
                             dia_store_path(store), (long long)nstate, (long long)ncart);
    extents.of['n'] = (size_t)nstate, extents.of['c'] = (size_t)ncart, extents.of['e'] = 2 * (size_t)ncart;
    extents.of['m'] = 2 * (size_t)nstate;
    for (const dia_member *f = fields; f->name != NULL && status == DIA_OK; f++)
        if (dia_store_has(store, f->name))
            status = dia_members_load(fields, record, &extents, store, "", f->name, error);
    for (const dia_member *f = head_fields; f->name != NULL && status == DIA_OK; f++)
        if (dia_store_has_attribute(store, "", f->name))
            status = dia_members_load(head_fields, record, &extents, store, "", f->name, error);
    record->nstate = (int)nstate;
    record->ncart = (int)ncart;
    record->samples = record->time != NULL ? (int64_t)extents.of['T'] : 0;
    record->channels = record->outcome != NULL ? (int64_t)extents.of['C'] : 0;
    record->overlaps = record->overlap != NULL ? (int64_t)extents.of['K'] : 0;
    record->energies = record->scattering_energy != NULL ? (int64_t)extents.of['N'] : 0;
    record->points = record->spectrum != NULL ? (int64_t)extents.of['M'] : 0;
    return status;
}

/* ---- outcomes -------------------------------------------------------------------------------- */

dia_status dia_exact_outcomes(const dia_exact_record *record, dia_outcome **outcomes, int *count, dia_error *error)
{
    const size_t n = (size_t)record->nstate, C = (size_t)record->channels, width = n + 1;
    *outcomes = NULL;
    *count = 0;
    if (record->outcome == NULL || C == 0 || record->samples < 1)
        return DIA_OK;
    const size_t last = ((size_t)record->samples - 1) * C * n;
    dia_outcome *made = dia_allocate(C * width, sizeof *made);
    if (made == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for the outcomes");
    for (size_t c = 0; c < C; c++)
        for (size_t k = 0; k < width; k++) {
            dia_outcome *own = &made[c * width + k];
            const bool any = k == n;
            *own = (dia_outcome){.state = any ? -1 : (int)k, .count = -1, .error = NAN, .low = NAN, .high = NAN};
            if (c + 1 == C ||
                !dia_stop_conditions_name(record->head.stop_conditions, (int)c, sizeof own->name, own->name))
                snprintf(own->name, sizeof own->name, "%s", DIA_OUTCOME_INSIDE);
            for (size_t i = any ? 0 : k; i < (any ? n : k + 1); i++) {
                const size_t at = last + c * n + i;
                own->share += record->outcome[at];
                if (record->outcome_error != NULL) /* the sum of a channel is at most so far off */
                    own->error = (isnan(own->error) ? 0.0 : own->error) + record->outcome_error[at];
            }
        }
    *outcomes = made;
    *count = (int)(C * width);
    return DIA_OK;
}
