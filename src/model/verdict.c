/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/verdict.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/config.h"

char *dia_model_verdict_path(const dia_model *model)
{
    static const char end[] = ".check.json";
    int n = 0;
    const dia_file *files = dia_model_files(model, &n);
    char *path = n > 0 ? malloc(strlen(files[0].path) + sizeof end) : NULL;
    if (path != NULL) {
        strcpy(path, files[0].path);
        strcat(path, end);
    }
    return path;
}

/* JSON is YAML. A file that is none, or says nothing of this model, is as good as missing. */
char *dia_model_verdict(const dia_model *model)
{
    dia_config *config = NULL;
    dia_error error = {0};
    char *path = dia_model_verdict_path(model), *summary = NULL;
    if (path != NULL && access(path, R_OK) == 0 && dia_config_load(&config, path, &error) == DIA_OK) {
        const dia_node *root = dia_config_root(config);
        const dia_node *digest = dia_node_child(root, "model_digest"), *said = dia_node_child(root, "summary");
        const char *theirs = digest != NULL ? dia_node_text(digest) : NULL,
                   *text = said != NULL ? dia_node_text(said) : NULL;
        if (theirs != NULL && text != NULL && strlen(text) < 1000 && strcmp(theirs, dia_model_digest(model)) == 0)
            summary = strdup(text);
    }
    dia_config_free(config);
    free(path);
    return summary;
}

char *dia_model_remarks(const dia_model *model)
{
    char *verdict = dia_model_verdict(model), *text = NULL;
    const char *note = dia_model_note(model);
    size_t size;
    FILE *out = note != NULL || verdict != NULL ? open_memstream(&text, &size) : NULL;
    if (out != NULL) {
        fprintf(out, "%s", note != NULL ? note : "");
        if (verdict != NULL)
            fprintf(out, "%s" DIA_MODEL_VERDICT_LINE "%s", note != NULL ? "\n" : "", verdict);
        if (fclose(out) != 0) {
            free(text);
            text = NULL;
        }
    }
    free(verdict);
    return text;
}

dia_remark dia_remark_first(const char *remarks)
{
    const size_t head = sizeof DIA_MODEL_VERDICT_LINE - 1;
    if (remarks == NULL || *remarks == '\0')
        return (dia_remark){.text = NULL};
    dia_remark line = {.text = remarks,
                       .length = (int)strcspn(remarks, "\n"),
                       .verdict = strncmp(remarks, DIA_MODEL_VERDICT_LINE, head) == 0};
    if (line.verdict) {
        line.text += head;
        line.length -= (int)head;
    }
    return line;
}

dia_remark dia_remark_next(dia_remark line)
{
    const char *end = line.text + line.length;
    return dia_remark_first(*end == '\n' ? end + 1 : NULL);
}
