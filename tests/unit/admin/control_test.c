/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "agent/admin/control.h"
#include "agent/base/log.h"
#include "agent/base/loop.h"

/* A real clock that can be moved on. */
struct hasty_clock {
	struct clock clock; /* At the head: what callers hold. */
	uint64_t ahead;
	uint64_t at; /* Of its one timer. */
	struct timer timer;
	clock_fire_fn *fire;
	void *arg;
};

struct desk {
	char dir[64];
	sd_event *event;
	struct hasty_clock clock;
	struct control *control;
	unsigned int commands;
	char last[CONTROL_LINE_MAX];
	size_t text; /* Bytes that are answered. */
	char *answer;
	size_t len;
};

static int64_t
wall(struct clock *clock)
{
	(void)clock;
	return 0;
}

static uint64_t
monotonic(struct clock *clock)
{
	return CLOCK_SEC + ((struct hasty_clock *)clock)->ahead;
}

static struct timer *
make_timer(struct clock *clock, clock_fire_fn *fire, void *arg)
{
	struct hasty_clock *hasty = (struct hasty_clock *)clock;

	hasty->timer.clock = clock;
	hasty->at = CLOCK_NEVER;
	hasty->fire = fire;
	hasty->arg = arg;
	return &hasty->timer;
}

static void
set_timer(struct timer *timer, uint64_t at)
{
	((struct hasty_clock *)timer->clock)->at = at;
}

static void
free_timer(struct timer *timer)
{
	(void)timer;
}

static bool
command(void *arg, const char *line, struct buf *answer)
{
	struct desk *desk = arg;
	size_t i;

	desk->commands++;
	(void)snprintf(desk->last, sizeof(desk->last), "%s", line);
	for (i = 0; i < desk->text; i++)
		buf_putc(answer, 'x');
	return strcmp(line, "good") == 0;
}

static void
serve(struct desk *desk)
{
	desk->control = control_new(desk->event, &desk->clock.clock,
	    &(struct control_options){
		.state_dir = desk->dir,
		.command = command,
		.arg = desk,
	    });
	assert_non_null(desk->control);
}

static int
set_up(void **state)
{
	struct desk *desk = calloc(1, sizeof(*desk));

	if (desk == NULL || sd_event_new(&desk->event) < 0)
		return -1;
	log_init(LOG_ERROR + 1, LOG_LOGFMT);
	(void)strcpy(desk->dir, "/tmp/control_test.XXXXXX");
	if (mkdtemp(desk->dir) == NULL)
		return -1;
	desk->clock.clock = (struct clock){ wall, monotonic, make_timer,
		set_timer, free_timer };
	desk->answer = malloc(2 * CONTROL_TEXT_MAX);
	desk->text = 3;
	serve(desk);
	*state = desk;
	return desk->answer == NULL ? -1 : 0;
}

static void
put_path(const struct desk *desk, char path[96])
{
	(void)snprintf(path, 96, "%s/" CONTROL_NAME, desk->dir);
}

static int
tear_down(void **state)
{
	struct desk *desk = *state;
	char path[96];

	control_free(desk->control);
	put_path(desk, path);
	assert_int_equal(access(path, F_OK), -1);
	assert_int_equal(rmdir(desk->dir), 0);
	sd_event_unref(desk->event);
	free(desk->answer);
	free(desk);
	return 0;
}

/* Have the loop do all that there is to do; how many turns had work. */
static unsigned int
turn(struct desk *desk)
{
	unsigned int turns = 0;

	while (sd_event_run(desk->event, 20 * 1000) > 0)
		assert_true(++turns < 10000);
	return turns;
}

/* Time goes by, and what is due then happens. */
static void
wait_for(struct desk *desk, uint64_t time)
{
	struct hasty_clock *clock = &desk->clock;

	clock->ahead += time;
	if (clock->at <= monotonic(&clock->clock)) {
		clock->at = CLOCK_NEVER;
		clock->fire(clock->arg);
	}
	(void)turn(desk);
}

static int
enter(const struct desk *desk)
{
	int fd = control_connect(desk->dir);

	assert_int_not_equal(fd, -1);
	return fd;
}

