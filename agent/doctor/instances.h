/* SPDX-License-Identifier: Apache-2.0 */
/* agent/doctor/instances.h - the walships that run on this host. */
#ifndef AGENT_DOCTOR_INSTANCES_H
#define AGENT_DOCTOR_INSTANCES_H

#include <stddef.h>
#include <sys/types.h>

#define INSTANCES_MAX 64u           /* That are looked at. */
#define INSTANCES_ARGS_MAX 16384u   /* Bytes of a command line. */
#define INSTANCES_GROUPS_MAX 128u   /* Supplementary groups of one. */
#define INSTANCES_STATUS_MAX 16384u /* Bytes of /proc/PID/status. */

struct instance {
	pid_t pid;
	uid_t user;   /* That it works as; (uid_t)-1: not told. */
	char *config; /* A path that leads us to its file; or NULL. */
};

/* Zeroed, there are none. */
struct instances {
	struct instance *list;
	size_t len;
};

/**
 * instances_read(instances, proc, path):
 * Find the processes in ${proc} that are "walship run"; who names no
 * configuration uses ${path}.  Return -1 if there is no memory; to be released
 * in any case.
 */
int instances_read(
    struct instances *instances, const char *proc, const char *path);

/* Free what it holds. */
void instances_release(struct instances *instances);

#define INSTANCES_ANYBODY ((uid_t)-1)

/**
 * instances_with(instances, path, user):
 * The one whose configuration is the file ${path} and which works as ${user},
 * or as INSTANCES_ANYBODY; NULL if there is none.  Anybody can start what looks
 * like it: who believes it, asks for the user who may.
 */
const struct instance *instances_with(
    const struct instances *instances, const char *path, uid_t user);

/* The one with that ${pid}, or NULL. */
const struct instance *instances_at(
    const struct instances *instances, pid_t pid);

/* As whom a process works. */
struct instance_rights {
	uid_t user;
	gid_t group;
	gid_t groups[INSTANCES_GROUPS_MAX];
	size_t groups_len;
};

/**
 * instances_rights(proc, pid, ret):
 * Find out as whom the process ${pid} works.  Return -1 if that is not told.
 */
int instances_rights(const char *proc, pid_t pid, struct instance_rights *ret);

#endif /* AGENT_DOCTOR_INSTANCES_H */
