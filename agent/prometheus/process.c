/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/prometheus/contents.h"
#include "agent/prometheus/flags.h"
#include "agent/prometheus/opened.h"
#include "agent/prometheus/process.h"

#define STATUS_MAX 8192u  /* Bytes of /proc/PID/status that are read. */
#define PASSWD_MAX 16384u /* Bytes that a user's entry takes. */
/* Where Debian's and Ubuntu's is built to look. */
#define DEBIAN_DATA "/var/lib/prometheus/metrics2"
#define DEBIAN_AGENT "/var/lib/prometheus/data-agent"
#define DEBIAN_CONFIG "/etc/prometheus/prometheus.yml"
#define DELETED " (deleted)" /* Behind the path of what is no more. */

/* A process that is looked at. */
struct look {
	const char *proc;
	const char *pid;
	int dir; /* Of it. */
};

/* Find out who ${process} runs as. */
static void
find_user(const struct look *look, struct prometheus_process *process)
{
	char scratch[PASSWD_MAX];
	struct passwd entry, *user = NULL;
	struct buf text;
	const char *line;

	process->uid = (uid_t)-1;
	buf_init(&text, STATUS_MAX);
	if (contents_read(look->dir, "status", &text) == 0 &&
	    (line = strstr(buf_text(&text), "\nUid:")) != NULL)
		(void)sscanf(line, "\nUid: %*u %u", &process->uid);
	buf_release(&text);
	if (process->uid == (uid_t)-1)
		(void)snprintf(process->user, PROCESS_USER_MAX, "unknown");
	else if (getpwuid_r(process->uid, &entry, scratch, sizeof(scratch),
		     &user) == 0 &&
	    user != NULL)
		(void)snprintf(
		    process->user, PROCESS_USER_MAX, "%s", user->pw_name);
	else
		(void)snprintf(
		    process->user, PROCESS_USER_MAX, "%u", process->uid);
}

/* The path of its program, or the name ${called}; NULL if out of memory. */
static char *
find_program(const struct look *look, const char *called)
{
	char path[PATH_MAX];
	ssize_t len = readlinkat(look->dir, "exe", path, sizeof(path) - 1);
	size_t mark = strlen(DELETED);

	if (len <= 0)
		return strdup(called);
	path[len] = '\0';
	if ((size_t)len > mark &&
	    strcmp(path + (size_t)len - mark, DELETED) == 0)
		path[(size_t)len - mark] = '\0';
	return strdup(path);
}

/* Whether its root or its mounts are not ours. */
static bool
is_elsewhere(const struct look *look)
{
	struct stat theirs, ours;
	char path[PATH_MAX];

	(void)snprintf(path, sizeof(path), "%s/self/ns/mnt", look->proc);
	if (fstatat(look->dir, "ns/mnt", &theirs, 0) == 0 &&
	    stat(path, &ours) == 0 && theirs.st_ino != ours.st_ino)
		return true;
	(void)snprintf(path, sizeof(path), "%s/self/root", look->proc);
	return fstatat(look->dir, "root", &theirs, 0) == 0 &&
	    stat(path, &ours) == 0 &&
	    (theirs.st_ino != ours.st_ino || theirs.st_dev != ours.st_dev);
}

/**
 * find_assumed(look, usual, debian, ret):
 * Find what the command line does not name: ${usual}, or ${debian} if only
 * that is there.  Return -1 if there is no memory.
 */
static int
find_assumed(const struct look *look, const char *usual, const char *debian,
    struct reach *ret)
{
	struct reach other;

	if (reach_find(look->proc, look->pid, usual, ret) != 0)
		return -1;
	if (ret->path != NULL)
		return 0;
	if (reach_find(look->proc, look->pid, debian, &other) != 0) {
		reach_release(&other);
		return -1;
	}
	if (other.path != NULL && !other.unsure) {
		reach_release(ret);
		*ret = other;
	} else {
		reach_release(&other);
	}
	return 0;
}

/* Find its data and its configuration; -1 if there is no memory. */
static int
find_files(const struct look *look, const struct prometheus_flags *flags,
    struct prometheus_process *process)
{
	char open[PATH_MAX];
	int result;

	if (!flags->data_dir_assumed)
		result = reach_find(
		    look->proc, look->pid, flags->data_dir, &process->data_dir);
	else if (opened_data_dir(look->dir, open))
		result =
		    reach_find(look->proc, look->pid, open, &process->data_dir);
	else
		result = find_assumed(look, flags->data_dir,
		    flags->agent ? DEBIAN_AGENT : DEBIAN_DATA,
		    &process->data_dir);
	if (result != 0)
		return -1;
	if (flags->config_file_assumed)
		return find_assumed(look, flags->config_file, DEBIAN_CONFIG,
		    &process->config_file);
	return reach_find(
	    look->proc, look->pid, flags->config_file, &process->config_file);
}

