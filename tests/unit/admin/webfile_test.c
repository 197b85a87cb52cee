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

#include "agent/admin/webfile.h"
#include "tests/unit/admin/papers.h"

#define HASH "$2y$10$abcdefghijklmnopqrstuuW5p4JYKzNQ5FhJ1N4yFQyYbTQvN1pZm"

/* A directory with certificates and keys. */
struct place {
	char dir[32], path[64];
	struct buf notes, faults;
};

static const struct {
	const char *name, *text;
} files[] = {
	{ "a.pem", A_CERTIFICATE },
	{ "a.key", A_KEY },
	{ "b.pem", B_CERTIFICATE },
	{ "b.key", B_KEY },
	{ "junk", "junk\n" },
};

#define FILES (sizeof(files) / sizeof(files[0]))

static int
set_up(void **state)
{
	struct place *place = calloc(1, sizeof(*place));
	char path[64];
	FILE *file;
	size_t i;

	assert_non_null(place);
	(void)strcpy(place->dir, "/tmp/webfile.XXXXXX");
	assert_non_null(mkdtemp(place->dir));
	(void)snprintf(
	    place->path, sizeof(place->path), "%s/web.yml", place->dir);
	for (i = 0; i < FILES; i++) {
		(void)snprintf(
		    path, sizeof(path), "%s/%s", place->dir, files[i].name);
		assert_non_null(file = fopen(path, "w"));
		assert_true(fputs(files[i].text, file) >= 0);
		assert_int_equal(fclose(file), 0);
	}
	buf_init(&place->notes, 1u << 16);
	buf_init(&place->faults, 1u << 16);
	*state = place;
	return 0;
}

static int
tear_down(void **state)
{
	struct place *place = *state;
	char path[64];
	size_t i;

	for (i = 0; i < FILES; i++) {
		(void)snprintf(
		    path, sizeof(path), "%s/%s", place->dir, files[i].name);
		(void)unlink(path);
	}
	(void)rmdir(place->dir);
	buf_release(&place->notes);
	buf_release(&place->faults);
	free(place);
	return 0;
}

/* What ${text} says, or NULL. */
static struct webfile *
parse(struct place *place, const char *text)
{
	buf_reset(&place->notes);
	buf_reset(&place->faults);
	return webfile_parse(
	    place->path, text, strlen(text), &place->notes, &place->faults);
}

/* Check that ${text} is wrong, for ${wanted}, where it is "LINE:COLUMN: ". */
static void
expect_fault(struct place *place, const char *text, const char *wanted)
{
	char line[512];
	struct webfile *web = parse(place, text);

	assert_null(web);
	(void)snprintf(line, sizeof(line), "%s:%s", place->path, wanted);
	if (strstr(buf_text(&place->faults), line) == NULL)
		fail_msg("no %s in: %s", line, buf_text(&place->faults));
}

static void
nothing_wants_nothing(void **state)
{
	static const char *const texts[] = { "", "{}", "tls_server_config: {}",
		"basic_auth_users:", "rate_limit: {interval: 0s}" };
	struct webfile *web;
	size_t i;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		assert_non_null(web = parse(*state, texts[i]));
		assert_null(web->tls);
		assert_false(webfile_vouches(web));
		assert_int_equal(web->rate_interval, 0);
		webfile_free(web);
	}
	assert_false(webfile_vouches(NULL));
	webfile_free(NULL);
}

static void
all_that_there_is_can_be_said(void **state)
{
	struct place *place = *state;
	struct webfile *web = parse(place,
	    "tls_server_config:\n"
	    "  cert_file: a.pem\n"
	    "  key_file: a.key\n"
	    "  client_auth_type: RequireAndVerifyClientCert\n"
	    "  client_ca_file: b.pem\n"
	    "  client_allowed_sans: [x.test]\n"
	    "  min_version: TLS12\n"
	    "  max_version: TLS13\n"
	    "  cipher_suites: [TLS_AES_128_GCM_SHA256]\n"
	    "  prefer_server_cipher_suites: false\n"
	    "  curve_preferences: [X25519, CurveP256]\n"
	    "http_server_config:\n"
	    "  http2: true\n"
	    "  headers:\n"
	    "    Content-Security-Policy: default-src 'self'\n"
	    "    X-Frame-Options: deny\n"
	    "    X-Content-Type-Options: nosniff\n"
	    "    X-XSS-Protection: ''\n"
	    "    Strict-Transport-Security: max-age=1\n"
	    "basic_auth_users:\n"
	    "  alice: " HASH "\n"
	    "rate_limit: {interval: 1s, burst: 20}\n");

	if (web == NULL)
		fail_msg("%s", buf_text(&place->faults));
	assert_non_null(web->tls);
	assert_true(server_tls_verifies(web->tls));
	assert_non_null(
	    strstr(server_tls_file(web->tls, SERVER_TLS_CLIENT_CA), "/b.pem"));
	assert_int_equal(web->headers_len, 4);
	assert_string_equal(webfile_header(web, "X-Frame-Options"), "deny");
	assert_null(webfile_header(web, "X-XSS-Protection"));
	assert_int_equal(web->users_len, 1);
	assert_string_equal(web->users[0].name, "alice");
	assert_string_equal(web->users[0].hash, HASH);
	assert_int_equal(web->rate_interval, 1000000);
	assert_int_equal(web->rate_burst, 20);
	assert_non_null(strstr(buf_text(&place->notes),
	    "13:3: http_server_config.http2: has no effect here"));
	/* Of two holders, the first goes. */
	assert_ptr_equal(webfile_share(web), web);
	webfile_free(web);
	assert_true(webfile_vouches(web));
	webfile_free(web);
}

