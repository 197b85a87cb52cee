/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "agent/base/log.h"
#include "tests/unit/agent/harbour.h"

static int
set_up(void **state)
{
	*state = harbour_new();
	return 0;
}

static int
tear_down(void **state)
{
	harbour_free(*state);
	return 0;
}

/* The second receiver's URL has a query, and its entry keys. */
#define AT_VERSION \
	"remote_write:\n" \
	"- {name: a, url: 'http://r0/w', " HARBOUR_QUICK "}\n" \
	"- {name: b, url: 'http://r1/w?v=%zu', " HARBOUR_QUICK "%s}\n"

/* Only what it is sent by: its series are not read again. */
static void
what_is_sent_otherwise_keeps_its_series(void **state)
{
	static const char read[] =
	    "wal_watcher_records_read_total{consumer=\"b\",type=\"series\"} "
	    "20\n";
	static const char *const changes[] = {
		", headers: {X-Test: 'one'}",
		", headers: {X-Test: 'two'}",
		", remote_timeout: 10s",
		", max_bytes_per_send: 100000",
		", on_refused: bisect",
		"",
	};
	struct harbour *f = *state;
	struct port *b = &f->ports[1];
	uint64_t before;
	size_t i;

	(void)harbour_apply(f, AT_VERSION, (size_t)9, "");
	harbour_live(f, 5);
	b->answer.latency = 700 * CLOCK_MSEC;
	for (i = 0; i < sizeof(changes) / sizeof(*changes); i++) {
		before = b->requests;
		harbour_expect_changes(
		    harbour_apply(f, AT_VERSION, i, changes[i]), 1, 1, 0, 0, 0);
		harbour_live(f, 5);
		assert_true(b->requests > before);
		assert_int_equal(b->url[strlen(b->url) - 1] - '0', i);
		assert_int_equal(harbour_exposed(f, read), 1);
	}
	harbour_settle(f);
	harbour_expect_all(f, 0);
	harbour_expect_all(f, 1);
	assert_int_equal(f->ports[0].again, 0);
	assert_in_range(b->again, 0, 6 * HARBOUR_SERIES);
}

/* A queue's new sizes hold for what is read from then on. */
static void
a_queue_can_be_changed(void **state)
{
	struct harbour *f = *state;
	struct port *port = &f->ports[0];
	uint64_t before;

	(void)harbour_apply(f,
	    "remote_write: [{url: 'http://r0/w', queue_config: "
	    "{batch_send_deadline: 1h}}]\n");
	harbour_live(f, 10);
	assert_int_equal(port->requests, 0);
	(void)harbour_apply(f,
	    "remote_write: [{url: 'http://r0/w', queue_config: "
	    "{batch_send_deadline: 2s, max_samples_per_send: 5}}]\n");
	(void)sim_run(f->sim, 3 * CLOCK_SEC);
	assert_int_equal(port->requests, 1);
	assert_int_equal(harbour_exposed(f,
			     "max_samples_per_send{remote_name=\"http://r0/w\","
			     "url=\"http://r0/w\"} 5\n"),
	    1);
	before = port->requests;
	harbour_live(f, 10);
	harbour_settle(f);
	assert_true(port->requests >= before + 10 * HARBOUR_SERIES / 5);
	harbour_expect_all(f, 0);
	assert_int_equal(port->again, 0);
}

/* Whether a position is saved as that of ${key}. */
static bool
saved(const struct harbour *f, const char *key)
{
	char path[128], data[1 << 17];
	unsigned int i;
	bool found = false;
	ssize_t len;
	int fd;

	for (i = 1; i <= 2; i++) {
		(void)snprintf(
		    path, sizeof(path), "%s/%u.position", f->state_dir, i);
		assert_true((fd = open(path, O_RDONLY | O_CLOEXEC)) != -1);
		len = read(fd, data, sizeof(data));
		(void)close(fd);
		assert_true(len > 0);
		found = found ||
		    memmem(data, (size_t)len, key, strlen(key)) != NULL;
	}
	return found;
}

/* Whether the log, from here on, has a warning about ${remote}. */
static bool
warned(struct harbour *f, const char *remote)
{
	FILE *log = tmpfile();
	char text[4096];
	size_t len;

	assert_non_null(log);
	log_to(fileno(log));
	log_init(LOG_WARN, LOG_LOGFMT);
	/* Of a series that nobody knows. */
	writer_sample(&f->writer, 999, 1, 1);
	harbour_live(f, 1);
	log_init(LOG_ERROR + 1, LOG_LOGFMT);
	log_to(STDERR_FILENO);
	rewind(log);
	len = fread(text, 1, sizeof(text) - 1, log);
	text[len] = '\0';
	(void)fclose(log);
	return strstr(text, remote) != NULL;
}

