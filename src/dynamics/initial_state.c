/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Electronic starts that are not one adiabatic state. With amplitudes c in the diabatic basis, those of the adiabatic states at
 * the trajectory's own geometry are a = U^H c; its active state k is drawn with probability |a_k|^2. So the mean over a
 * swarm is the population that the wave function has, which is how a diabatic start is sampled for surface hopping (Muller,
 * Stock, JCP 107, 6230 (1997), section II; Landry, Falk, Subotnik, JCP 139, 211101 (2013)).
 *
 * The signs (phases, of a complex H) of adiabatic states are arbitrary, and a superposition of them needs some: the largest diabatic component
 * of each is positive (electronic/sign.h), as in the amplitudes of a swarm file. */
#include "dynamics/initial_internal.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/number.h"
#include "base/rng.h"
#include "diabolo/frame.h"
#include "electronic/sign.h"

/* ---- reading --------------------------------------------------------------------------------- */

typedef struct state_block { /* state: {diabatic: 1, as: density} */
    const dia_node *adiabatic, *diabatic;
    int as;
} state_block;

static const dia_option state_options[] = {
    DIA_NODE(state_block, adiabatic, "an adiabatic state, or the coefficients of a superposition, one a state",
             .shown = DIA_OPTION_TEXTS),
    DIA_NODE(state_block, diabatic, "a diabatic state, or the coefficients of a superposition; file: as frames say",
             .shown = DIA_OPTION_TEXTS),
    DIA_CHOICE(state_block, as, "wave_function|density", "wave_function",
               "wave_function: with the amplitudes of the superposition; density: with 1 in the drawn active state"),
    {.key = NULL},
};

/* "0.6", "0.8i", "-i", "0.5-0.5i" */
static bool read_complex(const char *text, double c[2])
{
    bool seen[2] = {false, false};
    c[0] = c[1] = 0.0;
    while (*text != '\0') {
        char number[64];
        const size_t sign = *text == '-' || *text == '+', length = dia_number_length(text, false);
        double value = *text == '-' ? -1.0 : 1.0; /* of "i" and "-i" */
        if (length >= sizeof number || (sign == 0 && (seen[0] || seen[1])))
            return false;
        snprintf(number, sizeof number, "%.*s", (int)length, text);
        if (length > 0 && !dia_text_real(number, &value))
            return false;
        text += length > 0 ? length : sign;
        const bool imaginary = *text == 'i';
        if (seen[imaginary] || (length == 0 && !imaginary))
            return false;
        seen[imaginary] = true;
        c[imaginary] = value;
        text += imaginary;
    }
    return seen[0] || seen[1];
}

static void read_coefficients(dia_initial_settings *s, dia_config *config, const dia_node *list, const char *key)
{
    const int n = dia_node_count(list);
    double norm = 0.0;
    s->state = DIA_STATE_MIXED;
    if (n > DIA_START_STATES) {
        dia_config_mistake(config, list, "initial.state.%s: expected at most %d coefficients, found %d", key,
                           DIA_START_STATES, n);
        return;
    }
    for (int i = 0; i < n; i++) {
        const char *text = dia_node_text(dia_node_item(list, i));
        if (text == NULL || !read_complex(text, s->coefficients + 2 * i)) {
            dia_config_mistake(config, dia_node_item(list, i),
                               "initial.state.%s: expected a number such as 0.6, 0.8i or 0.5-0.5i, found '%.40s'", key,
                               text != NULL ? text : "a list or block");
            return;
        }
        norm +=
            s->coefficients[2 * i] * s->coefficients[2 * i] + s->coefficients[2 * i + 1] * s->coefficients[2 * i + 1];
    }
    s->ncoefficient = n;
    if (!(fabs(norm - 1.0) < 1e-4)) /* 0.7071 is near enough to the root of 1/2 */
        dia_config_mistake(
            config, list,
            "initial.state.%s: the squares of the coefficients add up to %.6g, expected 1; divide each by "
            "%.8g",
            key, norm, sqrt(norm));
    for (int i = 0; i < 2 * n; i++)
        s->coefficients[i] /= norm > 0.0 ? sqrt(norm) : 1.0;
}

/* A number or `file`, by the rules of the reader for integers. */
static void read_number(dia_initial_settings *s, dia_config *config, const dia_node *node, const char *where)
{
    const char *text = dia_node_text(node);
    char why[200];
    if (text != NULL && strcmp(text, "file") == 0)
        s->state = DIA_STATE_OF_FRAME;
    else if (text != NULL && strcmp(text, "excited") == 0 && node == s->state_node)
        s->state = DIA_STATE_EXCITED;
    else if (text == NULL)
        dia_config_mistake(config, node, "%s: expected a state (an integer) or file, found a list", where);
    else if (!dia_text_int(text, 0, 10000, &s->state, sizeof why, why))
        dia_config_mistake(config, node, "%s: expected a state, counted from 0, or file: %s", where, why);
}

