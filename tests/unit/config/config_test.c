/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/config/expect.h"

/*
 * The linker puts these in the place of what the program itself calls; the
 * allocation that makes allocations_left zero fails, and no other.
 */
void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *old, size_t size);
char *__real_strdup(const char *text);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *old, size_t size);
char *__wrap_strdup(const char *text);

static size_t allocations_left;

static bool
fails(void)
{
	return allocations_left > 0 && --allocations_left == 0;
}

void *
__wrap_malloc(size_t size)
{
	return fails() ? NULL : __real_malloc(size);
}

void *
__wrap_calloc(size_t n, size_t size)
{
	return fails() ? NULL : __real_calloc(n, size);
}

void *
__wrap_realloc(void *old, size_t size)
{
	return fails() ? NULL : __real_realloc(old, size);
}

char *
__wrap_strdup(const char *text)
{
	return fails() ? NULL : __real_strdup(text);
}

/* A directory of this test's own, and a file in it. */
struct scratch {
	char dir[64];
	char path[128];
};

static int
setup(void **state)
{
	struct scratch *scratch = calloc(1, sizeof(*scratch));

	if (scratch == NULL)
		return -1;
	*state = scratch;
	(void)strcpy(scratch->dir, "/tmp/config_test.XXXXXX");
	if (mkdtemp(scratch->dir) == NULL)
		return -1;
	(void)snprintf(scratch->path, sizeof(scratch->path), "%s/walship.yml",
	    scratch->dir);
	return chmod(scratch->dir, 0755);
}

static int
teardown(void **state)
{
	struct scratch *scratch = *state;

	(void)unlink(scratch->path);
	(void)rmdir(scratch->dir);
	free(scratch);
	return 0;
}

/* Write ${text}, then spaces, ${len} bytes in all. */
static void
write_file(const struct scratch *scratch, const char *text, size_t len)
{
	FILE *file = fopen(scratch->path, "w");
	size_t i;

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	for (i = strlen(text); i < len; i++)
		assert_int_not_equal(fputc(' ', file), EOF);
	assert_int_equal(fclose(file), 0);
}

/* That ${path} is refused with "${path}${wanted}". */
static void
load_refused(const char *path, const char *wanted)
{
	struct buf faults;
	char line[512];

	buf_init(&faults, OUT_MAX);
	(void)snprintf(line, sizeof(line), "%s%s", path, wanted);
	assert_null(config_load(path, &faults));
	assert_string_equal(buf_text(&faults), line);
	buf_release(&faults);
}

static void
load_right(const char *path)
{
	struct config *config;
	struct buf faults;

	buf_init(&faults, OUT_MAX);
	config = config_load(path, &faults);
	assert_string_equal(buf_text(&faults), "");
	assert_non_null(config);
	config_free(config);
	buf_release(&faults);
}

static void
a_file_is_loaded(void **state)
{
	const struct scratch *scratch = *state;

	write_file(scratch, DATA REMOTE, 0);
	load_right(scratch->path);
	write_file(scratch, DATA "remote_write: 1\n", 0);
	load_refused(scratch->path,
	    ":2:15: remote_write: must be a list, each entry after '- '\n");
}

static void
a_file_has_a_ceiling(void **state)
{
	const struct scratch *scratch = *state;

	write_file(scratch, DATA REMOTE "#", CONFIG_FILE_MAX);
	load_right(scratch->path);
	write_file(scratch, DATA REMOTE "#", CONFIG_FILE_MAX + 1);
	load_refused(
	    scratch->path, ":1:1: more than 1048576 bytes; shorten it\n");
	write_file(scratch, DATA REMOTE "#", CONFIG_FILE_MAX + 8192);
	load_refused(
	    scratch->path, ":1:1: more than 1048576 bytes; shorten it\n");
}

static void
a_missing_file_is_named(void **state)
{
	const struct scratch *scratch = *state;

	load_refused(scratch->path,
	    ": cannot be read: No such file or directory; write a "
	    "configuration there, or name another with -c\n");
}

static void
any_other_reason_is_told(void **state)
{
	const struct scratch *scratch = *state;

	assert_int_equal(symlink(scratch->path, scratch->path), 0);
	load_refused(scratch->path,
	    ": cannot be read: Too many levels of symbolic links\n");
}

static void
a_fifo_is_refused_without_waiting(void **state)
{
	const struct scratch *scratch = *state;

	assert_int_equal(mkfifo(scratch->path, 0600), 0);
	load_refused(scratch->path,
	    ": not a regular file; write a configuration there, or name "
	    "another with -c\n");
}

static void
a_directory_or_device_is_refused(void **state)
{
	const struct scratch *scratch = *state;

	load_refused(scratch->dir,
	    ": not a regular file; write a configuration there, or name "
	    "another with -c\n");
	load_refused("/dev/zero",
	    ": not a regular file; write a configuration there, or name "
	    "another with -c\n");
}