static void
who_has_but_to_show_any_certificate_is_not_vouched_for(void **state)
{
	struct webfile *web = parse(*state,
	    "tls_server_config: {cert_file: a.pem, key_file: a.key, "
	    "client_auth_type: RequireClientCert}\n");

	assert_non_null(web);
	assert_false(webfile_vouches(web));
	webfile_free(web);
}

static void
certificates_can_be_written_out(void **state)
{
	static const char *const begin = "tls_server_config:\n  cert: \"";
	struct buf text;
	struct webfile *web;
	const char *c;

	buf_init(&text, 1u << 16);
	buf_puts(&text, begin);
	for (c = A_CERTIFICATE "\1" A_KEY; *c != '\0'; c++)
		if (*c == '\n')
			buf_puts(&text, "\\n");
		else if (*c == '\1')
			buf_puts(&text, "\"\n  key: \"");
		else
			buf_putc(&text, *c);
	buf_puts(&text, "\"\n");
	assert_non_null(web = parse(*state, buf_text(&text)));
	assert_null(server_tls_file(web->tls, SERVER_TLS_CERT));
	webfile_free(web);
	buf_release(&text);
}

#define TLS(rest_) "tls_server_config: {" rest_ "}"
#define PAIR "cert_file: a.pem, key_file: a.key, "