static void read_block(dia_initial_settings *s, dia_config *config, const dia_node *node)
{
    state_block block = {0};
    dia_config_read(config, node, "initial.state", 1, (const dia_option *const[]){state_options},
                    (void *const[]){&block});
    s->as = block.as;
    s->basis = block.diabatic != NULL ? DIA_BASIS_DIABATIC : DIA_BASIS_ADIABATIC;
    const dia_node *value = block.diabatic != NULL ? block.diabatic : block.adiabatic;
    const char *key = block.diabatic != NULL ? "diabatic" : "adiabatic";
    char where[60];
    snprintf(where, sizeof where, "initial.state.%s", key);
    if (value == NULL || (block.diabatic != NULL && block.adiabatic != NULL))
        dia_config_mistake(config, node,
                           "initial.state: expected one of `adiabatic` and `diabatic`, as in {diabatic: 1}");
    else if (dia_node_is_list(value))
        read_coefficients(s, config, value, key);
    else
        read_number(s, config, value, where);
}

void dia_initial_read(dia_initial_settings *settings, dia_config *config, const dia_node *node)
{
    dia_config_read(config, node, "initial", 1, (const dia_option *const[]){dia_initial_options},
                    (void *const[]){settings});
    const dia_node *state = settings->state_node;
    if (state != NULL && dia_node_is_mapping(state))
        read_block(settings, config, state);
    else if (state != NULL)
        read_number(settings, config, state, "initial.state");
    dia_excitation_read(settings, config);
}

/* ---- writing --------------------------------------------------------------------------------- */

static void write_state(FILE *out, int indent, const dia_initial_settings *s)
{
    static const char *const bases[] = {"adiabatic", "diabatic"}, *const kinds[] = {"wave_function", "density"};
    const bool block = s->basis != DIA_BASIS_ADIABATIC || s->state == DIA_STATE_MIXED;
    fprintf(out, "%*sstate: ", indent, "");
    if (block)
        fprintf(out, "{%s: ", bases[s->basis]);
    if (s->state == DIA_STATE_OF_FRAME)
        fprintf(out, "file");
    else if (s->state == DIA_STATE_EXCITED)
        fprintf(out, "excited");
    else if (s->state >= 0)
        fprintf(out, "%d", s->state);
    for (int i = 0; s->state == DIA_STATE_MIXED && i < s->ncoefficient; i++)
        fprintf(out, "%s%.17g%+.17gi", i == 0 ? "[" : ", ", s->coefficients[2 * i], s->coefficients[2 * i + 1]);
    fprintf(out, "%s", s->state == DIA_STATE_MIXED ? "]" : "");
    if (block)
        fprintf(out, ", as: %s}", kinds[s->as]);
    fprintf(out, "\n");
}

void dia_initial_write(FILE *out, int indent, const dia_initial_settings *settings)
{
    dia_option run[32]; /* the keys before `state`, then those behind it */
    size_t n = 0;
    for (const dia_option *option = dia_initial_options;; option++) {
        assert(n < sizeof run / sizeof run[0]);
        if (option->key != NULL && settings->trajectories == 0 && strcmp(option->key, "trajectories") == 0)
            continue; /* left out: all frames of a file */
        if (option->key != NULL && option->kind != DIA_OPTION_NODE) {
            run[n++] = *option;
            continue;
        }
        run[n] = (dia_option){.key = NULL};
        if (n > 0)
            dia_option_write(out, indent, run, settings);
        n = 0;
        if (option->key == NULL)
            return;
        if (strcmp(option->key, "state") == 0)
            write_state(out, indent, settings);
        else
            dia_excitation_write(out, indent, settings);
    }
}

/* ---- drawing --------------------------------------------------------------------------------- */

dia_status dia_initial_check_state(const dia_initial_settings *s, int nstate, dia_error *error)
{
    if (s->state == DIA_STATE_MIXED && s->ncoefficient != nstate)
        return dia_error_set(error, DIA_ERROR_INPUT,
                             "initial.state: expected %d coefficients, one for each state of the model, found %d",
                             nstate, s->ncoefficient);
    if (s->state >= nstate)
        return dia_error_set(error, DIA_ERROR_INPUT, "initial.state: the model has the states 0 to %d, found %d",
                             nstate - 1, s->state);
    return DIA_OK;
}

typedef struct electrons {
    const dia_initial_settings *settings;
    const dia_model *model;
    dia_tape *tape;
    int nstate;
    dia_frame frame;
    double *work, *c, *a; /* work space; amplitudes (nstate, 2) of one trajectory, diabatic and adiabatic */
} electrons;

