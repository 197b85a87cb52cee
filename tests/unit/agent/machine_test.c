/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/base/log.h"
#include "agent/machine.h"
#include "tests/unit/base/lazy.h"
#include "tests/unit/http/sim.h"

#define HOST 0x1234abcdu
#define GOOD "{\"vmId\":\"id-1\",\"name\":\"vm-1\"}"
#define OTHER "{\"vmId\":\"id-2\",\"name\":\"vm-1\"}"

static const struct endpoint_paths nowhere = { "/none", "/none", "/none" };

/* A machine of which a service that is made up says something. */
struct site {
	char dir[32], path[64];
	struct sim *sim;
	struct lazy lazy;
	struct machine *machine;
	struct sim_answer answer; /* To all. */
	char url[256], header[64];
	unsigned int known;
};

static struct sim_answer
answer(void *arg, uint64_t number, const struct http_request *request)
{
	struct site *site = arg;

	(void)number;
	assert_null(request->proxy);
	(void)snprintf(site->url, sizeof(site->url), "%s", request->url);
	(void)snprintf(
	    site->header, sizeof(site->header), "%s", request->headers[0]);
	return site->answer;
}

static void
known(void *arg)
{
	((struct site *)arg)->known++;
}

/* Another life, of the host of that number. */
static void
begin(struct site *site, uint32_t host)
{
	machine_free(site->machine);
	site->machine = machine_new(&(struct machine_options){
	    .clock = sim_clock(site->sim),
	    .worker = &site->lazy.worker,
	    .http = sim_http(site->sim),
	    .paths = &nowhere,
	    .state_dir = site->dir,
	    .host = host,
	    .known = known,
	    .arg = site,
	});
	assert_non_null(site->machine);
	site->known = 0;
}

static void
say(struct site *site, int status, const char *body)
{
	site->answer = (struct sim_answer){ .latency = CLOCK_MSEC,
		.outcome = status == 0 ? HTTP_UNREACHED : HTTP_ANSWERED,
		.status = status,
		.body = body };
}

static int
set_up(void **state)
{
	struct site *site = calloc(1, sizeof(*site));

	if (site == NULL)
		return -1;
	log_init(LOG_ERROR, LOG_LOGFMT);
	(void)strcpy(site->dir, "/tmp/machine.XXXXXX");
	if (mkdtemp(site->dir) == NULL)
		return -1;
	(void)snprintf(
	    site->path, sizeof(site->path), "%s/" MACHINE_FILE, site->dir);
	site->sim =
	    sim_new(&(struct sim_receiver){ .begin = answer, .arg = site });
	lazy_init(&site->lazy);
	say(site, 200, GOOD);
	begin(site, HOST);
	*state = site;
	return 0;
}

static int
tear_down(void **state)
{
	struct site *site = *state;

	machine_free(site->machine);
	lazy_work(&site->lazy);
	sim_free(site->sim);
	(void)unlink(site->path);
	(void)rmdir(site->dir);
	free(site);
	return 0;
}

static void
nobody_is_asked_before_somebody_wants_to_know(void **state)
{
	struct site *site = *state;

	(void)sim_run(site->sim, 10 * MACHINE_PATIENCE);
	assert_int_equal(sim_requests(site->sim), 0);
}

static void
what_is_answered_is_known_and_kept(void **state)
{
	struct site *site = *state;
	const struct facts *facts;

	assert_null(machine_facts(site->machine));
	(void)sim_run(site->sim, CLOCK_SEC);
	facts = machine_facts(site->machine);
	assert_non_null(facts);
	assert_string_equal(facts->text[FACT_VM_ID], "id-1");
	assert_int_equal(site->known, 1);
	assert_string_equal(site->header, "Metadata: true");
	assert_string_equal(site->url,
	    "http://169.254.169.254/metadata/instance/compute?api-version="
	    "2020-06-01");
	lazy_work(&site->lazy);
	assert_int_equal(access(site->path, R_OK), 0);
	/* Once is enough. */
	(void)sim_run(site->sim, 100 * MACHINE_PATIENCE);
	assert_int_equal(sim_requests(site->sim), 1);
}

