/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "agent/ship/outlet.h"
#include "tests/unit/ship/sending.h"

/* An outlet for the batches of a sending, which has no sender of its own. */
struct fixture {
	struct sending *sending;
	struct sim *sim;
	struct outlet outlet;
	uint64_t latency;
	char said[64]; /* The last Authorization, or "". */
};

static struct sim_answer
receive(void *arg, uint64_t number, const struct http_request *request)
{
	static const char name[] = "Authorization: ";
	const char *const *line = request->headers;
	struct fixture *f = arg;

	(void)number;
	f->said[0] = '\0';
	for (; *line != NULL; line++)
		if (strncmp(*line, name, strlen(name)) == 0)
			(void)snprintf(f->said, sizeof(f->said), "%s",
			    *line + strlen(name));
	return (struct sim_answer){ f->latency, HTTP_ANSWERED, .status = 200 };
}

static void
settled(void *arg, struct range *range)
{
	(void)arg;
	range->unsettled--;
}

static int
set_up(void **state)
{
	static struct fixture f;

	f = (struct fixture){ .sending = sending_new(),
		.latency = 20 * CLOCK_SEC };
	f.sending->range.launched = true;
	f.sim = sim_new(&(struct sim_receiver){ receive, NULL, &f });
	*state = &f;
	return outlet_init(&f.outlet,
	    &(struct sender_options){
		.clock = sim_clock(f.sim),
		.http = sim_http(f.sim),
		.window = &f.sending->window,
		.remote = &f.sending->remote,
		.meters = &f.sending->meters,
		.settled = settled,
	    });
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;

	outlet_release(&f->outlet);
	sending_free(f->sending);
	sim_free(f->sim);
	return 0;
}

/* What was on the wire as nobody is sent as somebody. */
static void
who_asks_can_be_changed(void **state)
{
	static char type[] = "Bearer", secret[] = "s3cret";
	struct fixture *f = *state;
	struct config_remote remote = f->sending->remote;

	(void)sending_put(f->sending, 0, 3);
	sender_fly(f->outlet.sender);
	assert_string_equal(f->said, "");
	remote.auth = (struct config_auth){
		.kind = CONFIG_AUTH_HEADER, .type = type, .secret.text = secret
	};
	assert_int_equal(outlet_tune(&f->outlet, &remote), 0);
	f->latency = CLOCK_MSEC;
	sender_fly(f->outlet.sender);
	assert_string_equal(f->said, "Bearer s3cret");
	(void)sim_run(f->sim, CLOCK_SEC);
	assert_int_equal(f->sending->range.unsettled, 0);
	assert_int_equal(sim_requests(f->sim), 2);

	/* And to nobody again, with nothing on the wire. */
	assert_int_equal(outlet_tune(&f->outlet, &f->sending->remote), 0);
	(void)sending_put(f->sending, 0, 3);
	sender_fly(f->outlet.sender);
	assert_string_equal(f->said, "");
}

static void
what_is_on_the_wire_ends_with_it(void **state)
{
	struct fixture *f = *state;

	(void)sending_put(f->sending, 0, 3);
	sender_fly(f->outlet.sender);
	assert_int_equal(sim_flying(f->sim), 1);
	outlet_release(&f->outlet);
	assert_int_equal(sim_flying(f->sim), 0);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(who_asks_can_be_changed),
		TEST(what_is_on_the_wire_ends_with_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