static void
a_link_to_a_file_is_followed(void **state)
{
	const struct scratch *scratch = *state;
	char link[160];

	write_file(scratch, DATA REMOTE, 0);
	(void)snprintf(link, sizeof(link), "%s.link", scratch->path);
	assert_int_equal(symlink(scratch->path, link), 0);
	load_right(link);
	assert_int_equal(unlink(link), 0);
}

static void
an_unreadable_file_names_the_user_and_what_to_do(void **state)
{
	const struct scratch *scratch = *state;
	const uid_t me = geteuid();
	const struct passwd *user = getpwuid(me == 0 ? 65534 : me);
	struct config *config;
	struct buf faults;
	char uid[128];

	write_file(scratch, DATA REMOTE, 0);
	assert_int_equal(chmod(scratch->path, 0), 0);
	if (me == 0)
		assert_int_equal(seteuid(65534), 0);
	buf_init(&faults, OUT_MAX);
	config = config_load(scratch->path, &faults);
	(void)snprintf(uid, sizeof(uid),
	    " (uid %lu); let that user read the "
	    "file and enter the directories "
	    "above it\n",
	    (unsigned long)geteuid());
	assert_int_equal(seteuid(me), 0);
	assert_null(config);
	assert_memory_equal(
	    buf_text(&faults), scratch->path, strlen(scratch->path));
	assert_non_null(strstr(buf_text(&faults),
	    ": cannot be read: Permission denied for user "));
	assert_non_null(strstr(buf_text(&faults), uid));
	assert_non_null(strstr(buf_text(&faults),
	    user != NULL ? user->pw_name : "without a name"));
	buf_release(&faults);
}

static void
no_descriptor_is_left_open(void **state)
{
	const struct scratch *scratch = *state;
	int before, after;

	before = open("/dev/null", O_RDONLY | O_CLOEXEC);
	assert_int_not_equal(before, -1);
	assert_int_equal(close(before), 0);
	write_file(scratch, DATA REMOTE, 0);
	load_right(scratch->path);
	load_refused(scratch->dir,
	    ": not a regular file; write a configuration there, or name "
	    "another with -c\n");
	after = open("/dev/null", O_RDONLY | O_CLOEXEC);
	assert_int_equal(after, before);
	assert_int_equal(close(after), 0);
}

static void
all_faults_of_a_file_are_told_at_once(void **state)
{
	(void)state;
	expect_faults("prometheus: {data_dir: x, url: y}\n"
		      "strat: now\n"
		      "external_labels: {a: '${b'}\n"
		      "log: {level: loud}\n"
		      "log: {level: info}\n"
		      "remote_write:\n"
		      "- url: https://u:secret@/?sig=secret\n"
		      "  headers: {Host: secret, A: \"se\\ncret\"}\n"
		      "  remote_timeout: soon\n"
		      "- name: x\n"
		      "  google_iam: {}\n",
	    "f.yml:1:24: prometheus.data_dir: must be an absolute path, from "
	    "/ on\n"
	    "f.yml:1:32: prometheus.url: must begin with http:// or "
	    "https://\n"
	    "f.yml:2:1: unknown key 'strat'; did you mean 'start'?\n"
	    "f.yml:3:22: external_labels.a: a '${' without a name and '}'; "
	    "write a variable as ${NAME}, and $$ for a dollar sign\n"
	    "f.yml:4:14: log.level: 'loud' is not one of them; write debug, "
	    "info, warn or error\n"
	    "f.yml:5:1: the same key as in line 4; keep one of the two\n"
	    "f.yml:7:8: remote_write[0].url: has no usable host; write a "
	    "name, an IPv4 address, or an IPv6 address in [], after the //\n"
	    "f.yml:8:13: remote_write[0].headers.Host: set by walship itself; "
	    "remove it\n"
	    "f.yml:8:30: remote_write[0].headers.A: a control character or "
	    "line break; remove it\n"
	    "f.yml:9:19: remote_write[0].remote_timeout: 'soon' is no "
	    "duration; write numbers with units, as 500ms, 30s, 5m or 1h30m\n"
	    "f.yml:10:3: remote_write[1].url: missing; write where to send, "
	    "as https://host/api/v1/write\n"
	    "f.yml:11:3: remote_write[1].google_iam: not supported; write "
	    "oauth2 with grant_type: "
	    "urn:ietf:params:oauth:grant-type:jwt-bearer and the key of a "
	    "service account, or authorization with credentials_file\n");
}

