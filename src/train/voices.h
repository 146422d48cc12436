/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The trainings of a committee speak with one voice: one progress, and what several of them say is told once. */
#ifndef DIA_TRAIN_VOICES_H
#define DIA_TRAIN_VOICES_H

#include "diabolo/base.h"

enum { DIA_VOICES_SAYINGS = 40 };

typedef struct dia_saying {
    char *text;       /* owned                       */
    uint64_t members; /* bits: whose training has it */
} dia_saying;

typedef struct dia_voices {
    const dia_control *control; /* who listens; borrowed */
    int members, folds;         /* as many members, trained without each of so many parts of the data, too           */
    bool alike;         /* are all members taught the same points? What is said before training is the same, then */
    int k, fold;        /* the member that is trained, without that part of the data (-1: with all)           */
    int attempt, extra; /* its trainings before this one; further trainings of all members so far             */
    bool begun;         /* is it training? */
    dia_saying said[DIA_VOICES_SAYINGS];
    int nsaid;
} dia_voices;

/* What a training is to be heard by; voices must outlive it. */
dia_control dia_voices_control(dia_voices *voices);
/* Where members are taught other points: who else has said what was told of one. */
void dia_voices_tell_others(const dia_voices *voices);
void dia_voices_free(dia_voices *voices);

#endif
