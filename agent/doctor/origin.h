/* SPDX-License-Identifier: Apache-2.0 */
/* agent/doctor/origin.h - steps: the configuration, and where samples come from. */
#ifndef AGENT_DOCTOR_ORIGIN_H
#define AGENT_DOCTOR_ORIGIN_H

#include "agent/doctor/exam.h"

exam_look_fn origin_configuration; /* As check-config says it. */
exam_look_fn origin_prometheus;    /* Who writes to data_dir, if anybody. */
exam_look_fn origin_permission;    /* Whether we may read what it writes. */
exam_look_fn origin_machine;       /* Facts of it that labels name. */

#endif /* AGENT_DOCTOR_ORIGIN_H */
