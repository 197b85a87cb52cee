/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "agent/auth/auth.h"
#include "agent/auth/base64.h"
#include "agent/auth/extras.h"
#include "agent/auth/papers.h"
#include "agent/auth/postponed.h"
#include "agent/auth/route.h"
#include "agent/auth/secret.h"
#include "agent/auth/signer.h"
#include "agent/auth/source.h"
#include "agent/base/buf.h"
#include "agent/config/url.h"

#define HEADER "Authorization: "
#define LINE_MAX_LEN (4 * SECRET_MAX) /* Bytes: both secrets, in base 64. */

struct auth {
	struct http http; /* At the head: what callers hold. */
	struct clock *clock;
	struct http *inner;
	const struct config_remote *remote;
	struct secret user, secret;
	struct tokens *tokens;
	struct identity *identity; /* Whose token is sent; or NULL. */
	struct buf line;           /* Its header, or that of the secrets. */
	struct extras extras;
	struct signer signer;
	struct papers papers;
	struct route route;
};

struct auth_call {
	struct http_call call; /* At the head: what callers hold. */
	struct auth *auth;
	http_done_fn *done;
	void *arg;
	uint64_t token;            /* Its number, if it carries one. */
	struct http_call *inner;   /* Under way; NULL: it is refused. */
	struct identity_wait wait; /* For its first token ... */
	struct postponed later;    /* ... it is postponed. */
	struct timer *timer;       /* If it is refused. */
	char *error;               /* Why it is refused. */
};

static void
call_free(struct auth_call *call)
{
	if (call->auth->identity != NULL)
		identity_forget(call->auth->identity, &call->wait);
	postponed_release(&call->later);
	timer_free(call->timer);
	free(call->error);
	free(call);
}

/* It was refused before it was made. */
static void
tell_refused(void *arg)
{
	struct auth_call *call = arg;
	const struct http_response response = {
		.outcome = HTTP_FAILED,
		.error = call->error,
		.body = "",
	};

	call->done(call->arg, &response);
	call_free(call);
}

/* It was made, and has ended. */
static void
tell_ended(void *arg, const struct http_response *response)
{
	struct auth_call *call = arg;

	if (response->status == 401 || response->status == 403) {
		secret_refused(&call->auth->user);
		secret_refused(&call->auth->secret);
		extras_refused(&call->auth->extras);
	}
	if (response->status == 401 && call->auth->identity != NULL)
		identity_refused(call->auth->identity, call->token);
	call->done(call->arg, response);
	call_free(call);
}

/* Make the header; return why it cannot be, or NULL. */
static const char *
make_line(struct auth *auth)
{
	const struct config_auth *config = &auth->remote->auth;
	uint64_t now = clock_monotonic(auth->clock);
	const char *user, *secret;
	struct buf pair;

	if ((user = secret_get(&auth->user, now)) == NULL)
		return auth->user.error;
	if ((secret = secret_get(&auth->secret, now)) == NULL)
		return auth->secret.error;
	buf_reset(&auth->line);
	if (config->kind == CONFIG_AUTH_HEADER) {
		buf_printf(&auth->line, HEADER "%s %s", config->type, secret);
	} else {
		buf_secret(&pair, 2 * SECRET_MAX + 1);
		buf_printf(&pair, "%s:%s", user, secret);
		buf_puts(&auth->line, HEADER "Basic ");
		base64_put(&auth->line, pair.data, pair.len);
		auth->line.bad |= pair.bad;
		buf_release(&pair);
	}
	return auth->line.bad ? "no memory for credentials" : NULL;
}

/* The same of a token, whose number is stored in ${ret_number}. */
static const char *
make_token_line(struct auth *auth, uint64_t *ret_number)
{
	const char *token = identity_token(auth->identity, ret_number);

	if (token == NULL)
		return identity_error(auth->identity);
	if (auth->line.data != NULL)
		explicit_bzero(auth->line.data, auth->line.cap);
	buf_reset(&auth->line);
	buf_printf(&auth->line, HEADER "Bearer %s", token);
	return auth->line.bad ? "no memory for credentials" : NULL;
}

/* Why ${request} must not be made, or NULL. */
static const char *
check(const struct auth *auth, const struct http_request *request)
{
	const char *url = auth->remote->url;

	return config_authenticates(auth->remote) &&
		strcmp(request->url, url) != 0 &&
		!url_same_origin(request->url, url)
	    ? "credentials are not sent to another host than the url's; write "
	      "its url"
	    : NULL;
}

/* The number of headers in a list, which may be NULL. */
static size_t
count(const char *const *headers)
{
	size_t len = 0;

	while (headers != NULL && headers[len] != NULL)
		len++;
	return len;
}

/*
 * Put the entry's headers behind those of ${whole}, in a list that is stored in
 * ${ret}, to be freed; return why that cannot be done, or NULL.
 */
static const char *
dress(struct auth_call *call, struct http_request *whole, const char ***ret)
{
	struct auth *auth = call->auth;
	size_t len = count(whole->headers);
	const char **headers, *why;

	headers = calloc(
	    len + auth->extras.len + SIGNER_LINES_MAX + 2, sizeof(*headers));
	if ((*ret = headers) == NULL)
		return "no memory for headers";
	if (len > 0)
		memcpy(headers, whole->headers, len * sizeof(*headers));
	whole->headers = headers;
	why = extras_lines(
	    &auth->extras, clock_monotonic(auth->clock), headers + len);
	len += auth->extras.len;
	if (why == NULL && auth->identity != NULL)
		why = make_token_line(auth, &call->token);
	else if (why == NULL && auth->remote->auth.kind != CONFIG_AUTH_NONE)
		why = make_line(auth);
	if (why == NULL && auth->line.len > 0)
		headers[len++] = buf_text(&auth->line);
	/* The last, as it signs all of them. */
	if (why == NULL && auth->signer.config != NULL)
		why = signer_lines(&auth->signer, whole,
		    clock_wall(auth->clock), headers + len);
	return why;
}

