/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A model: anything that yields a diabatic Hamiltonian matrix H(R), real symmetric or complex Hermitian, for a batch of
 * geometries.
 *
 * Code outside a model never uses dH/dR as an array of n(n+1)/2 gradients. Instead a model has four functions:
 *
 *   hamiltonian   R_b -> H_b                         forward; the tape stores what the others need
 *   contract      (row, W) -> sum_ij W_ij dH_ij/dR    reverse:  forces, couplings, branching planes
 *   derivative    (row, V) -> sum_c V_c dH_ij/dR_c    tangent:  dH/dt along a velocity
 *   pullback      parameter gradient of  <W0,H> + <W1, dH.V>   (models that can be trained), summed over requests or not
 *
 * Atomic units everywhere. Arrays are batch-major. "Packed" is the lower triangle by rows, element (i,j), j<=i, at
 * i(i+1)/2+j. A packed weight W stores W_ij itself (W symmetric); <W,H> = sum over ALL i,j, so an off-diagonal element
 * counts twice: this factor 2 is applied only inside `contract` and `pullback`.
 *
 * H may be complex Hermitian (spin-orbit coupling, magnetic fields). Packed is then the lower triangle of the real parts, as
 * above, followed by the strict lower triangle of the imaginary parts by rows: Im H_ij, j<i, at n(n+1)/2 + i(i-1)/2 + j; nstate^2
 * numbers in all, by which such a model is known. A weight W is Hermitian and packed likewise; <W,H> = Re tr(W^H H) = sum over ALL
 * i,j of Re W_ij Re H_ij + Im W_ij Im H_ij. All four functions stay linear maps between real numbers.
 *
 * A request list (row[q], W[q]) may repeat or omit rows of the batch last given to `hamiltonian` on that tape. Result q
 * depends only on geometry row[q]: it is bitwise the same in any batch and at any place in it.
 *
 * A model is const and may be used by many threads at once; a tape belongs to one thread.
 */
#ifndef DIABOLO_MODEL_H
#define DIABOLO_MODEL_H

#include "diabolo/base.h"
#include "diabolo/molecule.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct dia_model dia_model;
typedef struct dia_tape dia_tape;

typedef struct dia_shape {
    int natom, ncart;
    int nstate;
    int npacked; /* nstate (nstate+1)/2; of complex H nstate^2   */
    int ntheta;  /* parameters that can be trained; 0: none      */
} dia_shape;

static inline int dia_packed(int i, int j)
{
    return i >= j ? i * (i + 1) / 2 + j : j * (j + 1) / 2 + i;
}

/* Is H complex? */
static inline bool dia_hermitian(const dia_shape *shape)
{
    return shape->npacked > shape->nstate * (shape->nstate + 1) / 2;
}

/* Place of Im H_ij, i > j. */
static inline int dia_packed_imaginary(int nstate, int i, int j)
{
    return nstate * (nstate + 1) / 2 + i * (i - 1) / 2 + j;
}

/* Opens a model from a file: HDF5 (format "diabolo-model"), YAML (a block `type: NAME` with that type's options), or a shared
 * object (.so) that holds one dia_model_type. The caller frees it. */
DIA_API DIA_MUST_USE dia_status dia_model_load(dia_model **model, const char *path, dia_error *error);
/* Opens a model from YAML text; relative paths in it are relative to `directory`. */
DIA_API DIA_MUST_USE dia_status dia_model_parse(dia_model **model, const char *yaml, const char *directory,
                                                dia_error *error);
/* Opens the model that a result was made with: a swarm, intersections, a mechanism (HDF5). given: the model's file,
 * from the user; NULL: the path that the result holds is tried, relative to its input, to the result and to the
 * working directory; or the model is made from the block stored in the result. Its digest must be that of the
 * result. What a result names is data: a plug-in is opened only if `given` leads to it. */
DIA_API DIA_MUST_USE dia_status dia_model_of_result(dia_model **model, const char *result, const char *given,
                                                    dia_error *error);
DIA_API void dia_model_free(dia_model *model); /* NULL is fine */

DIA_API dia_shape dia_model_shape(const dia_model *model);
DIA_API const dia_molecule *dia_model_molecule(const dia_model *model); /* borrowed                    */
DIA_API const char *dia_model_name(const dia_model *model);             /* name of its type: "network" */
/* Makes it another isotopologue: masses (natom) in electron masses. H(R) is unchanged. Call it before using the
 * model. DIA_ERROR_INPUT: a mass below 1e-6 u or above 1e6 u. */
