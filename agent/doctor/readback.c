/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <jansson.h>
#include <string.h>

#include "agent/auth/auth.h"
#include "agent/base/text.h"
#include "agent/config/azuread.h"
#include "agent/config/url.h"
#include "agent/doctor/pass.h"
#include "agent/doctor/readback.h"

#define URL_ROOM 1024u /* Bytes of a URL beside what it begins with. */
#define BODY_SHOWN 300 /* Bytes of an answer that are shown. */

/* Where workspaces are queried, and the audience of that. */
static const struct {
	const char *suffix, *scope;
} clouds[] = {
	{ ".prometheus.monitor.azure.com",
	    "https://prometheus.monitor.azure.com/.default" },
	{ ".prometheus.monitor.azure.us",
	    "https://prometheus.monitor.azure.us/.default" },
	{ ".prometheus.monitor.azure.cn",
	    "https://prometheus.monitor.azure.cn/.default" },
};

enum readback_result
readback_read(const char *body, size_t len)
{
	json_t *json = json_loadb(body, len, 0, NULL);
	const char *status = json_string_value(json_object_get(json, "status"));
	const json_t *result =
	    json_object_get(json_object_get(json, "data"), "result");
	enum readback_result found = READBACK_NO_ANSWER;

	if (status != NULL && strcmp(status, "success") == 0 &&
	    json_is_array(result))
		found = json_array_size(result) > 0 ? READBACK_FOUND
						    : READBACK_NONE;
	json_decref(json);
	return found;
}

/* Who asks. */
struct asker {
	struct config_remote remote;   /* Lent from the examined one, but ... */
	struct config_azuread azuread; /* ... for this. */
	char scope[64];
};

/**
 * be_asker(exam, asker, url):
 * Ask ${url} as the destination's own entry would, if that may show there who
 * it is: at a workspace, or at its own host; else as anybody.
 */
static void
be_asker(struct exam *exam, struct asker *asker, char *url)
{
	const struct config_remote *remote = exam->remote;
	size_t i;

	asker->remote = exam_nobody(remote);
	if (remote->azuread == NULL && url_same_origin(url, remote->url))
		asker->remote = *remote;
	for (i = 0; i < sizeof(clouds) / sizeof(*clouds); i++)
		if (remote->azuread != NULL &&
		    url_under(url, clouds[i].suffix)) {
			(void)strcpy(asker->scope, clouds[i].scope);
			asker->azuread = *remote->azuread;
			asker->azuread.scope = asker->scope;
			asker->remote.azuread = &asker->azuread;
			/* It is another identity, with tokens of its own. */
			asker->remote.token_text = asker->scope;
		}
	asker->remote.url = url;
}

/* Append to ${out} where the probe of this examination is asked for. */
static void
put_url(const struct exam *exam, struct buf *out)
{
	size_t len = strlen(exam->query_url);
	char query[96];

	while (len > 0 && exam->query_url[len - 1] == '/')
		len--;
	(void)snprintf(
	    query, sizeof(query), PASS_PROBE " == %" PRId64, exam->probed);
	buf_put(out, exam->query_url, len);
	buf_puts(out, "/api/v1/query?query=");
	text_put_query(out, query);
}

/* Say what the last answer was, which is not that it is there. */
static void
say_missing(
    const struct exam_answer *answer, const char *text, struct finding *finding)
{
	if (answer->outcome != HTTP_ANSWERED)
		finding_split(finding, text, "see that --query-url is right");
	else if (answer->status == 401 || answer->status == 403)
		finding_fail(finding,
		    "give the identity the role Monitoring Data Reader on the "
		    "workspace, or look for " PASS_PROBE " there yourself",
		    "the probe was taken, but may not be queried with these "
		    "credentials (status %d)",
		    answer->status);
	else if (answer->status != 200)
		finding_fail(finding, "see that --query-url is right",
		    "a query is answered with status %d: %.*s", answer->status,
		    BODY_SHOWN, text);
	else
		finding_fail(finding,
		    "see that --query-url is that of the workspace which the "
		    "url writes to, and its metric of dropped samples",
		    "the probe was taken, but could not be found for %u s",
		    (unsigned int)(READBACK_TIME / CLOCK_SEC));
	/* It was taken: whether samples arrive is not in doubt. */
	finding->result = FINDING_WARN;
}

/* Look once by ${http}; whether to go on, the last answer being kept. */
static bool
look_once(struct exam *exam, struct http *http, const char *url,
    struct exam_answer *answer, struct finding *finding)
{
	const struct http_request request = {
		.method = HTTP_GET,
		.url = url,
		.timeout = READBACK_TIMEOUT,
	};
	enum readback_result result = READBACK_NO_ANSWER;

	buf_release(&answer->text);
	if (!exam_ask(exam, http, &request, answer)) {
		finding_fail(finding, "free some memory", "out of memory");
		return false;
	}
	if (answer->status == 200)
		result =
		    readback_read(buf_text(&answer->text), answer->text.len);
	if (result == READBACK_FOUND)
		finding_ok(finding, "the probe was found again");
	else
		say_missing(answer, buf_text(&answer->text), finding);
	return result == READBACK_NONE;
}

void
readback_look(struct exam *exam, struct finding *finding)
{
	struct exam_answer answer = { 0 };
	struct asker asker = { 0 };
	struct http *http = NULL;
	uint64_t until = exam_until(exam, READBACK_TIME);
	const bool never = false;
	struct buf url;

	if (exam->query_url == NULL) {
		finding_skip(finding, "without --query-url");
		return;
	}
	buf_init(&url, strlen(exam->query_url) + URL_ROOM);
	put_url(exam, &url);
	buf_putc(&url, '\0');
	if (!url.bad) {
		be_asker(exam, &asker, (char *)url.data);
		http = auth_new(
		    exam->clock, exam->http, exam->tokens, &asker.remote);
	}
	if (http == NULL)
		finding_fail(finding, "free some memory", "out of memory");
	while (http != NULL &&
	    look_once(exam, http, buf_text(&url), &answer, finding) &&
	    clock_monotonic(exam->clock) < until)
		(void)exam_wait(exam, &never, exam_until(exam, READBACK_PAUSE));
	buf_release(&answer.text);
	auth_free(http);
	buf_release(&url);
}
