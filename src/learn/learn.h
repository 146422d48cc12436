/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Active learning: a loop of swarm, choice, labels, training, until the networks are right where the swarm hops (docs/learn.md).
 *
 *   FOLDER/learn.yaml            settings that decide which labels are asked for: an existing folder of others is refused
 *   FOLDER/round-000/chosen.h5   geometries to label, and why; of round 0 around the start, later of the swarm of the round before
 *   FOLDER/round-000/labels.h5   their labels (journal beside it while they are made); failed.txt: those that failed, and why
 *   FOLDER/round-000/all.h5      all labels up to here; check.txt: what the doctor says of them; left_out.txt: which are not learned, and why
 *   FOLDER/round-000/data.h5     the others
 *   FOLDER/round-000/committee.h5   trained on them
 *   FOLDER/round-000/swarm.h5    flown on one of its members
 *   FOLDER/round-005/final-300/swarm.member0.h5, ...   if asked for: a swarm on each member of the last committee
 *   FOLDER/learn.txt, .json, .html   what each round gave
 *
 * Each file is a function of earlier ones, appears when it is complete, and is not made again. So whenever the program is killed,
 * the same call makes what is missing, and ends with the same files bit by bit (log.txt, which tells times, excepted). */
#ifndef DIA_LEARN_LEARN_H
#define DIA_LEARN_LEARN_H

#include "compare/band.h"

typedef struct dia_learn_topology { /* of a committee, at the labels that it was trained on (train/judged.h)  */
    int known;                      /* intersections that the labels know                                     */
    int least, most;                /* those that a member has, with their change of sign: fewest, most of all */
    int wrong, members;             /* members where other surfaces cross than in the labels; of so many      */
    int trainings;                  /* of all members; more than these: so many were trained again            */
} dia_learn_topology;

typedef struct dia_learn_round {
    int labels, failed, not_unique; /* made for this round                                                         */
    int left_out;                   /* of all labels up to here: those the doctor did not let pass                 */
    int total;                      /* labels that its networks were trained on                                    */
    /* What the networks of the round before were worth at hops of their swarm, labelled for this round: NaN in round 0. */
    int judged;
    double energy, energy_error; /* hartree: mean absolute error over states, and its standard error                */
    double gap, gradient;        /* hartree; hartree/bohr: of the smallest gap; of a component, over states         */
    /* Shares of the errors of all members, of energies and of gradients, within the limits of 68 and 95 % that earlier rounds gave. */
    double within[2][2];
    double expected; /* hartree: mean absolute error at all hops of that swarm, by the calibrated disagreement      */
    double outside;  /* share of that swarm's hops that no label was asked for, since atoms met or S0 was too high   */
    int hops;
    bool right;                  /* the errors are within the limits of the criterion                            */
    bool met;                    /* and no member of the round's own committee is wrong, if that counts          */
    dia_learn_topology topology; /* of the round's own committee */
    int flown;                   /* its member that flies        */
} dia_learn_round;

typedef struct dia_learn_fit {     /* of a decay to the survival of the first state in each of the last swarms; fs */
    int n;                         /* members that gave a time constant; 0: none */
    const char *shape, *parameter; /* "delayed", the time constant's name    */
    double mean, statistical,
        model; /* mean; standard errors: of the sample, mean over members; of the model (final.c) */
} dia_learn_fit;

typedef struct dia_learn_result {
    dia_band band; /* of the last swarms; nmember 0: there are none */
    dia_learn_fit fit;
    int nround;
    dia_learn_round *round; /* (nround) owned                         */
    bool met;               /* the criterion; false: a limit came first */
    char *table;            /* a text page, owned                     */
    char *model;            /* path of the last committee, owned */
    char *why;              /* it ended, owned                        */
} dia_learn_result;

/* fresh: what an earlier call left in the folder is removed. Free *result by dia_learn_result_free whatever the status. */
DIA_MUST_USE dia_status dia_learn(const dia_input *input, bool fresh, const dia_control *control,
                                  dia_learn_result *result, dia_error *error);
void dia_learn_result_free(dia_learn_result *result);

#endif