DIA_API DIA_MUST_USE dia_status dia_model_set_masses(dia_model *model, const double *masses, dia_error *error);
/* SHA-256 (64 hex digits) of what the model was opened from: of its file; if there are several files, of their
 * digests in the order of dia_model_files; of YAML text: of all its keys and of the files they name. Borrowed. */
DIA_API const char *dia_model_digest(const dia_model *model);
/* All files that the model consists of, *n of them: the file it was opened from, then the files that it names (a
 * plug-in, a template and the file that the template names, ...). Borrowed; NULL for none. */
DIA_API const dia_file *dia_model_files(const dia_model *model, int *n);
/* (ntheta), owned by the model; NULL if it cannot be trained. After writing to it call dia_model_refresh before the
 * next evaluation. */
DIA_API double *dia_model_theta(dia_model *model);
DIA_API void dia_model_refresh(dia_model *model);

/* Work space for batches of up to batch_max geometries and request lists of up to request_max. Freed by dia_tape_free.
 * DIA_ERROR_UNSUPPORTED: H is complex; for callers who take it for real. */
DIA_API DIA_MUST_USE dia_status dia_tape_create(dia_tape **tape, const dia_model *model, int batch_max, int request_max,
                                                dia_error *error);
/* The same of any model, for callers who know what a complex H is (dia_hermitian). */
DIA_API DIA_MUST_USE dia_status dia_tape_create_hermitian(dia_tape **tape, const dia_model *model, int batch_max,
                                                          int request_max, dia_error *error);
/* From now on H and its derivatives from this tape are those of a network that computes in single precision inside, in some 0.6 of the
 * time: H off by some 1e-7 of its scale. Features, baseline and all that comes behind stay double. False, and nothing is changed:
 * the model is no network. */
DIA_API bool dia_tape_single(dia_tape *tape);
DIA_API void dia_tape_free(dia_tape *tape);

/* R (batch, ncart) bohr -> H (batch, npacked) hartree. A geometry with NaN gives NaN in its own row only. H == NULL: the batch is
 * for dia_model_gradients, which gives H too, and for the pullbacks; not for contract and derivative. None of these calls
 * allocates. They fail (DIA_ERROR_INPUT) only if batch, n or a row is out of the tape's range. */
DIA_API dia_status dia_model_hamiltonian(const dia_model *model, dia_tape *tape, int batch, const double *R, double *H);
/* row (n), W (n, npacked) -> G (n, ncart): G_q = sum_ij W_q,ij dH_ij/dR at geometry row[q]. */
DIA_API dia_status dia_model_contract(const dia_model *model, dia_tape *tape, int n, const int *row, const double *W,
                                      double *G);
/* row (n), V (n, ncart) -> dH (n, npacked): directional derivatives. */
DIA_API dia_status dia_model_derivative(const dia_model *model, dia_tape *tape, int n, const int *row, const double *V,
                                        double *dH);
/* theta_bar (ntheta) += d/dtheta sum_q [ <W0_q, H(R_row)> + <W1_q, dH(R_row).V_q> ];  W0, W1 (n, npacked), V (n, ncart).
 * W0 == NULL: the first terms are left out; V == W1 == NULL: the second. DIA_ERROR_UNSUPPORTED: the model has no
 * parameters. */
DIA_API dia_status dia_model_pullback(const dia_model *model, dia_tape *tape, int n, const int *row, const double *W0,
                                      const double *V, const double *W1, double *theta_bar);
/* The same without the sum, one row for each request: J (n, ntheta), which is overwritten; row q is the parameter
 * gradient of <W0_q, H(R_row)> + <W1_q, dH(R_row).V_q>. For least squares (Levenberg-Marquardt). */
DIA_API dia_status dia_model_pullback_each(const dia_model *model, dia_tape *tape, int n, const int *row,
                                           const double *W0, const double *V, const double *W1, double *J);

/* For a loss of energies, gradients and couplings: derivatives of all elements of H at once, and then the gradient of the loss. Geometries
 * first..first+n-1 of the batch, at most eight, first a multiple of eight: G (n, npacked, ncart) = dH_ij/dR, hartree/bohr;
 * H (n, npacked) hartree, as dia_model_hamiltonian gives it but for rounding; NULL: not wanted. */
