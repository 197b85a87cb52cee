/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "packaging/azure/extension/status.h"
#include "tests/unit/azure/stage.h"

/* The first of the array that ${text} is. */
static json_t *
first(const char *text)
{
	json_t *json = json_loads(text, 0, NULL);
	json_t *one = json_incref(json_array_get(json, 0));

	assert_non_null(one);
	json_decref(json);
	return one;
}

static const char *
text_at(const json_t *json, const char *key)
{
	return json_string_value(json_object_get(json, key));
}

static void
a_status_has_all_that_the_agent_asks_for(void **state)
{
	const struct status status = { .kind = STATUS_ERROR,
		.code = 53,
		.message = "\"a\"\n\xff\x1b[0m",
		.applied = 1 };
	const json_t *inner, *message;
	struct buf out;
	json_t *json;

	(void)state;
	buf_init(&out, 1u << 16);
	status_put(&out, &status, 1767323045);
	json = first(buf_text(&out));
	assert_string_equal(
	    text_at(json, "timestampUTC"), "2026-01-02T03:04:05Z");
	assert_true(json_number_value(json_object_get(json, "version")) == 1.0);
	inner = json_object_get(json, "status");
	assert_string_equal(text_at(inner, "status"), "error");
	assert_string_equal(text_at(inner, "operation"), "Enable");
	assert_string_equal(
	    text_at(inner, "configurationAppliedTime"), "1970-01-01T00:00:01Z");
	assert_int_equal(
	    json_integer_value(json_object_get(inner, "code")), 53);
	message = json_object_get(inner, "formattedMessage");
	assert_string_equal(text_at(message, "lang"), "en-US");
	assert_string_equal(
	    text_at(message, "message"), "\"a\"\n\xef\xbf\xbd\x1b[0m");
	json_decref(json);
	buf_release(&out);
}

static void
each_kind_has_its_words(void **state)
{
	static const struct {
		enum status_kind kind;
		const char *status, *heartbeat;
	} words[] = {
		{ STATUS_TRANSITIONING, "transitioning", "Installing" },
		{ STATUS_SUCCESS, "success", "Ready" },
		{ STATUS_WARNING, "warning", "NotReady" },
		{ STATUS_ERROR, "error", "NotReady" },
	};
	struct status status = { .message = "m" };
	struct buf out;
	json_t *json;
	size_t i;

	(void)state;
	buf_init(&out, 1u << 16);
	for (i = 0; i < 4; i++) {
		status.kind = words[i].kind;
		buf_reset(&out);
		status_put(&out, &status, 0);
		json = first(buf_text(&out));
		assert_string_equal(
		    text_at(json_object_get(json, "status"), "status"),
		    words[i].status);
		json_decref(json);
		buf_reset(&out);
		status_put_heartbeat(&out, words[i].kind, "m");
		json = first(buf_text(&out));
		assert_string_equal(
		    text_at(json_object_get(json, "heartbeat"), "status"),
		    words[i].heartbeat);
		json_decref(json);
	}
	buf_release(&out);
}

static void
a_message_without_end_is_cut(void **state)
{
	struct status status = { .kind = STATUS_SUCCESS };
	char *folder = ((struct stage *)*state)->path, *text;
	struct environment environment = { .status_folder = folder };
	char *message = malloc(1u << 20);

	assert_non_null(message);
	memset(message, 1, 1u << 20);
	message[(1u << 20) - 1] = '\0';
	status.message = message;
	assert_int_equal(status_write(&environment, 4, &status, 0), 0);
	text = stage_read(*state, "4.status");
	assert_non_null(text);
	assert_true(strlen(text) < 128u << 10);
	json_decref(first(text));
	free(text);
	free(message);
}

static void
without_a_file_for_it_there_is_no_heartbeat(void **state)
{
	struct environment environment = { 0 };
	char *text, *path;

	assert_int_equal(
	    status_write_heartbeat(&environment, STATUS_SUCCESS, "m"), 0);
	path = strdup(stage_path(*state, "beat"));
	environment.heartbeat_file = path;
	assert_int_equal(
	    status_write_heartbeat(&environment, STATUS_SUCCESS, "m"), 0);
	text = stage_read(*state, "beat");
	assert_non_null(strstr(text, "\"Ready\""));
	free(text);
	free(path);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_status_has_all_that_the_agent_asks_for),
		cmocka_unit_test(each_kind_has_its_words),
		cmocka_unit_test_setup_teardown(
		    a_message_without_end_is_cut, stage_open, stage_close),
		cmocka_unit_test_setup_teardown(
		    without_a_file_for_it_there_is_no_heartbeat, stage_open,
		    stage_close),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
