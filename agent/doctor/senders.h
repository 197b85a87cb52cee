/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/doctor/senders.h - who else sends the samples that we send.
 *
 * Prometheus itself, by its remote_write, and other walships.  What they send,
 * arrives twice.
 */
#ifndef AGENT_DOCTOR_SENDERS_H
#define AGENT_DOCTOR_SENDERS_H

#include <stddef.h>
#include <sys/types.h>

#include "agent/doctor/finding.h"
#include "agent/doctor/instances.h"
#include "agent/prometheus/process.h"

#define SENDERS_FAULTS_MAX 65536u /* Bytes of the faults of a configuration. */
#define SENDERS_URLS_MAX 64u      /* That are looked at, of each. */

/* A process that may send. */
struct sender {
	pid_t pid;
	bool walship;   /* Else Prometheus. */
	char *file;     /* Its configuration, as we reach it. */
	char *data_dir; /* Whose samples it sends, as we reach it; or NULL. */
	char *urls[SENDERS_URLS_MAX]; /* Where to.  May hold secrets. */
	size_t len;
	bool unread; /* Its configuration cannot be read. */
};

/* Zeroed, there are none. */
struct senders {
	struct sender *list;
	size_t len;
};

/**
 * senders_read(senders, prometheus, walships, path):
 * Find out where each process of these two lists sends to, but the walship
 * whose configuration is the file ${path}.  Return -1 if there is no memory; to
 * be released in any case.
 */
int senders_read(struct senders *senders, const struct process_list *prometheus,
    const struct instances *walships, const char *path);

/* Wipe and free what it holds. */
void senders_release(struct senders *senders);

struct exam;

/* The step: whether one of them sends what we send to where we send it. */
void senders_look(struct exam *exam, struct finding *finding);

#endif /* AGENT_DOCTOR_SENDERS_H */
