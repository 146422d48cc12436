/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a flight in progress tells: how far it is, populations so far. */
#include <stdio.h>

#include "base/control.h"
#include "base/machine.h"
#include "dynamics/options.h"
#include "swarm/crew.h"
#include "swarm/until.h"

/* sample: of the journal. */
void dia_crew_count_sample(dia_crew *all, int64_t sample, int64_t count, const unsigned char *rows)
{
    int n = all->record.nstate;
    sample += dia_flight_samples_before(all->flight);
    if (sample % all->apart != 0)
        return;
    sample /= all->apart;
    all->reached[sample] += count;
    const bool amplitudes = dia_dynamics_populations(all->flight->dynamics, n).amplitudes;
    for (int64_t b = 0; b < count; b++) {
        const unsigned char *row = rows + (size_t)b * all->record.size;
        double work = 0.0, p[DIA_RECORD_STATES] = {0.0};
        if (amplitudes)
            dia_layout_get(&all->record, row, DIA_FIELD_ELECTRONIC, p);
        else
            p[dia_layout_active(&all->record, row)] = 1.0;
        for (int k = 0; k < n; k++)
            all->share[sample * n + k] += p[k];
        if (dia_flight_lit(all->flight))
            dia_layout_get(&all->record, row, DIA_FIELD_WORK, &work);
        all->work[sample] += work;
    }
}

/* "S0 0.12 S1 0.88 at 42 fs": populations at the latest time that half of the started trajectories have reached. */
static void populations_text(const dia_crew *all, size_t size, char *text)
{
    const dia_flight *flight = all->flight;
    const int n = all->record.nstate;
    const int64_t least = (dia_flight_samples_before(flight) + all->apart - 1) / all->apart;
    int64_t sample = (dia_flight_samples(flight) - 1) / all->apart;
    size_t length = 0;
    text[0] = '\0';
    while (sample > least && 2 * all->reached[sample] < all->reached[least])
        sample--;
    for (int k = 0; all->reached[sample] > 0 && k < n && length < size; k++)
        length += (size_t)snprintf(text + length, size - length, "S%d %.2f ", k,
                                   all->share[sample * n + k] / (double)all->reached[sample]);
    if (dia_flight_lit(flight) && length > 0 && length < size)
        length += (size_t)snprintf(text + length, size - length, "light %.2f eV ",
                                   all->work[sample] / (double)all->reached[sample] / DIA_EV);
    if (length > 0 && length < size)
        snprintf(text + length, size - length, "at %.4g fs",
                 (double)(sample * all->apart * flight->every) * flight->dynamics->timestep / DIA_FEMTOSECOND);
}

void dia_crew_tell(const dia_crew *all, const char *note)
{
    dia_control_progress(all->control,
                         &(dia_progress_state){.what = "flying",
                                               .done = (double)all->done,
                                               .total = (double)all->expected * (double)all->flight->steps,
                                               .before = (double)(all->done - all->flown),
                                               .note = note});
}

void dia_crew_report(dia_crew *all, int64_t steps)
{
    char note[200];
    all->done += steps;
    all->flown += steps;
    double now = dia_seconds();
    if (all->control == NULL || all->control->progress == NULL || now - all->reported < 0.1 ||
        all->done >= all->expected * all->flight->steps)
        return;
    all->reported = now;
    note[0] = '\0';
    if (all->flight->watch != NULL)
        dia_watch_note(all->flight->watch, sizeof note, note);
    if (note[0] == '\0')
        populations_text(all, sizeof note, note);
    dia_crew_tell(all, note);
}
