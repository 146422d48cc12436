/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "electronic/spin.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "math/eigen.h"

/* Blocks, terms and multiplicities from the spins of the diabats. */
static void order(dia_spin *s, const int *multiplicity, const int *projection)
{
    const int n = s->nstate;
    for (int i = 0; i < n; i++) { /* ascending multiplicities, each once */
        int at = 0;
        while (at < s->nmultiplicity && s->multiplicity[at] < multiplicity[i])
            at++;
        if (at < s->nmultiplicity && s->multiplicity[at] == multiplicity[i])
            continue;
        memmove(s->multiplicity + at + 1, s->multiplicity + at, (size_t)(s->nmultiplicity - at) * sizeof(int));
        s->multiplicity[at] = multiplicity[i];
        s->nmultiplicity++;
    }
    for (int i = 0; i < n; i++) {
        s->block[i] = s->nblock;
        for (int j = 0; j < i && s->block[i] == s->nblock; j++)
            if (multiplicity[j] == multiplicity[i] && projection[j] == projection[i])
                s->block[i] = s->block[j];
        s->nblock += s->block[i] == s->nblock;
    }
    for (int m = 0; m < s->nmultiplicity; m++) { /* as many terms as its largest block has states */
        int most = 0;
        for (int i = 0; i < n; i++) {
            int before = 0;
            for (int j = 0; j < i; j++)
                before += s->block[j] == s->block[i];
            if (multiplicity[i] != s->multiplicity[m])
                continue;
            s->term[i] = s->nterm + before;
            most = before + 1 > most ? before + 1 : most;
        }
        for (int r = 0; r < most; r++)
            s->of_term[s->nterm + r] = m;
        s->nterm += most;
    }
}

/* S0, D0, T1, Q0 as they are called, T from 1; others by their multiplicity: M5.0. */
static void name(dia_spin *s)
{
    static const char *const words[] = {"singlet", "doublet", "triplet", "quartet", "quintet", "sextet", "septet"};
    static const char letters[] = "SDTQ";
    for (int t = 0, r = 0; t < s->nterm; t++) {
        const int m = s->multiplicity[s->of_term[t]];
        r = t > 0 && s->of_term[t] == s->of_term[t - 1] ? r + 1 : 0;
        if (m <= 4)
            snprintf(s->name[t], DIA_SPIN_NAME, "%c%d", letters[m - 1], r + (m == 3));
        else
            snprintf(s->name[t], DIA_SPIN_NAME, "M%d.%d", m, r);
    }
    for (int m = 0; m < s->nmultiplicity; m++)
        if (s->multiplicity[m] <= 7)
            snprintf(s->name[s->nterm + m], DIA_SPIN_NAME, "%s", words[s->multiplicity[m] - 1]);
        else
            snprintf(s->name[s->nterm + m], DIA_SPIN_NAME, "M%d", s->multiplicity[m]);
}

dia_status dia_spin_open(dia_spin *spin, const dia_model *model, bool *known, dia_error *error)
{
    const int nstate = dia_model_shape(model).nstate;
    const size_t n = (size_t)nstate;
    int *spins = dia_allocate(2 * n, sizeof *spins);
    *spin = (dia_spin){.nstate = nstate,
                       .block = dia_allocate(n, sizeof(int)),
                       .term = dia_allocate(n, sizeof(int)),
                       .of_term = dia_allocate(n, sizeof(int)),
                       .multiplicity = dia_allocate(n + 1, sizeof(int)),
                       .name = dia_allocate(2 * n, sizeof *spin->name)};
    dia_status status = DIA_OK;
    *known = false;
    if (spins == NULL || spin->block == NULL || spin->term == NULL || spin->of_term == NULL ||
        spin->multiplicity == NULL || spin->name == NULL)
        status = dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for the spins of %d states", nstate);
    else
        *known = dia_model_spin(model, spins, spins + n);
    if (*known) {
        order(spin, spins, spins + n);
        name(spin);
    } else {
        dia_spin_free(spin);
    }
    free(spins);
    return status;
}

void dia_spin_free(dia_spin *spin)
{
    free(spin->block);
    free(spin->term);
    free(spin->of_term);
    free(spin->multiplicity);
    free(spin->name);
    *spin = (dia_spin){0};
}

size_t dia_spin_work(int nstate)
{
    const size_t n = (size_t)nstate;
    return n * (n + 1) / 2 + n + n * n + dia_eigen_work(nstate);
}

void dia_spin_states(const dia_spin *spin, const double *H, double *E, double *U, double *work)
{
    const int n = spin->nstate;
    double *A = work, *e = A + n * (n + 1) / 2, *u = e + n, *rest = u + n * n;
    memset(U, 0, (size_t)(n * n) * sizeof *U);
    for (int b = 0; b < spin->nblock; b++) {
        int size = 0, p = 0;
        for (int i = 0; i < n; i++) {
            if (spin->block[i] != b)
                continue;
            for (int j = 0; j <= i; j++)
                if (spin->block[j] == b)
                    A[p++] = H[dia_packed(i, j)];
            size++;
        }
        (void)dia_eigen_packed(size, A, e, u, rest);
        for (int i = 0, row = 0; i < n; i++) {
            if (spin->block[i] != b)
                continue;
            E[i] = e[row];
            for (int k = 0, column = 0; k < n; k++)
                if (spin->block[k] == b)
                    U[i * n + k] = u[row * size + column++];
            row++;
        }
    }
}

void dia_spin_sums(const dia_spin *spin, const double *x, double *sums)
{
    memset(sums, 0, (size_t)(spin->nterm + spin->nmultiplicity) * sizeof *sums);
    for (int i = 0; i < spin->nstate; i++) {
        sums[spin->term[i]] += x[i];
        sums[spin->nterm + spin->of_term[spin->term[i]]] += x[i];
    }
}
