/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "agent/auth/aadsts.h"
#include "agent/auth/authority.h"
#include "agent/auth/entra.h"
#include "agent/auth/form.h"
#include "agent/auth/grant.h"
#include "agent/auth/proof.h"
#include "agent/auth/route.h"
#include "agent/base/date.h"

/* Bytes of a form: each of the proof may become three. */
#define FORM_MAX (3 * PROOF_MAX)

#define URL_SHOWN_MAX 256 /* Bytes of the URL that an error has. */

struct entra {
	struct token_source source; /* At the head: what callers hold. */
	struct token_options options;
	const struct config_azuread *azuread;
	struct proof proof;
	struct route route;
	char *url;
	struct buf form;
	struct http_call *call; /* Under way, or ... */
	struct timer *timer;    /* ... it is to be said why not. */
	token_done_fn *done;
	void *arg;
	enum token_failure failure;
	char text[TOKEN_ERROR_MAX];
	struct buf error; /* Over the text. */
};

/* Wipe what is only needed while a request is under way. */
static void
forget(struct entra *entra)
{
	buf_release(&entra->form);
	proof_forget(&entra->proof);
	free(entra->url);
	entra->url = NULL;
}

/* It is over; tell it. */
static void
tell(struct entra *entra, const struct token_answer *answer)
{
	forget(entra);
	entra->done(entra->arg, answer);
}

static void
tell_failure(struct entra *entra, uint64_t retry_after)
{
	const struct token_answer answer = {
		.failure = entra->failure,
		.error = buf_text(&entra->error),
		.retry_after = retry_after,
	};

	tell(entra, &answer);
}

/* What failed before it could be asked. */
static void
fire(void *arg)
{
	tell_failure(arg, 0);
}

/* Note what failed, of which ${why} says what to do. */
static void
note(struct entra *entra, enum token_failure failure, const char *why)
{
	entra->failure = failure;
	buf_puts(&entra->error, why);
}

/* Read an answer of status 200; return -1 and note it if it has no token. */
static int
read_grant(struct entra *entra, const struct http_response *response,
    struct grant *grant)
{
	static const char *const faults[] = {
		[GRANT_GARBAGE] = "its answer holds no token; see that it is "
				  "Entra that is asked, and not a proxy",
		[GRANT_NO_EXPIRY] = "its answer does not say how long the "
				    "token serves; see that it is Entra that "
				    "is asked",
		[GRANT_PAST] = "its token has ended already; correct this "
			       "machine's clock",
		[GRANT_NOMEM] = "no memory; free some",
	};
	enum grant_result result = GRANT_GARBAGE;

	if (response->whole)
		result = grant_read(response->body, response->body_len,
		    clock_wall(entra->options.clock), grant);
	if (result == GRANT_OK)
		return 0;
	note(entra, result == GRANT_NOMEM ? TOKEN_FAILED : TOKEN_INVALID,
	    faults[result]);
	return -1;
}

/* Note what an answer of another status says. */
static void
read_refusal(struct entra *entra, const struct http_response *response)
{
	struct grant_error error;
	int status = response->status;

	if (status >= 300 && status < 400) {
		note(entra, TOKEN_INVALID,
		    "it redirects, and secrets follow nobody; correct cloud "
		    "or AZURE_AUTHORITY_HOST");
	} else if (status == 429 || status == 408 || status >= 500) {
		entra->failure = TOKEN_BUSY;
		buf_printf(&entra->error,
		    "it cannot now (status %d); nothing is to be done", status);
	} else {
		grant_read_error(response->body, response->body_len, &error);
		entra->failure = aadsts_explain(&error, status,
		    buf_text(&entra->proof.shown), &entra->error);
	}
}