static void
what_of_tls_would_not_do_is_a_fault(void **state)
{
	static const struct {
		const char *text, *fault;
	} cases[] = {
		{ TLS("cert_file: a.pem"), "1:1: tls_server_config: no key; " },
		{ TLS("min_version: TLS12"),
		    "1:1: tls_server_config: no certificate; " },
		{ TLS("cert_file: a.pem, key_file: b.key"),
		    "1:49: tls_server_config.key_file: not the key of" },
		{ TLS("cert_file: junk, key_file: a.key"),
		    "1:32: tls_server_config.cert_file: no certificates in " },
		{ TLS("cert_file: a.pem, key_file: junk"),
		    "1:49: tls_server_config.key_file: no key in PEM " },
		{ TLS("cert_file: a.pem, key_file: none"),
		    "1:49: tls_server_config.key_file: /tmp/webfile." },
		{ TLS("cert_file: a.pem, key_file: /dev/null"), "1:49: " },
		{ TLS(PAIR "cert: x"),
		    "1:21: tls_server_config.cert_file: cert is given too" },
		{ TLS(PAIR "client_auth_type: Any"),
		    "1:74: tls_server_config.client_auth_type: 'Any' is not" },
		{ TLS(PAIR "client_ca_file: b.pem"),
		    "1:1: tls_server_config.client_auth_type: client_ca_" },
		{ TLS(PAIR "client_auth_type: VerifyClientCertIfGiven"),
		    "1:56: tls_server_config.client_auth_type: nothing to "
		    "verify" },
		{ TLS(PAIR "client_ca_file: junk, "
			   "client_auth_type: RequestClientCert"),
		    "1:72: tls_server_config.client_ca_file: no certif" },
		{ TLS(PAIR "client_allowed_sans: [a]"),
		    "1:1: tls_server_config.client_auth_type: client_allo" },
		{ TLS(PAIR "client_allowed_sans: []"),
		    "1:77: tls_server_config.client_allowed_sans: no name" },
		{ TLS(PAIR "client_allowed_sans: ['']"),
		    "1:78: tls_server_config.client_allowed_sans[0]: empty" },
		{ TLS(PAIR "min_version: TLS9"),
		    "1:69: tls_server_config.min_version: 'TLS9' is not" },
		{ TLS(PAIR "min_version: TLS13, max_version: TLS12"),
		    "1:1: tls_server_config: max_version is below" },
		{ TLS(PAIR "cipher_suites: [TLS_RSA_WITH_RC4_128_SHA]"),
		    "1:72: tls_server_config.cipher_suites[0]: 'TLS_RSA" },
		{ TLS(PAIR "curve_preferences: [CurveP257]"),
		    "1:76: tls_server_config.curve_preferences[0]: "
		    "'CurveP257' is not known; did you mean 'CurveP256'?" },
		{ TLS(PAIR "cert_flie: x"),
		    "1:56: tls_server_config: unknown key 'cert_flie'; did "
		    "you mean 'cert_file'?" },
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		expect_fault(*state, cases[i].text, cases[i].fault);
}

#define USER(hash_) "basic_auth_users: {alice: '" hash_ "'}"

static void
what_else_would_not_do_is_a_fault(void **state)
{
	static const struct {
		const char *text, *fault;
	} cases[] = {
		{ "tls_server: {}", "1:1: unknown key 'tls_server'; remove" },
		{ "[]", "1:1: must be a mapping" },
		{ USER("hunter2"), "1:27: basic_auth_users.alice: not a b" },
		{ USER("$2y$15$abcdefghijklmnopqrstuuW5p4JYKzNQ5FhJ1N4yFQyYbT"
		       "QvN1pZm"),
		    "1:27: basic_auth_users.alice: a hash whose cost" },
		{ USER("$2y$03$abcdefghijklmnopqrstuuW5p4JYKzNQ5FhJ1N4yFQyYbT"
		       "QvN1pZm"),
		    "1:27: basic_auth_users.alice: a hash whose cost" },
		{ USER("$2x$10$abcdefghijklmnopqrstuuW5p4JYKzNQ5FhJ1N4yFQyYbT"
		       "QvN1pZm"),
		    "1:27: basic_auth_users.alice: not a bcrypt" },
		{ USER("$2y$10$abcdefghijklmnopqrstuuW5p4JYKzNQ5FhJ1N4yFQyYbT"
		       "QvN1pZ!"),
		    "1:27: basic_auth_users.alice: not a bcrypt" },
		{ "basic_auth_users: {'a:b': '" HASH "'}",
		    "1:20: basic_auth_users.a:b: too long for a user's" },
		{ "basic_auth_users: [alice]",
		    "1:19: basic_auth_users: must be a mapping" },
		{ "rate_limit: {interval: 1s}",
		    "1:1: rate_limit: without a burst" },
		{ "rate_limit: {interval: soon, burst: 1}",
		    "1:24: rate_limit.interval: 'soon' is no duration" },
		{ "http_server_config: {headers: {X-Frame-Options: DENY}}",
		    "1:49: http_server_config.headers.X-Frame-Options: "
		    "'DENY' is not one of them; write deny or sameorigin" },
		{ "http_server_config: {headers: {X-Powered-By: me}}",
		    "1:32: http_server_config.headers: unknown key" },
		{ "http_server_config: {headers: {X-XSS-Protection: "
		  "\"a\\nb\"}}",
		    "1:50: http_server_config.headers.X-XSS-Protection: a "
		    "line break" },
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		expect_fault(*state, cases[i].text, cases[i].fault);
}

static void
all_faults_are_told_and_no_secret_is(void **state)
{
	struct place *place = *state;

	expect_fault(place,
	    "basic_auth_users: {alice: hunter2}\n"
	    "rate_limits: {}\n"
	    "tls_server_config: {key: hunter3}\n",
	    "2:1: unknown key 'rate_limits'; did you mean 'rate_limit'?");
	expect_fault(place, "tls_server_config: {cert: x, key: hunter3}",
	    "1:35: tls_server_config.key: no key in PEM");
	assert_null(strstr(buf_text(&place->faults), "hunter"));
}

static void
a_file_that_is_not_there_is_told_of(void **state)
{
	struct place *place = *state;

	assert_null(webfile_load(place->path, NULL, &place->faults));
	assert_non_null(strstr(buf_text(&place->faults),
	    "web.yml: cannot be read: No such file or directory; write one"));
}

int
main(void)
{
#define IN_A_PLACE(test_) \
	cmocka_unit_test_setup_teardown(test_, set_up, tear_down)
	static const struct CMUnitTest tests[] = {
		IN_A_PLACE(nothing_wants_nothing),
		IN_A_PLACE(all_that_there_is_can_be_said),
		IN_A_PLACE(
		    who_has_but_to_show_any_certificate_is_not_vouched_for),
		IN_A_PLACE(certificates_can_be_written_out),
		IN_A_PLACE(what_of_tls_would_not_do_is_a_fault),
		IN_A_PLACE(what_else_would_not_do_is_a_fault),
		IN_A_PLACE(all_faults_are_told_and_no_secret_is),
		IN_A_PLACE(a_file_that_is_not_there_is_told_of),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
