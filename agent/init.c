/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/config/config.h"
#include "agent/exit.h"
#include "agent/init.h"
#include "agent/prometheus/moving.h"
#include "agent/prometheus/process.h"
#include "agent/terminal.h"

#define DEBIAN "/var/lib/prometheus/metrics2"
#define USUAL "/var/lib/prometheus"
#define USUAL_PORT ":9090"

static const char usage[] =
    "Usage: walship init [OPTION...]\n"
    "\n"
    "Print a configuration for walship, with remote_write and external_labels "
    "of\n"
    "Prometheus's own, and with the data directory of the Prometheus that "
    "runs\n"
    "here.\n"
    "\n"
    "  -f, --from FILE     Prometheus's configuration; that of the one which "
    "runs\n"
    "                      here if not given\n"
    "  -d, --data-dir DIR  what holds its wal/; if not given, that one's\n"
    "  -h, --help          this text\n"
    "\n"
    "Exit status: 0 walship takes what was printed, 1 it does not, 2 usage.\n";

/* What is known by now. */
struct init {
	const struct init_wishes *wishes;
	struct buf *out, *said;
	struct process_list list;
	const struct prometheus_process *one; /* That is meant, or NULL. */
	char from[PATH_MAX];       /* Prometheus's configuration, or "". */
	char named[PATH_MAX];      /* What it is called: by Prometheus, ... */
	bool inside;               /* ... if nothing else leads there. */
	struct settings *settings; /* What it says, or NULL. */
};

/* Say which there are, and that one has to be named. */
static void
say_several(struct init *init)
{
	const struct prometheus_process *process;
	size_t i;

	buf_puts(init->said,
	    "there are several Prometheus here; name the "
	    "data of one by --data-dir:\n");
	for (i = 0; i < init->list.len; i++) {
		process = &init->list.found[i];
		if (!process->foreign)
			buf_printf(init->said, "  pid %ld, user %s: %s\n",
			    (long)process->pid, process->user,
			    process->data_dir.path != NULL
				? process->data_dir.path
				: "not to be seen");
	}
}