DIA_API dia_status dia_model_gradients(const dia_model *model, dia_tape *tape, int first, int n, double *H, double *G);
/* Of the geometries of the last dia_model_gradients: theta_bar (ntheta) += d/dtheta sum_b sum over ALL i,j of Hbar_ij H_ij + Gbar_ij . dH_ij/dR;
 * Hbar (n, npacked), Gbar (n, npacked, ncart). It can be called once. What dia_model_pullback gives with a request for each element,
 * in less time. DIA_ERROR_UNSUPPORTED: the model has no parameters. */
DIA_API dia_status dia_model_gradients_pullback(const dia_model *model, dia_tape *tape, const double *Hbar,
                                                const double *Gbar, double *theta_bar);

/* Does the model know its dipoles: a network to which they were taught (docs/spectra.md), a vibronic model whose input
 * gives them, a formula or a plug-in that has them? */
DIA_API bool dia_model_dipolar(const dia_model *model);
/* row (n) -> mu (n, 3, npacked) e bohr: x, y and z component of the dipole matrix in the diabatic basis, each packed as
 * H. Signs are joint with those of H: the adiabatic matrix is U^T mu U with the U of this H, its diagonal the permanent
 * dipoles, the rest transition dipoles. It turns with the molecule. Of an ion: seen from the centre of mass.
 * DIA_ERROR_UNSUPPORTED: the model has none. */
DIA_API dia_status dia_model_dipole(const dia_model *model, dia_tape *tape, int n, const int *row, double *mu);
/* Does it also know how they change with the geometry: has it dipoles, and does its type give dia_model_dipole_contract? */
DIA_API bool dia_model_dipole_differentiable(const dia_model *model);
/* row (n), W (n, 3, npacked) -> G (n, ncart) e: G_q = sum over x, y, z and ALL i,j of W_q,ij dmu_ij/dR at geometry row[q],
 * each component packed and weighed as in dia_model_contract. W = -E (x) rho gives the gradient of the energy -tr(rho mu).E
 * in a field E of fixed direction: with its torque, for mu turns with the molecule. DIA_ERROR_UNSUPPORTED: the model does
 * not give it (dia_model_dipole_differentiable). */
DIA_API dia_status dia_model_dipole_contract(const dia_model *model, dia_tape *tape, int n, const int *row,
                                             const double *W, double *G);

/* Does the model know the region of its training data? A formula does not; a network does if its file holds the
 * region. */
DIA_API bool dia_model_bounded(const dia_model *model);
/* How far the geometry R (ncart) is from that region: above 1 is outside; 0 everywhere if the model knows no region.
 * text (size bytes, or NULL): why it is outside ("atoms 0 and 1 are 5.00 Angstrom apart, 1.12 to 3.05 in the
 * training data"), "" if it is not. The measure of a network: docs/model-file.md. */
DIA_API double dia_model_novelty(const dia_model *model, const double *R, size_t size, char *text);
/* What the user should know about it ("couplings were not taught: ..."), one sentence per line. NULL: nothing.
 * Borrowed. */
DIA_API const char *dia_model_note(const dia_model *model);
/* How many of its states mean something, the lowest: a network may have been trained with surplus diabats, whose
 * adiabatic states were never fitted. All (shape.nstate) of any other model. */
DIA_API int dia_model_fitted(const dia_model *model);
/* Harmonic oscillators that the model is written in (the reference of a vibronic-coupling model): their number; 0: there
 * are none. They are centred at the reference geometry. frequency (n) hartree; vector (n, ncart) mass-weighted and
 * orthonormal, for the model's own masses; both may be NULL. */
DIA_API int dia_model_oscillators(const dia_model *model, double *frequency, double *vector);
/* A committee: members that were trained alike, of which one gives the numbers above (or a network distilled from their
 * adiabatic mean), while all of them tell by how much they differ (docs/committee.md). Their number: 1 for any other model;
 * and member k, borrowed: of any other model itself; NULL: there is none of that number. */
DIA_API int dia_model_members(const dia_model *model);
DIA_API const dia_model *dia_model_member(const dia_model *model, int k);
/* Spins of the diabatic states, of a model that knows them: multiplicity (nstate) 2S+1, projection (nstate) 2 M_S. Elements of H
 * between states of different multiplicity or projection, and all imaginary parts, are then spin-orbit coupling; the rest is the
 * spin-free H. False: it does not know; nothing is written. */
DIA_API bool dia_model_spin(const dia_model *model, int *multiplicity, int *projection);
/* A model in reduced units: the energy, hartree, that is 1 in them. 0: energies and times are physical. */
DIA_API double dia_model_unit(const dia_model *model);

#ifdef __cplusplus
}
#endif
#endif
