/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/base/log.h"
#include "agent/spool/link.h"
#include "agent/spool/spool.h"
#include "tests/unit/base/lazy.h"
#include "tests/unit/http/sim.h"
#include "tests/unit/wal/tail.h"

#define SEGMENTS 3u /* 0 and on; the last is open. */

struct scene {
	struct sim *sim;
	struct lazy lazy;
	struct stats *stats;
	struct tail tail;
	char *held, *state;
	struct spool *spool;
	struct spool_reader *reader;
};

static const struct sim_receiver nobody;

static struct spool_way *
choose(void *arg, const char *file)
{
	struct scene *scene = arg;
	int dir = open(scene->held, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	(void)file;
	assert_int_not_equal(dir, -1);
	return link_way_new(dir, &scene->lazy.worker);
}

/* Begin a life, in which one reader needs all there is. */
static void
begin(struct scene *scene)
{
	scene->spool = spool_open(&(struct spool_options){
	    .clock = sim_clock(scene->sim),
	    .worker = &scene->lazy.worker,
	    .stats = scene->stats,
	    .state_dir = scene->state,
	    .wal_dir = scene->tail.wal,
	    .choose = choose,
	    .arg = scene,
	});
	assert_non_null(scene->spool);
	scene->reader = spool_join(scene->spool);
	assert_non_null(scene->reader);
}

static void
look(struct scene *scene)
{
	spool_look(scene->spool);
	spool_tidy(scene->spool);
	lazy_work(&scene->lazy);
}

static void
end(struct scene *scene)
{
	spool_leave(scene->reader);
	spool_free(scene->spool);
	lazy_work(&scene->lazy);
}

static int
set_up(void **state)
{
	struct scene *scene = calloc(1, sizeof(*scene));
	unsigned int i;

	assert_non_null(scene);
	log_init(LOG_ERROR, LOG_LOGFMT);
	lazy_init(&scene->lazy);
	scene->sim = sim_new(&nobody);
	scene->stats = stats_new();
	scene->held = scratch_dir();
	scene->state = scratch_dir();
	tail_open(&scene->tail, 0);
	for (i = 0; i < SEGMENTS; i++) {
		writer_sample(&scene->tail.writer, 1, i, 1.0);
		if (i + 1 < SEGMENTS)
			writer_rotate(&scene->tail.writer);
	}
	begin(scene);
	look(scene);
	*state = scene;
	return 0;
}

static int
tear_down(void **state)
{
	struct scene *scene = *state;

	end(scene);
	tail_close(&scene->tail);
	scratch_remove(scene->held);
	scratch_remove(scene->state);
	stats_free(scene->stats);
	sim_free(scene->sim);
	free(scene);
	return 0;
}

/* How many segments of ${generation} are kept. */
static size_t
count_kept(struct scene *scene, uint64_t generation)
{
	struct wal_keeper *keeper = spool_keeper(scene->spool);
	struct wal_dir_list list = { 0 };
	size_t count;

	(void)keeper->generation(keeper);
	assert_int_equal(keeper->list(keeper, generation, &list), WAL_OK);
	count = list.len;
	free(list.entries);
	return count;
}

static bool
can_open(struct scene *scene, uint64_t generation, uint64_t number)
{
	struct wal_keeper *keeper = spool_keeper(scene->spool);
	int fd = keeper->open(keeper, generation, number);

	if (fd == -1)
		return false;
	(void)close(fd);
	return true;
}

/* Whether the page of metrics has ${line}. */
static bool
shows(const struct scene *scene, const char *line)
{
	struct buf page;
	bool is;

	buf_init(&page, 1u << 20);
	stats_write(scene->stats, &page);
	is = strstr(buf_text(&page), line) != NULL;
	buf_release(&page);
	return is;
}

/* Nothing tells then which log it is that will come. */
static void
an_empty_log_at_the_start_leaves_what_is_held_as_it_is(void **state)
{
	struct scene *scene = *state;
	unsigned int i;

	end(scene);
	for (i = 0; i < SEGMENTS; i++)
		tail_delete(&scene->tail, i);
	begin(scene);
	spool_stand(scene->reader, 0, 1);
	look(scene);
	assert_int_equal(count_kept(scene, 0), 0);
	assert_false(can_open(scene, 0, 1));
	assert_true(shows(scene, "walship_spool_pinned_bytes 0\n"));

	end(scene); /* Nor is it forgotten in another life. */
	begin(scene);
	spool_stand(scene->reader, 0, 1);
	look(scene);
	writer_rotate(&scene->tail.writer);
	look(scene);
	assert_int_equal(count_kept(scene, 0), SEGMENTS);
	assert_true(can_open(scene, 0, 1));
	assert_true(can_open(scene, 0, 2));
}

static void
what_someone_took_away_is_not_kept_any_more(void **state)
{
	struct scene *scene = *state;

	tail_delete(&scene->tail, 0);
	look(scene);
	assert_int_equal(count_kept(scene, 0), SEGMENTS);
	scratch_do(unlink, scene->held, "0-0");
	assert_false(can_open(scene, 0, 0));
	assert_int_equal(errno, ENOENT);
	assert_int_equal(count_kept(scene, 0), SEGMENTS - 1);
	look(scene);
	assert_true(
	    shows(scene, "walship_spool_let_go_total{reason=\"missing\"} 1\n"));
}

static void
what_someone_took_away_is_held_again_if_it_is_there(void **state)
{
	struct scene *scene = *state;

	scratch_do(unlink, scene->held, "0-1");
	assert_false(can_open(scene, 0, 1));
	look(scene);
	assert_true(can_open(scene, 0, 1));
	assert_true(
	    shows(scene, "walship_spool_let_go_total{reason=\"missing\"} 0\n"));
}

static void
generations_go_on_from_where_a_reader_is(void **state)
{
	struct scene *scene = *state;
	struct wal_keeper *keeper = spool_keeper(scene->spool);

	spool_at_least(scene->spool, 7);
	assert_int_equal(keeper->generation(keeper), 7);
	spool_at_least(scene->spool, 3);
	assert_int_equal(keeper->generation(keeper), 7);
	/* They would begin anew after that. */
	spool_at_least(scene->spool, UINT64_MAX);
	assert_int_equal(keeper->generation(keeper), 7);
}

static void
no_more_than_so_many_are_let_go_of_in_a_call(void **state)
{
	struct scene *scene = *state;
	unsigned int i;

	for (i = SEGMENTS; i < SPOOL_TIDY_MAX + 5; i++)
		writer_rotate(&scene->tail.writer);
	look(scene);
	assert_int_equal(count_kept(scene, 0), SPOOL_TIDY_MAX + 5);
	spool_stand(scene->reader, 0, i);
	spool_tidy(scene->spool);
	assert_int_equal(count_kept(scene, 0), 5);
	spool_tidy(scene->spool);
	assert_int_equal(count_kept(scene, 0), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
		TEST(an_empty_log_at_the_start_leaves_what_is_held_as_it_is),
		TEST(what_someone_took_away_is_not_kept_any_more),
		TEST(what_someone_took_away_is_held_again_if_it_is_there),
		TEST(generations_go_on_from_where_a_reader_is),
		TEST(no_more_than_so_many_are_let_go_of_in_a_call),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
