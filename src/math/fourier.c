/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "math/fourier.h"

#include <fftw3.h>
#include <pthread.h>
#include <stdlib.h>

struct dia_fourier {
    fftw_plan forward, backward;
};

static pthread_mutex_t planner = PTHREAD_MUTEX_INITIALIZER; /* FFTW's planner serves one thread at a time */

dia_fourier *dia_fourier_create(int n)
{
    dia_fourier *fourier = calloc(1, sizeof *fourier);
    fftw_complex *x = fftw_malloc((size_t)n * sizeof *x);
    pthread_mutex_lock(&planner);
    if (fourier != NULL && x != NULL) {
        fourier->forward = fftw_plan_dft_1d(n, x, x, FFTW_FORWARD, FFTW_ESTIMATE | FFTW_UNALIGNED);
        fourier->backward = fftw_plan_dft_1d(n, x, x, FFTW_BACKWARD, FFTW_ESTIMATE | FFTW_UNALIGNED);
    }
    pthread_mutex_unlock(&planner);
    fftw_free(x);
    if (fourier != NULL && fourier->forward != NULL && fourier->backward != NULL)
        return fourier;
    dia_fourier_free(fourier);
    return NULL;
}

void dia_fourier_free(dia_fourier *fourier)
{
    if (fourier == NULL)
        return;
    pthread_mutex_lock(&planner);
    fftw_destroy_plan(fourier->forward);
    fftw_destroy_plan(fourier->backward);
    pthread_mutex_unlock(&planner);
    free(fourier);
}

void dia_fourier_forward(const dia_fourier *fourier, double *x)
{
    fftw_execute_dft(fourier->forward, (fftw_complex *)x, (fftw_complex *)x);
}

void dia_fourier_backward(const dia_fourier *fourier, double *x)
{
    fftw_execute_dft(fourier->backward, (fftw_complex *)x, (fftw_complex *)x);
}

int dia_fourier_length(int n)
{
    for (n += n % 2;; n += 2) {
        int rest = n;
        for (int factor = 2; factor <= 5; factor++)
            while (rest % factor == 0)
                rest /= factor;
        if (rest == 1)
            return n;
    }
}
