/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "agent/admin/meant.h"
#include "agent/admin/page.h"
#include "agent/admin/pages.h"
#include "agent/admin/report.h"

#define RELOAD "/-/reload"

#define TYPE_PLAIN "text/plain; charset=utf-8"
#define TYPE_HTML "text/html; charset=utf-8"
#define TYPE_JSON "application/json"
#define TYPE_METRICS "text/plain; version=0.0.4; charset=utf-8"

/* An answer in the making. */
struct page {
	unsigned int status;
	const char *type;
	const char *allow; /* Of 405: which methods would do. */
	struct buf body;
};

/* A request under way, kept by libmicrohttpd as its state. */
struct request {
	bool changes; /* Its method is one that may change something. */
	size_t body;  /* Bytes of its answer, once there is one. */
};

static void
write_ready(const struct pages *pages, struct page *page)
{
	struct buf why;
	bool ready;

	buf_init(&why, PAGES_BODY_MAX);
	ready = pages->ready(pages->arg, &why);
	if (!ready)
		page->status = MHD_HTTP_SERVICE_UNAVAILABLE;
	buf_printf(&page->body, "walship is %sready.%s%s\n",
	    ready ? "" : "not ", why.len > 0 ? " " : "", buf_text(&why));
	buf_release(&why);
}

/* Put a short refusal in place of what was written. */
static void
refuse(struct page *page, unsigned int status, const char *sentence)
{
	page->status = status;
	page->type = TYPE_PLAIN;
	buf_reset(&page->body);
	buf_puts(&page->body, sentence);
}

static void
write_page(const struct pages *pages, struct buf *out)
{
	page_put(pages->overview(pages->arg), out);
}

static void
write_status(const struct pages *pages, struct buf *out)
{
	report_put(pages->overview(pages->arg), out);
	out->bad = out->bad || out->len == 0; /* There was no memory. */
}

static void
write_style(const struct pages *pages, struct buf *out)
{
	(void)pages;
	page_put_style(out);
}

static void
write_script(const struct pages *pages, struct buf *out)
{
	(void)pages;
	page_put_script(out);
}

/* What those can see who may see how the agent stands. */
static const struct view {
	const char *path, *type;
	void (*write)(const struct pages *pages, struct buf *out);
} views[] = {
	{ "/", TYPE_HTML, write_page },
	{ "/page.css", "text/css; charset=utf-8", write_style },
	{ "/page.js", "text/javascript; charset=utf-8", write_script },
	{ "/api/v1/status", TYPE_JSON, write_status },
};

/* The view at ${path}, or NULL. */
static const struct view *
view_of(const struct pages *pages, const char *path)
{
	size_t i;

	for (i = 0; i < sizeof(views) / sizeof(views[0]); i++)
		if (pages->overview != NULL && strcmp(path, views[i].path) == 0)
			return &views[i];
	return NULL;
}

static const char *
header(struct MHD_Connection *connection, const char *name)
{
	return MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
}

/* Whether the way the server was called shows that it is meant. */
static bool
is_meant(struct MHD_Connection *connection)
{
	const char *host = header(connection, MHD_HTTP_HEADER_HOST);

	return host == NULL || meant_host(host);
}

/* Write ${view}, to those who may know. */
static void
write_view(const struct pages *pages, struct MHD_Connection *connection,
    const struct view *view, struct page *page)
{
	if (!pages->trusted) {
		refuse(page, MHD_HTTP_FORBIDDEN,
		    "Not shown to other machines; run "
		    "walship status on this one.\n");
	} else if (!is_meant(connection)) {
		refuse(page, MHD_HTTP_FORBIDDEN,
		    "Ask for this at an address, or at localhost.\n");
	} else {
		page->type = view->type;
		view->write(pages, &page->body);
	}
}

/* Write what GET ${path} answers. */
static void
write_answer(const struct pages *pages, struct MHD_Connection *connection,
    const char *path, struct page *page)
{
	const struct view *view = view_of(pages, path);

	if (strcmp(path, "/metrics") == 0) {
		page->type = TYPE_METRICS;
		stats_write(pages->stats, &page->body);
	} else if (strcmp(path, "/-/healthy") == 0) {
		buf_puts(&page->body, "walship is healthy.\n");
	} else if (strcmp(path, "/-/ready") == 0) {
		write_ready(pages, page);
	} else if (strcmp(path, "/") == 0 &&
	    (view == NULL || !pages->trusted)) {
		buf_puts(&page->body, "/metrics\n/-/healthy\n/-/ready\n");
	} else if (view != NULL) {
		write_view(pages, connection, view, page);
	} else {
		refuse(page, MHD_HTTP_NOT_FOUND, "No such page; see /\n");
	}
}

/* Say what ${page} is, and what a browser may do with it. */
static enum MHD_Result
add_headers(struct MHD_Response *response, const struct page *page)
{
	static const struct {
		const char *name, *value;
	} always[] = {
		{ MHD_HTTP_HEADER_CACHE_CONTROL, "no-store" },
		{ "X-Content-Type-Options", "nosniff" },
		{ "X-Frame-Options", "DENY" },
		{ "Cross-Origin-Resource-Policy", "same-origin" },
		{ "Content-Security-Policy", PAGE_POLICY },
		{ "Referrer-Policy", "no-referrer" },
	};
	size_t i;

	for (i = 0; i < sizeof(always) / sizeof(always[0]); i++)
		if (MHD_add_response_header(
			response, always[i].name, always[i].value) != MHD_YES)
			return MHD_NO;
	if (page->status == MHD_HTTP_METHOD_NOT_ALLOWED &&
	    MHD_add_response_header(
		response, MHD_HTTP_HEADER_ALLOW, page->allow) != MHD_YES)
		return MHD_NO;
	return MHD_add_response_header(
	    response, MHD_HTTP_HEADER_CONTENT_TYPE, page->type);
}

