/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Adiabatic frames of some rows of a batch, side by side. A row's result is the same bits in every batch. */
#ifndef DIA_ELECTRONIC_FRAMES_H
#define DIA_ELECTRONIC_FRAMES_H

#include "diabolo/frame.h"

/* dia_frame_solve and dia_frame_follow for rows[0..count-1]; NULL: for 0..count-1. */
void dia_frame_solve_rows(dia_frame *frame, int count, const int *rows, double *work);
void dia_frame_follow_rows(dia_frame *now, const dia_frame *before, int count, const int *rows);
/* Both, of a frame a short time after `before`, whose vectors it may begin with; those of no frame are zero. plain (count): work space. */
void dia_frame_solve_near(dia_frame *now, const dia_frame *before, int count, const int *rows, int *plain,
                          double *work);

#endif
