/* SPDX-License-Identifier: Apache-2.0 */
#include <ares.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "agent/http/addresses.h"
#include "agent/http/channel.h"
#include "agent/http/resolve.h"

/* What is asked of c-ares, which cannot be told to forget it. */
struct question {
	struct name *name;    /* NULL: nobody waits for this any more. */
	struct question **at; /* Where the name keeps it. */
};

struct resolve_query {
	struct resolve_query *next, **link; /* In its name's list. */
	resolve_done_fn *done;
	void *arg;
};

struct name {
	struct resolver *resolver;
	char *host;
	char *addresses; /* NULL: none are known. */
	uint64_t expires;
	uint64_t used;                 /* The resolver's count, for eviction. */
	struct timer *timer;           /* RESOLVE_ALONE, RESOLVE_TIMEOUT. */
	struct resolve_query *queries; /* Those who wait. */
	struct question *both, *alone; /* What is outstanding, or NULL. */
	bool wanted;                   /* To be asked for at the next turn. */
	bool answering;                /* Callbacks are running. */
};

struct resolver {
	struct clock *clock;
	struct channel *channel;
	struct timer *turn; /* Asks for what is wanted, from the loop. */
	uint64_t uses;
	size_t names_len;
	struct name *names[RESOLVE_NAMES_MAX];
};

static void
unlink_query(struct resolve_query *query)
{
	*query->link = query->next;
	if (query->next != NULL)
		query->next->link = query->link;
}

static void
link_query(struct resolve_query **head, struct resolve_query *query)
{
	query->next = *head;
	query->link = head;
	if (query->next != NULL)
		query->next->link = &query->next;
	*head = query;
}

/* Let c-ares go on with what nobody waits for: it ends by itself. */
static void
abandon(struct name *name)
{
	if (name->both != NULL)
		name->both->name = NULL;
	if (name->alone != NULL)
		name->alone->name = NULL;
	name->both = name->alone = NULL;
}

static void
name_free(struct name *name)
{
	if (name == NULL)
		return;
	abandon(name);
	timer_free(name->timer);
	free(name->addresses);
	free(name->host);
	free(name);
}

static bool
asking(const struct name *name)
{
	return name->wanted || name->both != NULL || name->alone != NULL;
}

/* End the asking, one way or the other, and tell all who wait. */
static void
settle(struct name *name, const char *error)
{
	struct resolve_query *waiting, *query;
	resolve_done_fn *done;
	void *arg;

	abandon(name);
	timer_set(name->timer, CLOCK_NEVER);
	if (name->addresses != NULL)
		error = NULL;

	/* Who asks again from a callback waits for the next answer. */
	waiting = name->queries;
	name->queries = NULL;
	if (waiting != NULL)
		waiting->link = &waiting;
	name->answering = true;
	while ((query = waiting) != NULL) {
		unlink_query(query);
		done = query->done;
		arg = query->arg;
		free(query);
		done(arg, name->addresses, error);
	}
	name->answering = false;
}

static void
settle_failed(struct name *name, const char *error)
{
	uint64_t now = clock_monotonic(name->resolver->clock);

	/* What is known, if anything, serves on. */
	name->expires = now + RESOLVE_TTL_MIN;
	settle(name, error);
}

/* Keep the addresses of an answer, if it has any. */
static bool
keep(struct name *name, const struct ares_addrinfo *answer)
{
	char *addresses;

	if ((addresses = addresses_text(answer)) == NULL)
		return false;
	free(name->addresses);
	name->addresses = addresses;
	name->expires =
	    clock_monotonic(name->resolver->clock) + addresses_ttl(answer);
	return true;
}

/* Have ${name} asked for at the next turn of the loop. */
static void
want(struct name *name)
{
	name->wanted = true;
	timer_set(name->resolver->turn, 0);
}

static void
on_answer(void *arg, int status, int timeouts, struct ares_addrinfo *answer)
{
	struct question *question = arg;
	struct name *name = question->name;
	bool found;

	(void)timeouts;
	if (name != NULL)
		*question->at = NULL;
	free(question);
	found = name != NULL && status == ARES_SUCCESS && keep(name, answer);
	if (answer != NULL) /* c-ares 1.17 does not take NULL. */
		ares_freeaddrinfo(answer);
	if (name == NULL)
		return;

	if (found)
		settle(name, NULL);
	else if (status == ARES_ECANCELLED)
		want(name); /* The servers have changed: ask those. */
	else if (!asking(name))
		settle_failed(name,
		    status == ARES_SUCCESS ? "the name has no address"
					   : ares_strerror(status));
}

/* Ask c-ares; ${at} points to the question until it is answered. */
static void
ask(struct name *name, int family, struct question **at)
{
	struct question *question;

	if ((question = calloc(1, sizeof(*question))) == NULL) {
		if (!asking(name))
			settle_failed(name, "no memory");
		return;
	}
	question->name = name;
	question->at = at;
	*at = question;
	channel_ask(
	    name->resolver->channel, name->host, family, on_answer, question);
}

