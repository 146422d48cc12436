/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How to add a model, a descriptor, a hopping or a decoherence method: one file with one const struct.
 *
 * A model in models/NAME.c defines `const dia_model_type dia_model_type_NAME`; CMake makes the registry from the file
 * names. The same file built as a shared object NAME.so is a plug-in: an input names it by its path.
 *
 * The option table is the only place that says which keys it accepts: parsing with units, defaults, checks, `diabolo
 * info NAME`, the commented template and the documentation are made from it. Values are stored in `self` at
 * `offset`.
 */
#ifndef DIABOLO_EXTEND_H
#define DIABOLO_EXTEND_H

#include "diabolo/base.h"
#include "diabolo/frame.h"
#include "diabolo/model.h"
#include "diabolo/molecule.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Version of the structs in this file, frame.h and model.h; raised whenever one of them changes. Each type begins
 * with it: a plug-in that was built for another version is refused. (Types had no version before 2.) The layout of each
 * version is recorded in tests/house/plugin.c, so that a change without a new version is noticed. */
#define DIA_EXTEND_VERSION 14

/* ---- options --------------------------------------------------------------------------------- */

typedef enum dia_option_kind {
    DIA_OPTION_BOOL,   /* bool            true | false                                             */
    DIA_OPTION_INT,    /* int             a word of `choices`, if it has them: -1, -2, ...         */
    DIA_OPTION_REAL,   /* double          "0.25 fs": number and unit, stored in atomic units       */
    DIA_OPTION_TEXT,   /* const char *                                                             */
    DIA_OPTION_PATH,   /* const char *    made absolute relative to the file that holds it         */
    DIA_OPTION_CHOICE, /* int             index into `choices`                                     */
    DIA_OPTION_INTS,   /* dia_list of int                                                          */
    DIA_OPTION_REALS,  /* dia_list of double                                                       */
    DIA_OPTION_TEXTS,  /* dia_list of const char *; a word of `choices` may stand for a list of it */
    DIA_OPTION_BLOCK,  /* nested struct at offset, described by `table`                            */
    DIA_OPTION_BLOCKS, /* dia_list of structs of item_size bytes, each described by `table`        */
    DIA_OPTION_NODE    /* const dia_node *: not read yet; the caller knows its table (variants)    */
} dia_option_kind;

/* Dimension of a REAL or REALS; sets the units accepted and the unit of a number without one ("bare"). */
typedef enum dia_dimension {
    DIA_PURE,            /* no unit                                                                  */
    DIA_TIME,            /* fs (bare), ps, as, au                                                    */
    DIA_ENERGY,          /* eV (bare), meV, hartree, Eh, cm^-1, kcal/mol, kJ/mol                     */
    DIA_LENGTH,          /* Angstrom (bare), A, bohr, nm, pm                                         */
    DIA_TEMPERATURE,     /* K (bare), or k_B T in eV, hartree, cm^-1; stored as k_B T in hartree     */
    DIA_MASS,            /* u (bare), Da, me                                                         */
    DIA_ANGLE,           /* deg (bare), rad; stored in radians                                       */
    DIA_INVERSE_ENERGY2, /* eV^-2 (bare), hartree^-2: weight of an energy in a loss                  */
    DIA_INVERSE_FORCE2,  /* Angstrom^2/eV^2 (bare), bohr^2/hartree^2: weight of a gradient in a loss */
    DIA_ATOMIC,          /* a number in atomic units; no unit is written                             */
    DIA_FIELD,           /* strength of an electric field: V/Angstrom (bare), au                     */
    DIA_INTENSITY,       /* of light: W/cm^2 (bare); au: that of a field of 1 au                     */
    DIA_ENERGY_RATE      /* change of an energy per time: eV/fs (bare), meV/fs, au                   */
} dia_dimension;

typedef struct dia_list {
    int n;
    void *items; /* in the memory of the configuration: `open` must copy what it keeps */
} dia_list;

