/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A small network of ammonia, and a data set whose labels another such network gives: for the loss and the errors. */
#ifndef DIA_TEST_TAUGHT_H
#define DIA_TEST_TAUGHT_H

#include "model/network.h"
#include "dataset/dataset.h"
#include "train/loss.h"

enum { NSTATE = 3, NATOM = 4, NC = 12, NP = 6, NPOINT = 21 };

static const dia_loss plain = {
    .energy = 700.0, .gradient = 90.0, .coupling = 120.0, .coupling_gap = 0.02, .coupling_power = 2};

double taught_draw(uint32_t *at); /* the normal random number *at, which becomes the next */
dia_network *taught_network(uint64_t seed);
dia_model *taught_model(uint64_t seed);
/* Labels are what taught_model(2) says, signs of the states turned at random. */
void taught_data(dia_dataset *data);

#endif
