/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A surface of one's own in one file: the linear E x e Jahn-Teller model, two states and two coordinates x, y,
 *
 *     H = (m w^2 / 2) (x^2 + y^2) + k ( x   y )
 *                                     ( y  -x )
 *
 * with a conical intersection at the origin: E = m w^2 r^2/2 -+ k r (Longuet-Higgins, Opik, Pryce, Sack, Proc. R. Soc.
 * A 244, 1 (1958), DOI 10.1098/rspa.1958.0022). Build and fly:
 *
 *     cc -shared -fPIC -O2 $(pkg-config --cflags diabolo) mexican_hat.c -o mexican_hat.so
 *     diabolo run mexican_hat.yaml
 */
#include <diabolo/extend.h>

typedef struct mexican_hat { /* what the options fill; atomic units */
    double mass;             /* electron masses */
    double frequency;        /* hartree         */
    double k;                /* hartree/bohr    */
} mexican_hat;

static const dia_option mexican_hat_options[] = {
    DIA_REAL(mexican_hat, mass, DIA_MASS, "1 u", "mass of both coordinates"),
    DIA_REAL(mexican_hat, frequency, DIA_ENERGY, "0.1 eV", "of the vibration"),
    DIA_REAL(mexican_hat, k, DIA_ATOMIC, "0.02", "slope of the cones, hartree/bohr"),
    {.key = NULL},
};

/* The molecule: two "particles" with one coordinate each. A real molecule has dimension 3 and atomic numbers. */
static dia_status mexican_hat_open(void *self, const dia_model_source *source, dia_shape *shape, dia_molecule *molecule,
                                   dia_error *error)
{
    (void)source;
    const mexican_hat *model = self;
    dia_status status = dia_molecule_init(molecule, 2, 1, NULL, error);
    if (status != DIA_OK)
        return status;
    molecule->masses[0] = molecule->masses[1] = model->mass;
    *shape = (dia_shape){.natom = 2, .ncart = 2, .nstate = 2, .npacked = 3};
    return DIA_OK;
}

static size_t mexican_hat_tape_size(const void *self, int batch_max, int request_max)
{
    (void)self, (void)batch_max, (void)request_max;
    return 0; /* nothing to remember from hamiltonian to contract: the geometry is handed again */
}

/* R (batch, 2) bohr -> H (batch, 3) hartree: H00, H10, H11. */
static void mexican_hat_hamiltonian(const void *self, void *work, int batch, const double *R, double *H)
{
    (void)work;
    const mexican_hat *model = self;
    for (int b = 0; b < batch; b++) {
        double x = R[2 * b], y = R[2 * b + 1];
        double well = 0.5 * model->mass * model->frequency * model->frequency * (x * x + y * y);
        H[3 * b + 0] = well + model->k * x;
        H[3 * b + 1] = model->k * y;
        H[3 * b + 2] = well - model->k * x;
    }
}

/* W (n, 3) -> G (n, 2): sum over ALL i,j of W_ij dH_ij/dR, so the off-diagonal counts twice. */
static void mexican_hat_contract(const void *self, void *work, const double *R, int n, const int *row, const double *W,
                                 double *G)
{
    (void)work;
    const mexican_hat *model = self;
    double spring = model->mass * model->frequency * model->frequency;
    for (int q = 0; q < n; q++) {
        const double *r = R + 2 * row[q], *w = W + 3 * q;
        G[2 * q + 0] = (w[0] + w[2]) * spring * r[0] + (w[0] - w[2]) * model->k;
        G[2 * q + 1] = (w[0] + w[2]) * spring * r[1] + 2 * w[1] * model->k;
    }
}

/* V (n, 2) -> dH (n, 3): the derivative of H along V. */
static void mexican_hat_derivative(const void *self, void *work, const double *R, int n, const int *row,
                                   const double *V, double *dH)
{
    (void)work;
    const mexican_hat *model = self;
    double spring = model->mass * model->frequency * model->frequency;
    for (int q = 0; q < n; q++) {
        const double *r = R + 2 * row[q], *v = V + 2 * q;
        double well = spring * (r[0] * v[0] + r[1] * v[1]);
        dH[3 * q + 0] = well + model->k * v[0];
        dH[3 * q + 1] = model->k * v[1];
        dH[3 * q + 2] = well - model->k * v[0];
    }
}

/* The name after dia_model_type_ is the file's: mexican_hat.so. */
DIA_API extern const dia_model_type dia_model_type_mexican_hat;
const dia_model_type dia_model_type_mexican_hat = {
    .version = DIA_EXTEND_VERSION,
    .name = "mexican_hat",
    .summary = "linear E x e Jahn-Teller model: two states, two coordinates, one conical intersection",
    .reference = "Longuet-Higgins, Opik, Pryce, Sack, Proc. R. Soc. A 244, 1 (1958), DOI 10.1098/rspa.1958.0022",
    .options = mexican_hat_options,
    .self_size = sizeof(mexican_hat),
    .open = mexican_hat_open,
    .tape_size = mexican_hat_tape_size,
    .hamiltonian = mexican_hat_hamiltonian,
    .contract = mexican_hat_contract,
    .derivative = mexican_hat_derivative,
};