typedef struct dia_option {
    const char *key;
    dia_option_kind kind;
    size_t offset; /* of the member in self */
    dia_dimension dimension;
    const char *choices;            /* "coupling|velocity"                                                            */
    const struct dia_option *table; /* of BLOCK and BLOCKS; ends with key == NULL, as every table does                */
    size_t item_size;               /* of BLOCKS                                                                      */
    const char *fallback;           /* default, written as in an input ("0.25 fs"); NULL: none, the member stays zero */
                                    /* "none" of a NODE that is shown as a BLOCK: it does something by being there,   */
                                    /* so that templates show it as a comment                                         */
    const char *help;               /* one line, without a full stop                                                  */
    bool required;                  /* a missing key is an error                                                      */
    double minimum, maximum;        /* inclusive, for numbers, in atomic units; both 0: unchecked                     */
    dia_option_kind shown;          /* of NODE: help and templates show it as a PATH, as a BLOCK of `table`, ...      */
} dia_option;

/* Entries of a table; the key is the name of the member of `type` that gets the value:
 *
 *     static const dia_option bath_options[] = {
 *         DIA_REAL(bath, friction, DIA_ENERGY, "0.1 eV", "coupling to the bath", DIA_RANGE(0, 1)),
 *         DIA_INT(bath, seed, NULL, "of the random numbers", .required = true),
 *         {.key = NULL}};
 *
 * `value` is the default; NULL: none. The help may be followed by any field that follows it in dia_option. In C the
 * compiler checks that the type of the member fits the kind. An entry whose key and member have different names is
 * written in full: {.key = "friction", .kind = DIA_OPTION_REAL, ...}. */
#define DIA_BOOL(type, member, value, ...) DIA_ENTRY(type, member, BOOL, bool, .fallback = value, .help = __VA_ARGS__)
#define DIA_INT(type, member, value, ...) DIA_ENTRY(type, member, INT, int, .fallback = value, .help = __VA_ARGS__)
#define DIA_REAL(type, member, unit, value, ...)                                                                       \
    DIA_ENTRY(type, member, REAL, double, .dimension = unit, .fallback = value, .help = __VA_ARGS__)
#define DIA_TEXT(type, member, value, ...)                                                                             \
    DIA_ENTRY(type, member, TEXT, const char *, .fallback = value, .help = __VA_ARGS__)
#define DIA_PATH(type, member, value, ...)                                                                             \
    DIA_ENTRY(type, member, PATH, const char *, .fallback = value, .help = __VA_ARGS__)
#define DIA_CHOICE(type, member, words, value, ...)                                                                    \
    DIA_ENTRY(type, member, CHOICE, int, .choices = words, .fallback = value, .help = __VA_ARGS__)
#define DIA_INTS(type, member, value, ...)                                                                             \
    DIA_ENTRY(type, member, INTS, dia_list, .fallback = value, .help = __VA_ARGS__)
#define DIA_REALS(type, member, unit, value, ...)                                                                      \
    DIA_ENTRY(type, member, REALS, dia_list, .dimension = unit, .fallback = value, .help = __VA_ARGS__)
#define DIA_TEXTS(type, member, value, ...)                                                                            \
    DIA_ENTRY(type, member, TEXTS, dia_list, .fallback = value, .help = __VA_ARGS__)
#define DIA_BLOCKS(type, member, item, keys, ...)                                                                      \
    DIA_ENTRY(type, member, BLOCKS, dia_list, .table = keys, .item_size = sizeof(item), .help = __VA_ARGS__)
#define DIA_NODE(type, member, ...) DIA_ENTRY(type, member, NODE, const dia_node *, .help = __VA_ARGS__)
#define DIA_BLOCK(type, member, keys, ...)                                                                             \
    {                                                                                                                  \
        .key = #member, .kind = DIA_OPTION_BLOCK, .offset = offsetof(type, member), .table = keys, .help = __VA_ARGS__ \
    }
#define DIA_RANGE(low, high) .minimum = low, .maximum = high

/* Common to all entries. */
#define DIA_ENTRY(type, member, name, ctype, ...)                                                                      \
    {                                                                                                                  \
        .key = #member, .kind = DIA_OPTION_##name, .offset = DIA_OFFSET(type, member, ctype), __VA_ARGS__              \
    }
#ifdef __cplusplus
#define DIA_OFFSET(type, member, ctype) offsetof(type, member)
#else
#define DIA_OFFSET(type, member, ctype) _Generic(((type *)0)->member, ctype : offsetof(type, member))
#endif

/* ---- models ---------------------------------------------------------------------------------- */

struct dia_store; /* an open HDF5 file */

typedef struct dia_model_source {
    const struct dia_store *store; /* NULL unless the model comes from an HDF5 file                */
    const char *directory;         /* relative paths are relative to it; never NULL                */
    const char *path;              /* of the file, for error messages; NULL: given inside an input */
    struct dia_files *files;       /* list of files, filled by dia_model_source_read               */
    bool stored; /* the text comes from a data file, not from the user: what it names is read, never executed */
} dia_model_source;

