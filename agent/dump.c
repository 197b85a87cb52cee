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
#include "agent/progress.h"
#include "agent/tally.h"
#include "wal/follow.h"
#include "wal/record.h"

static const char usage[] =
    "Usage: walship dump [--records | --stats] DIR\n"
    "\n"
    "Print what a write-ahead log holds: its newest checkpoint, then every\n"
    "segment after it, an entry a line, as JSON.  DIR is a wal directory, or\n"
    "Prometheus's data directory with wal in it.  Nothing is written there.\n"
    "\n"
    "  -r, --records  a line for each record instead: place, type, sizes\n"
    "  -s, --stats    a table of what there is instead\n"
    "  -h, --help     this text\n"
    "\n"
    "Damage is told on standard error, with segment and offset, and skipped.\n"
    "Exit status: 0 all read, 3 damage found, 1 it cannot be read, 2 usage.\n";

struct dump {
	enum { DUMP_ENTRIES, DUMP_RECORDS, DUMP_STATS } what;
	struct wal_follow *follow;
	struct ndjson out;
	struct lines *lines;
	struct tally *tally;
	struct progress progress;
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
	progress_clear(&dump->progress);
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
	if (dump->tally != NULL)
		tally_notice(dump->tally, notice);
	dump->damaged = true;
}

/* Print the line of ${entry} as a record. */
static void
print_record(struct ndjson *out, const struct wal_entry *entry)
{
	static const char *const codecs[] = {
		[WAL_PLAIN] = "plain",
		[WAL_SNAPPY] = "snappy",
		[WAL_ZSTD] = "zstd",
	};

	ndjson_word(out, "{\"seg\":");
	ndjson_uint(out, entry->end.segment);
	ndjson_word(out, entry->checkpoint ? ",\"cp\":true" : "");
	ndjson_word(out, ",\"off\":");
	ndjson_uint(out, entry->end.offset - entry->stored);
	ndjson_word(out, ",\"end\":");
	ndjson_uint(out, entry->end.offset);
	ndjson_word(out, ",\"type\":");
	ndjson_uint(out, entry->type);
	ndjson_word(out, ",\"typename\":\"");
	ndjson_word(out, wal_type_name(entry->type));
	ndjson_word(out, "\",\"stored\":");
	ndjson_uint(out, entry->packed);
	ndjson_word(out, ",\"plain\":");
	ndjson_uint(out, entry->len);
	ndjson_word(out, ",\"codec\":\"");
	ndjson_word(out, codecs[entry->codec]);
	ndjson_word(out, "\"}\n");
}

/* Do with ${entry} what was asked for. */
static enum wal_status
use(struct dump *dump, const struct wal_entry *entry)
{
	switch (dump->what) {
	case DUMP_RECORDS:
		print_record(&dump->out, entry);
		return WAL_OK;
	case DUMP_STATS:
		progress_add(&dump->progress, entry->stored);
		return tally_entry(dump->tally, entry);
	case DUMP_ENTRIES:
		break;
	}
	return lines_write(dump->lines, entry);
}

/* Print ${entry}; -1 if that cannot go on. */
static int
print(struct dump *dump, const struct wal_entry *entry)
{
	switch (use(dump, entry)) {
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
	return dump->out.error == 0 ? 0 : -1;
}

/* Tell of what the follower met. */
static void
hear(struct dump *dump, const struct wal_notice *notice)
{
	complain(dump, notice);
	if (notice->kind != WAL_RESTARTED)
		return;
	lines_forget(dump->lines);
	tally_forget(dump->tally);
}

/* Print the table of what was read. */
static enum wal_status
print_table(struct dump *dump)
{
	char *text = NULL;
	size_t len = 0;
	FILE *file;
	int failed;

	if ((file = open_memstream(&text, &len)) == NULL)
		return WAL_NOMEM;
	failed = tally_print(dump->tally, file);
	if (fclose(file) != 0 || failed != 0) {
		free(text);
		return WAL_NOMEM;
	}
	ndjson_raw(&dump->out, text, len);
	free(text);
	return WAL_OK;
}

/* The end of the log was reached; the exit status. */
static int
finish(struct dump *dump, const char *path)
{
	progress_clear(&dump->progress);
	if (wal_follow_waiting(dump->follow)) {
		(void)fprintf(stderr,
		    access(path, F_OK) != 0
			? "walship dump: %s: there is no such directory\n"
			: "walship dump: no segment in %s: is it a wal "
			  "directory of Prometheus?\n",
		    path);
		return EXIT_RUN;
	}
	if (dump->what == DUMP_STATS && print_table(dump) != WAL_OK) {
		(void)fputs("walship dump: out of memory\n", stderr);
		return EXIT_RUN;
	}
	return dump->damaged ? EXIT_DAMAGE : EXIT_OK;
}

/* Write out what is kept; -1, having said why, if not all could be. */
static int
flush(struct dump *dump)
{
	if (ndjson_flush(&dump->out) == 0)
		return 0;
	(void)fprintf(stderr, "walship dump: cannot write: %s\n",
	    strerror(dump->out.error));
	return -1;
}

/* Read the log ${path} to its end; the exit status. */
static int
read_all(struct dump *dump, const char *path)
{
	struct wal_entry entry;

	for (;;) {
		switch (wal_follow_next(dump->follow, &entry)) {
		case WAL_OK:
			if (print(dump, &entry) != 0)
				return EXIT_RUN;
			break;
		case WAL_NOTICE:
			hear(dump, wal_follow_notice(dump->follow));
			break;
		case WAL_WAIT:
			break;
		case WAL_END:
			return finish(dump, path);
		default:
			progress_clear(&dump->progress);
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
		dump->follow = wal_follow_open(&(struct wal_follow_options){
		    .path = path,
		    .from = WAL_FROM_OLDEST,
		    .patient = true,
		});
	dump->lines = lines_new(&dump->out);
	dump->tally = tally_new();
	if (dump->follow == NULL || dump->lines == NULL ||
	    dump->tally == NULL) {
		(void)fputs("walship dump: out of memory\n", stderr);
	} else {
		if (dump->what == DUMP_STATS)
			progress_begin(&dump->progress, path);
		status = read_all(dump, path);
	}
	if (flush(dump) != 0)
		status = EXIT_RUN;
	tally_free(dump->tally);
	lines_free(dump->lines);
	wal_follow_free(dump->follow);
	free(path);
	return status;
}

int
dump_command(int argc, char **argv)
{
	static const struct option options[] = {
		{ "records", no_argument, NULL, 'r' },
		{ "stats", no_argument, NULL, 's' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	struct dump *dump;
	int option, status;

	if ((dump = calloc(1, sizeof(*dump))) == NULL)
		return EXIT_RUN;
	while ((option = getopt_long(argc, argv, "rsh", options, NULL)) != -1)
		switch (option) {
		case 'r':
			dump->what = DUMP_RECORDS;
			break;
		case 's':
			dump->what = DUMP_STATS;
			break;
		default:
			free(dump);
			(void)fputs(usage, option == 'h' ? stdout : stderr);
			return option == 'h' ? EXIT_OK : EXIT_USAGE;
		}
	if (optind + 1 == argc) {
		status = dump_log(dump, argv[optind]);
	} else {
		(void)fputs(usage, stderr);
		status = EXIT_USAGE;
	}
	free(dump);
	return status;
}
