/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/auth/base64.h"
#include "agent/auth/form.h"
#include "agent/auth/grant.h"
#include "agent/auth/jwt.h"
#include "agent/auth/oauth2.h"
#include "agent/auth/papers.h"
#include "agent/auth/route.h"
#include "agent/auth/secret.h"
#include "agent/base/date.h"
#include "agent/base/text.h"
#include "agent/config/oauth2.h"

#define FORM_MAX (1u << 20)     /* Bytes of a form. */
#define LINE_MAX_LEN (1u << 20) /* Bytes of the Authorization header. */
#define SIGNED "urn:ietf:params:oauth:grant-type:jwt-bearer"

struct oauth2 {
	struct token_source source; /* At the head: what callers hold. */
	struct token_options options;
	const struct config_oauth2 *config;
	struct papers papers;
	struct route route;
	struct secret secret;
	struct buf form, line;
	bool in_form; /* The secret goes into the form: so it is taken. */
	bool tried;   /* The other way has been tried in this fetch. */
	struct http_call *call; /* Under way, or ... */
	struct timer *timer;    /* ... it is to be said why not. */
	token_done_fn *done;
	void *arg;
	enum token_failure failure;
	char error[TOKEN_ERROR_MAX];
};

static void
tell_failure(struct oauth2 *oauth2, uint64_t retry_after)
{
	oauth2->done(oauth2->arg,
	    &(struct token_answer){
		.failure = oauth2->failure,
		.error = oauth2->error,
		.retry_after = retry_after,
	    });
}

/* What failed before it could be asked. */
static void
fire(void *arg)
{
	tell_failure(arg, 0);
}

/* Note what failed; always -1. */
static int
fail(struct oauth2 *oauth2, enum token_failure failure, const char *why)
{
	oauth2->failure = failure;
	(void)snprintf(oauth2->error, sizeof(oauth2->error), "%s", why);
	return -1;
}

/* Wipe what is only needed while a request is under way. */
static void
forget(struct oauth2 *oauth2)
{
	buf_release(&oauth2->form);
	buf_release(&oauth2->line);
}

/* Read the key into ${ret}. */
static int
read_key(struct oauth2 *oauth2, struct buf *ret)
{
	const struct config_secret *key = &oauth2->config->key;
	char error[FILE_ERROR_MAX];
	struct stat st;
	ssize_t len;
	void *to;
	int fd;

	if (key->file == NULL) {
		buf_puts(ret, key->text);
		return ret->bad ? fail(oauth2, TOKEN_FAILED, "no memory") : 0;
	}
	if ((fd = file_open(key->file, &st, error)) == -1)
		return fail(oauth2, TOKEN_FILE, error);
	if ((to = buf_reserve(ret, SECRET_MAX + 1)) == NULL) {
		(void)close(fd);
		return fail(oauth2, TOKEN_FAILED, "no memory");
	}
	len = file_read(fd, key->file, to, SECRET_MAX, error);
	(void)close(fd);
	if (len < 0)
		return fail(oauth2, TOKEN_FILE, error);
	ret->len = (size_t)len;
	return 0;
}

/* The client's word, signed. */
static int
put_assertion(struct oauth2 *oauth2)
{
	struct buf key, jwt;
	const char *fault;
	int result;

	buf_secret(&key, SECRET_MAX + 1);
	buf_secret(&jwt, JWT_MAX);
	if ((result = read_key(oauth2, &key)) == 0) {
		fault = jwt_put(&jwt, oauth2->config, buf_text(&key),
		    clock_wall(oauth2->options.clock));
		if (fault != NULL)
			result = fail(oauth2, TOKEN_FILE, fault);
	}
	form_put(&oauth2->form, "grant_type", SIGNED);
	form_put(&oauth2->form, "assertion", buf_text(&jwt));
	buf_release(&key);
	buf_release(&jwt);
	return result;
}

/* The client's id and secret, in the form or in a header. */
static int
put_secret(struct oauth2 *oauth2)
{
	uint64_t now = clock_monotonic(oauth2->options.clock);
	const struct config_oauth2 *config = oauth2->config;
	const char *secret = secret_get(&oauth2->secret, now);
	struct buf pair;

	if (secret == NULL)
		return fail(oauth2, TOKEN_FILE, oauth2->secret.error);
	form_put(&oauth2->form, "grant_type", "client_credentials");
	if (config->scopes != NULL)
		form_put(&oauth2->form, "scope", config->scopes);
	if (oauth2->in_form) {
		form_put(&oauth2->form, "client_id", config->client_id);
		if (*secret != '\0')
			form_put(&oauth2->form, "client_secret", secret);
		return 0;
	}
	buf_secret(&pair, LINE_MAX_LEN / 2);
	text_put_query(&pair, config->client_id);
	buf_putc(&pair, ':');
	text_put_query(&pair, secret);
	buf_puts(&oauth2->line, "Authorization: Basic ");
	base64_put(&oauth2->line, pair.data, pair.len);
	oauth2->line.bad |= pair.bad;
	buf_release(&pair);
	return 0;
}

