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
	const char *name, *value; /* One header more, or NULL. */
	struct buf body;
};

/* A request under way, kept by libmicrohttpd as its state. */
struct request {
	struct MHD_Connection *connection;
	struct request *next; /* Of those that wait for a password. */
	bool waits;           /* It is one of them. */
	bool counted;         /* It is within the rate. */
	bool changes;         /* Its method is one that may change something. */
	size_t body;          /* Bytes of its answer, once there is one. */
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

/* The same, as none but ${methods} would do. */
static void
refuse_method(struct page *page, const char *methods, const char *sentence)
{
	refuse(page, MHD_HTTP_METHOD_NOT_ALLOWED, sentence);
	page->name = MHD_HTTP_HEADER_ALLOW;
	page->value = methods;
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

/* Whether who asks may know how the agent stands. */
static bool
may_see(const struct pages *pages)
{
	return pages->local || webfile_vouches(pages->web);
}

/* Write ${view}, to those who may know. */
static void
write_view(const struct pages *pages, struct MHD_Connection *connection,
    const struct view *view, struct page *page)
{
	if (!may_see(pages)) {
		refuse(page, MHD_HTTP_FORBIDDEN,
		    "Not shown to other machines; run "
		    "walship status on this one.\n");
	} else if (!webfile_vouches(pages->web) && !is_meant(connection)) {
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
	    (view == NULL || !may_see(pages))) {
		buf_puts(&page->body, "/metrics\n/-/healthy\n/-/ready\n");
	} else if (view != NULL) {
		write_view(pages, connection, view, page);
	} else {
		refuse(page, MHD_HTTP_NOT_FOUND, "No such page; see /\n");
	}
}

/* Say what ${page} is, and what a browser may do with it, as ${web} has it. */
static enum MHD_Result
add_headers(struct MHD_Response *response, const struct page *page,
    const struct webfile *web)
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
		if (webfile_header(web, always[i].name) == NULL &&
		    MHD_add_response_header(
			response, always[i].name, always[i].value) != MHD_YES)
			return MHD_NO;
	for (i = 0; web != NULL && i < web->headers_len; i++)
		if (MHD_add_response_header(response, web->headers[i].name,
			web->headers[i].value) != MHD_YES)
			return MHD_NO;
	if (page->name != NULL &&
	    MHD_add_response_header(response, page->name, page->value) !=
		MHD_YES)
		return MHD_NO;
	return MHD_add_response_header(
	    response, MHD_HTTP_HEADER_CONTENT_TYPE, page->type);
}

/* Queue ${page}, the bytes of whose body then belong to the response. */
static enum MHD_Result
send_page(struct MHD_Connection *connection, struct page *page,
    const struct webfile *web)
{
	struct MHD_Response *response;
	enum MHD_Result result;

	response = MHD_create_response_from_buffer(
	    page->body.len, page->body.data, MHD_RESPMEM_MUST_FREE);
	if (response == NULL)
		return MHD_NO;
	page->body.data = NULL; /* The response owns it. */

	result = add_headers(response, page, web);
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
		refuse_method(page, "GET, HEAD",
		    "Only GET and HEAD are understood here.\n");
		return;
	}
	if (!meant_change(header(connection, MHD_HTTP_HEADER_HOST),
		header(connection, "Origin"), webfile_vouches(pages->web))) {
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
write_any(const struct pages *pages, const char *path,
    const struct request *request, struct page *page)
{
	if (request->changes) {
		write_done(pages, request->connection, path, page);
	} else if (strcmp(path, RELOAD) == 0) {
		refuse_method(page, "POST, PUT", "POST to this to reload.\n");
	} else {
		write_answer(pages, request->connection, path, page);
	}
}

/* Have ${request} wait until what is compared is known. */
static void
let_wait(struct pages *pages, struct request *request)
{
	request->waits = true;
	request->next = pages->waiting;
	pages->waiting = request;
	MHD_suspend_connection(request->connection);
}

/* Whether ${request} is let in; else write why not, if there is an answer. */
static enum gate_verdict
let_in(struct pages *pages, struct request *request, struct page *page)
{
	enum gate_verdict verdict;

	if (pages->web == NULL)
		return GATE_OPEN;
	if (!request->counted &&
	    !gate_take(
		&pages->rate, pages->web, clock_monotonic(pages->clock))) {
		refuse(page, MHD_HTTP_TOO_MANY_REQUESTS,
		    "More requests than rate_limit allows.\n");
		return GATE_SHUT;
	}
	request->counted = true;
	verdict = gate_look(pages->web, pages->passwords,
	    header(request->connection, MHD_HTTP_HEADER_AUTHORIZATION));
	if (verdict == GATE_SHUT) {
		refuse(page, MHD_HTTP_UNAUTHORIZED, "Unauthorized\n");
		page->name = MHD_HTTP_HEADER_WWW_AUTHENTICATE;
		page->value = "Basic realm=\"walship\"";
	} else if (verdict == GATE_BUSY) {
		refuse(page, MHD_HTTP_SERVICE_UNAVAILABLE,
		    "Too many passwords are being compared already.\n");
		page->name = MHD_HTTP_HEADER_RETRY_AFTER;
		page->value = "1";
	}
	return verdict;
}

/* Answer the request; of HEAD, libmicrohttpd leaves out the body. */
static enum MHD_Result
answer(struct pages *pages, const char *path, struct request *request)
{
	struct page page = { .status = MHD_HTTP_OK, .type = TYPE_PLAIN };
	enum gate_verdict verdict;
	enum MHD_Result result;

	buf_init(&page.body, PAGES_BODY_MAX);
	if ((verdict = let_in(pages, request, &page)) == GATE_LATER) {
		let_wait(pages, request);
		return MHD_YES;
	}
	if (verdict == GATE_OPEN)
		write_any(pages, path, request, &page);
	if (page.body.bad || page.body.len > PAGES_BODIES_MAX - pages->bodies)
		refuse(&page, MHD_HTTP_SERVICE_UNAVAILABLE,
		    "Too much is being answered already.\n");
	request->body = page.body.len;
	pages->bodies += request->body;
	result = send_page(request->connection, &page, pages->web);
	buf_release(&page.body);
	return result;
}

/* What GET and HEAD ask changes nothing; POST and PUT may, elsewhere too. */
static bool
is_one_of(const char *method, const char *one, const char *other)
{
	return strcmp(method, one) == 0 || strcmp(method, other) == 0;
}

/* A request begins; NULL if there is no memory. */
static struct request *
begin(struct MHD_Connection *connection, const char *method)
{
	struct request *request = calloc(1, sizeof(*request));

	if (request == NULL)
		return NULL;
	request->connection = connection;
	request->changes =
	    !is_one_of(method, MHD_HTTP_METHOD_GET, MHD_HTTP_METHOD_HEAD);
	return request;
}

/*
 * Called at the end of the headers, with each piece of a body, at the end of the
 * request, and again for who has waited.
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
		if ((request = begin(connection, method)) == NULL)
			return MHD_NO;
		*state = request;
		if (!request->changes)
			return MHD_YES;
	}
	/* What may change something is answered before its body. */
	if (request->changes)
		return answer(arg,
		    is_one_of(method, MHD_HTTP_METHOD_POST, MHD_HTTP_METHOD_PUT)
			? path
			: "",
		    request);
	if (*upload_len > 0) {
		*upload_len = 0; /* Nothing here wants a body. */
		return MHD_YES;
	}
	return answer(arg, path, request);
}

void
pages_resume(struct pages *pages)
{
	struct request *request;

	while ((request = pages->waiting) != NULL) {
		pages->waiting = request->next;
		request->waits = false;
		MHD_resume_connection(request->connection);
	}
}

/* Nobody is to wait for ${request} any more. */
static void
forget(struct pages *pages, struct request *request)
{
	struct request **at = &pages->waiting;

	while (request->waits && *at != request)
		at = &(*at)->next;
	if (request->waits)
		*at = request->next;
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
	forget(pages, request);
	pages->bodies -= request->body;
	free(request);
	*state = NULL;
}
