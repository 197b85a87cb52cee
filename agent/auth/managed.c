/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "agent/auth/arc.h"
#include "agent/auth/grant.h"
#include "agent/auth/managed.h"
#include "agent/auth/refusal.h"
#include "agent/base/buf.h"
#include "agent/base/date.h"
#include "agent/base/text.h"

#define SUFFIX "/.default" /* Of a scope; not of a resource. */
#define QUERY_MAX 8192u    /* Bytes of a URL with its query. */

struct managed {
	struct token_source source; /* At the head: what callers hold. */
	struct token_options options;
	const struct config_azuread *azuread;
	const struct endpoint_paths *paths;
	struct endpoint endpoint;
	struct http_call *call; /* Under way, or NULL. */
	struct timer *timer;    /* For what fails before anything is sent. */
	bool proven;            /* The proof was sent along. */
	token_done_fn *done;
	void *arg;
	enum token_failure failure;
	char error[TOKEN_ERROR_MAX];
};

/* There is no token, as failure and error say. */
static void
tell_failure(void *arg)
{
	struct managed *managed = arg;

	managed->done(managed->arg,
	    &(struct token_answer){
		.failure = managed->failure,
		.error = managed->error,
	    });
}

/* The same, with the words for it. */
static void
fail(struct managed *managed, enum token_failure failure, const char *error)
{
	managed->failure = failure;
	(void)snprintf(managed->error, sizeof(managed->error), "%s", error);
	tell_failure(managed);
}

/* Append "&name=value". */
static void
put_field(struct buf *url, const char *name, const char *value)
{
	if (value == NULL)
		return;
	buf_printf(url, "&%s=", name);
	text_put_query(url, value);
}

static void
put_url(const struct managed *managed, struct buf *url)
{
	static const char *const versions[] = {
		[AZUREAD_AUTO] = "",
		[AZUREAD_IMDS] = "2018-02-01",
		[AZUREAD_ARC] = "2020-06-01",
		[AZUREAD_APPSERVICE] = "2019-08-01",
	};
	const struct config_azuread *azuread = managed->azuread;
	enum azuread_source kind = managed->endpoint.kind;
	const char *scope = azuread_scope(azuread);
	size_t len = strlen(scope);
	char *resource;

	if (len > strlen(SUFFIX) &&
	    strcmp(scope + len - strlen(SUFFIX), SUFFIX) == 0)
		len -= strlen(SUFFIX);
	if ((resource = strndup(scope, len)) == NULL) {
		url->bad = true;
		return;
	}
	buf_printf(
	    url, "%s?api-version=%s", managed->endpoint.url, versions[kind]);
	put_field(url, "resource", resource);
	put_field(url, "client_id", azuread->client_id);
	put_field(url, "object_id", azuread->object_id);
	put_field(url, kind == AZUREAD_APPSERVICE ? "mi_res_id" : "msi_res_id",
	    azuread->resource_id);
	free(resource);
}

static void answered(void *arg, const struct http_response *response);

/* Ask, with ${key} as proof if it is not NULL; -1 if there is no memory. */
static int
ask(struct managed *managed, const char *key)
{
	const char *headers[] = { "Metadata: true", NULL, NULL };
	struct buf url, secret;

	buf_init(&url, QUERY_MAX);
	buf_init(&secret, QUERY_MAX);
	put_url(managed, &url);
	if (managed->endpoint.kind == AZUREAD_APPSERVICE) {
		buf_printf(
		    &secret, "X-IDENTITY-HEADER: %s", managed->endpoint.header);
		headers[0] = buf_text(&secret);
	} else if (key != NULL) {
		buf_printf(&secret, "Authorization: Basic %s", key);
		headers[1] = buf_text(&secret);
	}
	managed->proven = key != NULL;
	if (!url.bad && !secret.bad)
		managed->call = http_get(managed->options.http,
		    &(struct http_request){
			.url = buf_text(&url),
			.headers = headers,
			.timeout = TOKEN_TIMEOUT,
			.answer_max = GRANT_BODY_MAX,
		    },
		    answered, managed);
	if (secret.data != NULL)
		explicit_bzero(secret.data, secret.cap);
	buf_release(&secret);
	buf_release(&url);
	return managed->call == NULL ? -1 : 0;
}

/* Answer the challenge of Azure Arc's agent. */
static void
prove(struct managed *managed, const struct http_response *response)
{
	char path[ARC_PATH_MAX], key[ARC_KEY_MAX + 1] = "";

	if (arc_path(response->challenge, managed->paths->tokens, path) != 0)
		fail(managed, TOKEN_INVALID,
		    "what answers in the place of Azure Arc's agent asks for "
		    "a proof that this agent does not ask for: it was given "
		    "nothing; see what listens at its address");
	else if (arc_read(path, key, &managed->failure, managed->error) != 0)
		tell_failure(managed);
	else if (ask(managed, key) != 0)
		fail(managed, TOKEN_FAILED, "out of memory");
	explicit_bzero(key, sizeof(key));
}

