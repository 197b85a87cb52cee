/* SPDX-License-Identifier: Apache-2.0 */
/*
 * walgen DIR SERIES SCRAPES [TARGETS [INTERVAL]]: write a WAL directory for
 * measurements.
 *
 * SERIES series with nine labels each, as node_exporter's, spread over TARGETS
 * scrape targets (1000 series a target if not given); each scrape writes one
 * samples record a target, snappy-compressed, in segments of 128 MiB.  Values
 * are counters, gauges and constants in turn.
 *
 * With an INTERVAL, in milliseconds, it writes as a Prometheus does that is at
 * work: the series at once, and every target's record at its time.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <snappy-c.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "wal/crc32c.h"
#include "wal/segment.h"

#define SEGMENT_SIZE (128u << 20)
#define HEADER_SIZE 7u
#define SNAPPY_BIT 0x08u
#define FIRST_TIME INT64_C(1767225600000) /* 2026-01-01, in ms. */
#define INTERVAL 15000                    /* In ms, if none is given. */

struct log {
	const char *dir;
	FILE *file;
	unsigned int segment;
	size_t at; /* Offset in the segment. */
	char packed[8 << 20];
};

static struct log out;
static uint8_t record[4 << 20];
static size_t len;
static int64_t begin;    /* Time of the first scrape, in ms. */
static int64_t interval; /* Between scrapes, in ms. */

static void
fail(const char *what)
{
	perror(what);
	exit(1);
}

static void
open_segment(void)
{
	char path[4096];

	(void)snprintf(path, sizeof(path), "%s/%08u", out.dir, out.segment);
	if ((out.file = fopen(path, "we")) == NULL)
		fail(path);
	out.at = 0;
}

/* Fill the page with zeros. */
static void
pad(void)
{
	static const uint8_t zeros[WAL_PAGE_SIZE];
	size_t rest = WAL_PAGE_SIZE - out.at % WAL_PAGE_SIZE;

	if (rest == WAL_PAGE_SIZE)
		return;
	(void)fwrite(zeros, 1, rest, out.file);
	out.at += rest;
}

static void
put_fragment(uint8_t type, const char *data, size_t size)
{
	uint32_t crc = crc32c((const uint8_t *)data, size);
	uint8_t head[HEADER_SIZE] = { type | SNAPPY_BIT, (uint8_t)(size >> 8),
		(uint8_t)size, (uint8_t)(crc >> 24), (uint8_t)(crc >> 16),
		(uint8_t)(crc >> 8), (uint8_t)crc };

	(void)fwrite(head, 1, sizeof(head), out.file);
	(void)fwrite(data, 1, size, out.file);
	out.at += HEADER_SIZE + size;
}

/* Write what is in record as one record. */
static void
put_record(void)
{
	size_t size = sizeof(out.packed), done = 0, room, part;
	bool first = true, last;

	if (snappy_compress((const char *)record, len, out.packed, &size) !=
	    SNAPPY_OK)
		fail("snappy");
	if (out.at + size + 4096 > SEGMENT_SIZE) {
		pad();
		(void)fclose(out.file);
		out.segment++;
		open_segment();
	}
	do {
		room = WAL_PAGE_SIZE - out.at % WAL_PAGE_SIZE;
		if (room <= HEADER_SIZE) {
			pad();
			room = WAL_PAGE_SIZE;
		}
		part = size - done;
		if (part > room - HEADER_SIZE)
			part = room - HEADER_SIZE;
		last = done + part == size;
		put_fragment(first && last ? 1
			: first            ? 2
			: last             ? 4
					   : 3,
		    out.packed + done, part);
		done += part;
		first = false;
	} while (done < size);
	len = 0;
}

static void
put_be64(uint64_t value)
{
	int shift;

	for (shift = 56; shift >= 0; shift -= 8)
		record[len++] = (uint8_t)(value >> shift);
}

