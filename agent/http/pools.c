/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "agent/base/buf.h"
#include "agent/http/pools.h"

/* Bytes of a key: a proxy with its headers, and the names of files. */
#define KEY_MAX (1u << 20)

struct pools {
	sd_event *event;
	struct clock *clock;
	long max_connections; /* Idle ones kept; of each. */
	multi_done_fn *done;
	void *arg;
	struct pool *list;
};

struct pool {
	struct pools *pools;
	struct pool *next, **link; /* In the list. */
	struct buf key;            /* See write_key.  Secret. */
	struct multi *multi;
	struct timer *timer; /* The end of its life. */
	unsigned int users;  /* Requests that are in. */
	bool retired;        /* It takes no more. */
};

/* Append ${text}, which is not as any other, nor as NULL. */
static void
put_text(struct buf *key, const char *text)
{
	if (text != NULL)
		buf_put(key, text, strlen(text) + 1);
	buf_putc(key, text != NULL ? '+' : '-');
}

static void
put_tls(struct buf *key, const struct http_tls *tls)
{
	static const struct http_tls defaults = { 0 };

	if (tls == NULL)
		tls = &defaults;
	put_text(key, tls->ca_file);
	put_text(key, tls->cert_file);
	put_text(key, tls->key_file);
	put_text(key, tls->server_name);
	buf_printf(key, "%d %u %u ", tls->insecure,
	    (unsigned int)tls->min_version, (unsigned int)tls->max_version);
}

/* Write all that connections are told apart by, hosts aside. */
static void
write_key(struct buf *key, const struct http_request *request)
{
	const struct http_proxy *proxy = request->proxy;
	const char *const *header;

	buf_printf(key, "%p ", request->streams);
	put_tls(key, request->tls);
	put_text(key, proxy != NULL ? proxy->url : NULL);
	header = proxy != NULL ? proxy->headers : NULL;
	for (; header != NULL && *header != NULL; header++)
		put_text(key, *header);
}

static void
pool_free(struct pool *pool)
{
	if (pool->link != NULL)
		*pool->link = pool->next;
	if (pool->next != NULL)
		pool->next->link = pool->link;
	multi_free(pool->multi);
	timer_free(pool->timer);
	buf_release(&pool->key);
	free(pool);
}

/*
 * Freed from the loop only, as a request may end, and another begin, within
 * what its multi handle calls.
 */
static void
on_timer(void *arg)
{
	struct pool *pool = arg;

	pool->retired = true;
	if (pool->users == 0)
		pool_free(pool);
}

/* Make a pool with ${key}, which is the pool's from now on. */
static struct pool *
pool_new(struct pools *pools, struct buf *key)
{
	struct pool *pool;

	if ((pool = calloc(1, sizeof(*pool))) == NULL) {
		buf_release(key);
		return NULL;
	}
	pool->pools = pools;
	pool->key = *key;
	pool->multi = multi_new(pools->event, pools->clock,
	    pools->max_connections, pools->done, pools->arg);
	pool->timer = timer_new(pools->clock, on_timer, pool);
	if (pool->multi == NULL || pool->timer == NULL) {
		pool_free(pool);
		return NULL;
	}
	timer_set(pool->timer, clock_monotonic(pools->clock) + POOL_LIFE);
	pool->next = pools->list;
	pool->link = &pools->list;
	if (pool->next != NULL)
		pool->next->link = &pool->next;
	*pool->link = pool;
	return pool;
}

struct pools *
pools_new(sd_event *event, struct clock *clock, long max_connections,
    multi_done_fn *done, void *arg)
{
	struct pools *pools;

	if ((pools = calloc(1, sizeof(*pools))) == NULL)
		return NULL;
	pools->event = sd_event_ref(event);
	pools->clock = clock;
	pools->max_connections = max_connections;
	pools->done = done;
	pools->arg = arg;
	return pools;
}

void
pools_free(struct pools *pools)
{
	if (pools == NULL)
		return;
	while (pools->list != NULL)
		pool_free(pools->list);
	sd_event_unref(pools->event);
	free(pools);
}

struct pool *
pools_enter(struct pools *pools, const struct http_request *request)
{
	struct pool *pool;
	struct buf key;

	buf_secret(&key, KEY_MAX);
	write_key(&key, request);
	if (key.bad) {
		buf_release(&key);
		return NULL;
	}
	for (pool = pools->list; pool != NULL; pool = pool->next)
		if (!pool->retired && pool->key.len == key.len &&
		    memcmp(pool->key.data, key.data, key.len) == 0)
			break;
	if (pool != NULL)
		buf_release(&key);
	else if ((pool = pool_new(pools, &key)) == NULL)
		return NULL;
	pool->users++;
	return pool;
}

struct multi *
pool_multi(struct pool *pool)
{
	return pool->multi;
}

void
pool_retire(struct pool *pool)
{
	pool->retired = true;
}

void
pool_leave(struct pool *pool)
{
	pool->users--;
	if (pool->retired && pool->users == 0)
		timer_set(pool->timer, 0);
}
