/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "train/characters.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "math/vector.h"
#include "molecule/align.h"

enum { ELEMENTS = 32 };
static const double same_place = 0.01; /* bohr, root mean square: the geometry is its own image         */
static const double least = 1e-3;      /* hartree/bohr: a coupling shorter than this tells nothing      */
static const double decided = 0.8;     /* a character is +-1 up to the distance from the exact symmetry */

/* ---- of the reference ------------------------------------------------------------------------ */

static void turn(int natom, const double *Q, const double *x, double *y)
{
    for (int a = 0; a < natom; a++)
        for (int c = 0; c < 3; c++)
            y[3 * a + c] = dia_dot3(Q + 3 * c, x + 3 * a);
}

static void centre(int natom, double *x)
{
    for (int c = 0; c < 3; c++) {
        double mean = 0.0;
        for (int a = 0; a < natom; a++)
            mean += x[3 * a + c] / natom;
        for (int a = 0; a < natom; a++)
            x[3 * a + c] -= mean;
    }
}

/* Is x (centred) its own image y under a rotation? Then Q x = y. work (3 natom) */
static bool is_image(int natom, const double *x, const double *y, double *Q, double *work)
{
    double A[9] = {0.0}, square = 0.0;
    for (int a = 0; a < natom; a++)
        for (int i = 0; i < 3; i++)
            for (int j = 0; j < 3; j++)
                A[3 * i + j] += x[3 * a + i] * y[3 * a + j];
    dia_best_turn(A, Q);
    turn(natom, Q, x, work);
    for (int i = 0; i < 3 * natom; i++)
        square += (work[i] - y[i]) * (work[i] - y[i]);
    return sqrt(square / natom) < same_place;
}

typedef struct place { /* a group element, and room */
    int natom, element;
    const int *permutation;
    bool inversion;
    double *x, *y, *z; /* (3 natom) */
} place;

static void look_at_couplings(dia_characters *c, const dia_dataset *data, int point, const place *p, const double *Q)
{
    for (int k = 0; k < data->npair; k++) {
        const size_t at = (size_t)point * (size_t)data->npair + (size_t)k;
        const double *h = data->coupling + at * (size_t)data->ncart;
        turn(p->natom, Q, h, p->y);
        dia_symmetry_image(p->natom, p->permutation, p->inversion, h, p->z);
        const double square = dia_dot(data->ncart, h, h), overlap = dia_dot(data->ncart, p->y, p->z) / square;
        c->known[at] = c->known[at] && square > least * least && fabs(overlap) > decided;
        if (overlap < 0.0)
            c->opposite[at] |= 1u << p->element;
    }
}

static void look_at_point(dia_characters *c, const dia_dataset *data, int point, const place *p)
{
    double Q[9];
    memcpy(p->x, data->R + (size_t)point * (size_t)data->ncart, sizeof *p->x * (size_t)data->ncart);
    centre(p->natom, p->x);
    dia_symmetry_image(p->natom, p->permutation, p->inversion, p->x, p->y);
    if (!is_image(p->natom, p->x, p->y, Q, p->z))
        return;
    c->fixed[point] |= 1u << p->element;
    look_at_couplings(c, data, point, p, Q);
}

static bool is_identity(const dia_symmetry *symmetry, int g)
{
    bool same = !symmetry->inversion[g];
    for (int a = 0; a < symmetry->natom; a++)
        same = same && symmetry->permutation[g * symmetry->natom + a] == a;
    return same;
}

/* The elements whose square is one (so that states have characters of +-1: a rotation by a third of a turn tells
 * nothing) and under which states differ, since the others tell nothing; or all such elements but the identity. */
