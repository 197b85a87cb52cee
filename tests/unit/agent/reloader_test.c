/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "agent/base/log.h"
#include "agent/filewatch.h"
#include "agent/prometheus/effective.h"
#include "agent/reloader.h"
#include "tests/unit/agent/harbour.h"

#define ONE "remote_write: [{name: a, url: 'http://r0/w'}]\n"

/* What knows facts, once it is told. */
struct machine {
	struct facts facts;
	bool known;
};

struct yard {
	struct harbour *harbour;
	struct reloader *reloader;
	struct machine machine;
	char path[96];
	char theirs[96]; /* Of Prometheus's configuration. */
	struct buf report;
	unsigned int failed;
};

const struct facts *
machine_facts(struct machine *machine)
{
	return machine->known ? &machine->facts : NULL;
}

static void
failed(void *arg)
{
	((struct yard *)arg)->failed++;
}

/* Have the file hold ${text} after ${head}. */
static void
write_file(const struct yard *yard, const char *head, const char *text)
{
	FILE *file = fopen(yard->path, "w");

	assert_non_null(file);
	assert_true(fprintf(file, "%sstart: oldest\n%s", head, text) > 0);
	assert_int_equal(fclose(file), 0);
}

/* The directories that the fleet began with. */
static const char *
head_of(const struct yard *yard)
{
	static char head[256];

	(void)snprintf(head, sizeof(head),
	    "prometheus: {data_dir: %s}\nstate_dir: %s\n",
	    yard->harbour->scratch.data, yard->harbour->state_dir);
	return head;
}

static bool
reload(struct yard *yard, const char *text)
{
	write_file(yard, head_of(yard), text);
	buf_reset(&yard->report);
	return reloader_reload(yard->reloader, &yard->report);
}

/* Have the reloader begin with ${config}, which is freed. */
static void
begin_with(struct yard *yard, struct config *config)
{
	reloader_free(yard->reloader);
	yard->reloader = reloader_new(
	    &(struct reloader_options){
		.path = yard->path,
		.clock = sim_clock(yard->harbour->sim),
		.stats = yard->harbour->stats,
		.fleet = yard->harbour->fleet,
		.machine = &yard->machine,
		.failed = failed,
		.arg = yard,
	    },
	    config);
	config_free(config);
	assert_non_null(yard->reloader);
}

/* The same with what ${text} says. */
static void
begin(struct yard *yard, const char *text)
{
	begin_with(yard, harbour_config(yard->harbour, "%s", text));
}

static int
set_up(void **state)
{
	struct yard *yard = calloc(1, sizeof(*yard));

	if (yard == NULL)
		return -1;
	yard->harbour = harbour_new();
	buf_init(&yard->report, 1u << 20);
	(void)snprintf(yard->path, sizeof(yard->path), "%s/walship.yml",
	    yard->harbour->scratch.data);
	(void)snprintf(yard->theirs, sizeof(yard->theirs), "%s/p.yml",
	    yard->harbour->scratch.data);
	begin(yard, ONE);
	*state = yard;
	return 0;
}

static int
tear_down(void **state)
{
	struct yard *yard = *state;

	assert_int_equal(yard->failed, 0);
	reloader_free(yard->reloader);
	harbour_free(yard->harbour);
	buf_release(&yard->report);
	free(yard);
	return 0;
}

static void
a_file_takes_effect(void **state)
{
	struct yard *yard = *state;
	struct harbour *f = yard->harbour;

	harbour_live(f, 10);
	assert_true(reload(yard,
	    "remote_write:\n"
	    "- {name: a, url: 'http://r0/w', headers: {X-Test: new}}\n"
	    "- {name: b, url: 'http://r1/w'}\n"));
	assert_string_equal(buf_text(&yard->report),
	    "receivers: 0 unchanged, 1 changed, 0 with other series, "
	    "1 added, 0 removed\n");
	harbour_live(f, 10);
	harbour_settle(f);
	harbour_expect_all(f, 0);
	harbour_expect_all(f, 1);
	assert_string_equal(f->ports[0].header, "new");
}

