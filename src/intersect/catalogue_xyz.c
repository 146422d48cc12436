/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The points of a catalogue as an extended XYZ file. */
#include <stdio.h>
#include <stdlib.h>

#include "intersect/summary.h"
#include "molecule/xyz.h"

static const double degree = DIA_PI / 180.0, slope_unit = DIA_EV / DIA_ANGSTROM; /* eV/Angstrom */

/* key=value pairs of a frame, heap; NULL: out of memory. */
static char *note_of(const dia_catalogue *catalogue, int i)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    if (out == NULL)
        return NULL;
    fprintf(out, "name=\"%s\" label=\"", catalogue->name[i]);
    for (const char *p = catalogue->label[i]; *p != '\0'; p++)
        fprintf(out, "%s%c", *p == '"' || *p == '\\' ? "\\" : "", *p);
    fprintf(out, "\" energies_eV=\"");
    for (int k = 0; k < catalogue->nstate; k++)
        fprintf(out, "%s%.9f", k > 0 ? " " : "",
                (catalogue->E[(size_t)i * (size_t)catalogue->nstate + (size_t)k] - catalogue->zero) / DIA_EV);
    fprintf(out, "\" order=%d searches=%d", catalogue->order[i], catalogue->starts[i]);
    if (catalogue->count[i] == 2)
        fprintf(out, " shape=%s path=%s pitch=%.9g asymmetry=%.9g tilt=%.9g heading_deg=%.9g P=%.9g B=%.9g",
                dia_point_shape(catalogue, i), dia_point_path(catalogue, i), catalogue->pitch[i] / slope_unit,
                catalogue->asymmetry[i], catalogue->tilt[i], catalogue->heading[i] / degree, catalogue->P[i],
                catalogue->B[i]);
    fprintf(out, " " DIA_CATALOGUE_XYZ_MARK);
    fclose(out);
    return text;
}

dia_status dia_catalogue_write_xyz(const dia_catalogue *catalogue, const char *path, dia_error *error)
{
    const dia_xyz_vectors vectors[] = {{"g", slope_unit, catalogue->g},
                                       {"h", slope_unit, catalogue->h},
                                       {"s", slope_unit, catalogue->s},
                                       {"x", 1.0, catalogue->x},
                                       {"y", 1.0, catalogue->y}};
    char **notes = calloc((size_t)catalogue->npoint + 1, sizeof *notes);
    bool good = notes != NULL;
    for (int i = 0; good && i < catalogue->npoint; i++)
        good = (notes[i] = note_of(catalogue, i)) != NULL;
    const dia_xyz xyz = {.molecule = catalogue->molecule, /* all borrowed: not freed */
                         .nframe = catalogue->npoint,
                         .R = catalogue->R,
                         .nvectors = 5,
                         .vectors = vectors,
                         .kind = "intersections",
                         .notes = (const char *const *)notes};
    dia_status status =
        good ? dia_xyz_write(&xyz, path, error) : dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for %s", path);
    for (int i = 0; notes != NULL && i < catalogue->npoint; i++)
        free(notes[i]);
    free(notes);
    return status;
}