/* For `open`: adds a file that the model reads to the model's identity (dia_model_digest). Paths among its options
 * are added already. */
DIA_API DIA_MUST_USE dia_status dia_model_source_read(const dia_model_source *source, const char *path,
                                                      dia_error *error);

typedef struct dia_model_type {
    uint32_t version; /* DIA_EXTEND_VERSION */
    const char *name, *summary, *reference;
    const dia_option *options; /* NULL: none (the model is opened from HDF5 only)   */
    size_t self_size;          /* zeroed, then filled from `options`, then `open`ed */
    /* Fills *shape and *molecule (by dia_molecule_init; the caller frees it). On failure leaves nothing allocated. */
    dia_status (*open)(void *self, const dia_model_source *source, dia_shape *shape, dia_molecule *molecule,
                       dia_error *error);
    void (*close)(void *self); /* NULL: nothing to free; self itself belongs to the caller              */
    /* Bytes of work space for such batches; the library passes it as `work`, 64-byte aligned. */
    size_t (*tape_size)(const void *self, int batch_max, int request_max);
    /* Prepares zeroed work space once, before the first call. NULL: nothing to do. */
    void (*tape_init)(const void *self, void *work, int batch_max, int request_max);
    /* As in model.h. `R` is the library's own copy of the batch, (batch, ncart), valid until the next hamiltonian on
     * this tape, and is passed again to the other three. Ranges have been checked. */
    void (*hamiltonian)(const void *self, void *work, int batch, const double *R, double *H);
    void (*contract)(const void *self, void *work, const double *R, int n, const int *row, const double *W, double *G);
    void (*derivative)(const void *self, void *work, const double *R, int n, const int *row, const double *V,
                       double *dH);
    void (*pullback)(const void *self, void *work, const double *R, int n, const int *row, const double *W0,
                     const double *V, const double *W1, double *theta_bar); /* NULL: cannot be trained */
    /* J (n, ntheta). NULL: the library calls `pullback` for one request after the other. */
    void (*pullback_each)(const void *self, void *work, const double *R, int n, const int *row, const double *W0,
                          const double *V, const double *W1, double *J);
    /* As in model.h, with the number and the first of these geometries in the batch; both NULL: made of contract and
     * pullback. A type that has them is asked for a hamiltonian with H == NULL. */
    void (*gradients)(const void *self, void *work, const double *R, int first, int n, double *H, double *G);
    void (*gradients_pullback)(const void *self, void *work, const double *R, int first, int n, const double *Hbar,
                               const double *Gbar, double *theta_bar);
    double *(*theta)(void *self); /* NULL: cannot be trained */
    void (*refresh)(void *self);  /* after theta was changed; NULL: nothing to do                        */
    /* As in model.h; both NULL: a formula. */
    bool (*bounded)(const void *self);
    double (*novelty)(const void *self, const double *R, size_t size, char *text);
    const char *(*note)(const void *self); /* as in model.h; NULL: nothing to say */
    int (*fitted)(const void *self);       /* as in model.h, 1 to nstate; NULL: all states */
    int (*oscillators)(const void *self, double *frequency, double *vector); /* as in model.h; NULL: none */
    double (*unit)(const void *self);                                        /* as in model.h; NULL: physical units */
    /* As dia_model_dipole, ranges checked. dipolar: whether this model of the type has dipoles; NULL: it has if `dipole`
     * is not NULL. */
    bool (*dipolar)(const void *self);
    void (*dipole)(const void *self, void *work, const double *R, int n, const int *row, double *mu);
    /* As dia_model_dipole_contract; called only if the model has dipoles. NULL: derivatives of dipoles are not given. */
    void (*dipole_contract)(const void *self, void *work, const double *R, int n, const int *row, const double *W,
                            double *G);
    const dia_model *(*member)(const void *self, int k); /* as in model.h; NULL from the last on. NULL: no committee */
    bool (*spin)(const void *self, int *multiplicity, int *projection); /* as in model.h; NULL: spins are not known  */
    /* As dia_tape_single: from now on hamiltonian, contract and derivative with this work space. NULL: they cannot. */
    void (*single)(const void *self, void *work);
} dia_model_type;