/* Whether ${grant} says that it is for the identity that was named. */
static bool
is_ours(const struct config_azuread *azuread, const struct grant *grant)
{
	if (azuread->client_id != NULL)
		return strcasecmp(azuread->client_id, grant->client_id) == 0;
	if (azuread->object_id != NULL)
		return strcasecmp(azuread->object_id, grant->object_id) == 0;
	return azuread->resource_id == NULL ||
	    strcasecmp(azuread->resource_id, grant->resource_id) == 0;
}

static void
grant(struct managed *managed, struct grant *granted)
{
	if (managed->endpoint.kind == AZUREAD_ARC &&
	    !is_ours(managed->azuread, granted)) {
		fail(managed, TOKEN_WRONG_ID,
		    "Azure Arc's agent does not say that its token is that of "
		    "the identity that managed_identity names, and it is not "
		    "used; update the Connected Machine agent, or remove the "
		    "id to use the machine's own identity");
		return;
	}
	managed->done(managed->arg,
	    &(struct token_answer){
		.token = granted->token,
		.lifetime = granted->lifetime,
		.refresh_in = granted->refresh_in,
	    });
}

/* There should be a token in ${response}. */
static void
take(struct managed *managed, const struct http_response *response)
{
	static const char *const faults[] = {
		[GRANT_GARBAGE] = "is not a token",
		[GRANT_NO_EXPIRY] = "does not say when the token ends",
		[GRANT_PAST] =
		    "is a token that has ended already by this machine's "
		    "clock; set that, see timedatectl",
		[GRANT_NOMEM] = "found no memory",
	};
	enum grant_result result = GRANT_GARBAGE;
	struct grant granted = { 0 };
	char error[TOKEN_ERROR_MAX];

	if (response->whole)
		result = grant_read(response->body, response->body_len,
		    clock_wall(managed->options.clock), &granted);
	if (result == GRANT_OK) {
		grant(managed, &granted);
		grant_release(&granted);
		return;
	}
	(void)snprintf(error, sizeof(error), "what %s answers at %s %s",
	    endpoint_name(managed->endpoint.kind), managed->endpoint.url,
	    response->whole ? faults[result] : "is too long, or breaks off");
	fail(managed,
	    result == GRANT_PAST        ? TOKEN_CLOCK
		: result == GRANT_NOMEM ? TOKEN_FAILED
					: TOKEN_INVALID,
	    error);
}

/* There is none in ${response}. */
static void
refused(struct managed *managed, const struct http_response *response)
{
	struct token_answer answer = { .error = managed->error };

	answer.failure = refusal_read(
	    &managed->endpoint, managed->azuread, response, managed->error);
	if (response->retry_after != NULL)
		answer.retry_after = date_retry_after(
		    response->retry_after, clock_wall(managed->options.clock));
	managed->done(managed->arg, &answer);
}

static void
answered(void *arg, const struct http_response *response)
{
	struct managed *managed = arg;
	bool arc = managed->endpoint.kind == AZUREAD_ARC;

	managed->call = NULL;
	if (arc && !managed->proven && response->status == 401) {
		prove(managed, response);
	} else if (arc && !managed->proven && response->status == 200) {
		fail(managed, TOKEN_INVALID,
		    "what answers in the place of Azure Arc's agent gives "
		    "tokens without a proof, as this agent never does; see "
		    "what listens at its address");
	} else if (response->status == 200) {
		take(managed, response);
	} else {
		refused(managed, response);
	}
}

static int
fetch(struct token_source *source, token_done_fn *done, void *arg)
{
	struct managed *managed = (struct managed *)source;

	managed->done = done;
	managed->arg = arg;
	if (endpoint_find(managed->azuread->source, managed->paths,
		&managed->endpoint, managed->error) == 0)
		return ask(managed, NULL);
	managed->failure = TOKEN_SETTING;
	timer_set(managed->timer, 0);
	return 0;
}

static void
cancel(struct token_source *source)
{
	struct managed *managed = (struct managed *)source;

	http_cancel(managed->call);
	managed->call = NULL;
	timer_set(managed->timer, CLOCK_NEVER);
}

static void
release(struct token_source *source)
{
	struct managed *managed = (struct managed *)source;

	timer_free(managed->timer);
	free(managed);
}

struct token_source *
managed_new(const struct token_options *options,
    const struct config_azuread *azuread, const struct endpoint_paths *paths)
{
	struct managed *managed;

	if ((managed = calloc(1, sizeof(*managed))) == NULL)
		return NULL;
	managed->source = (struct token_source){ fetch, cancel, release };
	managed->options = *options;
	managed->azuread = azuread;
	managed->paths = paths;
	managed->timer = timer_new(options->clock, tell_failure, managed);
	if (managed->timer == NULL) {
		free(managed);
		return NULL;
	}
	return &managed->source;
}