static void
put_varint(int64_t value)
{
	uint64_t bits = (uint64_t)value << 1 ^ (uint64_t)(value >> 63);

	for (; bits >= 0x80; bits >>= 7)
		record[len++] = (uint8_t)(bits | 0x80);
	record[len++] = (uint8_t)bits;
}

static void
put_text(const char *text)
{
	size_t size = strlen(text);

	record[len++] = (uint8_t)size; /* Below 128. */
	memcpy(record + len, text, size);
	len += size;
}

/* A label whose value is ${prefix}, ${number} and ${suffix}. */
static void
put_label(const char *name, const char *prefix, unsigned int number,
    const char *suffix)
{
	char value[100];

	(void)snprintf(value, sizeof(value), "%s%u%s", prefix, number, suffix);
	put_text(name);
	put_text(value);
}

static void
put_series(unsigned int series, unsigned int target)
{
	put_be64(series + 1);
	record[len++] = 9;
	put_label(
	    "__name__", "node_network_receive_bytes_total_", series % 500, "");
	put_label("cluster", "production-", 1, "");
	put_label("cpu", "", series % 64, "");
	put_label("device", "eth", series / 500 % 100, "");
	put_label("instance", "host-", target, ".example.com:9100");
	put_label("job", "node-exporter-", target % 10, "");
	put_label("mode", "mode-", series % 8, "");
	put_label("region", "westeurope-", target % 3, "");
	put_label("zone", "zone-", target % 3, "");
}

static void
put_value(unsigned int series, unsigned int scrape)
{
	double value = series % 3 == 0 ? (double)series * 10 + scrape * 17
	    : series % 3 == 1          ? (double)(series ^ scrape * 7919) / 7
				       : 1;
	uint64_t bits;

	memcpy(&bits, &value, sizeof(bits));
	put_be64(bits);
}

static void
put_scrape(unsigned int first, unsigned int end, unsigned int scrape)
{
	int64_t time = begin + (int64_t)scrape * interval;
	unsigned int series;

	record[len++] = 2;
	put_be64(first + 1);
	put_be64((uint64_t)time);
	for (series = first; series < end; series++) {
		put_varint(series - first);
		put_varint(0);
		put_value(series, scrape);
	}
	put_record();
}

/* Sleep until ${ms} milliseconds of 1970, with all written out. */
static void
sleep_until(int64_t ms)
{
	struct timespec when = { ms / 1000, ms % 1000 * 1000000 };

	(void)fflush(out.file);
	while (clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &when, NULL) != 0)
		;
}

int
main(int argc, char **argv)
{
	unsigned int series, scrapes, targets, each, target, scrape, i;

	if (argc < 4) {
		(void)fputs("usage: walgen DIR SERIES SCRAPES "
			    "[TARGETS [INTERVAL]]\n",
		    stderr);
		return 2;
	}
	out.dir = argv[1];
	series = (unsigned int)strtoul(argv[2], NULL, 10);
	scrapes = (unsigned int)strtoul(argv[3], NULL, 10);
	targets = argc > 4 ? (unsigned int)strtoul(argv[4], NULL, 10)
			   : (series + 999) / 1000;
	each = series / targets;
	interval = argc > 5 ? strtol(argv[5], NULL, 10) : INTERVAL;
	begin = argc > 5 ? (int64_t)time(NULL) * 1000 : FIRST_TIME;
	(void)mkdir(out.dir, 0755);
	open_segment();
	for (target = 0; target < targets; target++) {
		record[len++] = 1;
		for (i = target * each; i < (target + 1) * each; i++)
			put_series(i, target);
		put_record();
	}
	for (scrape = 0; scrape < scrapes; scrape++)
		for (target = 0; target < targets; target++) {
			if (argc > 5)
				sleep_until(begin + scrape * interval +
				    target * interval / targets);
			put_scrape(target * each, (target + 1) * each, scrape);
		}
	pad();
	return fclose(out.file) == 0 ? 0 : 1;
}
