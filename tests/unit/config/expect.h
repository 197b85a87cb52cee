/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/config/expect.h - what a configuration comes to, in one line. */
#ifndef TESTS_UNIT_CONFIG_EXPECT_H
#define TESTS_UNIT_CONFIG_EXPECT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "agent/config/config.h"

#define OUT_MAX (1u << 20) /* Bytes of faults. */

/* What no configuration can lack: a line each, before what is tested. */
#define DATA "prometheus: {data_dir: /data}\n"
#define REMOTE "remote_write: [{url: 'http://h/w'}]\n"

/* The configuration that ${text} is. */
static inline struct config *
expect_config(const char *text)
{
	struct config *config;
	struct buf faults;

	buf_init(&faults, OUT_MAX);
	config = config_parse("f.yml", text, strlen(text), &faults);
	assert_string_equal(buf_text(&faults), "");
	assert_non_null(config);
	buf_release(&faults);
	return config;
}

/* That ${text} is right. */
static inline void
expect_right(const char *text)
{
	config_free(expect_config(text));
}

/* That ${text} is refused with exactly ${wanted}, after "f.yml:" each. */
static inline void
expect_faults(const char *text, const char *wanted)
{
	struct buf faults;

	buf_init(&faults, OUT_MAX);
	assert_null(config_parse("f.yml", text, strlen(text), &faults));
	assert_string_equal(buf_text(&faults), wanted);
	buf_release(&faults);
}

/* That ${text} is right, and is said to be ${notes}, one line each. */
static inline void
expect_notes(const char *text, const char *notes)
{
	struct config *config = expect_config(text);
	struct buf all;
	size_t i;

	buf_init(&all, OUT_MAX);
	for (i = 0; i < config->warnings_len; i++)
		buf_printf(&all, "%s\n", config->warnings[i]);
	assert_string_equal(buf_text(&all), notes);
	buf_release(&all);
	config_free(config);
}

#endif /* TESTS_UNIT_CONFIG_EXPECT_H */