/* All faults are told, and all goes on as it was. */
static void
a_bad_file_changes_nothing_and_says_why(void **state)
{
	struct yard *yard = *state;
	struct harbour *f = yard->harbour;
	const char *said;

	harbour_live(f, 10);
	assert_false(reload(yard,
	    "log: {level: loud}\n"
	    "remote_write: [{name: b, url: 'http://r1/w', bogus: 1}]\n"));
	said = buf_text(&yard->report);
	assert_non_null(strstr(said, "walship.yml:4:14: log.level"));
	assert_non_null(
	    strstr(said, "walship.yml:5:46: remote_write[0]: unknown"));
	assert_non_null(strstr(said, "\nnothing was changed\n"));
	assert_int_equal(
	    harbour_exposed(f, "\nwalship_config_last_reload_successful 0\n"),
	    1);
	(void)unlink(yard->path);
	assert_false(reloader_reload(yard->reloader, &yard->report));
	harbour_live(f, 10);
	harbour_settle(f);
	harbour_expect_all(f, 0);
	assert_int_equal(f->ports[0].again, 0);
	assert_int_equal(f->ports[1].requests, 0);

	assert_true(reload(yard, ONE));
	assert_int_equal(
	    harbour_exposed(f, "\nwalship_config_last_reload_successful 1\n"),
	    1);
}

static void
when_it_last_went_well_is_known(void **state)
{
	static const char at_start[] =
	    "\nwalship_config_last_reload_success_timestamp_seconds "
	    "1767323045\n";
	static const char later[] =
	    "\nwalship_config_last_reload_success_timestamp_seconds "
	    "1767323055\n";
	struct yard *yard = *state;
	struct harbour *f = yard->harbour;

	assert_int_equal(harbour_exposed(f, at_start), 1);
	(void)sim_run(f->sim, 10 * CLOCK_SEC);
	assert_false(reload(yard, ""));
	assert_int_equal(harbour_exposed(f, at_start), 1);
	assert_true(reload(yard, ONE));
	assert_int_equal(harbour_exposed(f, later), 1);
}

/* The rest of the file is put into effect. */
static void
what_needs_a_restart_is_named(void **state)
{
	struct yard *yard = *state;
	struct harbour *f = yard->harbour;
	unsigned int i;

	harbour_live(f, 10);
	/* It is named each time, as long as the file says so. */
	for (i = 0; i < 2; i++) {
		write_file(yard,
		    "prometheus: {data_dir: /else}\nstate_dir: /other\n",
		    "external_labels: {host: h2}\n" ONE);
		buf_reset(&yard->report);
		assert_true(reloader_reload(yard->reloader, &yard->report));
		assert_non_null(strstr(buf_text(&yard->report),
		    "prometheus.data_dir, state_dir: changes with a restart "
		    "only\n"));
	}
	harbour_live(f, 10);
	harbour_settle(f);
	harbour_expect_all(f, 0);
	assert_string_equal(f->ports[0].host, "h2");
}

/* How many bytes a line of level info takes in the log now. */
static off_t
info_takes(FILE *log)
{
	off_t before = lseek(fileno(log), 0, SEEK_END);

	log_info("here");
	return lseek(fileno(log), 0, SEEK_END) - before;
}

static void
the_log_is_changed_at_once(void **state)
{
	struct yard *yard = *state;
	FILE *log = tmpfile();

	assert_non_null(log);
	log_to(fileno(log));
	assert_true(reload(yard, "log: {level: error}\n" ONE));
	assert_int_equal(info_takes(log), 0);
	assert_true(reload(yard, "log: {level: info}\n" ONE));
	assert_true(info_takes(log) > 0);
	/* A file that is refused does not change it either. */
	assert_false(reload(yard, "log: {level: error}\nbogus: 1\n" ONE));
	assert_true(info_takes(log) > 0);
	log_to(STDERR_FILENO);
	log_init(LOG_ERROR + 1, LOG_LOGFMT);
	(void)fclose(log);
}

