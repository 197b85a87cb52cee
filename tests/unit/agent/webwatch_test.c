/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/base/log.h"
#include "agent/filewatch.h"
#include "agent/webwatch.h"
#include "tests/unit/admin/papers.h"
#include "tests/unit/http/sim.h"

#define TLS "tls_server_config: {cert_file: c.pem, key_file: c.key}\n"
#define SOON (2 * FILEWATCH_POLL) /* In which a change is seen. */

/* A directory with what is followed. */
struct place {
	char dir[32], web[64], cert[64], key[64];
	struct sim *sim;
	struct webwatch *webwatch;
	struct webfile *told; /* Last; the webwatch's. */
	unsigned int times;   /* It was told. */
	int quiet;            /* Where log lines go. */
};

static struct sim_answer
answer(void *arg, uint64_t number, const struct http_request *request)
{
	(void)arg;
	(void)number;
	(void)request;
	abort();
}

static void
changed(void *arg, struct webfile *web)
{
	struct place *place = arg;

	place->told = web;
	place->times++;
}

static void
put(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

/* Follow the file; NULL if it will not do. */
static struct webwatch *
follow(struct place *place)
{
	return webwatch_new(&(struct webwatch_options){
	    .clock = sim_clock(place->sim),
	    .path = place->web,
	    .changed = changed,
	    .arg = place,
	});
}

static int
set_up(void **state)
{
	static const struct sim_receiver receiver = { .begin = answer };
	struct place *place = calloc(1, sizeof(*place));

	assert_non_null(place);
	(void)strcpy(place->dir, "/tmp/webwatch.XXXXXX");
	assert_non_null(mkdtemp(place->dir));
	(void)snprintf(place->web, sizeof(place->web), "%s/w", place->dir);
	(void)snprintf(
	    place->cert, sizeof(place->cert), "%s/c.pem", place->dir);
	(void)snprintf(place->key, sizeof(place->key), "%s/c.key", place->dir);
	put(place->web, TLS);
	put(place->cert, A_CERTIFICATE);
	put(place->key, A_KEY);
	place->sim = sim_new(&receiver);
	place->quiet = open("/dev/null", O_WRONLY | O_CLOEXEC);
	log_to(place->quiet);
	place->webwatch = follow(place);
	assert_non_null(place->webwatch);
	*state = place;
	return 0;
}

static int
tear_down(void **state)
{
	struct place *place = *state;

	webwatch_free(place->webwatch);
	sim_free(place->sim);
	log_to(STDERR_FILENO);
	(void)close(place->quiet);
	(void)unlink(place->web);
	(void)unlink(place->cert);
	(void)unlink(place->key);
	(void)rmdir(place->dir);
	free(place);
	return 0;
}

static void
what_is_so_at_first_is_not_told(void **state)
{
	struct place *place = *state;

	(void)sim_run(place->sim, SOON);
	assert_int_equal(place->times, 0);
	assert_non_null(webwatch_web(place->webwatch)->tls);
}

static void
a_renewed_certificate_is_told_once_its_key_is_there(void **state)
{
	struct place *place = *state;

	put(place->cert, B_CERTIFICATE);
	(void)sim_run(place->sim, SOON);
	assert_int_equal(place->times, 0);
	put(place->key, B_KEY);
	(void)sim_run(place->sim, SOON);
	assert_int_equal(place->times, 1);
	assert_ptr_equal(place->told, webwatch_web(place->webwatch));
}

static void
a_bad_file_changes_nothing_until_it_is_mended(void **state)
{
	struct place *place = *state;
	struct webfile *before = webwatch_web(place->webwatch);

	put(place->web, "tls_servre_config: {}\n");
	(void)sim_run(place->sim, SOON);
	assert_int_equal(place->times, 0);
	assert_ptr_equal(webwatch_web(place->webwatch), before);
	put(place->web, "{}\n");
	(void)sim_run(place->sim, SOON);
	assert_int_equal(place->times, 1);
	assert_null(place->told->tls);
	/* Its certificate is not followed any more. */
	put(place->cert, B_CERTIFICATE);
	(void)sim_run(place->sim, SOON);
	assert_int_equal(place->times, 1);
}

static void
who_asks_for_it_is_told_what_came_of_it(void **state)
{
	struct place *place = *state;
	struct buf report;

	buf_init(&report, 1u << 16);
	assert_true(webwatch_read(place->webwatch, &report));
	assert_int_equal(report.len, 0);
	assert_int_equal(place->times, 1);
	put(place->key, B_KEY);
	assert_false(webwatch_read(place->webwatch, &report));
	assert_non_null(strstr(buf_text(&report), "/w:1:49: tls_server_conf"));
	assert_non_null(strstr(buf_text(&report), "nothing was changed"));
	assert_int_equal(place->times, 1);
	buf_release(&report);
}

static void
a_file_that_is_bad_from_the_start_is_not_followed(void **state)
{
	struct place *place = *state;

	put(place->web, "[]\n");
	assert_null(follow(place));
	webwatch_free(NULL);
}

int
main(void)
{
#define IN_A_PLACE(test_) \
	cmocka_unit_test_setup_teardown(test_, set_up, tear_down)
	static const struct CMUnitTest tests[] = {
		IN_A_PLACE(what_is_so_at_first_is_not_told),
		IN_A_PLACE(a_renewed_certificate_is_told_once_its_key_is_there),
		IN_A_PLACE(a_bad_file_changes_nothing_until_it_is_mended),
		IN_A_PLACE(who_asks_for_it_is_told_what_came_of_it),
		IN_A_PLACE(a_file_that_is_bad_from_the_start_is_not_followed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