static void
a_name_is_changed_with_its_meters(void **state)
{
	struct harbour *f = *state;

	(void)harbour_apply(f, HARBOUR_TWO(""));
	harbour_live(f, 5);
	assert_true(harbour_exposed(f, "=\"b\"") > 0);
	/* What a gone key leaves goes to the new one with its URL. */
	harbour_expect_changes(
	    harbour_apply(f,
		"remote_write:\n"
		"- {name: a, url: 'http://r0/w', " HARBOUR_QUICK "}\n"
		"- {name: renamed, url: 'http://r1/w', " HARBOUR_QUICK "}\n"),
	    1, 1, 0, 0, 0);
	assert_true(saved(f, "renamed"));
	assert_int_equal(harbour_exposed(f, "=\"b\""), 0);
	assert_true(harbour_exposed(f, "=\"renamed\"") > 0);
	assert_true(warned(f, "remote=renamed "));
	harbour_live(f, 5);
	harbour_settle(f);
	harbour_expect_all(f, 1);
	assert_int_equal(f->ports[1].again, 0);
}

/* By its name, an entry is the same at another URL. */
static void
a_receiver_moves(void **state)
{
	struct harbour *f = *state;
	unsigned int i;

	(void)harbour_apply(f, HARBOUR_TWO(""));
	harbour_live(f, 5);
	harbour_settle(f);
	harbour_expect_changes(
	    harbour_apply(f,
		"remote_write:\n"
		"- {name: a, url: 'http://r0/w', " HARBOUR_QUICK "}\n"
		"- {name: b, url: 'http://r2/w', " HARBOUR_QUICK "}\n"),
	    1, 1, 0, 0, 0);
	for (i = 0; i < HARBOUR_SERIES; i++)
		f->ports[2].had[i] = f->ports[1].had[i];
	harbour_live(f, 5);
	harbour_settle(f);
	harbour_expect_all(f, 2);
	assert_int_equal(f->ports[2].again, 0);
	assert_int_equal(harbour_exposed(f, "http://r1/w"), 0);
}

static void
who_is_removed_is_gone_and_put_back_goes_on(void **state)
{
	struct harbour *f = *state;
	struct port *b = &f->ports[1];
	uint64_t before;

	(void)harbour_apply(f, HARBOUR_TWO(""));
	b->answer.latency = 20 * CLOCK_SEC;
	harbour_live(f, 5);
	before = b->requests;
	harbour_expect_changes(
	    harbour_apply(f,
		"remote_write: [{name: a, url: 'http://r0/w', " HARBOUR_QUICK
		"}]\n"),
	    1, 0, 0, 0, 1);
	assert_int_equal(harbour_exposed(f, "=\"b\""), 0);
	assert_int_equal(sim_flying(f->sim), 0);
	harbour_live(f, 50);
	assert_int_equal(b->requests, before);
	b->answer.latency = 20 * CLOCK_MSEC;
	harbour_expect_changes(
	    harbour_apply(f, HARBOUR_TWO("")), 1, 0, 0, 1, 0);
	harbour_live(f, 5);
	harbour_settle(f);
	harbour_expect_all(f, 0);
	harbour_expect_all(f, 1);
	assert_int_equal(f->ports[0].again, 0);
	assert_int_equal(b->again, HARBOUR_SERIES);
}

/* What a removed one had coming survives a restart, too. */
static void
who_is_removed_is_remembered_by_the_next_life(void **state)
{
	struct harbour *f = *state;

	(void)harbour_apply(f, HARBOUR_TWO(""));
	harbour_live(f, 5);
	(void)harbour_apply(f,
	    "remote_write: [{name: a, url: 'http://r0/w', " HARBOUR_QUICK
	    "}]\n");
	harbour_live(f, 5);
	harbour_close(f);
	harbour_open(f);
	(void)harbour_apply(f, HARBOUR_TWO(""));
	harbour_live(f, 5);
	harbour_settle(f);
	harbour_expect_all(f, 0);
	harbour_expect_all(f, 1);
	assert_int_equal(f->ports[0].again + f->ports[1].again, 0);
}

/* One receiver, and an external label. */
#define AS_HOST(host) \
	"external_labels: {host: " host "}\n" \
	"remote_write: [{url: 'http://r0/w', " HARBOUR_QUICK "}]\n"