/* systemd is told when it begins and when it has ended, whatever comes of it. */
static void
systemd_is_told(void **state)
{
	struct yard *yard = *state;
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	const void *at = &address;
	char said[256] = "", wanted[64];
	unsigned int i;

	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s/notify",
	    yard->harbour->scratch.data);
	assert_int_equal(bind(fd, at, sizeof(address)), 0);
	assert_int_equal(setenv("NOTIFY_SOCKET", address.sun_path, 1), 0);
	(void)snprintf(wanted, sizeof(wanted),
	    "RELOADING=1\nMONOTONIC_USEC=%llu",
	    (unsigned long long)sim_now(yard->harbour->sim));
	for (i = 0; i < 2; i++) {
		assert_int_equal(reload(yard, i == 0 ? ONE : "bogus"), i == 0);
		memset(said, 0, sizeof(said));
		assert_true(recv(fd, said, sizeof(said) - 1, 0) > 0);
		assert_string_equal(said, wanted);
		memset(said, 0, sizeof(said));
		assert_true(recv(fd, said, sizeof(said) - 1, 0) > 0);
		assert_string_equal(said, "READY=1");
	}
	(void)unsetenv("NOTIFY_SOCKET");
	(void)close(fd);
}

/* Have Prometheus's configuration be ${text}, and wait until it is seen. */
static void
put_theirs(struct yard *yard, const char *text)
{
	FILE *file = fopen(yard->theirs, "w");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
	(void)sim_run(yard->harbour->sim, FILEWATCH_POLL + 2 * FILEWATCH_REST);
}

/* Reload with ${text} and Prometheus's configuration in its place. */
static bool
reload_with_theirs(struct yard *yard, const char *text)
{
	char head[512];

	(void)snprintf(head, sizeof(head),
	    "prometheus: {data_dir: %s, config_file: %s}\nstate_dir: %s\n",
	    yard->harbour->scratch.data, yard->theirs,
	    yard->harbour->state_dir);
	write_file(yard, head, text);
	buf_reset(&yard->report);
	return reloader_reload(yard->reloader, &yard->report);
}

static void
prometheuss_own_labels_are_followed(void **state)
{
	struct yard *yard = *state;
	struct harbour *f = yard->harbour;

	/* Never without them. */
	assert_false(reload_with_theirs(yard, ONE));
	put_theirs(yard, "global: {external_labels: {a_host: p1}}\n");
	assert_true(reload_with_theirs(yard, ONE));
	harbour_live(f, 10);
	assert_string_equal(f->ports[0].host, "p1");

	/* An edit of ours waits for its own reload. */
	write_file(yard, head_of(yard), "bogus: 1\n");
	put_theirs(yard, "global: {external_labels: {a_host: p2}}\n");
	harbour_live(f, 10);
	assert_string_equal(f->ports[0].host, "p2");
	put_theirs(yard, "global: [");
	(void)unlink(yard->theirs);
	(void)sim_run(f->sim, 2 * FILEWATCH_POLL);
	harbour_live(f, 10);
	assert_string_equal(f->ports[0].host, "p2");
	put_theirs(yard, "global: {external_labels: {a_host: p3}}\n");

	harbour_live(f, 10);
	harbour_settle(f);
	assert_string_equal(f->ports[0].host, "p3");
	harbour_expect_all(f, 0);
	/* It is looked at no more once it is not named. */
	assert_true(reload(yard, ONE));
	put_theirs(yard, "global: {external_labels: {a_host: p4}}\n");
	harbour_live(f, 10);
	harbour_settle(f);
	assert_string_not_equal(f->ports[0].host, "p4");
	(void)unlink(yard->theirs);
}

