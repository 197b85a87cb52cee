/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/doctor/role.h - whose eyes to see with: those of the service.
 *
 * What root can read says nothing about what the service can.  So root gives
 * up all that it may do beyond that, for good.
 */
#ifndef AGENT_DOCTOR_ROLE_H
#define AGENT_DOCTOR_ROLE_H

#include "agent/doctor/instances.h"

#define ROLE_USER "walship" /* Whom packages have it run as. */
#define ROLE_FAULT_MAX 256u /* Bytes of a fault, its NUL included. */

/* Where it may be found out. */
struct role_hints {
	const char *user;      /* By name or number, as asked for; or NULL. */
	const char *proc;      /* Of the process ${running}, */
	pid_t running;         /* a walship with this configuration; 0: none. */
	const char *state_dir; /* Of which the service is the owner; or NULL. */
};

/**
 * role_take(hints, fault):
 * If we are root, become who the service runs as: the user asked for, or that
 * of the walship that runs, or the owner of its state directory, or ROLE_USER;
 * stay root if there is none of them.  Return -1 with ${fault} if the user that
 * is asked for is not there or cannot be become.
 */
int role_take(const struct role_hints *hints, char fault[ROLE_FAULT_MAX]);

#endif /* AGENT_DOCTOR_ROLE_H */
