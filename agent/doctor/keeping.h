/* SPDX-License-Identifier: Apache-2.0 */
/* agent/doctor/keeping.h - steps: what walship keeps, and where. */
#ifndef AGENT_DOCTOR_KEEPING_H
#define AGENT_DOCTOR_KEEPING_H

#include "agent/doctor/exam.h"

exam_look_fn keeping_state; /* Whether state_dir is ours alone. */
exam_look_fn keeping_spool; /* How segments can be held, by trying it. */
exam_look_fn keeping_disk;  /* Whether there is room. */

#endif /* AGENT_DOCTOR_KEEPING_H */