static void
it_is_asked_for_until_it_is_known(void **state)
{
	static const struct {
		int status;
		const char *body;
	} bad[] = { { 0, "" }, { 404, "" }, { 500, GOOD }, { 200, "{}" },
		{ 200, "" } };
	struct site *site = *state;
	size_t i;

	assert_null(machine_facts(site->machine));
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		say(site, bad[i].status, bad[i].body);
		(void)sim_run(site->sim, MACHINE_RETRY_MAX);
		assert_null(machine_facts(site->machine));
	}
	assert_in_range(sim_requests(site->sim), 8, 40);
	assert_int_equal(site->known, 0);
	say(site, 200, GOOD);
	(void)sim_run(site->sim, MACHINE_RETRY_MAX);
	assert_non_null(machine_facts(site->machine));
	assert_int_equal(site->known, 1);
}

/* Learn, and go on in another life in which nobody answers. */
static void
live_again(struct site *site, uint32_t host)
{
	assert_null(machine_facts(site->machine));
	(void)sim_run(site->sim, CLOCK_SEC);
	lazy_work(&site->lazy);
	begin(site, host);
	say(site, 0, "");
	assert_null(machine_facts(site->machine));
}

static void
what_was_kept_counts_after_a_while(void **state)
{
	struct site *site = *state;

	live_again(site, HOST);
	(void)sim_run(site->sim, MACHINE_PATIENCE - CLOCK_SEC);
	assert_null(machine_facts(site->machine));
	(void)sim_run(site->sim, 2 * CLOCK_SEC);
	assert_non_null(machine_facts(site->machine));
	assert_string_equal(
	    machine_facts(site->machine)->text[FACT_VM_NAME], "vm-1");
	assert_int_equal(site->known, 1);
	/* The same, said later, is no news; another is. */
	say(site, 200, GOOD);
	(void)sim_run(site->sim, MACHINE_RETRY_MAX);
	assert_int_equal(site->known, 1);
}

static void
what_is_said_later_counts_more(void **state)
{
	struct site *site = *state;

	live_again(site, HOST);
	(void)sim_run(site->sim, 2 * MACHINE_PATIENCE);
	say(site, 200, OTHER);
	(void)sim_run(site->sim, MACHINE_RETRY_MAX);
	assert_int_equal(site->known, 2);
	assert_string_equal(
	    machine_facts(site->machine)->text[FACT_VM_ID], "id-2");
}

/* A disk that was copied to another machine brings what is not its own. */
static void
what_was_kept_of_another_host_does_not_count(void **state)
{
	struct site *site = *state;

	live_again(site, HOST + 1);
	(void)sim_run(site->sim, 10 * MACHINE_PATIENCE);
	assert_null(machine_facts(site->machine));
	assert_int_equal(site->known, 0);
}

static void
what_was_kept_and_is_damaged_does_not_count(void **state)
{
	static const char *const texts[] = { "", "{", "[]",
		"{\"host\":\"1234abcd\"}", "{\"host\":1}",
		"{\"host\":\"1234abcd\",\"vmId\":1,\"vmName\":\"\","
		"\"resourceId\":\"\",\"scaleSet\":\"\"}" };
	struct site *site = *state;
	size_t i;
	FILE *file;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		file = fopen(site->path, "w");
		assert_non_null(file);
		assert_true(fputs(texts[i], file) >= 0);
		assert_int_equal(fclose(file), 0);
		begin(site, HOST);
		say(site, 0, "");
		assert_null(machine_facts(site->machine));
		(void)sim_run(site->sim, 2 * MACHINE_PATIENCE);
		assert_null(machine_facts(site->machine));
	}
}

static void
a_directory_that_cannot_be_written_to_costs_only_the_keeping(void **state)
{
	struct site *site = *state;

	assert_int_equal(rmdir(site->dir), 0);
	assert_null(machine_facts(site->machine));
	(void)sim_run(site->sim, CLOCK_SEC);
	lazy_work(&site->lazy);
	assert_non_null(machine_facts(site->machine));
}

int
main(void)
{
#define AT_A_SITE(test_) \
	cmocka_unit_test_setup_teardown(test_, set_up, tear_down)
	static const struct CMUnitTest tests[] = {
		AT_A_SITE(nobody_is_asked_before_somebody_wants_to_know),
		AT_A_SITE(what_is_answered_is_known_and_kept),
		AT_A_SITE(it_is_asked_for_until_it_is_known),
		AT_A_SITE(what_was_kept_counts_after_a_while),
		AT_A_SITE(what_is_said_later_counts_more),
		AT_A_SITE(what_was_kept_of_another_host_does_not_count),
		AT_A_SITE(what_was_kept_and_is_damaged_does_not_count),
		AT_A_SITE(
		    a_directory_that_cannot_be_written_to_costs_only_the_keeping),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
