/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What may stand at a place of a command line, from the tables that read it: for the completion of shells (cmake/diabolo.bash). */
#ifndef DIA_CLI_COMPLETE_H
#define DIA_CLI_COMPLETE_H

/* `diabolo __complete WORDS... CURRENT`: one candidate for the last word a line; a line ":files" asks for files, ":files h5 yaml" for
 * those with such endings. `diabolo __complete --commands`: the commands, each with a tab and its summary. Returns the exit status. */
int dia_complete(int n, char **words);

#endif
