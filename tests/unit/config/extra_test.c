/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/config/expect.h"

/* What follows it continues the entry, two spaces in, from line 4 on. */
#define HEAD DATA "remote_write:\n- url: http://h/w\n"

static void
each_value_is_a_header(void **state)
{
	static const char text[] =
	    HEAD "  http_headers:\n"
		 "    X-One: {values: [a, b], secrets: [c], files: [f, /g]}\n"
		 "    X-Two: {files: ['h']}\n"
		 "    X-Three:\n"
		 "    X-Four: {values: []}\n";
	static const char *const wanted[][3] = { { "X-One", "a", NULL },
		{ "X-One", "b", NULL }, { "X-One", "c", NULL },
		{ "X-One", NULL, "/etc/w/f" }, { "X-One", NULL, "/g" },
		{ "X-Two", NULL, "/etc/w/h" } };
	const struct config_extra *extra;
	struct config *config;
	struct buf faults;
	size_t i;

	(void)state;
	buf_init(&faults, OUT_MAX);
	config = config_parse("/etc/w/f.yml", text, strlen(text), &faults);
	assert_string_equal(buf_text(&faults), "");
	assert_non_null(config);
	assert_int_equal(config->remotes[0].extras_len, 6);
	assert_true(config_authenticates(&config->remotes[0]));
	for (i = 0; i < 6; i++) {
		extra = &config->remotes[0].extras[i];
		assert_string_equal(extra->name, wanted[i][0]);
		if (wanted[i][1] != NULL)
			assert_string_equal(extra->value.text, wanted[i][1]);
		else
			assert_string_equal(extra->value.file, wanted[i][2]);
	}
	config_free(config);
	buf_release(&faults);
	expect_right(HEAD "  http_headers: {}\n");
}

static void
what_no_header_can_be_is_refused_and_not_quoted(void **state)
{
	(void)state;
	expect_faults(HEAD "  http_headers:\n"
			   "    Host: {values: [secret]}\n"
			   "    x-amz-date: {values: [secret]}\n"
			   "    'a b': {values: [secret]}\n"
			   "    A: {values: secret}\n"
			   "    B: {values: [\"se\\ncret\"], files: ['']}\n"
			   "    C: [secret]\n"
			   "    D: {value: [secret]}\n"
			   "    d: {values: [secret]}\n",
	    "f.yml:5:5: remote_write[0].http_headers.Host: set by walship "
	    "itself; remove it\n"
	    "f.yml:6:5: remote_write[0].http_headers.x-amz-date: set by "
	    "walship itself; remove it\n"
	    "f.yml:7:5: remote_write[0].http_headers: not a header name; write "
	    "'Name: value', with a space after the colon\n"
	    "f.yml:8:17: remote_write[0].http_headers.A.values: must be a "
	    "list, each entry after '- '\n"
	    "f.yml:9:18: remote_write[0].http_headers.B.values[0]: a control "
	    "character or line break; remove it\n"
	    "f.yml:9:39: remote_write[0].http_headers.B.files[0]: empty; name "
	    "a file, or remove it\n"
	    "f.yml:10:8: remote_write[0].http_headers.C: must be a mapping, as "
	    "'key: value'\n"
	    "f.yml:11:9: remote_write[0].http_headers.D: unknown key 'value'; "
	    "did you mean 'values'?\n"
	    "f.yml:12:5: remote_write[0].http_headers.d: the same header as in "
	    "line 11; keep one of the two\n");
	expect_faults(HEAD "  headers: {A: b}\n"
			   "  http_headers: {a: {values: [secret]}}\n",
	    "f.yml:5:3: remote_write[0].http_headers: one of them is among "
	    "headers too; keep one of the two\n");
}

static void
there_are_only_so_many(void **state)
{
	char text[1024] = HEAD "  http_headers: {a: {values: [";
	struct config *config;
	struct buf faults;
	unsigned int i;

	(void)state;
	for (i = 0; i < CONFIG_HEADERS_MAX; i++)
		strcat(text, "b, ");
	strcat(text, "b]}}\n");
	buf_init(&faults, OUT_MAX);
	config = config_parse("f.yml", text, strlen(text), &faults);
	assert_null(config);
	assert_non_null(strstr(buf_text(&faults),
	    "http_headers.a.values[64]: more than 64 headers; remove some"));
	buf_release(&faults);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_value_is_a_header),
		cmocka_unit_test(
		    what_no_header_can_be_is_refused_and_not_quoted),
		cmocka_unit_test(there_are_only_so_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