/* Have ${whole} go the way that the entry says; return why not, or NULL. */
static const char *
aim(struct auth *auth, struct http_request *whole, struct http_tls *tls)
{
	uint64_t now = clock_monotonic(auth->clock);
	const char *why = papers_now(&auth->papers, now, tls);

	if (why != NULL)
		return why;
	/* The name is that of the entry's own host. */
	if (!url_same_origin(whole->url, auth->remote->url))
		tls->server_name = NULL;
	whole->tls = tls;
	whole->spread = auth->remote->round_robin_dns;
	whole->streams = auth->remote->enable_http2 ? auth : NULL;
	/* A token that goes in the clear stays on this machine. */
	if (auth->remote->azuread == NULL ||
	    strncasecmp(whole->url, "https:", 6) == 0)
		return route_find(&auth->route, whole->url, now, &whole->proxy);
	return NULL;
}

/* Have it be told soon that it was refused. */
static int
refuse(struct auth_call *call, const char *why)
{
	call->error = strdup(why);
	call->timer = timer_new(call->auth->clock, tell_refused, call);
	if (call->error == NULL || call->timer == NULL)
		return -1;
	timer_set(call->timer, 0);
	return 0;
}

/* Make ${request}, or have it be told why not; -1 if there is no memory. */
static int
launch(struct auth_call *call, const struct http_request *request)
{
	const char *why = check(call->auth, request), **headers = NULL;
	struct http *inner = call->auth->inner;
	struct http_request whole = *request;
	struct http_tls tls;
	int result;

	if (why == NULL)
		why = aim(call->auth, &whole, &tls);
	if (why == NULL)
		why = dress(call, &whole, &headers);
	if (why != NULL) {
		result = refuse(call, why);
	} else {
		call->inner = inner->send(inner, &whole, tell_ended, call);
		result = call->inner == NULL ? -1 : 0;
	}
	free(headers);
	return result;
}

/* It is known now whether there is a token. */
static void
resume(void *arg)
{
	static const struct http_response no_memory = {
		.outcome = HTTP_FAILED, .error = "out of memory", .body = ""
	};
	struct auth_call *call = arg;

	if (launch(call, &call->later.request) == 0)
		return;
	call->done(call->arg, &no_memory);
	call_free(call);
}

static struct http_call *
begin(struct http *http, const struct http_request *request, http_done_fn *done,
    void *arg)
{
	struct auth *auth = (struct auth *)http;
	struct auth_call *call;
	int result;

	if ((call = calloc(1, sizeof(*call))) == NULL)
		return NULL;
	call->call.http = http;
	call->auth = auth;
	call->done = done;
	call->arg = arg;
	call->wait = (struct identity_wait){ .wake = resume, .arg = call };
	if (auth->identity != NULL &&
	    identity_await(auth->identity, &call->wait))
		result = postponed_take(&call->later, request);
	else
		result = launch(call, request);
	if (result == 0)
		return &call->call;
	call_free(call);
	return NULL;
}

static void
cancel(struct http_call *http_call)
{
	struct auth_call *call = (struct auth_call *)http_call;

	http_cancel(call->inner);
	call_free(call);
}

struct http *
auth_new(struct clock *clock, struct http *http, struct tokens *tokens,
    const struct config_remote *remote)
{
	struct auth *auth;

	if ((auth = calloc(1, sizeof(*auth))) == NULL)
		return NULL;
	auth->http = (struct http){ .send = begin, .cancel = cancel };
	auth->clock = clock;
	auth->inner = http;
	auth->remote = remote;
	secret_init(&auth->user, &remote->auth.user);
	secret_init(&auth->secret, &remote->auth.secret);
	buf_secret(&auth->line, LINE_MAX_LEN);
	signer_init(&auth->signer, remote->sigv4);
	auth->tokens = tokens;
	if (source_wanted(remote))
		auth->identity = tokens_hold(tokens, remote);
	if (papers_init(&auth->papers, &remote->tls) != 0 ||
	    extras_init(&auth->extras, remote) != 0 ||
	    route_init(&auth->route, &remote->proxy) != 0 ||
	    (source_wanted(remote) && auth->identity == NULL)) {
		auth_free(&auth->http);
		return NULL;
	}
	return &auth->http;
}

void
auth_free(struct http *http)
{
	struct auth *auth = (struct auth *)http;

	if (auth == NULL)
		return;
	tokens_drop(auth->tokens, auth->identity);
	secret_release(&auth->user);
	secret_release(&auth->secret);
	buf_release(&auth->line);
	extras_release(&auth->extras);
	signer_release(&auth->signer);
	route_release(&auth->route);
	papers_release(&auth->papers);
	free(auth);
}

struct auth_view
auth_look(const struct http *http)
{
	const struct identity *identity = ((const struct auth *)http)->identity;

	if (identity == NULL)
		return (struct auth_view){ 0 };
	return (struct auth_view){
		.tokens = true,
		.expiry = identity_expiry(identity),
		.error = identity_failing(identity) ? identity_error(identity)
						    : NULL,
	};
}