/* Queue ${page}, the bytes of whose body then belong to the response. */
static enum MHD_Result
send_page(struct MHD_Connection *connection, struct page *page)
{
	struct MHD_Response *response;
	enum MHD_Result result;

	response = MHD_create_response_from_buffer(
	    page->body.len, page->body.data, MHD_RESPMEM_MUST_FREE);
	if (response == NULL)
		return MHD_NO;
	page->body.data = NULL; /* The response owns it. */

	result = add_headers(response, page);
	if (result == MHD_YES)
		result = MHD_queue_response(connection, page->status, response);
	MHD_destroy_response(response);
	return result;
}

/* Do as POST ${path} says, if that is something to be done. */
static void
write_done(const struct pages *pages, struct MHD_Connection *connection,
    const char *path, struct page *page)
{
	enum pages_reload result = PAGES_RELOAD_OFF;

	if (strcmp(path, RELOAD) != 0) {
		page->allow = "GET, HEAD";
		refuse(page, MHD_HTTP_METHOD_NOT_ALLOWED,
		    "Only GET and HEAD are understood here.\n");
		return;
	}
	if (!meant_change(header(connection, MHD_HTTP_HEADER_HOST),
		header(connection, "Origin"))) {
		refuse(page, MHD_HTTP_FORBIDDEN,
		    "Not for a page of somebody else.\n");
		return;
	}
	if (pages->reload != NULL)
		result = pages->reload(pages->arg, &page->body);
	if (result == PAGES_RELOAD_FAILED)
		page->status = MHD_HTTP_INTERNAL_SERVER_ERROR;
	else if (result == PAGES_RELOAD_OFF)
		refuse(page, MHD_HTTP_FORBIDDEN,
		    "Not without web.enable_lifecycle; run walship reload on "
		    "this machine.\n");
}

/* Write the answer to GET, or to what changes something. */
static void
write_any(const struct pages *pages, struct MHD_Connection *connection,
    const char *path, const struct request *request, struct page *page)
{
	if (request->changes) {
		write_done(pages, connection, path, page);
	} else if (strcmp(path, RELOAD) == 0) {
		page->allow = "POST, PUT";
		refuse(page, MHD_HTTP_METHOD_NOT_ALLOWED,
		    "POST to this to reload.\n");
	} else {
		write_answer(pages, connection, path, page);
	}
}

/* Answer the request; of HEAD, libmicrohttpd leaves out the body. */
static enum MHD_Result
answer(struct pages *pages, struct MHD_Connection *connection, const char *path,
    struct request *request)
{
	struct page page = { .status = MHD_HTTP_OK, .type = TYPE_PLAIN };
	enum MHD_Result result;

	buf_init(&page.body, PAGES_BODY_MAX);
	write_any(pages, connection, path, request, &page);
	if (page.body.bad || page.body.len > PAGES_BODIES_MAX - pages->bodies)
		refuse(&page, MHD_HTTP_SERVICE_UNAVAILABLE,
		    "Too much is being answered already.\n");
	request->body = page.body.len;
	pages->bodies += request->body;
	result = send_page(connection, &page);
	buf_release(&page.body);
	return result;
}

/* What GET and HEAD ask changes nothing; POST and PUT may, elsewhere too. */
static bool
is_one_of(const char *method, const char *one, const char *other)
{
	return strcmp(method, one) == 0 || strcmp(method, other) == 0;
}

/*
 * Called at the end of the headers, with each piece of a body, and at the end
 * of the request.
 */
enum MHD_Result
pages_answer(void *arg, struct MHD_Connection *connection, const char *path,
    const char *method, const char *version, const char *upload,
    size_t *upload_len, void **state)
{
	struct request *request = *state;

	(void)version;
	(void)upload;
	if (request == NULL) {
		if ((request = calloc(1, sizeof(*request))) == NULL)
			return MHD_NO;
		*state = request;
		if (is_one_of(
			method, MHD_HTTP_METHOD_GET, MHD_HTTP_METHOD_HEAD))
			return MHD_YES;
		/* Answered before its body, which nothing here wants. */
		request->changes = true;
		return answer(arg, connection,
		    is_one_of(method, MHD_HTTP_METHOD_POST, MHD_HTTP_METHOD_PUT)
			? path
			: "",
		    request);
	}
	if (*upload_len > 0) {
		*upload_len = 0; /* Nothing here wants a body. */
		return MHD_YES;
	}
	return answer(arg, connection, path, request);
}

void
pages_completed(void *arg, struct MHD_Connection *connection, void **state,
    enum MHD_RequestTerminationCode code)
{
	struct pages *pages = arg;
	struct request *request = *state;

	(void)connection;
	(void)code;
	if (request == NULL)
		return;
	pages->bodies -= request->body;
	free(request);
	*state = NULL;
}
