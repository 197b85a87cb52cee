/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "agent/admin/process.h"

/* Fields of /proc/self/stat, counted from the state, which is the first. */
#define FIELD_START 19u    /* Clock ticks after boot. */
#define FIELD_VIRTUAL 20u  /* Bytes. */
#define FIELD_RESIDENT 21u /* Pages. */
#define FIELDS 22u

struct process {
	struct stats *stats;
	struct stat *cpu, *resident, *virtual, *open_fds, *max_fds, *start;
	struct stat *build;
};

static const struct stat_def cpu_def = {
	.name = "process_cpu_seconds_total",
	.help = "CPU time used, user and system.",
	.type = STAT_COUNTER,
};
static const struct stat_def resident_def = {
	.name = "process_resident_memory_bytes",
	.help = "Memory in use.",
	.type = STAT_GAUGE,
};
static const struct stat_def virtual_def = {
	.name = "process_virtual_memory_bytes",
	.help = "Memory mapped.",
	.type = STAT_GAUGE,
};
static const struct stat_def open_fds_def = {
	.name = "process_open_fds",
	.help = "File descriptors open.",
	.type = STAT_GAUGE,
};
static const struct stat_def max_fds_def = {
	.name = "process_max_fds",
	.help = "File descriptors that may be open.",
	.type = STAT_GAUGE,
};
static const struct stat_def start_def = {
	.name = "process_start_time_seconds",
	.help = "When the process was started, since 1970.",
	.type = STAT_GAUGE,
};
static const struct stat_def build_def = {
	.name = "walship_build_info",
	.help = "Always 1; the version is in the label.",
	.type = STAT_GAUGE,
};

/* Read the numbers of /proc/self/stat after the name; -1 if it cannot be. */
static int
read_stat(double fields[FIELDS])
{
	char text[2048], *at;
	unsigned int i;
	size_t len;
	FILE *file;

	if ((file = fopen("/proc/self/stat", "re")) == NULL)
		return -1;
	len = fread(text, 1, sizeof(text) - 1, file);
	(void)fclose(file);
	text[len] = '\0';

	/* The name stands in parentheses, and may hold anything. */
	if ((at = strrchr(text, ')')) == NULL || strlen(at) < 4)
		return -1;
	at += 3;
	fields[0] = 0;
	for (i = 1; i < FIELDS; i++)
		fields[i] = strtod(at, &at);
	return 0;
}

/* When the machine was started, in seconds since 1970; 0: not known. */
static double
boot_time(void)
{
	char line[256];
	double time = 0;
	FILE *file;

	if ((file = fopen("/proc/stat", "re")) == NULL)
		return 0;
	while (fgets(line, sizeof(line), file) != NULL)
		if (strncmp(line, "btime ", 6) == 0)
			time = strtod(line + 6, NULL);
	(void)fclose(file);
	return time;
}

static double
count_fds(void)
{
	double count = -3; /* ".", ".." and the directory being read. */
	DIR *dir;

	if ((dir = opendir("/proc/self/fd")) == NULL)
		return 0;
	while (readdir(dir) != NULL)
		count++;
	(void)closedir(dir);
	return count;
}

static void
measure(void *arg)
{
	struct process *process = arg;
	double fields[FIELDS];
	struct rusage usage;

	if (getrusage(RUSAGE_SELF, &usage) == 0)
		stat_set(process->cpu,
		    (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
			(double)(usage.ru_utime.tv_usec +
			    usage.ru_stime.tv_usec) /
			    1e6);
	stat_set(process->open_fds, count_fds());
	if (read_stat(fields) != 0)
		return;
	stat_set(process->virtual, fields[FIELD_VIRTUAL]);
	stat_set(process->resident,
	    fields[FIELD_RESIDENT] * (double)sysconf(_SC_PAGESIZE));
}

/* What never changes. */
static void
measure_once(struct process *process)
{
	double fields[FIELDS];
	struct rlimit limit;

	stat_set(process->build, 1);
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0)
		stat_set(process->max_fds, (double)limit.rlim_cur);
	if (read_stat(fields) == 0)
		stat_set(process->start,
		    boot_time() +
			fields[FIELD_START] / (double)sysconf(_SC_CLK_TCK));
}

struct process *
process_new(struct stats *stats)
{
	const char *const none[] = { NULL };
	const char *const version[] = { "version", PACKAGE_VERSION, NULL };
	struct process *process;

	if ((process = calloc(1, sizeof(*process))) == NULL)
		return NULL;
	process->stats = stats;
	process->cpu = stats_add(stats, &cpu_def, none);
	process->resident = stats_add(stats, &resident_def, none);
	process->virtual = stats_add(stats, &virtual_def, none);
	process->open_fds = stats_add(stats, &open_fds_def, none);
	process->max_fds = stats_add(stats, &max_fds_def, none);
	process->start = stats_add(stats, &start_def, none);
	process->build = stats_add(stats, &build_def, version);
	if (process->cpu == NULL || process->resident == NULL ||
	    process->virtual == NULL || process->open_fds == NULL ||
	    process->max_fds == NULL || process->start == NULL ||
	    process->build == NULL ||
	    stats_refresh(stats, measure, process) != 0) {
		process_free(process);
		return NULL;
	}
	measure_once(process);
	return process;
}

void
process_free(struct process *process)
{
	if (process == NULL)
		return;
	stats_forget(process->stats, measure, process);
	stats_remove(process->cpu);
	stats_remove(process->resident);
	stats_remove(process->virtual);
	stats_remove(process->open_fds);
	stats_remove(process->max_fds);
	stats_remove(process->start);
	stats_remove(process->build);
	free(process);
}
