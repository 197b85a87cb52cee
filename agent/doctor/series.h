/* SPDX-License-Identifier: Apache-2.0 */
/* agent/doctor/series.h - steps: what is to be sent, and how much. */
#ifndef AGENT_DOCTOR_SERIES_H
#define AGENT_DOCTOR_SERIES_H

#include "agent/doctor/exam.h"

/* What an Azure Monitor workspace and a data collection rule take. */
#define SERIES_RULE_REQUESTS 15000u       /* A minute. */
#define SERIES_WORKSPACE_SAMPLES 1000000u /* A minute, unless raised. */
#define SERIES_WORKSPACE_SERIES 1000000u  /* Active, unless raised. */

/* No sample for so long: nobody scrapes, or a clock is wrong. */
#define SERIES_QUIET INT64_C(300000) /* ms. */

exam_look_fn series_samples; /* Whether there are some, and none too late. */
exam_look_fn series_limits;  /* Whether the fleet stays within limits. */
exam_look_fn series_labels;  /* Whether a workspace takes their labels. */
exam_look_fn series_host;    /* Whether a label tells this host from others. */

#endif /* AGENT_DOCTOR_SERIES_H */