static void
other_labels_begin_other_series_where_the_old_ones_were(void **state)
{
	struct harbour *f = *state;
	struct port *a = &f->ports[0];

	(void)harbour_apply(f, "external_labels: {host: h1}\n" HARBOUR_TWO(""));
	harbour_live(f, 5);
	assert_string_equal(a->host, "h1");
	harbour_expect_changes(
	    harbour_apply(f, "external_labels: {host: h2}\n" HARBOUR_TWO("")),
	    0, 0, 2, 0, 0);
	harbour_live(f, 5);
	assert_string_equal(a->host, "h2");
	assert_string_equal(f->ports[1].host, "h2");
	harbour_settle(f);
	harbour_expect_all(f, 0);
	harbour_expect_all(f, 1);
	assert_int_equal(a->again, 0);
}

/* Though neither their snapshot nor the log has them any more. */
static void
the_series_are_known_to_who_sends_them_otherwise(void **state)
{
	struct harbour *f = *state;
	char *first;

	(void)harbour_apply(f, AS_HOST("h1"));
	harbour_live(f, 5);
	harbour_settle(f);
	writer_rotate(&f->writer);
	harbour_live(f, 5);
	harbour_settle(f);
	assert_true(asprintf(&first, "%s/00000000", f->scratch.wal) > 0);
	assert_int_equal(unlink(first), 0);
	free(first);
	scratch_clear(f->state_dir);
	(void)harbour_apply(f, AS_HOST("h2"));
	harbour_live(f, 5);
	harbour_settle(f);
	assert_string_equal(f->ports[0].host, "h2");
	harbour_expect_all(f, 0);
	/* And to the one after it. */
	(void)harbour_apply(f, AS_HOST("h3"));
	harbour_live(f, 5);
	harbour_settle(f);
	assert_string_equal(f->ports[0].host, "h3");
	harbour_expect_all(f, 0);
	assert_int_equal(f->ports[0].again, 0);
}

/* Whatever is not known to be about sending alone, is about series. */
static void
other_keys_of_an_entry_begin_it_anew(void **state)
{
	struct harbour *f = *state;

	(void)harbour_apply(f, HARBOUR_TWO(""));
	harbour_live(f, 5);
	harbour_expect_changes(
	    harbour_apply(f, HARBOUR_TWO(", send_exemplars: true")), 1, 0, 1, 0,
	    0);
	harbour_live(f, 5);
	harbour_settle(f);
	harbour_expect_all(f, 1);
	assert_int_equal(f->ports[1].again, 0);
}

/* Those of a million are not freed within the reload itself. */
static void
the_series_of_who_is_gone_are_freed_in_turns_of_their_own(void **state)
{
	static const char *const changes[] = { AS_HOST("h2"), AS_HOST("h3") };
	struct harbour *f = *state;
	size_t i;

	(void)harbour_apply(f, AS_HOST("h1"));
	harbour_live(f, 5);
	for (i = 0; i < sizeof(changes) / sizeof(*changes); i++) {
		harbour_expect_changes(
		    harbour_apply(f, "%s", changes[i]), 0, 0, 1, 0, 0);
		/* Who comes in its place has learned none yet. */
		assert_int_equal(labelsets_count(f->sets), HARBOUR_SERIES);
	}
	harbour_live(f, 5);
	assert_string_equal(f->ports[0].host, "h3");
	harbour_settle(f);
	harbour_expect_all(f, 0);
	/* When the fleet ends, so do they. */
	(void)harbour_apply(f, AS_HOST("h4"));
	harbour_close(f);
	assert_int_equal(labelsets_count(f->sets), 0);
}

/* Else what is made anew would not know that it is to stop. */
static void
a_fleet_that_stops_is_not_changed(void **state)
{
	struct harbour *f = *state;

	(void)harbour_apply(f, HARBOUR_TWO(""));
	f->ports[1].answer.latency = 700 * CLOCK_MSEC;
	harbour_live(f, 5);
	fleet_stop(f->fleet);
	harbour_expect_changes(
	    harbour_apply(f, HARBOUR_TWO(", send_exemplars: true")), 0, 0, 0, 0,
	    0);
	(void)sim_run(f->sim, 10 * CLOCK_SEC);
	lazy_work(&f->lazy);
	(void)sim_run(f->sim, CLOCK_SEC);
	assert_int_equal(f->drained, 1);
	harbour_expect_all(f, 1);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(what_is_sent_otherwise_keeps_its_series),
		TEST(a_queue_can_be_changed),
		TEST(a_name_is_changed_with_its_meters),
		TEST(a_receiver_moves),
		TEST(who_is_removed_is_gone_and_put_back_goes_on),
		TEST(who_is_removed_is_remembered_by_the_next_life),
		TEST(other_labels_begin_other_series_where_the_old_ones_were),
		TEST(the_series_are_known_to_who_sends_them_otherwise),
		TEST(other_keys_of_an_entry_begin_it_anew),
		TEST(the_series_of_who_is_gone_are_freed_in_turns_of_their_own),
		TEST(a_fleet_that_stops_is_not_changed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
