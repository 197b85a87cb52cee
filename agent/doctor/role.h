/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/doctor/role.h - whose eyes to see with: those of the service.
 *
 * What root can read says nothing about what the service can.  So root gives
 * up all that it may do beyond that, for good.
 */
#ifndef AGENT_DOCTOR_ROLE_H
#define AGENT_DOCTOR_ROLE_H

#include <stdbool.h>

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

/* Whom to become. */
struct role {
	bool known; /* Else we stay who we are. */
	struct instance_rights rights;
};

/**
 * role_find(hints, ret, fault):
 * If we are root, store in ${ret} who the service runs as: the user asked for,
 * or that of the walship that runs, or the owner of its state directory, or
 * ROLE_USER; else nobody.  Before entering another view: it may have users of
 * its own.  Return -1 with ${fault} if the user that is asked for is not there.
 */
int role_find(const struct role_hints *hints, struct role *ret,
    char fault[ROLE_FAULT_MAX]);

/* Become ${role}.  Return -1 with ${fault} if that cannot be. */
int role_take(const struct role *role, char fault[ROLE_FAULT_MAX]);

#endif /* AGENT_DOCTOR_ROLE_H */
