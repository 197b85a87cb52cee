/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "agent/base/log.h"
#include "agent/spool/choose.h"
#include "agent/spool/counsel.h"
#include "agent/spool/fd.h"
#include "agent/spool/home.h"
#include "agent/spool/link.h"
#include "agent/spool/store.h"
#include "wal/dir.h"

/**
 * say_no(chooser, mode, error, advice):
 * Say that segments cannot be held in this way, and what to do about it.  It is
 * no more than a note where there is another way: an installation is such by
 * default.
 */
static void
say_no(const struct chooser *chooser, const char *mode, int error,
    const char *advice)
{
	bool asked = chooser->options.config->spool.mode != CONFIG_SPOOL_AUTO;
	enum log_level level = LOG_ERROR;

	if (!asked)
		level = strcmp(mode, "fd") == 0 ? LOG_WARN : LOG_INFO;
	log_at(level, "segments cannot be held in this way",
	    LOG_STR("mode", mode),
	    LOG_STR("dir", chooser->options.config->spool.dir),
	    LOG_ERRNO(error), LOG_STR("advice", advice));
}

/* Open the directory; -1, said, if that cannot be. */
static int
open_home(const struct chooser *chooser, const char *mode)
{
	const struct config *config = chooser->options.config;
	int dir = home_open(config->spool.dir, config->data_dir);

	if (dir == -1)
		say_no(chooser, mode, errno, counsel_on_dir(errno));
	return dir;
}

/* Hold by links, tried with ${file}; NULL, said, if that cannot be. */
static struct spool_way *
choose_link(const struct chooser *chooser, const char *file)
{
	int dir = open_home(chooser, "link");
	struct spool_way *way = NULL;

	if (dir == -1)
		return NULL;
	if (link_try(dir, chooser->options.wal_dir, file) != 0)
		say_no(chooser, "link", errno,
		    counsel_on_link(chooser->options.config,
			chooser->options.wal_dir, errno));
	else if ((way = link_way_new(dir, chooser->options.worker)) == NULL)
		log_error("out of memory");
	if (way == NULL)
		(void)close(dir);
	else
		log_info("segments are held by hard links until they are "
			 "shipped",
		    LOG_STR("mode", "link"),
		    LOG_STR("dir", chooser->options.config->spool.dir));
	return way;
}

/* Hold by descriptors; NULL, said, if that cannot be. */
static struct spool_way *
choose_fd(const struct chooser *chooser, const char *file)
{
	const struct config_spool *spool = &chooser->options.config->spool;
	int dir = open_home(chooser, "fd");
	struct spool_way *way;

	(void)file; /* It can be opened, or it would not be read. */
	if (dir == -1)
		return NULL;
	way = fd_way_new(&(struct fd_way_options){
	    .clock = chooser->options.clock,
	    .worker = chooser->options.worker,
	    .stats = chooser->options.stats,
	    .dir = dir,
	    .path = spool->dir,
	    .reserve = { spool->min_free, spool->min_free_percent },
	});
	if (way == NULL) {
		log_error("out of memory");
		(void)close(dir);
		return NULL;
	}
	log_info("segments are held by open descriptors until they are "
		 "shipped, and copied if Prometheus deletes them before",
	    LOG_STR("mode", "fd"), LOG_STR("dir", spool->dir));
	return way;
}

/* The ways there are, the best first. */
static const struct {
	enum config_spool_mode mode;
	struct spool_way *(*choose)(
	    const struct chooser *chooser, const char *file);
} ways[] = {
	{ CONFIG_SPOOL_LINK, choose_link },
	{ CONFIG_SPOOL_FD, choose_fd },
};

void
chooser_discard(void)
{
	size_t lost = store_discard();

	if (lost > 0)
		log_error("gave up segments that only systemd's descriptor "
			  "store kept, as segments are not held by "
			  "descriptors any more; to ship them, let spool.mode "
			  "be fd until nothing is pinned",
		    LOG_UINT("segments", lost));
}

struct spool_way *
chooser_choose(void *arg, const char *file)
{
	struct chooser *chooser = arg;
	enum config_spool_mode mode = chooser->options.config->spool.mode;
	struct spool_way *way = chooser->way;
	size_t i;

	chooser->way = NULL;
	if (chooser->chosen)
		return way;
	chooser->chosen = true;
	for (i = 0; i < sizeof(ways) / sizeof(*ways) && way == NULL; i++)
		if (mode == CONFIG_SPOOL_AUTO || mode == ways[i].mode)
			way = ways[i].choose(chooser, file);
	if (way == NULL)
		log_at(mode == CONFIG_SPOOL_AUTO ? LOG_WARN : LOG_ERROR,
		    "segments are not held: what Prometheus deletes before it "
		    "is shipped is lost");
	if (way == NULL || strcmp(way->mode, "fd") != 0)
		chooser_discard();
	return way;
}

int
chooser_init(struct chooser *chooser, const struct chooser_options *options)
{
	const char *wal_dir = options->wal_dir;
	const struct wal_dir_entry *last;
	struct wal_dir dir = { 0 };
	int result = 0;

	*chooser = (struct chooser){ .options = *options };
	if (wal_dir_read(&dir, wal_dir) == WAL_OK &&
	    (last = wal_dir_last(&dir.segments)) != NULL) {
		chooser->way = chooser_choose(chooser, last->name);
		if (chooser->way == NULL &&
		    options->config->spool.mode != CONFIG_SPOOL_AUTO)
			result = -1;
	}
	wal_dir_release(&dir);
	return result;
}

void
chooser_release(struct chooser *chooser)
{
	if (chooser->way != NULL)
		chooser->way->free(chooser->way);
	chooser->way = NULL;
}
