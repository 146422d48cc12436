/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The energy of a molecule does not change when it moves or turns as a whole: a gradient that has a part along such a motion was not computed
 * at this geometry in this orientation, or misses atoms. */
#include <math.h>
#include <stdlib.h>

#include "check/data/test.h"
#include "math/vector.h"
#include "molecule/modes.h"

extern const dia_data_test dia_data_test_motions;

/* Share of the length of a gradient. Converged gradients of six sets of data have 1e-6 to 1e-3, one of them up to 0.05 where it is small; a frame that is
 * turned by 20 degrees gives more than this in 97 of 100 geometries. */
static const double share = 0.02;
/* ... if it is more, hartree/bohr, than what gradients are converged to: 0.15 eV/Angstrom. */
static const double absolute = 3e-3;

typedef struct look {
    double *shares; /* of all known vectors */
    int n, bad, turned;
    double worst;
    bool *marked;
    double *coupled; /* shares of the couplings */
    int ncoupled;
} look;

/* Length of v along `rigid` orthonormal rows. */
static double along(int nc, int rigid, const double *T, const double *v)
{
    double sum = 0.0;
    for (int k = 0; k < rigid; k++) {
        const double part = dia_dot(nc, T + k * nc, v);
        sum += part * part;
    }
    return sqrt(sum);
}

static void look_at(dia_checkup *x, int point, int rigid, const double *T, look *l)
{
    const int nc = x->data.ncart;
    for (int k = 0; k < x->data.npair; k++) {
        const double *h = dia_checkup_coupling(x, point, k), length = dia_norm(nc, h);
        if (length > 0.0 && isfinite(length))
            l->coupled[l->ncoupled++] = along(nc, rigid, T, h) / length;
    }
    for (int k = 0; k < x->data.nstate; k++) {
        const double *g = dia_checkup_gradient(x, point, k), length = dia_norm(nc, g);
        if (!(length > 0.0) || !isfinite(length))
            continue;
        const double part = along(nc, rigid, T, g), force = along(nc, 3, T, g);
        l->shares[l->n++] = part / length;
        if (part / length > share && part > absolute) {
            l->marked[point] = true;
            l->bad++;
            l->turned += force < 0.1 * part;
            l->worst = fmax(l->worst, part / length);
        }
    }
}

static dia_status look_at_all(dia_checkup *x, look *l, dia_error *error)
{
    dia_molecule unit;
    dia_status status = dia_molecule_init(&unit, x->data.natom, 3, NULL, error);
    if (status != DIA_OK)
        return status;
    double *T = calloc(6 * (size_t)x->data.ncart, sizeof *T);
    if (T == NULL)
        status = dia_error_set(error, DIA_ERROR_MEMORY, "no memory for rigid motions");
    for (int p = 0; status == DIA_OK && p < x->data.npoint; p++)
        if (!x->drop[p])
            look_at(x, p, dia_rigid_motions(&unit, dia_checkup_position(x, p), T), T, l);
    free(T);
    dia_molecule_free(&unit);
    return status;
}

static void tell(dia_checkup *x, const look *l)
{
    dia_finding *f = dia_checkup_found(x, &dia_data_test_motions, DIA_SEVERITY_FAULT, "gradients");
    dia_finding_points(&x->findings, f, x->data.npoint, l->marked);
    dia_finding_text(
        &x->findings, &f->what, "%d gradients %s", l->bad,
        2 * l->turned > l->bad
            ? "turn the molecule as a whole (their torque is not zero): another orientation than the positions"
            : "move the molecule as a whole (they do not sum to zero over the atoms): atoms are missing or mixed up");
    dia_finding_text(&x->findings, &f->sure, "up to %.0f %% of their length, of %d gradients the median is %.1g %%",
                     100.0 * l->worst, l->n, 100.0 * dia_median(l->n, l->shares));
    dia_finding_text(&x->findings, &f->cure,
                     "compute them in the frame of the positions (no reorientation by the program), or "
                     "leave these labels out");
}

static dia_status find(dia_checkup *x, dia_error *error)
{
    const size_t most = (size_t)x->data.npoint * (size_t)x->data.nstate + 1;
    look l = {.shares = calloc(most, sizeof *l.shares),
              .marked = calloc(most, sizeof *l.marked),
              .coupled = calloc((size_t)x->data.npoint * (size_t)x->data.npair + 1, sizeof *l.coupled)};
    dia_status status = DIA_OK;
    if (l.shares == NULL || l.marked == NULL || l.coupled == NULL)
        status = dia_error_set(error, DIA_ERROR_MEMORY, "no memory for %zu gradients", most);
    if (status == DIA_OK && x->data.natom > 1)
        status = look_at_all(x, &l, error);
    const double median = dia_median(l.n, l.shares); /* sorts */
    const double coupled = dia_median(l.ncoupled, l.coupled);
    if (status == DIA_OK && l.n == 0)
        dia_checkup_undecided(x, "no gradients");
    else if (status == DIA_OK && l.ncoupled == 0)
        dia_checkup_say(x, "net force and torque: median %.1g, largest %.2g of a gradient (%d)", median,
                        l.shares[l.n - 1], l.n);
    else if (status == DIA_OK) /* an ab initio coupling has such a part, which a training projects out */
        dia_checkup_say(x,
                        "net force and torque: median %.1g, largest %.2g of a gradient (%d); median %.2g of a coupling",
                        median, l.shares[l.n - 1], l.n, coupled);
    if (status == DIA_OK && l.bad > 0)
        tell(x, &l);
    free(l.shares);
    free(l.marked);
    free(l.coupled);
    return status;
}

/* The couplings of such a point came from the same calculation. */
static dia_status repair(dia_checkup *x, dia_finding *f, dia_error *error)
{
    (void)error;
    for (int i = 0; i < f->npoint; i++) {
        dia_forget(x->data.nstate * x->data.ncart, dia_checkup_gradient(x, f->point[i], 0));
        if (x->data.npair > 0)
            dia_forget(x->data.npair * x->data.ncart, dia_checkup_coupling(x, f->point[i], 0));
    }
    dia_finding_text(&x->findings, &f->done, "gradients and couplings of %d point%s set to NaN", f->npoint,
                     f->npoint > 1 ? "s" : "");
    return DIA_OK;
}

const dia_data_test dia_data_test_motions = {
    .name = "motions",
    .finds = "gradients in another orientation than the positions, or of other atoms",
    .tells = "their parts along translations and rotations vanish",
    .brief = true,
    .find = find,
    .repair = repair};