/* ---- descriptors (features of a geometry, the input of a network) ---------------------------- */

/* Geometries come in panels of DIA_LANES, coordinate-major: x[c*DIA_LANES + lane]. Loops over lanes vectorise, and
 * lanes are independent: a geometry's features are bitwise the same in any batch. */
#define DIA_LANES 8

typedef struct dia_descriptor_type {
    uint32_t version; /* DIA_EXTEND_VERSION */
    const char *name, *summary, *reference;
    const dia_option *options;
    size_t self_size;
    /* *nfeature: the number of features. Copies what it needs from the molecule. The model file keeps the options as they
     * are after it: what comes from another file (modes) is put into them, valid until `close`. */
    dia_status (*open)(void *self, const dia_molecule *molecule, int *nfeature, dia_error *error);
    void (*close)(void *self);
    /* x (ncart, L) -> f (nfeature, L) */
    void (*forward)(const void *self, const double *x, double *f);
    /* xbar (ncart, L) += sum_f fbar_f df/dx */
    void (*reverse)(const void *self, const double *x, const double *f, const double *fbar, double *xbar);
    /* fdot (nfeature, L) = df/dx . v */
    void (*tangent)(const void *self, const double *x, const double *f, const double *v, double *fdot);
    /* The geometry R' with R'_a = s R_permutation[a] (s = -1 if inversion) has features f'_k = sign[k] f_source[k].
     * source[k] = -1: f'_k is not among the features; such a permutation is refused. */
    void (*image)(const void *self, const int *permutation, bool inversion, int *source, double *sign);
    const char *use;                       /* what it is good for and what not, a sentence or two; NULL: not said */
    const char *(*note)(const void *self); /* what a user of such a model must know; NULL, or gives NULL: nothing  */
} dia_descriptor_type;

/* ---- hopping and decoherence methods --------------------------------------------------------- */

/* What a method can read: a block of B trajectories at the end of a time step, from t to t+dt. All arrays are
 * borrowed, in atomic units. Rows of other trajectories hold old values: use only the rows in `flying`.
 *
 * A step in which the active state crosses another may be divided (docs/dynamics.md). Then methods are called at the end
 * of each piece, with its dt and time, and with `flying` the trajectories whose step is divided so.
 *
 * Where the active state exchanged its place in energy with another within the step, the trajectory has followed the
 * diabat. before, c_before and the columns of T are then in the order of t+dt: state k of all of them is what
 * continues as state k of t+dt, and before->E does not ascend. It was state origin[k] of t by energy. Such an exchange is
 * no hop: `after` is not called. */
typedef struct dia_step_view {
    int batch, nstate, ncart, npacked;
    int nflying;
    const int *flying;               /* (nflying) rows of trajectories that have not ended (here or before) */
    double dt, time;                 /* time: t+dt, from the start of the trajectory       */
    double tolerance;                /* of the propagator: dynamics.substep_tolerance      */
    const double *mass;              /* (ncart)                                            */
    const dia_frame *before, *after; /* adiabatic frames at t and t+dt                     */
    const double *c_before;          /* (B, nstate, 2) ADIABATIC amplitudes at t           */
    double *c_after;                 /* (B, nstate, 2) the same at t+dt; a hop type that propagates them in a way of
                                        its own writes them, with norm 1, in `propose`                             */
    const double *T;                 /* (B, nstate, nstate, 2) propagator
                                                                  U(t+dt)^H exp(-iH dt) U(t), row-major complex   */
    const double *dH_before, *dH;    /* (B, npacked) dH/dt along the velocity at t and
                                                                  t+dt; NULL unless the hop type needs_hdot       */
    const int *active;               /* (B) at t+dt, like all below                  */
    const double *position, *velocity, *gradient;    /* (B, ncart) gradient: of the active state     */
    const double *kinetic;                           /* (B)                                          */
    const double *position_before, *velocity_before; /* (B, ncart) at t                              */
    const double *uniform;                           /* (B) the random number of this step, in (0,1) */
    /* Further uniform numbers of trajectory b for this step: number i = 0, 1, ... of the method's own stream. */
    double (*random)(const struct dia_step_view *view, int b, int i);
    /* Evaluates the model at t+dt: row (n), from `flying`, n <= B; W (n, npacked) -> gradients (n, ncart) of sum_ij
     * W_ij H_ij. It gives all forces and couplings between adiabatic states (frame.h says by which W). */
    dia_status (*contract)(const struct dia_step_view *view, int n, const int *row, const double *W, double *gradients);
    double *W, *answers; /* (B, npacked), (B, larger of ncart and npacked) room for such a request, free to use within
                                one call; `direction` has `answers` alone                                             */
    /* Couplings <k|dH/dR|active> at t+dt of all flying trajectories as they turn the momentum at hops: real directions, in a molecule
     * without its translation and rotation. *h (nflying, ncart), up to the next call, for `decay` alone. */
    dia_status (*couplings)(const struct dia_step_view *view, int k, const double **h);
    /* Takes translation and rotation of a molecule out of a covector h (ncart) of trajectory b, in the metric of the kinetic energy; of
     * other systems nothing. */
    void (*vibration)(const struct dia_step_view *view, int b, double *h);
    const int *origin; /* (B, nstate) origin[k]: the state at t, by energy, that state k at t+dt continues      */
    double *work; /* nstate (11 nstate + 3) doubles and dia_frame_work(nstate) more, free to use within one call      */
    struct dia_block *block; /* private */
    int stream;              /* private */
    long step;               /* private */
} dia_step_view;

