/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A loop over independent tasks by a team of threads. Only src/parallel includes omp.h. */
#ifndef DIA_PARALLEL_TEAM_H
#define DIA_PARALLEL_TEAM_H

/* thread: 0..nthread-1, selects the thread's tape and work space. */
typedef void dia_task(void *context, int task, int thread);

/* More threads than this OpenBLAS does not stand in it at once (0.3.21 crashed with 1000). */
enum { DIA_TEAM_MOST = 512 };

/* Number of threads to use: `asked` if > 0, else OMP_NUM_THREADS, else the processors available. */
int dia_team_size(int asked);
/* Runs task 0..ntask-1, handed out one by one (dynamic); returns when all are done. Also pins BLAS to one thread (once). */
void dia_team_run(int nthread, int ntask, dia_task *task, void *context);
/* Mutual exclusion among the tasks of a team (one lock for the whole program): for the single writer of a file. */
void dia_team_lock(void);
void dia_team_unlock(void);

#endif
