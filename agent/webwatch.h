/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent/webwatch.h - follow the file that web.config_file names, and those that
 * it names in turn.
 *
 * What is new is read as it comes, certificates that were renewed as well; a
 * file that will not do changes nothing, and the log says what is wrong.
 */
#ifndef AGENT_WEBWATCH_H
#define AGENT_WEBWATCH_H

#include <stdbool.h>
#include <systemd/sd-event.h>

#include "agent/admin/webfile.h"
#include "agent/base/buf.h"
#include "agent/base/clock.h"

struct webwatch_options {
	sd_event *event; /* See filewatch_new. */
	struct clock *clock;
	const char *path; /* Of the file; copied. */
	/* It says ${web} now; a share is to be taken. */
	void (*changed)(void *arg, struct webfile *web);
	void *arg;
};

struct webwatch;

/**
 * webwatch_new(options):
 * Read the file, and follow it.  Return NULL, said, if it will not do.
 */
struct webwatch *webwatch_new(const struct webwatch_options *options);

/* What it says; the webwatch's. */
struct webfile *webwatch_web(const struct webwatch *webwatch);

/**
 * webwatch_read(webwatch, report):
 * Read it now.  Append to ${report}, in lines, what came of it; return whether
 * it will do.
 */
bool webwatch_read(struct webwatch *webwatch, struct buf *report);

/* Do nothing to NULL. */
void webwatch_free(struct webwatch *webwatch);

#endif /* AGENT_WEBWATCH_H */
