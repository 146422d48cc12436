/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Umbrella header of libdiabolo. */
#ifndef DIABOLO_DIABOLO_H
#define DIABOLO_DIABOLO_H

#include "diabolo/analyse.h"
#include "diabolo/base.h"
#include "diabolo/dataset.h"
#include "diabolo/dynamics.h"
#include "diabolo/exact.h"
#include "diabolo/extend.h"
#include "diabolo/frame.h"
#include "diabolo/intersect.h"
#include "diabolo/model.h"
#include "diabolo/molecule.h"
#include "diabolo/run.h"
#include "diabolo/train.h"
#include "diabolo/swarm.h"

#endif
