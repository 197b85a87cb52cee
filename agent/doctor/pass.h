/* SPDX-License-Identifier: Apache-2.0 */
/* agent/doctor/pass.h - steps: who we are to the receiver, and what we may. */
#ifndef AGENT_DOCTOR_PASS_H
#define AGENT_DOCTOR_PASS_H

#include "agent/doctor/exam.h"

#define PASS_TOKEN_TIMEOUT (45 * CLOCK_SEC) /* Until there is a token. */
#define PASS_TIMEOUT (20 * CLOCK_SEC)       /* Of a probe, tried ... */
#define PASS_TRIES 3u              /* ... so often if it is throttled, ... */
#define PASS_PAUSE (2 * CLOCK_SEC) /* ... with so long between. */

/* The metric that is sent to see whether it is taken. */
#define PASS_PROBE "walship_doctor_probe"

exam_look_fn pass_token; /* Whether there is one, and whose. */
exam_look_fn pass_role;  /* Whether a sample of PASS_PROBE is taken. */

#endif /* AGENT_DOCTOR_PASS_H */
