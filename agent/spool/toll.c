/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/spool/toll.h"
#include "wal/record.h"
#include "wal/segment.h"
#include "wal/unpack.h"

struct toll {
	struct toll_options options;
	struct wal_segment *segment; /* The worker's, while it works. */
	struct wal_unpack *unpack;
	struct wal_sample_list samples;
	struct wal_histogram_list histograms;
	struct wal_exemplar_list exemplars;
	struct toll_count count;
	uint64_t at;  /* The end of the last record. */
	bool ended;   /* All was read, or no more can be. */
	bool working; /* The worker has the job. */
	bool freed;   /* By its owner meanwhile; the worker reads it. */
	struct worker_job job;
};

/* Something of ${time} is lost. */
static void
stretch(struct toll_count *count, int64_t time)
{
	if (count->samples + count->histograms == 0 || time < count->first)
		count->first = time;
	if (count->samples + count->histograms == 0 || time > count->last)
		count->last = time;
}

static void
count_samples(struct toll *toll, const uint8_t *data, size_t len)
{
	size_t i;

	if (wal_decode_samples(data, len, &toll->samples) != WAL_OK)
		return;
	for (i = 0; i < toll->samples.len; i++) {
		stretch(&toll->count, toll->samples.samples[i].time);
		toll->count.samples++;
	}
}

static void
count_histograms(struct toll *toll, const uint8_t *data, size_t len)
{
	size_t i;

	if (wal_decode_histograms(data, len, &toll->histograms) != WAL_OK)
		return;
	for (i = 0; i < toll->histograms.len; i++) {
		stretch(&toll->count, toll->histograms.histograms[i].time);
		toll->count.histograms++;
	}
}

static void
count_entries(struct toll *toll, const uint8_t *data, size_t len)
{
	switch (wal_type_kind(len > 0 ? data[0] : WAL_EMPTY)) {
	case WAL_KIND_SAMPLES:
		count_samples(toll, data, len);
		break;
	case WAL_KIND_HISTOGRAMS:
		count_histograms(toll, data, len);
		break;
	case WAL_KIND_EXEMPLARS:
		if (wal_decode_exemplars(data, len, &toll->exemplars) == WAL_OK)
			toll->count.exemplars += toll->exemplars.len;
		break;
	default:
		break;
	}
}

/* On the worker. */
static void
work(void *arg)
{
	struct toll *toll = arg;
	uint64_t until = toll->at + TOLL_SLICE;
	struct wal_record record;
	enum wal_status status = WAL_OK;
	const uint8_t *data;
	size_t len;

	while (toll->at < until &&
	    !__atomic_load_n(&toll->freed, __ATOMIC_RELAXED)) {
		status = wal_segment_next(toll->segment, &record);
		if (status == WAL_CORRUPT)
			continue; /* It goes on behind it. */
		if (status != WAL_OK)
			break;
		toll->at = record.end;
		if (wal_unpack_record(toll->unpack, &record, &data, &len) ==
		    WAL_OK)
			count_entries(toll, data, len);
	}
	toll->ended = status != WAL_OK && status != WAL_CORRUPT;
	if (toll->ended || __atomic_load_n(&toll->freed, __ATOMIC_RELAXED))
		wal_segment_close(toll->segment); /* It may be the last. */
}

static void
worked(void *arg)
{
	struct toll *toll = arg;

	toll->working = false;
	if (toll->freed) {
		toll_free(toll);
	} else if (toll->ended) {
		toll->options.done(toll->options.arg, toll, &toll->count);
	} else {
		toll->working = true;
		worker_submit(toll->options.worker, &toll->job);
	}
}

/* Open the segment; the descriptor is then its. */
static int
open_segment(struct toll *toll)
{
	int fd = fcntl(toll->options.fd, F_DUPFD_CLOEXEC, 0);
	struct stat st;

	if (fd == -1)
		return -1;
	if (fstat(fd, &st) == 0 && (uint64_t)st.st_size > toll->options.offset)
		toll->count.bytes = (uint64_t)st.st_size - toll->options.offset;
	toll->segment = wal_segment_open(fd, toll->options.offset, true);
	if (toll->segment != NULL)
		return 0;
	(void)close(fd);
	return -1;
}

struct toll *
toll_new(const struct toll_options *options)
{
	struct toll *toll;

	if ((toll = calloc(1, sizeof(*toll))) == NULL)
		return NULL;
	toll->options = *options;
	toll->at = options->offset;
	toll->unpack = wal_unpack_new();
	toll->job = (struct worker_job){
		.work = work,
		.done = worked,
		.arg = toll,
	};
	if (toll->unpack == NULL || open_segment(toll) != 0) {
		int error = errno;

		toll_free(toll);
		errno = error;
		return NULL;
	}
	toll->working = true;
	worker_submit(options->worker, &toll->job);
	return toll;
}

void
toll_free(struct toll *toll)
{
	if (toll == NULL)
		return;
	__atomic_store_n(&toll->freed, true, __ATOMIC_RELAXED);
	if (toll->working)
		return;
	wal_segment_free(toll->segment);
	wal_unpack_free(toll->unpack);
	wal_sample_list_release(&toll->samples);
	wal_histogram_list_release(&toll->histograms);
	wal_exemplar_list_release(&toll->exemplars);
	free(toll);
}