/* As by who writes it while walship starts. */
static void
what_changes_once_it_was_read_is_followed(void **state)
{
	struct yard *yard = *state;
	struct config *config;

	put_theirs(yard, "global: {external_labels: {a_host: p1}}\n");
	assert_true(reload_with_theirs(yard, ONE));
	config = effective_load(yard->path, &yard->report);
	assert_non_null(config);
	put_theirs(yard, "global: {external_labels: {a_host: other}}\n");
	begin_with(yard, config);
	harbour_live(yard->harbour, 10);
	assert_string_equal(yard->harbour->ports[0].host, "other");
	(void)unlink(yard->theirs);
}

static void
labels_wait_for_facts(void **state)
{
	struct yard *yard = *state;
	struct harbour *f = yard->harbour;
	struct buf why;

	buf_init(&why, 1024);
	harbour_live(f, 10);
	assert_true(reloader_ready(yard->reloader, &why));
	/* Until they are known all stays as it was, ... */
	assert_true(
	    reload(yard, "external_labels: {a_host: '${vmName}'}\n" ONE));
	assert_non_null(
	    strstr(buf_text(&yard->report), "until then all stays as it was"));
	harbour_live(f, 10);
	harbour_settle(f);
	harbour_expect_all(f, 0);
	assert_string_not_equal(f->ports[0].host, "vm-1");
	assert_true(reloader_ready(yard->reloader, &why));

	/* ... then they are there, ... */
	(void)strcpy(yard->machine.facts.text[FACT_VM_NAME], "vm-1");
	yard->machine.known = true;
	reloader_settle(yard->reloader);
	harbour_live(f, 10);
	assert_string_equal(f->ports[0].host, "vm-1");

	/* ... and they may change. */
	(void)strcpy(yard->machine.facts.text[FACT_VM_NAME], "vm-2");
	reloader_settle(yard->reloader);
	harbour_live(f, 10);
	harbour_settle(f);
	assert_string_equal(f->ports[0].host, "vm-2");
	harbour_expect_all(f, 0);
	buf_release(&why);
}

/* A start of now is then when it began to wait: tests/e2e/test_labels. */
static void
what_waits_from_the_start_loses_nothing(void **state)
{
	struct yard *yard = *state;
	struct harbour *f = yard->harbour;
	struct buf why;

	buf_init(&why, 1024);
	harbour_close(f);
	harbour_open(f);
	begin(yard, "external_labels: {a_host: '${vmName}'}\n" ONE);
	assert_false(reloader_ready(yard->reloader, &why));
	assert_non_null(strstr(buf_text(&why), "what Azure says"));
	harbour_live(f, 10);
	harbour_settle(f);
	assert_int_equal(f->ports[0].requests, 0);
	/* So does an edit meanwhile. */
	assert_true(
	    reload(yard, "external_labels: {a_host: 'is-${vmName}'}\n" ONE));

	(void)strcpy(yard->machine.facts.text[FACT_VM_NAME], "vm-1");
	yard->machine.known = true;
	reloader_settle(yard->reloader);
	assert_true(reloader_ready(yard->reloader, &why));
	harbour_live(f, 1);
	harbour_settle(f);
	harbour_expect_all(f, 0);
	assert_string_equal(f->ports[0].host, "is-vm-1");
	buf_release(&why);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(a_file_takes_effect),
		TEST(a_bad_file_changes_nothing_and_says_why),
		TEST(when_it_last_went_well_is_known),
		TEST(what_needs_a_restart_is_named),
		TEST(the_log_is_changed_at_once),
		TEST(systemd_is_told),
		TEST(prometheuss_own_labels_are_followed),
		TEST(what_changes_once_it_was_read_is_followed),
		TEST(labels_wait_for_facts),
		TEST(what_waits_from_the_start_loses_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