static void
answered(void *arg, const struct http_response *response)
{
	struct entra *entra = arg;
	struct token_answer answer = { 0 };
	struct grant grant;
	uint64_t wait = 0;

	entra->call = NULL;
	buf_printf(&entra->error, "%.*s: ", URL_SHOWN_MAX, entra->url);
	if (response->retry_after != NULL)
		wait = date_retry_after(
		    response->retry_after, clock_wall(entra->options.clock));
	if (response->outcome != HTTP_ANSWERED) {
		entra->failure = TOKEN_UNREACHABLE;
		buf_printf(&entra->error,
		    "%s; let this machine reach it, directly or by a proxy",
		    response->error);
	} else if (response->status != 200) {
		read_refusal(entra, response);
	} else if (read_grant(entra, response, &grant) == 0) {
		answer.token = grant.token;
		answer.lifetime = grant.lifetime;
		answer.refresh_in = grant.refresh_in;
		tell(entra, &answer);
		grant_release(&grant);
		return;
	}
	tell_failure(entra, wait);
}

/* Write the form; return -1 and note why if that cannot be done. */
static int
write_form(struct entra *entra)
{
	const struct config_azuread *azuread = entra->azuread;
	const char *tenant = azuread->tenant_id;
	const char *fault;

	fault = authority_url(
	    azuread->cloud, tenant != NULL ? tenant : "", &entra->url);
	if (fault != NULL) {
		note(entra, TOKEN_SETTING, fault);
		return -1;
	}
	form_put(&entra->form, "grant_type", "client_credentials");
	form_put(&entra->form, "scope", azuread_scope(azuread));
	if (proof_put(&entra->proof, entra->url, &entra->form) != 0) {
		note(entra, entra->proof.failure, entra->proof.error);
		return -1;
	}
	form_put(&entra->form, "client_id", azuread->client_id);
	if (!entra->form.bad)
		return 0;
	note(entra, TOKEN_FAILED, "no memory; free some");
	return -1;
}

/* Set the proxy of ${request}; return -1 and note why if it is not known. */
static int
find_way(struct entra *entra, struct http_request *request)
{
	uint64_t now = clock_monotonic(entra->options.clock);
	const char *why = NULL;

	/* What goes in the clear stays on this machine; see authority.h. */
	if (strncasecmp(entra->url, "https:", 6) == 0)
		why =
		    route_find(&entra->route, entra->url, now, &request->proxy);
	if (why == NULL)
		return 0;
	note(entra, TOKEN_FILE, why);
	return -1;
}

static int
fetch(struct token_source *source, token_done_fn *done, void *arg)
{
	static const char *const headers[] = { FORM_HEADER,
		"Accept: application/json", NULL };
	struct entra *entra = (struct entra *)source;
	struct http_request request = {
		.headers = headers,
		.timeout = TOKEN_TIMEOUT,
		.answer_max = GRANT_BODY_MAX,
	};

	entra->done = done;
	entra->arg = arg;
	buf_reset(&entra->error);
	if (write_form(entra) != 0 || find_way(entra, &request) != 0) {
		forget(entra);
		timer_set(entra->timer, 0);
		return 0;
	}
	request.url = entra->url;
	request.body = entra->form.data;
	request.body_len = entra->form.len;
	entra->call = http_post(entra->options.http, &request, answered, entra);
	if (entra->call != NULL)
		return 0;
	forget(entra);
	return -1;
}

static void
cancel(struct token_source *source)
{
	struct entra *entra = (struct entra *)source;

	http_cancel(entra->call);
	entra->call = NULL;
	timer_set(entra->timer, CLOCK_NEVER);
	forget(entra);
}

static void
entra_free(struct token_source *source)
{
	struct entra *entra = (struct entra *)source;

	timer_free(entra->timer);
	proof_release(&entra->proof);
	route_release(&entra->route);
	free(entra);
}

struct token_source *
entra_new(
    const struct token_options *options, const struct config_azuread *azuread)
{
	struct entra *entra;

	if ((entra = calloc(1, sizeof(*entra))) == NULL)
		return NULL;
	entra->source = (struct token_source){ fetch, cancel, entra_free };
	entra->options = *options;
	entra->azuread = azuread;
	proof_init(&entra->proof, azuread, options->clock);
	buf_secret(&entra->form, FORM_MAX);
	buf_over(&entra->error, entra->text, sizeof(entra->text));
	entra->timer = timer_new(options->clock, fire, entra);
	if (entra->timer == NULL ||
	    route_init(&entra->route, &options->remote->proxy) != 0) {
		entra_free(&entra->source);
		return NULL;
	}
	return &entra->source;
}