static dia_status electrons_open(electrons *e, const dia_model *model, const dia_initial_settings *settings,
                                 dia_error *error)
{
    const dia_shape shape = dia_model_shape(model);
    const size_t n = (size_t)shape.nstate;
    *e = (electrons){.settings = settings, .model = model, .nstate = shape.nstate};
    e->frame = (dia_frame){.batch = 1, .nstate = shape.nstate, .hermitian = dia_hermitian(&shape)};
    const size_t matrix = dia_frame_matrix(&e->frame);
    double *room =
        dia_allocate((size_t)shape.npacked + n + matrix + 4 * n + dia_frame_work(shape.nstate), sizeof *room);
    if (room == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for the amplitudes of %d states", shape.nstate);
    e->frame.H = room;
    e->frame.E = room + shape.npacked;
    e->frame.U = e->frame.E + n;
    e->c = e->frame.U + matrix;
    e->a = e->c + 2 * n;
    e->work = e->a + 2 * n;
    return dia_tape_create_hermitian(&e->tape, model, 1, 0, error);
}

/* Amplitudes of one trajectory that starts in `state` of the basis (or in the superposition): e->c, diabatic. */
static void superpose(electrons *e, int state)
{
    const dia_initial_settings *s = e->settings;
    const size_t n = (size_t)e->nstate;
    const bool adiabatic = s->basis == DIA_BASIS_ADIABATIC;
    double *given = adiabatic ? e->a : e->c;
    memset(given, 0, 2 * n * sizeof *given);
    if (state >= 0)
        given[2 * state] = 1.0;
    else
        memcpy(given, s->coefficients, 2 * n * sizeof *given);
    if (adiabatic)
        dia_frame_diabatic(&e->frame, 0, e->a, e->c);
}

/* An adiabatic state, with the squares of e->c there as probabilities. */
static int draw(electrons *e, uint64_t trajectory)
{
    dia_frame_adiabatic(&e->frame, 0, e->c, e->a);
    const double u = dia_rng_uniform((uint64_t)e->settings->seed, trajectory, 0, DIA_PURPOSE_STATE, 0);
    double sum = 0.0;
    int last = 0;
    for (int k = 0; k < e->nstate; k++) {
        const double p = e->a[2 * k] * e->a[2 * k] + e->a[2 * k + 1] * e->a[2 * k + 1];
        sum += p;
        if (u < sum)
            return k;
        last = p > 0.0 ? k : last; /* for a sum that rounding has left below u */
    }
    return last;
}

/* framed: the frames of a file have given the amplitudes, and active states unless these are -1. */
static dia_status draw_all(electrons *e, dia_initial_maker *m, bool framed)
{
    dia_initial *initial = m->out;
    const size_t n = (size_t)e->nstate, ncart = (size_t)initial->ncart;
    for (size_t i = 0; i < (size_t)initial->n; i++) {
        if (dia_initial_stopped(m))
            return m->status;
        dia_status status = dia_model_hamiltonian(e->model, e->tape, 1, initial->R + i * ncart, e->frame.H);
        if (status == DIA_OK)
            status = dia_frame_solve(&e->frame, e->work);
        dia_frame_settle(&e->frame);
        if (status != DIA_OK)
            return dia_error_set(m->error, status, "the model cannot be evaluated at the start of trajectory %zu", i);
        if (framed)
            memcpy(e->c, initial->c + 2 * n * i, 2 * n * sizeof *e->c);
        else
            superpose(e, initial->state[i]);
        if (!framed || initial->state[i] < 0)
            initial->state[i] = draw(e, i);
        if (initial->c != NULL)
            memcpy(initial->c + 2 * n * i, e->c, 2 * n * sizeof *e->c);
    }
    return DIA_OK;
}

dia_status dia_initial_electrons(dia_initial_maker *m)
{
    const dia_initial_settings *settings = m->settings;
    dia_initial *initial = m->out;
    electrons e;
    const bool framed = initial->c != NULL;
    if (settings->packet)
        return DIA_OK;
    if (settings->basis == DIA_BASIS_ADIABATIC && settings->state != DIA_STATE_MIXED && !framed)
        return DIA_OK;
    if (settings->as == DIA_START_WAVE_FUNCTION && !framed) {
        initial->c = dia_allocate(2 * (size_t)initial->n * (size_t)initial->nstate, sizeof *initial->c);
        if (initial->c == NULL)
            return dia_error_set(m->error, DIA_ERROR_MEMORY, "no memory for the amplitudes of %d trajectories",
                                 initial->n);
    }
    dia_status status = electrons_open(&e, m->model, settings, m->error);
    if (status == DIA_OK)
        status = draw_all(&e, m, framed);
    dia_tape_free(e.tape);
    free(e.frame.H);
    return status;
}
