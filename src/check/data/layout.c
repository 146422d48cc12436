/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the file holds beside what is read: datasets and attributes of other names, units that are not stated. */
#include <string.h>

#include "base/config.h"
#include "check/data/test.h"

extern const dia_data_test dia_data_test_layout;

enum { REMARK, UNIT, NAME };

/* The loader's own notes, a sentence a line. */
static void tell_notes(dia_checkup *x)
{
    for (const char *line = x->data.notes; *line != '\0'; line += strcspn(line, "\n") + 1) {
        dia_finding *f = dia_checkup_found(x, &dia_data_test_layout, DIA_SEVERITY_DOUBT, NULL);
        dia_finding_text(&x->findings, &f->what, "%.*s", (int)strcspn(line, "\n"), line);
        f->kind = strstr(f->what != NULL ? f->what : "", "does not say its unit") != NULL ? UNIT : NAME;
        dia_finding_text(&x->findings, &f->cure,
                         "rename the dataset, state its unit (attribute `unit`), or take it out of the file");
    }
}

static void visit_attribute(void *context, const dia_store_item *item)
{
    static const char *const known[] = {"format",       "version",      "level_of_theory", "licence",
                                        "source",       "molecule",     "split",           "s0_minimum_hartree",
                                        "model_sha256", "model_files",  "repaired",        "repaired_from",
                                        "conversion",   "converted_by", "converted_from",  NULL};
    dia_checkup *x = context;
    for (const char *const *name = known; *name != NULL; name++)
        if (strcmp(*name, item->name) == 0)
            return;
    const char *near = dia_text_nearest(item->name, known);
    dia_finding *f = dia_checkup_found(x, &dia_data_test_layout, DIA_SEVERITY_NOTE, NULL);
    dia_finding_text(&x->findings, &f->what, "attribute '%.100s' of the file is not read%s%s%s", item->name,
                     near != NULL ? "; did you mean '" : "", near != NULL ? near : "", near != NULL ? "'?" : "");
    dia_finding_text(&x->findings, &f->cure, "nothing, if it is a remark of your own");
}

static dia_status repair(dia_checkup *x, dia_finding *f, dia_error *error)
{
    (void)error;
    if (f->kind == UNIT)
        dia_finding_text(&x->findings, &f->done, "the copy states it");
    else if (f->kind == NAME)
        dia_finding_text(&x->findings, &f->done, "left out of the copy");
    return DIA_OK;
}

static dia_status find(dia_checkup *x, dia_error *error)
{
    tell_notes(x);
    return x->store != NULL ? dia_store_walk_attributes(x->store, "", visit_attribute, x, error) : DIA_OK;
}

const dia_data_test dia_data_test_layout = {.name = "layout",
                                            .finds =
                                                "datasets and attributes that are not read, units that are not stated",
                                            .tells = "by the names in the file",
                                            .find = find,
                                            .repair = repair};
