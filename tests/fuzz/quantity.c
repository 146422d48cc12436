/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fuzz.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/config.h"

/* What is accepted is finite, and its own text reads back. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    if (size < 1 || size > 200)
        return 0;
    char text[201], why[100], again[80];
    dia_dimension dimension = (dia_dimension)(bytes[0] % (DIA_ATOMIC + 1));
    memcpy(text, bytes + 1, size - 1);
    text[size - 1] = '\0';
    double value = 0.0, back = 0.0;
    if (!dia_quantity_parse(text, dimension, &value, sizeof why, why)) {
        if (why[0] == '\0' || memchr(why, '\0', sizeof why) == NULL)
            abort();
        return 0;
    }
    dia_quantity_text(value, dimension, sizeof again, again);
    if (!isfinite(value) || !dia_quantity_parse(again, dimension, &back, sizeof why, why) ||
        fabs(back - value) > 1e-15 * fabs(value) + 1e-300)
        abort();
    return 0;
}