/* Whether the log that ${process} names belongs to somebody else. */
static bool
is_foreign(const struct prometheus_process *process)
{
	char path[PATH_MAX];
	struct stat st;
	int len;

	if (process->data_dir.path == NULL || process->uid == 0 ||
	    process->uid == (uid_t)-1)
		return false;
	len = snprintf(path, sizeof(path), "%s/wal", process->data_dir.path);
	return len > 0 && (size_t)len < sizeof(path) && stat(path, &st) == 0 &&
	    st.st_uid != process->uid;
}

/* Fill ${process} by what its ${flags} say; -1 if there is no memory. */
static int
describe(const struct look *look, const struct prometheus_flags *flags,
    struct prometheus_process *process)
{
	struct stat st;

	process->pid = (pid_t)strtol(look->pid, NULL, 10);
	process->agent = flags->agent;
	process->flags_in_a_file = flags->from_file;
	process->hidden = fstatat(look->dir, "root", &st, 0) != 0;
	process->elsewhere = is_elsewhere(look);
	find_user(look, process);
	process->executable = find_program(look, flags->program);
	process->listen_address = strdup(flags->listen_address);
	if (process->executable == NULL || process->listen_address == NULL)
		return -1;
	flags_version(
	    process->executable, process->version, PROCESS_VERSION_MAX);
	if (find_files(look, flags, process) != 0)
		return -1;
	process->foreign = is_foreign(process);
	return 0;
}

static void
process_release(struct prometheus_process *process)
{
	free(process->executable);
	free(process->listen_address);
	reach_release(&process->data_dir);
	reach_release(&process->config_file);
}

/* Make room for one more at the end of ${list}; NULL if out of memory. */
static struct prometheus_process *
append(struct process_list *list)
{
	struct prometheus_process *found =
	    reallocarray(list->found, list->len + 1, sizeof(*list->found));

	if (found == NULL)
		return NULL;
	list->found = found;
	found[list->len] = (struct prometheus_process){ 0 };
	return &found[list->len++];
}

/* Add the process of ${look} if it is one; -1 if there is no memory. */
static int
consider(struct process_list *list, const struct look *look)
{
	struct prometheus_process *process;
	struct prometheus_flags flags;
	struct buf args;
	int result = 0;

	buf_init(&args, PROCESS_ARGS_MAX);
	if (contents_read(look->dir, "cmdline", &args) != 0) {
		/* One that is gone is not missed. */
		if (errno == EACCES || errno == EPERM)
			list->closed++;
	} else if (flags_read(buf_text(&args), args.len, &flags)) {
		if (list->len == PROCESS_FOUND_MAX)
			list->left_out++;
		else if ((process = append(list)) == NULL)
			result = -1;
		else
			result = describe(look, &flags, process);
	}
	buf_release(&args);
	return result;
}

/* Look at the process ${pid}; -1 if there is no memory. */
static int
look_at(struct process_list *list, const char *proc, int all, const char *pid)
{
	struct look look = { .proc = proc, .pid = pid };
	int result;

	look.dir = openat(all, pid, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (look.dir == -1)
		return 0;
	result = consider(list, &look);
	(void)close(look.dir);
	return result;
}

static int
by_pid(const void *a, const void *b)
{
	const struct prometheus_process *x = a, *y = b;

	return (x->pid > y->pid) - (x->pid < y->pid);
}

int
process_list_read(struct process_list *list, const char *proc)
{
	const struct dirent *entry;
	DIR *dir = opendir(proc);
	int result = 0;

	if (dir == NULL)
		return -1;
	while (result == 0 && (entry = readdir(dir)) != NULL)
		if (strspn(entry->d_name, "0123456789") ==
		    strlen(entry->d_name))
			result = look_at(list, proc, dirfd(dir), entry->d_name);
	(void)closedir(dir);
	if (list->len > 0)
		qsort(list->found, list->len, sizeof(*list->found), by_pid);
	if (result != 0)
		errno = ENOMEM;
	return result;
}

void
process_list_release(struct process_list *list)
{
	size_t i;

	for (i = 0; i < list->len; i++)
		process_release(&list->found[i]);
	free(list->found);
	*list = (struct process_list){ 0 };
}
