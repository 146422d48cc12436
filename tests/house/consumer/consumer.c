/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The smallest user of the library: opens Tully's first model and prints H at x = 1 bohr. */
#include <diabolo/diabolo.h>

#include <stdio.h>

int main(void)
{
    dia_error error = {0};
    dia_model *model = NULL;
    dia_tape *tape = NULL;
    double x = 1, H[3];
    if (dia_model_parse(&model, "{type: tully, variant: 1}", ".", &error) != DIA_OK ||
        dia_tape_create(&tape, model, 1, 1, &error) != DIA_OK ||
        dia_model_hamiltonian(model, tape, 1, &x, H) != DIA_OK) {
        fprintf(stderr, "%s\n", error.text);
        return 1;
    }
    printf("diabolo %s: H = %.4f %.4f %.4f hartree\n", dia_version(), H[0], H[1], H[2]);
    dia_tape_free(tape);
    dia_model_free(model);
    return 0;
}