/* Whether ${path}, which may be NULL, is the file or directory ${name}. */
static bool
is_file(const char *path, const char *name)
{
	struct stat a, b;

	return path != NULL && stat(path, &a) == 0 && stat(name, &b) == 0 &&
	    a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

/* Whether ${process} has what the wishes name. */
static bool
is_meant(
    const struct init_wishes *wishes, const struct prometheus_process *process)
{
	if (wishes->data_dir != NULL)
		return is_file(process->data_dir.path, wishes->data_dir);
	return wishes->from != NULL &&
	    is_file(process->config_file.path, wishes->from);
}

/* Say what to do about one whose data we do not get to; -1. */
static int
say_unreached(struct init *init)
{
	buf_printf(init->said,
	    init->one->hidden
		? "where the Prometheus here, pid %ld, has its data is not "
		  "shown to this user: be root (sudo), or name that directory "
		  "by --data-dir\n"
		: "the data of the Prometheus here, pid %ld, cannot be "
		  "reached, as if it were in a container; mount them where "
		  "walship sees them, and name that directory by --data-dir\n",
	    (long)init->one->pid);
	return -1;
}

/* Say why ${process} is not taken for one. */
static void
say_foreign(struct init *init, const struct prometheus_process *process)
{
	buf_printf(init->said,
	    "warning: left out pid %ld, user %s: the log in %s, which it names "
	    "as its own, belongs to another user\n",
	    (long)process->pid, process->user, process->data_dir.path);
}

/* Find the Prometheus that is meant; -1, said, if that is not clear. */
static int
find_process(struct init *init)
{
	const struct init_wishes *wishes = init->wishes;
	const struct prometheus_process *process, *last = NULL;
	size_t believed = 0, meant = 0, i;

	if (process_list_read(&init->list, wishes->proc) != 0)
		init->list.len = 0;
	for (i = 0; i < init->list.len; i++) {
		process = &init->list.found[i];
		if (process->foreign) {
			say_foreign(init, process);
			continue;
		}
		believed++;
		last = process;
		if (is_meant(wishes, process)) {
			init->one = process;
			meant++;
		}
	}
	if (wishes->data_dir != NULL || believed == 0)
		return 0;
	if (believed == 1) {
		init->one = last;
	} else if (meant != 1) {
		say_several(init);
		return -1;
	}
	return init->one->data_dir.path != NULL && !init->one->data_dir.passing
	    ? 0
	    : say_unreached(init);
}

/**
 * name_from(from, ret):
 * Store ${from} as an absolute path.  What is a symbolic link stays one: what
 * the file names lies beside the link, and where that leads may change.
 */
static bool
name_from(const char *from, char ret[PATH_MAX])
{
	const char *slash = strrchr(from, '/');
	char above[PATH_MAX], real[PATH_MAX];
	int len = slash == NULL ? 0 : (int)(slash + 1 - from);

	if (from[0] == '/' && strstr(from, "/../") == NULL)
		return snprintf(ret, PATH_MAX, "%s", from) < PATH_MAX;
	return snprintf(above, PATH_MAX, "./%.*s", len, from) < PATH_MAX &&
	    realpath(from[0] == '/' ? above + 2 : above, real) != NULL &&
	    snprintf(ret, PATH_MAX, "%s/%s", real, from + len) < PATH_MAX;
}

/* Read Prometheus's configuration, if there is one; -1, said, if it fails. */
static int
read_settings(struct init *init)
{
	const char *from = init->wishes->from;
	const struct reach *theirs = NULL;

	if (from == NULL && init->one != NULL) {
		theirs = &init->one->config_file;
		from = theirs->path;
	}
	if (from == NULL)
		return 0;
	if (access(from, F_OK) != 0 || !name_from(from, init->from)) {
		buf_printf(init->said,
		    "%s: cannot be read: %s; name Prometheus's configuration "
		    "by --from\n",
		    from, strerror(errno));
		return -1;
	}
	init->inside = theirs != NULL && theirs->passing;
	(void)snprintf(init->named, sizeof(init->named), "%s",
	    init->inside ? theirs->inside : init->from);
	init->settings = settings_load(init->from, init->said);
	return init->settings == NULL ? -1 : 0;
}

/* Append the URL at which ${process}, which may be NULL, can be asked. */
static void
put_url(const struct prometheus_process *process, struct buf *out)
{
	const char *at = process != NULL ? process->listen_address : USUAL_PORT;
	const char *port = strrchr(at, ':');
	int host = port == NULL ? 0 : (int)(port - at);

	if (port == NULL)
		port = USUAL_PORT;
	if (host == 0 || strncmp(at, "0.0.0.0:", 8) == 0)
		buf_printf(out, "http://127.0.0.1%s", port);
	else if (strncmp(at, "[::]:", 5) == 0)
		buf_printf(out, "http://[::1]%s", port);
	else
		buf_printf(out, "http://%.*s%s", host, at, port);
}

static void
put_prometheus(struct init *init)
{
	const char *data_dir = init->wishes->data_dir;
	struct buf *out = init->out;

	buf_puts(out, "prometheus:\n");
	if (data_dir == NULL && init->one != NULL) {
		data_dir = init->one->data_dir.path;
		buf_printf(out,
		    "  # Of the Prometheus that runs as pid %ld, user %s.\n",
		    (long)init->one->pid, init->one->user);
	} else if (data_dir == NULL) {
		data_dir = access(DEBIAN, F_OK) == 0 ? DEBIAN : USUAL;
		buf_puts(out,
		    "  # No Prometheus was seen here; write its "
		    "--storage.tsdb.path.\n");
	}
	buf_puts(out, "  data_dir: ");
	moving_put_text(out, data_dir);
	buf_puts(out,
	    "\n  # Asked for what the log lacks of metrics: type, help, "
	    "unit.\n"
	    "  #url: ");
	put_url(init->one, out);
	buf_putc(out, '\n');
	if (init->from[0] != '\0') {
		buf_puts(out,
		    "  # In place of external_labels below: to have them as "
		    "they are there,\n"
		    "  # and follow them.\n");
		if (init->inside)
			buf_puts(out,
			    "  # It is where only that Prometheus sees it, "
			    "as in a container: mount it\n"
			    "  # for walship too, and write where.\n");
		buf_puts(out, "  #config_file: ");
		moving_put_text(out, init->named);
		buf_putc(out, '\n');
	}
}

static void
put_labels(struct init *init)
{
	buf_puts(init->out,
	    "\n# One should tell this host from others that send to the same "
	    "place.\n"
	    "external_labels:\n");
	if (init->settings == NULL ||
	    moving_put_labels(init->settings, init->out) == 0)
		buf_puts(init->out, "  host: ${HOSTNAME}\n");
}

/* Append the receivers; -1, said, if they cannot be moved. */
static int
put_remotes(struct init *init)
{
	bool secrets = false;
	int count = 0;

	buf_puts(init->out, "\nremote_write:\n");
	if (init->settings != NULL)
		count = moving_put_remotes(
		    init->settings, init->named, init->out, &secrets);
	if (count < 0) {
		buf_printf(init->said,
		    "%s: remote_write is not such as Prometheus takes\n",
		    init->named);
		return -1;
	}
	if (count == 0) {
		buf_puts(init->out,
		    "  # Where to send: write your receiver's URL here.\n"
		    "  - name: receiver\n"
		    "    url: https://receiver.example/api/v1/write\n");
		buf_puts(init->said,
		    "there was no remote_write to be copied: "
		    "write where to send\n");
		return 0;
	}
	buf_printf(init->said,
	    "remote_write was copied from %s: once walship runs, remove it "
	    "there, and reload Prometheus\n",
	    init->named);
	if (init->inside)
		buf_puts(init->said,
		    "it is where only that Prometheus sees it, as in a "
		    "container: files that it names have to be mounted, or "
		    "copied, where walship sees them\n");
	if (secrets)
		buf_puts(init->said,
		    "what was printed has secrets, or may have: let nobody but "
		    "walship read it (chmod 640, chgrp walship)\n");
	return 0;
}

/* Whether walship takes what was written. */
static int
check(struct init *init)
{
	struct config *config;

	if (init->out->bad) {
		buf_puts(init->said, "out of memory\n");
		return -1;
	}
	config = config_parse(
	    "walship.yml", buf_text(init->out), init->out->len, init->said);
	config_free(config);
	return config == NULL ? -1 : 0;
}

int
init_write(const struct init_wishes *wishes, struct buf *out, struct buf *said)
{
	struct init init = { .wishes = wishes, .out = out, .said = said };
	int result = -1;

	if (find_process(&init) == 0 && read_settings(&init) == 0) {
		buf_puts(out,
		    "# /etc/walship/walship.yml, as \"walship init\" wrote it; "
		    "see walship.yml(5).\n"
		    "# Of receivers that are new, what is written from the "
		    "start on is sent; with\n"
		    "# \"start: 15m\", what was written in the quarter of an "
		    "hour before, too.\n\n");
		put_prometheus(&init);
		put_labels(&init);
		result = put_remotes(&init);
		if (result == 0)
			result = check(&init);
	}
	settings_free(init.settings);
	process_list_release(&init.list);
	return result;
}

/* Take the options; -1 if the command is to end with ${ret_status}. */
static int
read_options(int argc, char **argv, struct init_wishes *wishes, int *ret_status)
{
	static const struct option options[] = {
		{ "from", required_argument, NULL, 'f' },
		{ "data-dir", required_argument, NULL, 'd' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int option;

	while (
	    (option = getopt_long(argc, argv, "f:d:h", options, NULL)) != -1) {
		switch (option) {
		case 'f':
			wishes->from = optarg;
			break;
		case 'd':
			wishes->data_dir = optarg;
			break;
		default:
			(void)fputs(usage, option == 'h' ? stdout : stderr);
			*ret_status = option == 'h' ? EXIT_OK : EXIT_USAGE;
			return -1;
		}
	}
	if (optind == argc)
		return 0;
	(void)fprintf(
	    stderr, "walship init: what is %s?\n\n%s", argv[optind], usage);
	*ret_status = EXIT_USAGE;
	return -1;
}

int
init_command(int argc, char **argv)
{
	struct init_wishes wishes = { .proc = PROCESS_DIR };
	struct buf out, said;
	int status;

	if (read_options(argc, argv, &wishes, &status) != 0)
		return status;
	buf_secret(&out, INIT_TEXT_MAX);
	buf_init(&said, INIT_TEXT_MAX);
	status = init_write(&wishes, &out, &said) == 0 ? EXIT_OK : EXIT_RUN;
	if (out.len > 0 && fputs(buf_text(&out), stdout) == EOF)
		status = EXIT_RUN;
	terminal_print(buf_text(&said), stderr);
	buf_release(&out);
	buf_release(&said);
	return status;
}