static int
write_form(struct oauth2 *oauth2)
{
	const struct config_oauth2 *config = oauth2->config;
	size_t i;

	buf_reset(&oauth2->form);
	buf_reset(&oauth2->line);
	if ((config->signs ? put_assertion(oauth2) : put_secret(oauth2)) != 0)
		return -1;
	for (i = 0; i < config->params_len; i++)
		form_put(&oauth2->form, config->params[i].name,
		    config->params[i].value);
	return oauth2->form.bad || oauth2->line.bad
	    ? fail(oauth2, TOKEN_FAILED, "no memory; free some")
	    : 0;
}

static void answered(void *arg, const struct http_response *response);

/* Ask; return -1, and note why, if that cannot be. */
static int
ask(struct oauth2 *oauth2)
{
	const char *headers[] = { FORM_HEADER, "Accept: application/json", NULL,
		NULL };
	uint64_t now = clock_monotonic(oauth2->options.clock);
	const struct http_proxy *proxy = NULL;
	struct http_tls tls;
	const char *fault = papers_now(&oauth2->papers, now, &tls);

	if (fault == NULL)
		fault = route_find(
		    &oauth2->route, oauth2->config->token_url, now, &proxy);
	if (fault != NULL)
		return fail(oauth2, TOKEN_FILE, fault);
	if (write_form(oauth2) != 0)
		return -1;
	if (oauth2->line.len > 0)
		headers[2] = buf_text(&oauth2->line);
	oauth2->call = http_post(oauth2->options.http,
	    &(struct http_request){
		.url = oauth2->config->token_url,
		.headers = headers,
		.body = oauth2->form.data,
		.body_len = oauth2->form.len,
		.timeout = TOKEN_TIMEOUT,
		.tls = &tls,
		.proxy = proxy,
		.answer_max = GRANT_BODY_MAX,
	    },
	    answered, oauth2);
	return oauth2->call == NULL
	    ? fail(oauth2, TOKEN_FAILED, "no memory; free some")
	    : 0;
}

/* What a server says of itself, unless it says the secret. */
static const char *
harmless(struct oauth2 *oauth2, const char *text)
{
	const char *secret =
	    secret_get(&oauth2->secret, clock_monotonic(oauth2->options.clock));

	return secret == NULL ||
		(*secret != '\0' && strstr(text, secret) != NULL) ||
		oauth2->config->signs
	    ? ""
	    : text;
}

/* Note what an answer without a token says. */
static void
read_refusal(struct oauth2 *oauth2, const struct http_response *response)
{
	int status = response->status;
	struct grant_error error;
	const char *todo;

	grant_read_error(response->body, response->body_len, &error);
	oauth2->failure = TOKEN_REFUSED;
	todo = "see the server's log";
	if (status >= 300 && status <= 399) {
		oauth2->failure = TOKEN_SETTING;
		todo = "it redirects, and secrets follow nobody; correct "
		       "oauth2.token_url";
	} else if (status == 408 || status == 429 || status >= 500) {
		oauth2->failure = TOKEN_BUSY;
		todo = "it cannot now; nothing is to be done";
	} else if (status == 404 || status == 405) {
		oauth2->failure = TOKEN_SETTING;
		todo = "correct oauth2.token_url";
	} else if (strcmp(error.error, "invalid_scope") == 0) {
		oauth2->failure = TOKEN_SETTING;
		todo = "correct oauth2.scopes";
	} else if (status == 401 ||
	    strcmp(error.error, "invalid_client") == 0 ||
	    strcmp(error.error, "invalid_grant") == 0 ||
	    strcmp(error.error, "unauthorized_client") == 0) {
		oauth2->failure = TOKEN_CREDENTIAL;
		todo = "correct oauth2.client_id, or its secret or key";
	}
	(void)snprintf(oauth2->error, sizeof(oauth2->error),
	    "%s: status %d %.64s %.256s; %s", oauth2->config->shown_url, status,
	    harmless(oauth2, error.error), harmless(oauth2, error.description),
	    todo);
}

