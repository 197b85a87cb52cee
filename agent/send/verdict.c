/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/send/verdict.h"
#include "agent/base/date.h"

struct verdict_rules
verdict_rules_of(const struct config_remote *remote)
{
	return (struct verdict_rules){
		.retry_429 = remote->queue.retry_on_http_429,
		.authenticated = config_authenticates(remote),
		.bisect = remote->bisect_refused,
		.hold = remote->hold.statuses,
		.hold_len = remote->hold.len,
		.hold_always = remote->hold.given,
	};
}

static struct verdict
paused(const struct http_response *response, int64_t wall)
{
	struct verdict verdict = { .step = STEP_PAUSE };

	if (response->retry_after != NULL)
		verdict.pause = date_retry_after(response->retry_after, wall);
	return verdict;
}

/* Whether the configuration has this status held. */
static bool
is_held(int status, const struct verdict_rules *rules)
{
	size_t i;

	if (!rules->authenticated && !rules->hold_always)
		return false;
	for (i = 0; i < rules->hold_len; i++)
		if (rules->hold[i] == status)
			return true;
	return false;
}

/* Whether this is how receivers refuse what they have already. */
static bool
is_duplicate(int status)
{
	return status == 400 || status == 409 || status == 422;
}

unsigned int
verdict_search_max(uint32_t entries)
{
	unsigned int halvings = 0;

	while (halvings < 31 && UINT32_C(1) << halvings < entries)
		halvings++;
	return 2 * halvings + 1;
}

/* Something in the request is not wanted: find out what, or drop all of it. */
static struct verdict
refused(int status, const struct verdict_rules *rules,
    const struct verdict_history *history)
{
	bool suspect = history->suspect && is_duplicate(status);
	unsigned int max = VERDICT_BISECT_MAX;

	if (!suspect && history->search_max > 0)
		max = history->search_max;
	if (history->mixed)
		return (struct verdict){ .step = STEP_DIVIDE };
	if ((suspect || rules->bisect) && history->divisible &&
	    history->requests <= max)
		return (struct verdict){ .step = STEP_HALVE };
	return (struct verdict){
		.step = STEP_GIVE_UP,
		.reason = suspect ? FAIL_DUPLICATE : FAIL_REFUSED,
	};
}

static struct verdict
too_large(const struct verdict_history *history)
{
	if (history->divisible)
		return (struct verdict){ .step = STEP_HALVE };
	return (struct verdict){
		.step = STEP_GIVE_UP,
		.reason = FAIL_LARGE,
	};
}

bool
verdict_redirects(int status)
{
	return status == 301 || status == 302 || status == 307 || status == 308;
}

static struct verdict
redirected(int status, const struct verdict_history *history)
{
	bool followed = history->target && verdict_redirects(status);

	return (struct verdict){ .step = followed ? STEP_FOLLOW : STEP_HOLD };
}

struct verdict
verdict(const struct http_response *response, const struct verdict_rules *rules,
    const struct verdict_history *history, int64_t wall)
{
	int status = response->status;

	if (response->outcome != HTTP_ANSWERED)
		return (struct verdict){ .step = STEP_RETRY };
	if (status >= 200 && status <= 299)
		return (struct verdict){ .step = STEP_DELIVERED };
	if (status >= 300 && status <= 399)
		return redirected(status, history);
	if (is_held(status, rules))
		return (struct verdict){ .step = STEP_HOLD };
	if (status == 408)
		return (struct verdict){ .step = STEP_RETRY };
	if (status == 413)
		return too_large(history);
	if (status == 429 && rules->retry_429)
		return paused(response, wall);
	if (status >= 500 && history->poison)
		return (struct verdict){
			.step = STEP_GIVE_UP,
			.reason = FAIL_POISON,
		};
	if (status >= 500)
		return response->retry_after != NULL
		    ? paused(response, wall)
		    : (struct verdict){ .step = STEP_RETRY };
	return refused(status, rules, history);
}

bool
verdict_suspects(const struct http_response *response)
{
	if (response->resent)
		return true;
	if (response->outcome == HTTP_ANSWERED)
		return response->status >= 500 || response->status == 408;
	return response->outcome == HTTP_BROKEN ||
	    response->outcome == HTTP_TIMED_OUT;
}
