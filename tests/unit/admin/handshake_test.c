/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <gnutls/gnutls.h>
#include <string.h>
#include <unistd.h>

#include "agent/admin/handshake.h"
#include "tests/unit/admin/papers.h"
#include "tests/unit/admin/web.h"

#define GET "GET /-/healthy HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"
#define PATIENCE (10 * CLOCK_SEC)

/* A web configuration with this pair. */
static struct webfile *
make(const char *cert, const char *key)
{
	const char *const texts[] = { "tls_server_config:\n  cert: \"", cert,
		"\"\n  key: \"", key, "\"\n" };
	struct webfile *web;
	struct buf yaml, faults;
	const char *c;
	size_t i;

	buf_init(&yaml, 1u << 16);
	buf_init(&faults, 1u << 16);
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		for (c = texts[i]; *c != '\0'; c++)
			if (*c == '\n' && i % 2 == 1)
				buf_puts(&yaml, "\\n");
			else
				buf_putc(&yaml, *c);
	web = webfile_parse("w", buf_text(&yaml), yaml.len, NULL, &faults);
	if (web == NULL)
		fail_msg("%s", buf_text(&faults));
	buf_release(&yaml);
	buf_release(&faults);
	return web;
}

/* Whether the other side of ${session} shows ${pem}. */
static bool
shows(gnutls_session_t session, const char *pem)
{
	const gnutls_datum_t text = { (unsigned char *)(uintptr_t)pem,
		(unsigned int)strlen(pem) };
	const gnutls_datum_t *shown;
	unsigned int len = 0;
	gnutls_datum_t der;
	bool same;

	shown = gnutls_certificate_get_peers(session, &len);
	assert_true(shown != NULL && len == 1);
	assert_true(gnutls_pem_base64_decode2("CERTIFICATE", &text, &der) >= 0);
	same = der.size == shown->size &&
	    memcmp(der.data, shown->data, der.size) == 0;
	gnutls_free(der.data);
	return same;
}

/* Ask over TLS; check who answers, and what. */
static void
expect_answer(struct web *web, const char *pem)
{
	uint64_t end = clock_monotonic(web->clock) + PATIENCE;
	gnutls_certificate_credentials_t none;
	gnutls_session_t session;
	char answer[4096] = "";
	ssize_t n = GNUTLS_E_AGAIN;
	int fd = web_connect(web, 0), r = GNUTLS_E_AGAIN;

	assert_true(fcntl(fd, F_SETFL, O_NONBLOCK) == 0);
	assert_true(gnutls_certificate_allocate_credentials(&none) >= 0);
	assert_true(
	    gnutls_init(&session, GNUTLS_CLIENT | GNUTLS_NONBLOCK) >= 0);
	(void)gnutls_set_default_priority(session);
	(void)gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE, none);
	gnutls_transport_set_int(session, fd);
	while (r == GNUTLS_E_AGAIN && clock_monotonic(web->clock) < end) {
		r = gnutls_handshake(session);
		assert_true(sd_event_run(web->event, 1000) >= 0);
	}
	assert_int_equal(r, GNUTLS_E_SUCCESS);
	assert_true(shows(session, pem));
	assert_int_equal(
	    gnutls_record_send(session, GET, strlen(GET)), strlen(GET));
	while (n == GNUTLS_E_AGAIN && clock_monotonic(web->clock) < end) {
		assert_true(sd_event_run(web->event, 1000) >= 0);
		n = gnutls_record_recv(session, answer, sizeof(answer) - 1);
	}
	assert_true(n > 0);
	assert_memory_equal(answer, "HTTP/1.1 200 ", 13);
	gnutls_deinit(session);
	gnutls_certificate_free_credentials(none);
	(void)close(fd);
}

static void
each_connection_has_the_certificate_of_when_it_comes(void **state)
{
	struct web *web = *state;
	struct webfile *renewed = make(B_CERTIFICATE, B_KEY);

	web->guard = make(A_CERTIFICATE, A_KEY);
	web_start(web, "127.0.0.1:0", NULL);
	assert_non_null(strstr(web_log(web), "scheme=https"));
	expect_answer(web, A_CERTIFICATE);
	admin_use(web->admin, renewed);
	webfile_free(renewed);
	expect_answer(web, B_CERTIFICATE);
}

static void
who_does_not_speak_tls_is_told_nothing(void **state)
{
	struct web *web = *state;

	web->guard = make(A_CERTIFICATE, A_KEY);
	web_start(web, "127.0.0.1:0", NULL);
	assert_null(strstr(web_ask(web, GET), "HTTP"));
	expect_answer(web, A_CERTIFICATE);
}

static void
tls_can_begin_and_end(void **state)
{
	struct web *web = *state;
	struct webfile *tls = make(A_CERTIFICATE, A_KEY);

	web_start(web, "127.0.0.1:0", NULL);
	assert_non_null(strstr(web_ask(web, GET), "HTTP/1.1 200 "));
	admin_use(web->admin, tls);
	(void)web_run(web, 50);
	expect_answer(web, A_CERTIFICATE);
	admin_use(web->admin, NULL);
	(void)web_run(web, 50);
	assert_non_null(strstr(web_ask(web, GET), "HTTP/1.1 200 "));
	webfile_free(tls);
}

static void
without_tls_there_are_no_options(void **state)
{
	struct MHD_OptionItem options[HANDSHAKE_OPTIONS];

	(void)state;
	assert_false(handshake_wanted(NULL));
	assert_int_equal(handshake_options(NULL, options), MHD_NO_FLAG);
	assert_int_equal(options[0].option, MHD_OPTION_END);
}

int
main(void)
{
#define ON_A_LOOP(test_) \
	cmocka_unit_test_setup_teardown(test_, web_setup, web_teardown)
	static const struct CMUnitTest tests[] = {
		ON_A_LOOP(each_connection_has_the_certificate_of_when_it_comes),
		ON_A_LOOP(who_does_not_speak_tls_is_told_nothing),
		ON_A_LOOP(tls_can_begin_and_end),
		cmocka_unit_test(without_tls_there_are_no_options),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
