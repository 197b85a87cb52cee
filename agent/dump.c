/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/dump.h"
#include "agent/exit.h"
#include "agent/lines.h"
#include "agent/ndjson.h"
#include "wal/follow.h"

static const char usage[] =
    "Usage: walship dump DIR\n"
    "\n"
    "Print what a write-ahead log holds: its newest checkpoint, then every\n"
    "segment after it, an entry a line, as JSON.  DIR is a wal directory, or\n"
    "Prometheus's data directory with wal in it.  Nothing is written there.\n"
    "\n"
    "Damage is told on standard error, with segment and offset, and skipped.\n"
    "Exit status: 0 all read, 3 damage found, 1 it cannot be read, 2 usage.\n"
    "\n"
    "  -h, --help  this text\n";

struct dump {
	struct wal_follow *follow;
	struct ndjson out;
	struct lines *lines;
	bool damaged;
};

/* The path of the log in ${dir}, to be freed: it, or the wal in it. */
static char *
find_log(const char *dir)
{
	struct stat st;
	char *path;

	if (asprintf(&path, "%s/wal", dir) == -1)
		return NULL;
	if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
		return path;
	free(path);
	return strdup(dir);
}

/* Say on standard error what is wrong, and where. */
static void
complain(struct dump *dump, const struct wal_notice *notice)
{
	(void)fprintf(stderr, "%s%" PRIu64 " offset %" PRIu64 ": %s",
	    notice->checkpoint ? "checkpoint " : "segment ", notice->at.segment,
	    notice->at.offset, notice->reason);
	if (notice->kind == WAL_TORN)
		(void)fprintf(stderr, " (%" PRIu64 " bytes)", notice->count);
	if (notice->kind == WAL_GAP)
		(void)fprintf(stderr, " (%" PRIu64 " segments)", notice->count);
	if (notice->kind == WAL_UNREADABLE)
		(void)fprintf(stderr, " (%s)", strerror((int)notice->count));
	(void)fputc('\n', stderr);
	dump->damaged = true;
}

/* Print ${entry}; -1 if that cannot go on. */
static int
print(struct dump *dump, const struct wal_entry *entry)
{
	switch (lines_write(dump->lines, entry)) {
	case WAL_OK:
		break;
	case WAL_CORRUPT:
		complain(dump,
		    &(struct wal_notice){
			.kind = WAL_DAMAGED,
			.at = { entry->end.segment,
			    entry->end.offset - entry->stored },
			.checkpoint = entry->checkpoint,
			.reason = "record does not decode",
		    });
		break;
	default:
		(void)fputs("walship dump: out of memory\n", stderr);
		return -1;
	}
	if (!dump->out.failed)
		return 0;
	(void)fprintf(
	    stderr, "walship dump: cannot write: %s\n", strerror(errno));
	return -1;
}

/* Read the log to its end; the exit status. */
static int
read_all(struct dump *dump)
{
	const char *path = wal_follow_path(dump->follow);
	struct wal_entry entry;

	for (;;) {
		switch (wal_follow_next(dump->follow, &entry)) {
		case WAL_OK:
			if (print(dump, &entry) != 0)
				return EXIT_RUN;
			break;
		case WAL_NOTICE:
			complain(dump, wal_follow_notice(dump->follow));
			if (wal_follow_notice(dump->follow)->kind ==
			    WAL_RESTARTED)
				lines_forget(dump->lines);
			break;
		case WAL_WAIT:
			break;
		case WAL_END:
			if (!wal_follow_waiting(dump->follow))
				return dump->damaged ? EXIT_DAMAGE : EXIT_OK;
			(void)fprintf(stderr,
			    "walship dump: no segment in %s: is it a wal "
			    "directory of Prometheus?\n",
			    path);
			return EXIT_RUN;
		default:
			(void)fprintf(stderr,
			    "walship dump: cannot read %s: %s\n", path,
			    strerror(errno));
			return EXIT_RUN;
		}
	}
}

static int
dump_log(struct dump *dump, const char *dir)
{
	char *path = find_log(dir);
	int status = EXIT_RUN;

	dump->out.fd = STDOUT_FILENO;
	if (path != NULL)
		dump->follow = wal_follow_open(path, WAL_FROM_OLDEST, true);
	dump->lines = lines_new(&dump->out);
	if (dump->follow == NULL || dump->lines == NULL)
		(void)fputs("walship dump: out of memory\n", stderr);
	else
		status = read_all(dump);
	if (ndjson_flush(&dump->out) != 0)
		status = EXIT_RUN;
	lines_free(dump->lines);
	wal_follow_free(dump->follow);
	free(path);
	return status;
}

int
dump_command(int argc, char **argv)
{
	static const struct option options[] = {
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	struct dump *dump;
	int option, status;

	while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		(void)fputs(usage, option == 'h' ? stdout : stderr);
		return option == 'h' ? EXIT_OK : EXIT_USAGE;
	}
	if (optind + 1 != argc) {
		(void)fputs(usage, stderr);
		return EXIT_USAGE;
	}
	if ((dump = calloc(1, sizeof(*dump))) == NULL)
		return EXIT_RUN;
	status = dump_log(dump, argv[optind]);
	free(dump);
	return status;
}