/* Pass a token on; return -1 and note why if there is none. */
static int
take(struct oauth2 *oauth2, const struct http_response *response)
{
	enum grant_result result = GRANT_GARBAGE;
	struct grant grant;

	if (response->whole)
		result = grant_read_lasting(response->body, response->body_len,
		    clock_wall(oauth2->options.clock), OAUTH2_LIFETIME, &grant);
	if (result == GRANT_NOMEM)
		return fail(oauth2, TOKEN_FAILED, "no memory; free some");
	if (result != GRANT_OK) {
		oauth2->failure = TOKEN_INVALID;
		(void)snprintf(oauth2->error, sizeof(oauth2->error), "%s: %s",
		    oauth2->config->shown_url,
		    result == GRANT_PAST
			? "its token has ended already; see the server, and "
			  "this machine's clock"
			: "its answer holds no token; correct "
			  "oauth2.token_url");
		return -1;
	}
	forget(oauth2);
	oauth2->done(oauth2->arg,
	    &(struct token_answer){
		.token = grant.token,
		.lifetime = grant.lifetime,
		.refresh_in = grant.refresh_in,
	    });
	grant_release(&grant);
	return 0;
}

/* Whether the secret is to be shown in the other way, as it was not taken. */
static bool
turn_around(struct oauth2 *oauth2, int status)
{
	bool again = !oauth2->tried && !oauth2->config->signs &&
	    (status == 400 || status == 401);

	if (again || oauth2->tried)
		oauth2->in_form = !oauth2->in_form;
	oauth2->tried = true;
	return again;
}

static void
answered(void *arg, const struct http_response *response)
{
	struct oauth2 *oauth2 = arg;
	uint64_t wait = 0;

	oauth2->call = NULL;
	if (response->outcome != HTTP_ANSWERED) {
		oauth2->failure = TOKEN_UNREACHABLE;
		(void)snprintf(oauth2->error, sizeof(oauth2->error),
		    "%s: %s; let this machine reach it",
		    oauth2->config->shown_url, response->error);
	} else if (response->status >= 200 && response->status <= 299) {
		if (take(oauth2, response) == 0)
			return;
	} else {
		if (response->retry_after != NULL)
			wait = date_retry_after(response->retry_after,
			    clock_wall(oauth2->options.clock));
		read_refusal(oauth2, response);
		if (response->status == 400 || response->status == 401)
			secret_refused(&oauth2->secret);
		if (turn_around(oauth2, response->status) && ask(oauth2) == 0)
			return;
	}
	forget(oauth2);
	tell_failure(oauth2, wait);
}

static int
fetch(struct token_source *source, token_done_fn *done, void *arg)
{
	struct oauth2 *oauth2 = (struct oauth2 *)source;

	oauth2->done = done;
	oauth2->arg = arg;
	oauth2->tried = false;
	if (ask(oauth2) != 0) {
		forget(oauth2);
		timer_set(oauth2->timer, 0);
	}
	return 0;
}

static void
cancel(struct token_source *source)
{
	struct oauth2 *oauth2 = (struct oauth2 *)source;

	http_cancel(oauth2->call);
	oauth2->call = NULL;
	timer_set(oauth2->timer, CLOCK_NEVER);
	forget(oauth2);
}

static void
oauth2_source_free(struct token_source *source)
{
	struct oauth2 *oauth2 = (struct oauth2 *)source;

	forget(oauth2);
	timer_free(oauth2->timer);
	secret_release(&oauth2->secret);
	route_release(&oauth2->route);
	papers_release(&oauth2->papers);
	free(oauth2);
}

struct token_source *
oauth2_new(const struct token_options *options)
{
	const struct config_oauth2 *config = options->remote->oauth2;
	struct oauth2 *oauth2;

	if ((oauth2 = calloc(1, sizeof(*oauth2))) == NULL)
		return NULL;
	oauth2->source =
	    (struct token_source){ fetch, cancel, oauth2_source_free };
	oauth2->options = *options;
	oauth2->config = config;
	secret_init(&oauth2->secret, &config->secret);
	buf_secret(&oauth2->form, FORM_MAX);
	buf_secret(&oauth2->line, LINE_MAX_LEN);
	oauth2->timer = timer_new(options->clock, fire, oauth2);
	if (papers_init(&oauth2->papers, &config->tls) != 0 ||
	    route_init(&oauth2->route, &config->proxy) != 0 ||
	    oauth2->timer == NULL) {
		oauth2_source_free(&oauth2->source);
		return NULL;
	}
	return &oauth2->source;
}