/* First RESOLVE_ALONE has passed, then RESOLVE_TIMEOUT. */
static void
on_name_timer(void *arg)
{
	struct name *name = arg;
	uint64_t now = clock_monotonic(name->resolver->clock);

	if (name->both != NULL && name->alone == NULL) {
		timer_set(name->timer, now + RESOLVE_TIMEOUT - RESOLVE_ALONE);
		ask(name, AF_INET, &name->alone);
	} else if (name->both != NULL || name->alone != NULL) {
		settle_failed(name, "no name server answered in time");
	}
}

/* A new question for what is wanted, unless an answer is at hand. */
static void
begin(struct name *name)
{
	uint64_t now = clock_monotonic(name->resolver->clock);

	name->wanted = false;
	if (name->both != NULL || name->alone != NULL)
		return;
	if (name->addresses != NULL && now < name->expires) {
		settle(name, NULL);
		return;
	}
	timer_set(name->timer, now + RESOLVE_ALONE);
	ask(name, AF_UNSPEC, &name->both);
}

/* Callbacks may add names and, for them, move others about. */
static void
on_turn(void *arg)
{
	struct resolver *resolver = arg;
	size_t i;

	for (i = 0; i < resolver->names_len; i++)
		if (resolver->names[i]->wanted)
			begin(resolver->names[i]);
}

static struct name *
find(struct resolver *resolver, const char *host)
{
	size_t i;

	for (i = 0; i < resolver->names_len; i++)
		if (strcasecmp(resolver->names[i]->host, host) == 0) {
			resolver->names[i]->used = ++resolver->uses;
			return resolver->names[i];
		}
	return NULL;
}

/* Where a new name goes: at the end, or in place of the longest unused. */
static struct name **
make_room(struct resolver *resolver)
{
	struct name **slot = NULL, **at, *name;
	size_t i;

	if (resolver->names_len < RESOLVE_NAMES_MAX) {
		resolver->names[resolver->names_len] = NULL;
		return &resolver->names[resolver->names_len++];
	}
	for (i = 0; i < resolver->names_len; i++) {
		at = &resolver->names[i];
		name = *at;
		if (!name->answering && name->queries == NULL &&
		    !asking(name) &&
		    (slot == NULL || name->used < (*slot)->used))
			slot = at;
	}
	return slot;
}

static struct name *
add(struct resolver *resolver, const char *host)
{
	struct name *name, **slot;

	if ((name = calloc(1, sizeof(*name))) == NULL)
		return NULL;
	name->resolver = resolver;
	name->used = ++resolver->uses;
	name->host = strdup(host);
	name->timer = timer_new(resolver->clock, on_name_timer, name);
	if (name->host == NULL || name->timer == NULL ||
	    (slot = make_room(resolver)) == NULL)
		goto fail;
	name_free(*slot);
	*slot = name;
	return name;

fail:
	name_free(name);
	return NULL;
}

struct resolver *
resolver_new(
    sd_event *event, struct clock *clock, const struct resolve_source *source)
{
	struct resolver *resolver;

	if ((resolver = calloc(1, sizeof(*resolver))) == NULL)
		return NULL;
	resolver->clock = clock;
	resolver->channel = channel_new(event, clock, source);
	resolver->turn = timer_new(clock, on_turn, resolver);
	if (resolver->channel == NULL || resolver->turn == NULL)
		goto fail;
	return resolver;

fail:
	resolver_free(resolver);
	return NULL;
}

void
resolver_free(struct resolver *resolver)
{
	size_t i;

	if (resolver == NULL)
		return;
	for (i = 0; i < resolver->names_len; i++)
		name_free(resolver->names[i]);
	channel_free(resolver->channel); /* Ends what was abandoned. */
	timer_free(resolver->turn);
	free(resolver);
}

const char *
resolver_known(struct resolver *resolver, const char *host)
{
	struct name *name = find(resolver, host);

	if (name == NULL || name->addresses == NULL)
		return NULL;
	if (clock_monotonic(resolver->clock) >= name->expires && !asking(name))
		want(name);
	return name->addresses;
}

struct resolve_query *
resolver_ask(struct resolver *resolver, const char *host, resolve_done_fn *done,
    void *arg)
{
	struct resolve_query *query;
	struct name *name;

	if ((query = calloc(1, sizeof(*query))) == NULL)
		return NULL;
	query->done = done;
	query->arg = arg;
	if ((name = find(resolver, host)) == NULL &&
	    (name = add(resolver, host)) == NULL) {
		free(query);
		return NULL;
	}
	link_query(&name->queries, query);
	if (!asking(name))
		want(name);
	return query;
}

void
resolve_cancel(struct resolve_query *query)
{
	if (query == NULL)
		return;
	unlink_query(query);
	free(query);
}

void
resolver_failed(struct resolver *resolver, const char *host)
{
	struct name *name = find(resolver, host);

	if (name != NULL)
		name->expires = 0;
}
