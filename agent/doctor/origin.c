/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "agent/config/labels.h"
#include "agent/doctor/origin.h"
#include "wal/dir.h"

/* A log that was written to so lately is somebody's. */
#define ORIGIN_LIVE 300 /* Seconds. */

/* Say the first fault of the configuration, and how many there are. */
static void
say_faults(const struct exam *exam, struct finding *finding)
{
	size_t lines = 0, len = strcspn(exam->faults, "\n");
	char *first = strndup(exam->faults, len);
	const char *at;

	for (at = exam->faults; (at = strchr(at, '\n')) != NULL; at++)
		lines++;
	finding_split(finding, first != NULL ? first : "out of memory",
	    "walship check-config says it once more");
	if (lines > 1) {
		len = strlen(finding->found);
		(void)snprintf(finding->found + len, FINDING_TEXT_MAX - len,
		    " (and %zu more: see walship check-config)", lines - 1);
	}
	free(first);
}

void
origin_configuration(struct exam *exam, struct finding *finding)
{
	if (exam->config == NULL)
		say_faults(exam, finding);
	else if (exam->config->warnings_len > 0)
		finding_ok(finding,
		    "%s is good; walship check-config has %zu %s on it",
		    exam->path, exam->config->warnings_len,
		    exam->config->warnings_len == 1 ? "remark" : "remarks");
	else
		finding_ok(finding, "%s is good", exam->path);
}

/* Whether both paths lead to one directory. */
static bool
is_same(const char *a, const char *b)
{
	struct stat x, y;

	return strcmp(a, b) == 0 ||
	    (stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev &&
		x.st_ino == y.st_ino);
}

/* The Prometheus that writes to our data directory, or NULL. */
static const struct prometheus_process *
find_ours(const struct exam *exam)
{
	const struct process_list *list = &exam->prometheus;
	const struct prometheus_process *foreign = NULL;
	size_t i;

	for (i = 0; i < list->len; i++)
		if (list->found[i].data_dir.path != NULL &&
		    is_same(
			list->found[i].data_dir.path, exam->config->data_dir)) {
			if (!list->found[i].foreign)
				return &list->found[i];
			foreign = &list->found[i];
		}
	return foreign;
}

/* Whether it has its data by another path; other mounts alone are nothing. */
static bool
is_apart(const struct prometheus_process *process)
{
	const struct reach *dir = &process->data_dir;

	return process->elsewhere &&
	    (dir->path == NULL || dir->inside == NULL ||
		strcmp(dir->path, dir->inside) != 0);
}

/* Append to ${out} who ${process} is. */
static void
put_process(struct buf *out, const struct prometheus_process *process)
{
	buf_printf(out, "pid %d (user %s%s%s%s%s)", (int)process->pid,
	    process->user, process->version[0] != '\0' ? ", version " : "",
	    process->version, process->agent ? ", agent mode" : "",
	    is_apart(process) ? ", in a container or its own mounts" : "");
}

/* Append the same, and where it writes to. */
static void
put_place(struct buf *out, const struct prometheus_process *process)
{
	const struct reach *dir = &process->data_dir;

	put_process(out, process);
	if (dir->inside == NULL)
		buf_puts(out,
		    " writes to where we may not look: run doctor "
		    "as root");
	else if (dir->path == NULL)
		buf_printf(
		    out, " writes to %s, which is not there", dir->inside);
	else if (strcmp(dir->path, dir->inside) != 0)
		buf_printf(out, " writes to %s, which it calls %s", dir->path,
		    dir->inside);
	else
		buf_printf(out, " writes to %s", dir->path);
}

/* Append all that there are, but for ${except}. */
static void
put_all(struct buf *out, const struct process_list *list,
    const struct prometheus_process *except)
{
	size_t i, said = 0;

	for (i = 0; i < list->len; i++) {
		if (&list->found[i] == except)
			continue;
		buf_puts(out, said++ > 0 ? "; " : "");
		put_place(out, &list->found[i]);
	}
	if (list->left_out > 0)
		buf_printf(out, "; and %zu more", list->left_out);
}

/* How many seconds ago the log was written to; -1 if there is none. */
static long
quiet_for(const char *wal_dir)
{
	const struct wal_dir_entry *last;
	struct wal_dir dir = { 0 };
	struct stat st;
	long result = -1;

	if (wal_dir_read(&dir, wal_dir) == WAL_OK &&
	    (last = wal_dir_last(&dir.segments)) != NULL &&
	    wal_dir_stat(wal_dir, last->name, &st))
		result = (long)(time(NULL) - st.st_mtime);
	wal_dir_release(&dir);
	return result < -1 ? 0 : result;
}

