/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "agent/base/log.h"
#include "agent/filewatch.h"
#include "agent/webwatch.h"

#define FAULTS_MAX (64u << 10) /* Bytes of faults. */

/* A file that is followed. */
struct followed {
	char *path; /* NULL: none. */
	struct filewatch *watch;
};

struct webwatch {
	struct webwatch_options options;
	struct followed own;
	struct followed named[SERVER_TLS_FILES];
	struct webfile *web;
};

static void
let_go(struct followed *followed)
{
	filewatch_free(followed->watch);
	free(followed->path);
	*followed = (struct followed){ 0 };
}

static void
file_changed(void *arg)
{
	struct webwatch *webwatch = arg;
	struct buf report;

	buf_init(&report, FAULTS_MAX);
	(void)webwatch_read(webwatch, &report);
	buf_release(&report);
}

/* Have ${followed} be ${path}, which may be NULL, and was as ${seen} when it
 * was read; -1 if there is no memory. */
static int
follow(struct webwatch *webwatch, struct followed *followed, const char *path,
    const struct stamp *seen)
{
	if (followed->path != NULL && path != NULL &&
	    strcmp(followed->path, path) == 0)
		return 0;
	let_go(followed);
	if (path == NULL)
		return 0;
	followed->path = strdup(path);
	followed->watch = filewatch_new(webwatch->options.event,
	    webwatch->options.clock, path, seen, file_changed, webwatch);
	return followed->path == NULL || followed->watch == NULL ? -1 : 0;
}

/* Follow the files that ${web} names; -1 if there is no memory. */
static int
follow_named(struct webwatch *webwatch, const struct webfile *web)
{
	struct followed *named = webwatch->named;
	enum server_tls_file file;
	int i, r = 0;

	for (i = 0; i < SERVER_TLS_FILES; i++) {
		file = (enum server_tls_file)i;
		r |= web->tls == NULL ? follow(webwatch, &named[i], NULL, NULL)
				      : follow(webwatch, &named[i],
					    server_tls_file(web->tls, file),
					    server_tls_seen(web->tls, file));
	}
	return r;
}

/* Log each line of ${text}. */
static void
log_lines(void (*put)(const char *line, size_t len), const char *text)
{
	size_t len;

	for (; *text != '\0'; text += len + (text[len] != '\0')) {
		len = strcspn(text, "\n");
		put(text, len);
	}
}

static void
log_fault(const char *line, size_t len)
{
	log_error(
	    "a fault in the web configuration", LOG_BYTES("fault", line, len));
}

static void
log_note(const char *line, size_t len)
{
	log_warn("about the web configuration", LOG_BYTES("note", line, len));
}

/* What the file says; NULL, said to the log and ${report}, if it will not do. */
static struct webfile *
load(const struct webwatch *webwatch, struct buf *report)
{
	struct buf notes, faults;
	struct webfile *web;

	buf_init(&notes, FAULTS_MAX);
	buf_init(&faults, FAULTS_MAX);
	web = webfile_load(webwatch->own.path, &notes, &faults);
	log_lines(log_note, buf_text(&notes));
	log_lines(log_fault, buf_text(&faults));
	buf_puts(report, buf_text(&notes));
	buf_puts(report, buf_text(&faults));
	buf_release(&notes);
	buf_release(&faults);
	return web;
}

bool
webwatch_read(struct webwatch *webwatch, struct buf *report)
{
	struct webfile *web = load(webwatch, report);

	if (web == NULL) {
		log_error("the web configuration was not taken over, and the "
			  "one before stays in effect; mend the faults, and "
			  "run walship reload",
		    LOG_STR("path", webwatch->own.path));
		buf_puts(report,
		    "web.config_file: nothing was changed of who may ask\n");
		return false;
	}
	if (follow_named(webwatch, web) != 0)
		log_error("out of memory: a certificate's file is not "
			  "followed; reload walship when it has changed");
	webfile_free(webwatch->web);
	webwatch->web = web;
	log_info("the web configuration was read again",
	    LOG_STR("path", webwatch->own.path),
	    LOG_STR("tls", web->tls != NULL ? "on" : "off"),
	    LOG_UINT("users", web->users_len));
	webwatch->options.changed(webwatch->options.arg, web);
	return true;
}

struct webwatch *
webwatch_new(const struct webwatch_options *options)
{
	struct webwatch *webwatch = calloc(1, sizeof(*webwatch));
	struct stamp seen = stamp_at(options->path);
	struct buf report;

	if (webwatch == NULL)
		return NULL;
	webwatch->options = *options;
	buf_init(&report, FAULTS_MAX);
	if (follow(webwatch, &webwatch->own, options->path, &seen) == 0 &&
	    (webwatch->web = load(webwatch, &report)) != NULL &&
	    follow_named(webwatch, webwatch->web) != 0) {
		webfile_free(webwatch->web);
		webwatch->web = NULL;
	}
	buf_release(&report);
	if (webwatch->web != NULL)
		return webwatch;
	webwatch_free(webwatch);
	return NULL;
}

struct webfile *
webwatch_web(const struct webwatch *webwatch)
{
	return webwatch->web;
}

void
webwatch_free(struct webwatch *webwatch)
{
	int file;

	if (webwatch == NULL)
		return;
	let_go(&webwatch->own);
	for (file = 0; file < SERVER_TLS_FILES; file++)
		let_go(&webwatch->named[file]);
	webfile_free(webwatch->web);
	free(webwatch);
}