static int choose_elements(const dia_symmetry *symmetry, bool all, double *gamma, int *chosen)
{
    int n = 0;
    const int ns = symmetry->nstate;
    for (int g = 0; g < symmetry->nelement && n < ELEMENTS; g++) {
        const double *G = symmetry->gamma + g * ns * ns;
        bool differ = false, square = true;
        for (int i = 0; i < ns; i++) {
            differ = differ || fabs(G[i * (ns + 1)] - G[0]) > 1e-9;
            for (int j = 0; j < i; j++) {
                differ = differ || fabs(G[i * ns + j]) > 1e-9;
                square = square && fabs(G[i * ns + j] - G[j * ns + i]) < 1e-9;
            }
        }
        if (!(all ? !is_identity(symmetry, g) : differ) || !square)
            continue;
        memcpy(gamma + n * ns * ns, G, sizeof *G * (size_t)(ns * ns));
        chosen[n++] = g;
    }
    return n;
}

dia_status dia_characters_make(dia_characters *c, const dia_symmetry *symmetry, bool every, const dia_dataset *data,
                               dia_error *error)
{
    memset(c, 0, sizeof *c);
    const size_t np = (size_t)data->npoint, all = np * (size_t)data->npair;
    int chosen[ELEMENTS];
    c->nstate = symmetry->nstate;
    c->npoint = data->npoint;
    c->npair = data->npair;
    c->gamma = calloc(ELEMENTS * (size_t)symmetry->nstate * (size_t)symmetry->nstate, sizeof *c->gamma);
    c->fixed = calloc(np, sizeof *c->fixed);
    c->opposite = calloc(all + 1, sizeof *c->opposite);
    c->known = calloc(all + 1, sizeof *c->known);
    double *room = calloc(3 * (size_t)data->ncart, sizeof *room);
    if (c->gamma == NULL || c->fixed == NULL || c->opposite == NULL || c->known == NULL || room == NULL) {
        free(room);
        dia_characters_free(c);
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for the characters of %zu points", np);
    }
    for (size_t i = 0; i < all; i++)
        c->known[i] = true;
    c->nelement = choose_elements(symmetry, every, c->gamma, chosen);
    for (int e = 0; e < c->nelement; e++) {
        const int g = chosen[e];
        const place p = {data->natom,
                         e,
                         symmetry->permutation + g * symmetry->natom,
                         symmetry->inversion[g],
                         room,
                         room + data->ncart,
                         room + 2 * data->ncart};
        for (int b = 0; b < data->npoint; b++)
            look_at_point(c, data, b, &p);
    }
    for (size_t i = 0; i < all; i++)
        c->known[i] = c->known[i] && c->fixed[i / (size_t)data->npair] != 0;
    free(room);
    return DIA_OK;
}

void dia_characters_free(dia_characters *c)
{
    free(c->gamma);
    free(c->fixed);
    free(c->opposite);
    free(c->known);
    memset(c, 0, sizeof *c);
}

bool dia_characters_told(const dia_characters *c, int point)
{
    for (int k = 0; k < c->npair; k++)
        if (c->known[point * c->npair + k])
            return true;
    return false;
}

/* ---- matching -------------------------------------------------------------------------------- */

/* Characters of the first nfit states relative to those of the first that is known; told[i]: is state i known. The
 * states are joined by known pairs; states that hang together apart from the first of them stay unknown. */
static void relative_characters(const dia_characters *c, int point, int nfit, uint32_t *bits, bool *told)
{
    const bool *known = c->known + point * c->npair;
    const uint32_t *opposite = c->opposite + point * c->npair;
    int first = nfit;
    for (int j = 1; j < nfit; j++)
        for (int i = 0; i < j; i++)
            if (known[j * (j - 1) / 2 + i] && i < first)
                first = i;
    for (int i = 0; i < nfit; i++)
        told[i] = i == first;
    for (int pass = 0; pass < nfit && first < nfit; pass++) {
        bits[first] = 0;
        for (int j = 1; j < nfit; j++)
            for (int i = 0; i < j; i++) {
                const int k = j * (j - 1) / 2 + i;
                if (!known[k] || told[i] == told[j])
                    continue;
                bits[told[i] ? j : i] = bits[told[i] ? i : j] ^ opposite[k];
                told[i] = told[j] = true;
            }
    }
}

