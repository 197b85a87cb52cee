/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <unistd.h>

#include "agent/ship/news.h"

void
news_waiting(
    struct news *news, const char *remote, const char *wal_dir, uint64_t now)
{
	uint64_t hidden;

	if (log_gate_open(&news->waiting, now, NEWS_PERIOD, &hidden))
		log_info("there is no log yet, waiting for Prometheus to "
			 "create it",
		    LOG_STR("remote", remote), LOG_STR("path", wal_dir));
}

void
news_failing(struct news *news, const char *remote, const char *wal_dir,
    uint64_t segment, uint64_t now)
{
	int error = errno;
	uint64_t hidden;

	news->failed = now;
	news->error = error;
	if (news->since == 0)
		news->since = now;
	if (log_gate_open(&news->failing, now, NEWS_PERIOD, &hidden))
		log_error("cannot read the log, retrying; check that this "
			  "user may read it",
		    LOG_STR("remote", remote), LOG_STR("path", wal_dir),
		    LOG_UINT("segment", segment), LOG_UINT("uid", geteuid()),
		    LOG_ERRNO(error), LOG_UINT("unsaid", hidden));
}

void
news_reading(struct news *news, const char *remote, uint64_t now)
{
	if (news->since == 0)
		return;
	log_info("reading the log again", LOG_STR("remote", remote),
	    LOG_UINT("after_seconds", (now - news->since) / CLOCK_SEC));
	news->since = 0;
}
