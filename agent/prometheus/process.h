/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/prometheus/process.h - the Prometheus processes of this host.
 *
 * Found by /proc: their command lines say where they keep their data.  None is
 * asked, and nothing of them is changed; what somebody else's process says of
 * itself is a claim.  Which one is meant, if there are several, is for others
 * to say.
 */
#ifndef AGENT_PROMETHEUS_PROCESS_H
#define AGENT_PROMETHEUS_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "agent/prometheus/reach.h"

#define PROCESS_DIR "/proc"
#define PROCESS_ARGS_MAX 131072u /* Bytes of a command line. */
#define PROCESS_FOUND_MAX 64u    /* Of them that are kept. */
#define PROCESS_USER_MAX 64u     /* Bytes of a user's name, its NUL included. */
#define PROCESS_VERSION_MAX 32u  /* The same of a version. */

struct prometheus_process {
	pid_t pid;
	uid_t uid;                         /* Effective, as we see it. */
	char user[PROCESS_USER_MAX];       /* Its name, or the number. */
	char *executable;                  /* Its path there, or its name. */
	char version[PROCESS_VERSION_MAX]; /* By the executable; or "". */
	bool agent;                        /* In agent mode. */
	bool elsewhere;       /* In another mount namespace, or root. */
	bool flags_in_a_file; /* More are in a file, which is not read. */
	bool hidden;  /* We may not look: its paths are as it calls them. */
	bool foreign; /* The log in data_dir is another user's: what it says of
			 itself is not to be believed. */
	struct reach data_dir;
	struct reach config_file;
	char *listen_address; /* ADDRESS:PORT, the first of them. */
};

/* Zeroed, it is empty. */
struct process_list {
	struct prometheus_process *found; /* By their pid. */
	size_t len;
	size_t left_out; /* Found beyond PROCESS_FOUND_MAX. */
	size_t closed;   /* Processes of which not even the name is shown. */
};

/**
 * process_list_read(list, proc):
 * Fill the empty ${list} by ${proc}, which is PROCESS_DIR but in tests.
 * Return -1, with errno, if that cannot be read; to be released in any case.
 */
int process_list_read(struct process_list *list, const char *proc);

/* Free what it holds; it is then empty. */
void process_list_release(struct process_list *list);

#endif /* AGENT_PROMETHEUS_PROCESS_H */