/* Characters of the model's states, as bits; false: not decided. */
static bool model_characters(const dia_characters *c, uint32_t fixed, const double *U, uint32_t *bits)
{
    const int ns = c->nstate;
    for (int i = 0; i < ns; i++) {
        bits[i] = 0;
        for (int e = 0; e < c->nelement; e++) {
            if ((fixed >> e & 1) == 0)
                continue;
            double chi = 0.0; /* u^T Gamma u */
            for (int k = 0; k < ns * ns; k++)
                chi += c->gamma[e * ns * ns + k] * U[k / ns * ns + i] * U[k % ns * ns + i];
            if (fabs(chi) < decided)
                return false;
            if (chi < 0.0)
                bits[i] |= 1u << e;
        }
    }
    return true;
}

/* The lowest state of the model that is not used and has this character. */
static int lowest(int n, const bool *used, const uint32_t *bits, bool any, uint32_t wanted)
{
    for (int k = 0; k < n; k++)
        if (!used[k] && (any || bits[k] == wanted))
            return k;
    return -1;
}

int dia_characters_orders(const dia_characters *c, int point, int nfit, const double *U, int *orders)
{
    uint32_t state[DIA_DATASET_STATES] = {0}, model[DIA_DATASET_STATES];
    bool told[DIA_DATASET_STATES];
    int first = 0, count = 0;
    relative_characters(c, point, nfit, state, told);
    while (first < nfit && !told[first])
        first++;
    if (first == nfit || !model_characters(c, c->fixed[point], U, model))
        return 0;
    for (int w = 0; w < c->nstate; w++) { /* the first known state has the character of state w */
        bool used[DIA_DATASET_STATES] = {false}, good = true;
        for (int v = 0; v < w; v++)
            good = good && model[v] != model[w];
        int *order = orders + count * c->nstate;
        for (int pass = 0; pass < 2 && good; pass++) /* those whose character is known choose first */
            for (int i = 0; i < nfit && good; i++) {
                if (told[i] != (pass == 0))
                    continue;
                order[i] = lowest(c->nstate, used, model, pass == 1, state[i] ^ model[w]);
                good = order[i] >= 0;
                if (good)
                    used[order[i]] = true;
            }
        for (int i = nfit; i < c->nstate && good; i++) {
            order[i] = lowest(c->nstate, used, model, true, 0);
            used[order[i]] = true;
        }
        count += good;
    }
    return count;
}

/* ---- signs that are not known ---------------------------------------------------------------- */

void dia_characters_assume(dia_characters *c, const dia_symmetry *symmetry)
{
    int chosen[ELEMENTS];
    (void)choose_elements(symmetry, true, c->gamma, chosen);
}

int dia_characters_fit(const dia_characters *c, int point, int nfit)
{
    uint32_t state[DIA_DATASET_STATES] = {0}, diabat[DIA_DATASET_STATES] = {0};
    bool told[DIA_DATASET_STATES], good = false, ordered = false;
    int ntold = 0;
    relative_characters(c, point, nfit, state, told);
    for (int i = 0; i < nfit; i++)
        ntold += told[i];
    if (ntold < 2)
        return -1;
    for (int k = 0; k < c->nstate; k++)
        for (int e = 0; e < c->nelement; e++)
            if ((c->fixed[point] >> e & 1) != 0 && c->gamma[(e * c->nstate + k) * c->nstate + k] < 0.0)
                diabat[k] |= 1u << e;
    for (int w = 0; w < c->nstate; w++) { /* the first known state is diabat w */
        bool used[DIA_DATASET_STATES] = {false}, fits = true, same = true;
        for (int i = 0; i < nfit && fits; i++) {
            const int k = told[i] ? lowest(c->nstate, used, diabat, false, state[i] ^ diabat[w]) : -1;
            fits = !told[i] || k >= 0;
            same = same && (!told[i] || diabat[i] == (state[i] ^ diabat[w]));
            if (k >= 0)
                used[k] = true;
        }
        good = good || fits;
        ordered = ordered || (fits && same);
    }
    return good + ordered;
}
