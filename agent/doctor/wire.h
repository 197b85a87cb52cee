/* SPDX-License-Identifier: Apache-2.0 */
/* agent/doctor/wire.h - steps: the way to the receiver. */
#ifndef AGENT_DOCTOR_WIRE_H
#define AGENT_DOCTOR_WIRE_H

#include "agent/doctor/exam.h"

#define WIRE_TIMEOUT (10 * CLOCK_SEC)  /* Of a request without credentials. */
#define WIRE_SKEW_WARN INT64_C(60000)  /* ms that a clock may be off; ... */
#define WIRE_SKEW_FAIL INT64_C(300000) /* ... tokens are refused by so much. */

exam_look_fn wire_names;      /* Whether the host's name has an address. */
exam_look_fn wire_address;    /* Whether that is private. */
exam_look_fn wire_proxy;      /* Whom requests go by. */
exam_look_fn wire_connection; /* Whether it is connected to and believed. */
exam_look_fn wire_clock;      /* By its clock, whether ours is right. */

#endif /* AGENT_DOCTOR_WIRE_H */