/* Memory of a trajectory: as many doubles as `prepare` asks for belong to the method. They are zero at the start, are
 * part of a saved block, and are restored when a step is undone (it met NaN). A method must keep everything that lasts
 * longer than a step there and nowhere else; then a trajectory is bitwise the same in any block and after a restart.
 * `memory` is (B, size), or (size) where a call is for one trajectory. What some methods need:
 *
 *   A-FSSH   a decoherence type: moments dR, dP of each pair of states in memory, driven in `decohere` by the forces of all
 *            pairs (contract), collapse by `random`, reset in `after`. Jain, Alguire, Subotnik, JCTC 12, 5256 (2016).
 *   SHXF     a decoherence type: auxiliary positions, momenta and phases of each state in memory; the quantum momentum acts on c
 *            in `decohere`; trajectories end or begin in `after`. Ha, Lee, Min, JPCL 9, 1097 (2018). */

typedef struct dia_hop_type { /* a hopping method proposes hops; only `decay` moves nuclei */
    uint32_t version;         /* DIA_EXTEND_VERSION                                      */
    const char *name, *summary, *reference;
    const dia_option *options;
    size_t self_size;
    bool needs_hdot;
    bool
        without_decoherence; /* decoherence is part of the method (MASH), or spoils it: no other is allowed beside it */
    bool adiabatic;          /* stays on the adiabatic surface also where it meets another and the states exchange */
    /* *size: doubles of memory a trajectory has; 0 before the call. DIA_ERROR_INPUT: the method does not work with
     * such a model. NULL: no memory, any model. */
    dia_status (*prepare)(const void *self, const dia_shape *shape, size_t *size, dia_error *error);
    /* At the start of trajectory b: c (nstate, 2) adiabatic amplitudes, 1 in the active state unless the start gives
     * others (dia_block_start_amplitudes), and the active state, may be changed. The view has only after, active, position,
     * velocity, mass, random and contract. NULL: nothing. */
    void (*start)(const void *self, const dia_step_view *view, int b, double *memory, double *c, int *active);
    /* target (B): the state each trajectory should be on after the step; on entry the active state. Called once per
     * step, or piece of a divided one. NULL: it never hops. */
    void (*propose)(const void *self, const dia_step_view *view, double *memory, int *target);
    /* Electrons of the method's own in its memory, from the beginning of a step or piece to its end, like T for the
     * amplitudes. Of the view only before, after, T, dt, c_before, c_after, active, positions. NULL: nothing. */
    void (*propagate)(const void *self, const dia_step_view *view, int b, double *memory);
    /* A method whose hops have a time of their own: a continuous function of the adiabatic amplitudes c (nstate, 2), or of
     * the memory, of trajectory b, positive while it stays. Where it changes its sign within a step the step is divided, to rounding, and
     * `propose` is called there with the margin below zero. Amplitudes and memory are those of either end of the piece. NULL: none. */
    double (*margin)(const void *self, const dia_step_view *view, int b, const double *c, const double *memory);
    /* Packed weight of the direction along which the momentum changes at a hop of trajectory b to state `to`, for
     * `adjust: coupling`. NULL: the coupling of the two states. */
    void (*direction)(const void *self, const dia_step_view *view, int b, int to, const double *memory, double *W);
    /* After a hop of trajectory b was accepted or frustrated: c (nstate, 2) adiabatic. NULL: nothing. */
    void (*after)(const void *self, const dia_step_view *view, int b, int from, int to, bool accepted, double *memory,
                  double *c);
    /* A method without a surface: the potential is the mean of H over the electrons, sum_ij D_ij H_ij with D = 1/n + s (c c^H - 1/n)
     * for n states, and this gives s (1: Ehrenfest). Momenta and amplitudes then move together, and the active state has no
     * force. NULL: the force is that of the active state. */
    double (*mean_field)(const void *self, int nstate);
    /* A mean field whose electrons decohere: at the end of a step, or piece, after `propose`, it changes the amplitudes c_after, of
     * norm 1, and the velocities V (B, ncart) together, so that the energy of each trajectory is the same. The active state is the
     * pointer state: it changes by `propose` without a change of momenta. NULL: nothing. */
    dia_status (*decay)(const void *self, const dia_step_view *view, double *memory, double *V);
    /* Of a mean field whose D is another function of c c^H, linear but for a constant, which the memory of the trajectory may choose:
     * W, packed, c c^H or its mean over a time at the geometry of row b of the frame -> D; `mean_field` then says no more than that it is
     * one. NULL: D as above. */
    void (*density)(const void *self, const dia_frame *frame, int b, const double *memory, double *W);
    bool reflects; /* a frustrated hop always reverses the motion along the direction: that is part of the method */
    /* The populations of the method are those of its amplitudes, 1/n + scale (|c_k|^2 - 1/n) in any basis, n states, and this
     * gives the scale. NULL: those of active states; populations of amplitudes that are kept beside them have scale 1. */
    double (*scale)(const void *self, int nstate);
    bool by_start; /* of two states: coherences weigh a trajectory by 1/| |c_0|^2 - |c_1|^2 | at its start */
    /* What moves the amplitudes by T makes it hop, or is its force: light acts on it. T is then that of H(R) - mu.E(t). */
    bool light;
    /* Populations by triangle windows of e_k = norm |c_k|^2 in any basis: a trajectory counts for state k while e_k >= 1 and all
     * others are below 1; populations are ratios of counts. */
    bool windows;
    /* c, of norm 1, stands for mapping variables sqrt(norm) c; these are recorded. By the memory of a trajectory; NULL: 1. */
    double (*norm)(const void *self, const double *memory);
    /* Does each trajectory have a weight of its own, by how its start was drawn? It may be negative, its mean is 1; populations are
     * ratios. NULL: none has. */
    bool (*weighted)(const void *self);
    double (*start_weight)(const void *self, const double *memory); /* that weight; NULL unless `weighted` */
    /* Time uncertainty: a hop that lacks `lacking` hartree, > 0, may happen at any time of the path at which the energy suffices, this
     * much before or after it was attempted at most; 0: there and then alone. It never grows with `lacking`, and of 0 it is the reach:
     * trajectories fly so far ahead of what is recorded. Momenta at hops that find no such time follow `frustrated`, by default gradv.
     * NULL: none. */
    double (*uncertainty)(const void *self, double lacking);
    bool blind; /* hops without a look at amplitudes: trajectories are the same with every decoherence */
} dia_hop_type;

typedef struct dia_decoherence_type { /* changes amplitudes, neither active state nor momentum */
    uint32_t version;                 /* DIA_EXTEND_VERSION                                    */
    const char *name, *summary, *reference;
    const dia_option *options;
    size_t self_size;
    dia_status (*prepare)(const void *self, const dia_shape *shape, size_t *size, dia_error *error); /* as above */
    /* At the start of trajectory b; the view also has gradient and kinetic. NULL: nothing. */
    void (*start)(const void *self, const dia_step_view *view, int b, double *memory);
    /* As above; called after that of the hop type. */
    void (*after)(const void *self, const dia_step_view *view, int b, int from, int to, bool accepted, double *memory,
                  double *c);
    /* At the end of a step, after the hops: c (B, nstate, 2) adiabatic amplitudes at t+dt. NULL: nothing. */
    void (*decohere)(const void *self, const dia_step_view *view, double *memory, double *c);
    /* It asks whether the motion of the nuclei couples the states: not with light, whose coupling it would not see. */
    bool without_light;
} dia_decoherence_type;

#ifdef __cplusplus
}
#endif
#endif