static void
say(int fd, const char *text)
{
	assert_int_equal(
	    send(fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
}

/* All that comes back until the end; closes ${fd}. */
static const char *
hear(struct desk *desk, int fd)
{
	struct pollfd poll_fd = { .fd = fd, .events = POLLIN };
	ssize_t n = 1;

	desk->len = 0;
	while (n > 0) {
		(void)turn(desk);
		assert_int_equal(poll(&poll_fd, 1, 10000), 1);
		n = recv(fd, desk->answer + desk->len,
		    2 * CONTROL_TEXT_MAX - desk->len - 1, 0);
		desk->len += n > 0 ? (size_t)n : 0;
	}
	desk->answer[desk->len] = '\0';
	(void)close(fd);
	return desk->answer;
}

static void
a_command_is_done_and_answered(void **state)
{
	struct desk *desk = *state;
	int fd = enter(desk);

	say(fd, "good\n");
	assert_string_equal(hear(desk, fd), "ok\nxxx");
	fd = enter(desk);
	say(fd, "bad\n");
	assert_string_equal(hear(desk, fd), "failed\nxxx");
	assert_string_equal(desk->last, "bad");
	assert_int_equal(desk->commands, 2);
}

static void
a_command_may_come_in_pieces_and_is_one(void **state)
{
	struct desk *desk = *state;
	int fd = enter(desk);

	say(fd, "go");
	(void)turn(desk);
	say(fd, "od\nmore\nand more\n");
	/* What is not read of it may show as a reset at the end. */
	(void)turn(desk);
	assert_int_equal(desk->commands, 1);
	assert_string_equal(desk->last, "good");
	(void)close(fd);
}

static void
an_answer_may_be_as_long_as_there_is_room(void **state)
{
	struct desk *desk = *state;
	int fd = enter(desk);

	desk->text = CONTROL_TEXT_MAX;
	say(fd, "good\n");
	assert_int_equal(strlen(hear(desk, fd)), 3 + CONTROL_TEXT_MAX);
}

static void
only_its_owner_may_ask(void **state)
{
	struct desk *desk = *state;
	mode_t mask = umask(0);
	char path[96];
	struct stat st;

	control_free(desk->control);
	serve(desk);
	(void)umask(mask);
	put_path(desk, path);
	assert_int_equal(stat(path, &st), 0);
	assert_true(S_ISSOCK(st.st_mode));
	assert_int_equal(st.st_mode & 0777, 0600);
}

static void
what_an_earlier_life_left_is_replaced(void **state)
{
	struct desk *desk = *state;
	char path[96];
	int fd;

	put_path(desk, path);
	control_free(desk->control);
	fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	assert_int_not_equal(fd, -1);
	(void)close(fd);
	serve(desk);
	fd = enter(desk);
	say(fd, "good\n");
	assert_string_equal(hear(desk, fd), "ok\nxxx");
}

/* Longer than the address of a socket can be. */
static void
a_long_path_will_do(void **state)
{
	struct desk *desk = *state;
	char path[300];
	struct control *control;
	int fd;

	(void)snprintf(path, sizeof(path), "%s/%0200d", desk->dir, 0);
	assert_int_equal(mkdir(path, 0700), 0);
	control = control_new(desk->event, &desk->clock.clock,
	    &(struct control_options){ path, command, desk });
	fd = control_connect(path);
	assert_int_not_equal(fd, -1);
	say(fd, "good\n");
	assert_string_equal(hear(desk, fd), "ok\nxxx");
	control_free(control);
	assert_int_equal(rmdir(path), 0);
}

static void
where_nobody_serves_that_is_told(void **state)
{
	struct desk *desk = *state;

	assert_int_equal(control_connect("/nonexistent"), -1);
	assert_int_equal(errno, ENOENT);
	control_free(desk->control);
	desk->control = NULL;
	assert_int_equal(control_connect(desk->dir), -1);
	assert_int_equal(errno, ENOENT);
	/* Made again for what comes after. */
	serve(desk);
}

static void
who_says_nothing_is_left_after_a_while(void **state)
{
	struct desk *desk = *state;
	int fd = enter(desk);

	(void)turn(desk);
	assert_int_equal(turn(desk), 0);
	wait_for(desk, CONTROL_TIME - 1);
	assert_int_equal(recv(fd, desk->answer, 1, MSG_DONTWAIT), -1);
	wait_for(desk, 1);
	assert_int_equal(recv(fd, desk->answer, 1, MSG_DONTWAIT), 0);
	(void)close(fd);
}

static void
who_says_too_much_is_left_at_once(void **state)
{
	struct desk *desk = *state;
	int fd = enter(desk);
	char flood[2 * CONTROL_LINE_MAX];
	char end;

	memset(flood, 'y', sizeof(flood));
	assert_int_equal(
	    send(fd, flood, sizeof(flood), MSG_NOSIGNAL), sizeof(flood));
	(void)turn(desk);
	assert_true(
	    recv(fd, &end, 1, MSG_DONTWAIT) == 0 || errno == ECONNRESET);
	assert_int_equal(desk->commands, 0);
	(void)close(fd);
}

static void
who_never_reads_is_left_after_a_while(void **state)
{
	struct desk *desk = *state;
	int fd = enter(desk);

	desk->text = CONTROL_TEXT_MAX;
	say(fd, "good\n");
	(void)turn(desk);
	assert_int_equal(desk->commands, 1);
	assert_int_equal(turn(desk), 0);
	wait_for(desk, CONTROL_TIME);
	/* It gets what was sent, but not all. */
	assert_in_range(strlen(hear(desk, fd)), 1, CONTROL_TEXT_MAX - 1);
}

static void
who_goes_away_is_no_trouble(void **state)
{
	struct desk *desk = *state;
	int fd = enter(desk);

	(void)turn(desk);
	(void)close(fd);
	(void)turn(desk);
	fd = enter(desk);
	desk->text = CONTROL_TEXT_MAX;
	say(fd, "good\n");
	(void)turn(desk);
	(void)close(fd);
	(void)turn(desk);
	assert_int_equal(turn(desk), 0);
}

/* All places are taken by the silent; then there is room again. */
static void
others_wait_for_a_place_and_get_it(void **state)
{
	struct desk *desk = *state;
	int silent[CONTROL_CLIENTS_MAX], fd;
	unsigned int i;

	for (i = 0; i < CONTROL_CLIENTS_MAX; i++)
		silent[i] = enter(desk);
	(void)turn(desk);
	fd = enter(desk);
	say(fd, "good\n");
	(void)turn(desk);
	assert_int_equal(desk->commands, 0);
	assert_int_equal(turn(desk), 0);
	wait_for(desk, CONTROL_TIME);
	assert_string_equal(hear(desk, fd), "ok\nxxx");
	for (i = 0; i < CONTROL_CLIENTS_MAX; i++)
		(void)close(silent[i]);
}

static void
a_socket_that_cannot_be_made_is_tried_again(void **state)
{
	struct desk *desk = *state;
	char other[80];
	int fd;

	control_free(desk->control);
	(void)snprintf(other, sizeof(other), "%s.away", desk->dir);
	assert_int_equal(rename(desk->dir, other), 0);
	serve(desk);
	assert_int_equal(control_connect(other), -1);
	assert_int_equal(rename(other, desk->dir), 0);
	wait_for(desk, CONTROL_RETRY);
	fd = enter(desk);
	say(fd, "good\n");
	assert_string_equal(hear(desk, fd), "ok\nxxx");
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(a_command_is_done_and_answered),
		TEST(a_command_may_come_in_pieces_and_is_one),
		TEST(an_answer_may_be_as_long_as_there_is_room),
		TEST(only_its_owner_may_ask),
		TEST(what_an_earlier_life_left_is_replaced),
		TEST(a_long_path_will_do),
		TEST(where_nobody_serves_that_is_told),
		TEST(who_says_nothing_is_left_after_a_while),
		TEST(who_says_too_much_is_left_at_once),
		TEST(who_never_reads_is_left_after_a_while),
		TEST(who_goes_away_is_no_trouble),
		TEST(others_wait_for_a_place_and_get_it),
		TEST(a_socket_that_cannot_be_made_is_tried_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