static void
faults_without_end_are_counted(void **state)
{
	char text[16 * 200], *end = text;
	struct buf faults;
	size_t i, lines = 0;

	(void)state;
	end += sprintf(end, DATA REMOTE);
	for (i = 0; i < 150; i++)
		end += sprintf(end, "k%zu: 1\n", i);
	buf_init(&faults, OUT_MAX);
	assert_null(config_parse("f.yml", text, strlen(text), &faults));
	for (i = 0; i < faults.len; i++)
		lines += faults.data[i] == '\n';
	assert_int_equal(lines, CONFIG_FAULTS_MAX + 1);
	assert_non_null(
	    strstr(buf_text(&faults), "\nf.yml: and 50 more faults\n"));
	buf_release(&faults);
}

/* Whether ${text} was parsed without memory at the ${nth} allocation. */
static bool
parse_without_memory(const char *text, size_t nth)
{
	struct config *config;
	struct buf faults;
	bool failed;

	buf_init(&faults, OUT_MAX);
	assert_non_null(buf_reserve(&faults, 65536));
	allocations_left = nth;
	config = config_parse("f.yml", text, strlen(text), &faults);
	failed = allocations_left == 0;
	allocations_left = 0;
	if (failed) {
		assert_null(config);
		assert_non_null(strstr(buf_text(&faults), "out of memory\n"));
	}
	config_free(config);
	buf_release(&faults);
	return failed;
}

static void
want_of_memory_anywhere_is_told_and_leaks_nothing(void **state)
{
	static const char *const texts[] = { DATA
		"state_dir: /s\n"
		"external_labels: {a: b, c: '${HOSTNAME}'}\n"
		"web: {listen_address: ':0'}\n"
		"remote_write:\n"
		"- {url: 'http://h/?a=b', headers: {A: b, C: d}, name: x}\n"
		"- url: http://h/\n"
		"- url: http://h/\n",
		"a: 1\na: 2\nremote_write: [{url: x, headers: {B: ''}}]\n" };
	size_t i, nth;

	(void)state;
	for (i = 0; i < 2; i++) {
		for (nth = 1; parse_without_memory(texts[i], nth); nth++)
			continue;
		assert_true(nth > 15);
	}
}

static void
the_sample_configuration_is_right(void **state)
{
	const char *srcdir = getenv("srcdir");
	char path[4096];

	(void)state;
	(void)snprintf(path, sizeof(path), "%s/packaging/walship.yml",
	    srcdir != NULL ? srcdir : ".");
	load_right(path);
}

/* What a file has for its state directory; "" if it cannot be read. */
static void
expect_state_dir(
    const struct scratch *scratch, const char *text, const char *wanted)
{
	FILE *file = fopen(scratch->path, "w");
	struct buf faults;
	char *state_dir;

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
	buf_init(&faults, OUT_MAX);
	state_dir = config_state_dir(scratch->path, &faults);
	assert_string_equal(state_dir != NULL ? state_dir : "", wanted);
	assert_int_equal(faults.len > 0, state_dir == NULL);
	buf_release(&faults);
	free(state_dir);
}

static void
the_state_directory_is_found_among_faults(void **state)
{
	expect_state_dir(*state, "state_dir: /s\nbogus: 1\n", "/s");
	expect_state_dir(*state, "", "/var/lib/walship");
	expect_state_dir(*state, "[state_dir]", "/var/lib/walship");
	expect_state_dir(*state, "state_dir: [/s]", "/var/lib/walship");
	expect_state_dir(*state, "state_dir: ~", "/var/lib/walship");
	expect_state_dir(*state, "{", "");
}

/* Each holder lets go, in any order. */
static void
a_configuration_is_freed_by_its_last_holder(void **state)
{
	struct config *config = expect_config(DATA REMOTE);

	(void)state;
	assert_ptr_equal(config_share(config), config);
	(void)config_share(config);
	config_free(config);
	config_free(config);
	assert_string_equal(config->data_dir, "/data");
	config_free(config);
}

static void
nothing_can_be_freed(void **state)
{
	(void)state;
	config_free(NULL);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    a_file_is_loaded, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    a_file_has_a_ceiling, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    a_missing_file_is_named, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    any_other_reason_is_told, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    a_fifo_is_refused_without_waiting, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    a_directory_or_device_is_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    a_link_to_a_file_is_followed, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    an_unreadable_file_names_the_user_and_what_to_do, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(
		    no_descriptor_is_left_open, setup, teardown),
		cmocka_unit_test(all_faults_of_a_file_are_told_at_once),
		cmocka_unit_test(faults_without_end_are_counted),
		cmocka_unit_test(
		    want_of_memory_anywhere_is_told_and_leaks_nothing),
		cmocka_unit_test(the_sample_configuration_is_right),
		cmocka_unit_test_setup_teardown(
		    the_state_directory_is_found_among_faults, setup, teardown),
		cmocka_unit_test(a_configuration_is_freed_by_its_last_holder),
		cmocka_unit_test(nothing_can_be_freed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
