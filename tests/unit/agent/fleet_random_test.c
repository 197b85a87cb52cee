/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A fleet whose configuration changes at random, any entry in any way, while
 * receivers come and go.  Whatever the seed, each receiver that is configured
 * at the end has all samples, each series in order.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>

#include "tests/unit/agent/harbour.h"

#define SEEDS 15u
#define RELOADS 30u
#define ENTRIES 5u

/* The keys of one entry, one way or the other. */
static const char *
keys(struct draw *draw)
{
	static const char *const choice[] = { "", ", headers: {X-Test: a}",
		", headers: {X-Test: b}", ", remote_timeout: 5s",
		", send_exemplars: true", ", max_bytes_per_send: 200" };

	return choice[draw_below(draw, sizeof(choice) / sizeof(*choice))];
}

/* A configuration; which of the entries are ${in} it.  The first has ${all}. */
static void
reload(struct harbour *f, bool in[ENTRIES], bool all)
{
	struct draw *draw = &f->draw;
	unsigned int i, any = draw_below(draw, ENTRIES);
	char text[4096];
	size_t len;

	len = (size_t)snprintf(text, sizeof(text),
	    "external_labels: {host: h%u}\nremote_write:\n",
	    draw_below(draw, 10) == 0);
	for (i = 0; i < ENTRIES; i++) {
		in[i] = all || i == any || draw_below(draw, 5) != 0;
		if (in[i])
			len += (size_t)snprintf(text + len, sizeof(text) - len,
			    "- {name: n%u, url: 'http://r%u/w?v=%u', "
			    "queue_config: {batch_send_deadline: 500ms, "
			    "max_shards: %u, max_samples_per_send: %u}%s}\n",
			    i, i, draw_below(draw, 3), 1 + draw_below(draw, 4),
			    7 * (1 + draw_below(draw, 3)), keys(draw));
	}
	(void)harbour_apply(f, "%s", text);
}

/* How a receiver is from now on. */
static void
change_port(struct harbour *f, struct port *port)
{
	static const int statuses[] = { 200, 200, 200, 500, 429, 503 };

	port->answer.latency = 1 + draw_below(&f->draw, 3 * CLOCK_SEC);
	port->answer.status = statuses[draw_below(&f->draw, 6)];
	port->answer.outcome =
	    draw_below(&f->draw, 10) == 0 ? HTTP_BROKEN : HTTP_ANSWERED;
}

static void
live(struct harbour *f)
{
	bool in[ENTRIES];
	unsigned int i, j;

	reload(f, in, true);
	for (i = 0; i < RELOADS; i++) {
		harbour_live(f, draw_below(&f->draw, 5));
		(void)sim_run(f->sim, draw_below(&f->draw, CLOCK_SEC));
		for (j = 0; j < ENTRIES; j++)
			if (draw_below(&f->draw, 3) == 0)
				change_port(f, &f->ports[j]);
		if (draw_below(&f->draw, 8) == 0) {
			harbour_close(f);
			harbour_open(f);
		}
		reload(f, in, false);
	}
	for (j = 0; j < ENTRIES; j++) {
		f->ports[j].answer.status = 200;
		f->ports[j].answer.outcome = HTTP_ANSWERED;
	}
	harbour_settle(f);
	for (j = 0; j < ENTRIES; j++)
		if (in[j])
			harbour_expect_all(f, j);
}

static void
whatever_changes_nothing_is_lost_and_order_is_kept(void **state)
{
	uint64_t count = SEEDS, seed = draw_first(&count);
	struct harbour *f;

	(void)state;
	for (; count > 0; count--, seed++) {
		f = harbour_new();
		f->draw = draw_from(seed);
		live(f);
		harbour_free(f);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    whatever_changes_nothing_is_lost_and_order_is_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
