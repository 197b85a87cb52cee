/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "agent/send/outlet.h"
#include "tests/unit/send/sending.h"

/* An outlet for the batches of a sending, which has no sender of its own. */
struct fixture {
	struct sending *sending;
	struct sim *sim;
	struct outlet outlet;
	uint64_t latency;
	unsigned int asked; /* Times Prometheus was. */
	char said[64];      /* The last Authorization, or "". */
	char tenant[64];    /* The last X-Tenant, likewise. */
	char retry[64];     /* The last Retry-Attempt, likewise. */
};

/* The value of the header ${name} of ${request}, or "". */
static const char *
value_of(const struct http_request *request, const char *name)
{
	const char *const *line = request->headers;

	for (; line != NULL && *line != NULL; line++)
		if (strncmp(*line, name, strlen(name)) == 0)
			return *line + strlen(name);
	return "";
}

static struct sim_answer
receive(void *arg, uint64_t number, const struct http_request *request)
{
	struct fixture *f = arg;

	(void)number;
	f->asked += request->method == HTTP_GET;
	(void)snprintf(f->said, sizeof(f->said), "%s",
	    value_of(request, "Authorization: "));
	(void)snprintf(f->tenant, sizeof(f->tenant), "%s",
	    value_of(request, "X-Tenant: "));
	(void)snprintf(f->retry, sizeof(f->retry), "%s",
	    value_of(request, "Retry-Attempt: "));
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
		.catchup = &f.sending->catchup,
		.settled = settled,
	    },
	    f.sending->stats);
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

/* Tell of one family, each minute. */
static struct families *
describe(struct fixture *f)
{
	static char url[] = "http://prometheus:9090";
	static const struct config config = {
		.prometheus_url = url,
		.prometheus_shown_url = url,
	};
	const struct family family = { .name = { "up", 2 } };
	struct families *families = families_new();

	assert_non_null(families);
	assert_int_equal(families_put(families, &family), 0);
	f->sending->remote.metadata = (struct config_metadata){
		.send = true,
		.send_interval = 60 * CLOCK_SEC,
		.max_samples_per_send = 10,
	};
	assert_int_equal(outlet_describe(&f->outlet, &config, families), 0);
	return families;
}

/* The same of what tells of metrics; but Prometheus is asked as nobody. */
static void
who_tells_of_metrics_can_be_changed(void **state)
{
	static char type[] = "Bearer", secret[] = "s3cret";
	static char name[] = "X-Tenant", value[] = "t";
	struct fixture *f = *state;
	struct families *families = describe(f);
	struct config_remote remote = f->sending->remote, plain = remote;
	struct config_header tenant = { name, value };

	remote.headers = &tenant;
	remote.headers_len = 1;
	remote.auth = (struct config_auth){
		.kind = CONFIG_AUTH_HEADER, .type = type, .secret.text = secret
	};
	(void)sim_run(f->sim, 61 * CLOCK_SEC);
	assert_int_equal(f->asked, 1);
	(void)sim_run(f->sim, 20 * CLOCK_SEC);
	assert_int_equal(sim_requests(f->sim), 2);
	assert_string_equal(f->said, "");
	assert_int_equal(outlet_tune(&f->outlet, &remote), 0);
	assert_int_equal(sim_flying(f->sim), 0);
	(void)sim_run(f->sim, CLOCK_SEC);
	assert_int_equal(sim_requests(f->sim), 3);
	assert_string_equal(f->said, "Bearer s3cret");
	assert_string_equal(f->tenant, "t");
	assert_string_equal(f->retry, "");
	(void)sim_run(f->sim, 20 * CLOCK_SEC);
	sending_expect(f->sending->meters.metadata, 1);

	/* While Prometheus is asked, which goes on. */
	(void)sim_run(f->sim, 20 * CLOCK_SEC);
	assert_int_equal(f->asked, 2);
	assert_string_equal(f->said, "");
	assert_int_equal(outlet_tune(&f->outlet, &plain), 0);
	assert_int_equal(sim_flying(f->sim), 1);
	(void)sim_run(f->sim, 40 * CLOCK_SEC);
	assert_int_equal(f->asked, 2);
	assert_string_equal(f->said, "");
	assert_string_equal(f->tenant, "");
	sending_expect(f->sending->meters.metadata, 2);

	/* And it ends with it. */
	(void)sim_run(f->sim, 25 * CLOCK_SEC);
	assert_int_equal(sim_flying(f->sim), 1);
	outlet_release(&f->outlet);
	assert_int_equal(sim_flying(f->sim), 0);
	families_free(families);
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
		TEST(who_tells_of_metrics_can_be_changed),
		TEST(what_is_on_the_wire_ends_with_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
