/* SPDX-License-Identifier: GPL-3.0-or-later */
#define _GNU_SOURCE /* RTLD_DEFAULT */
#include "parallel/team.h"

#include <dlfcn.h>
#include <omp.h>
#include <pthread.h>
#include <string.h>

/* A BLAS that starts its own threads inside ours is 5-10 times slower, and environment variables have no effect once
 * the library is loaded. The functions of each known BLAS are looked up by name; one that is not loaded is no error. */
static void pin_blas(void)
{
    static const char *const names[] = {"openblas_set_num_threads", "MKL_Set_Num_Threads",
                                        "bli_thread_set_num_threads"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        void *symbol = dlsym(RTLD_DEFAULT, names[i]);
        if (symbol == NULL)
            continue;
        void (*set)(int);
        memcpy(&set, &symbol, sizeof set); /* C has no cast from object to function pointer */
        set(1);
    }
}

static pthread_once_t once = PTHREAD_ONCE_INIT;
static int available;

/* Pinning OpenBLAS (built with OpenMP) sets OpenMP's default to one thread: read it before. */
static void begin(void)
{
    available = omp_get_max_threads() < DIA_TEAM_MOST ? omp_get_max_threads() : DIA_TEAM_MOST;
    pin_blas();
}

int dia_team_size(int asked)
{
    pthread_once(&once, begin);
    return asked > 0 ? asked : available;
}

void dia_team_run(int nthread, int ntask, dia_task *task, void *context)
{
    pthread_once(&once, begin);
    const int busy = ntask < nthread ? ntask : nthread;
#pragma omp parallel for num_threads(busy > 0 ? busy : 1) schedule(dynamic, 1)
    for (int i = 0; i < ntask; i++)
        task(context, i, omp_get_thread_num());
}

static pthread_mutex_t writer = PTHREAD_MUTEX_INITIALIZER;

void dia_team_lock(void)
{
    pthread_mutex_lock(&writer);
}

void dia_team_unlock(void)
{
    pthread_mutex_unlock(&writer);
}