/* It is known who writes to it. */
static void
say_ours(const struct exam *exam, const struct prometheus_process *ours,
    struct buf *text, struct finding *finding)
{
	put_process(text, ours);
	buf_printf(text, " writes to %s", exam->config->data_dir);
	if (exam->prometheus.len > 1) {
		buf_puts(text, "; not shipped by this configuration: ");
		put_all(text, &exam->prometheus, ours);
	}
	if (ours->foreign)
		finding_warn(finding,
		    "see what that process is: any user can call a program so",
		    "%s, where the log belongs to another user",
		    buf_text(text));
	else
		finding_ok(finding, "%s", buf_text(text));
}

/* There are such, and none of them writes to it. */
static void
say_others(const struct exam *exam, long quiet, struct buf *text,
    struct finding *finding)
{
	const struct process_list *list = &exam->prometheus;
	const char *dir = exam->config->data_dir;

	put_all(text, list, NULL);
	if (quiet >= 0 && quiet < ORIGIN_LIVE) {
		finding_ok(finding,
		    "somebody writes to %s, though none of the Prometheus "
		    "seen here: %s",
		    dir, buf_text(text));
		return;
	}
	finding_fail(finding, "",
	    "nobody writes to prometheus.data_dir, %s: %s", dir,
	    buf_text(text));
	if (list->len > 1)
		finding_mend(finding,
		    "set prometheus.data_dir to the one that is meant; each "
		    "other one needs a walship of its own");
	else if (list->found[0].data_dir.passing)
		finding_mend(finding,
		    "give that container a volume or a directory of the host "
		    "for its data, and set prometheus.data_dir to that");
	else if (list->found[0].data_dir.path != NULL)
		finding_mend(finding, "set prometheus.data_dir to %s",
		    list->found[0].data_dir.path);
	else
		finding_mend(finding,
		    "set prometheus.data_dir to its --storage.tsdb.path or "
		    "--storage.agent.path");
}

void
origin_prometheus(struct exam *exam, struct finding *finding)
{
	const struct prometheus_process *ours = find_ours(exam);
	const char *dir = exam->config->data_dir;
	long quiet = quiet_for(exam->wal_dir);
	struct buf text;

	buf_init(&text, FINDING_TEXT_MAX);
	if (ours != NULL)
		say_ours(exam, ours, &text, finding);
	else if (exam->prometheus.len > 0)
		say_others(exam, quiet, &text, finding);
	else if (quiet < 0)
		finding_fail(finding,
		    "start Prometheus, and set prometheus.data_dir to its "
		    "--storage.tsdb.path or --storage.agent.path",
		    "there is no log in %s, and no Prometheus is seen to run",
		    dir);
	else if (quiet < ORIGIN_LIVE)
		finding_ok(finding,
		    "somebody writes to %s; no Prometheus is seen to run%s",
		    dir,
		    exam->prometheus.closed > 0
			? ", but /proc shows only our own processes"
			: "");
	else
		finding_warn(finding,
		    "start Prometheus, or set prometheus.data_dir to where it "
		    "writes",
		    "nobody has written to %s for %ld seconds, and no "
		    "Prometheus is seen to run",
		    dir, quiet);
	buf_release(&text);
}

void
origin_permission(struct exam *exam, struct finding *finding)
{
	const char *dir = exam->config->data_dir;
	struct sight_fault fault;

	if (sight_check(dir, exam->wal_dir, &fault) == 0)
		finding_ok(finding, "the user %s can read %s", exam->user, dir);
	else
		finding_fail(finding, fault.advice,
		    "%s as the user %s: %s: %s%s", fault.what, exam->user,
		    fault.path, strerror(fault.error),
		    fault.error == EACCES && exam->running == NULL
			? "; walship is stopped, and the groups that "
			  "walship-setup gives its unit are seen once it runs"
			: "");
}

void
origin_machine(struct exam *exam, struct finding *finding)
{
	struct facts facts = { 0 };
	bool known;

	if (!labels_want_facts(exam->config)) {
		finding_ok(finding, "no label names a fact of it");
		return;
	}
	known = exam->facts != NULL && exam->facts(exam, &facts);
	if (labels_fill(exam->config, &facts) != 0)
		finding_fail(finding, "free some memory", "out of memory");
	else if (known)
		finding_ok(finding, "Azure says what external_labels name: %s",
		    facts.text[FACT_RESOURCE_ID][0] != '\0'
			? facts.text[FACT_RESOURCE_ID]
			: facts.text[FACT_VM_ID]);
	else
		finding_fail(finding,
		    "see that this is an Azure VM or a machine of Azure Arc; "
		    "else write a text in place of ${vmId} and the like",
		    "external_labels name facts that only Azure knows, and "
		    "nobody answers: no sample is sent until then");
}
