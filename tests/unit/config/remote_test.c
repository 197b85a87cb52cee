/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "tests/unit/config/expect.h"

static void
unnamed_entries_are_numbered_where_they_share_a_url(void **state)
{
	static const char *const wanted[] = { "http://h/w", "own", "http://g/",
		"http://h/w#2", "http://h/w#3", "http://g/#2" };
	struct config *config = expect_config(DATA "remote_write:\n"
						   "- url: http://h/w\n"
						   "- url: http://h/w\n"
						   "  name: own\n"
						   "- url: http://g/\n"
						   "- url: http://u@H/w\n"
						   "- url: http://h/w?a=b\n"
						   "- url: http://g/\n");
	size_t i;

	(void)state;
	assert_int_equal(config->remotes_len, 6);
	for (i = 0; i < 6; i++)
		assert_string_equal(config->remotes[i].name, wanted[i]);
	assert_int_equal(config->remotes[1].line, 4);
	assert_int_equal(config->remotes[2].line, 6);
	config_free(config);
}

static void
names_that_hang_on_the_order_are_noted(void **state)
{
	struct config *config =
	    expect_config(DATA "remote_write:\n"
			       "- url: http://h/w?a\n"
			       "- url: http://h/w?b\n"
			       "- {url: 'http://h/w?c', name: n}\n");

	(void)state;
	assert_int_equal(config->warnings_len, 1);
	assert_string_equal(config->warnings[0],
	    "f.yml:4:3: remote_write[1]: scheme, host and path are those of "
	    "another entry, and tell it apart only by its place in the list; "
	    "give both a name");
	config_free(config);
}

static void
each_of_several_urls_adds_its_own_to_the_name(void **state)
{
	static const char *const wanted[] = { "n/a:1/w", "n/b/w", "n/b/w#2",
		"http://a/w", "https://a/w", "n/b/w#3" };
	struct config *config = expect_config(
	    DATA "remote_write:\n"
		 "- urls: ['http://A:1/w', 'https://u@b/w', 'http://b/w?x']\n"
		 "  name: n\n"
		 "- urls: ['http://a/w', 'https://a/w']\n"
		 "- {name: n/b/w#3, url: 'http://c/'}\n");
	size_t i;

	(void)state;
	assert_int_equal(config->remotes_len, 6);
	for (i = 0; i < 6; i++)
		assert_string_equal(config->remotes[i].name, wanted[i]);
	assert_int_equal(config->warnings_len, 0);
	config_free(config);
	expect_faults(DATA "remote_write:\n"
			   "- {name: n, urls: ['http://a/', 'http://b/']}\n"
			   "- {name: n, url: 'http://c/'}\n"
			   "- {name: n/b/, url: 'http://c/'}\n"
			   "- {name: n, urls: ['http://d/', 'http://e/']}\n",
	    "f.yml:4:10: remote_write[1].name: the name of the entry in line "
	    "3; write another\n"
	    "f.yml:5:10: remote_write[2].name: the name of the entry in line "
	    "3; write another\n"
	    "f.yml:6:10: remote_write[3].name: the name of the entry in line "
	    "3; write another\n");
}

/* The number of the list whose first member is entry ${i} of ${text}. */
static uint32_t
list_of(const char *text, size_t i)
{
	struct config *config = expect_config(text);
	uint32_t list = config->remotes[i].share_list;

	config_free(config);
	return list;
}

static void
a_list_has_a_number_of_its_own(void **state)
{
#define LIST(urls_) \
	DATA "remote_write:\n- url: http://s/\n- urls: [" urls_ "]\n"
	uint32_t list = list_of(LIST("'http://a/w', 'http://b/w'"), 1);

	(void)state;
	assert_int_equal(list_of(LIST("'http://a/w', 'http://b/w'"), 0), 0);
	assert_int_equal(list_of(LIST("'http://a/w'"), 1), 0);
	assert_int_not_equal(list, 0);
	assert_int_equal(list_of(LIST("'http://a/w', 'http://b/w'"), 2), list);
	assert_int_equal(
	    list_of(LIST("'http://a/w?x=1', 'http://u@B/w'"), 1), list);
	assert_int_not_equal(
	    list_of(LIST("'http://b/w', 'http://a/w'"), 1), list);
	assert_int_not_equal(
	    list_of(LIST("'http://a/w', 'http://c/w'"), 1), list);
}

static void
urls_count_as_entries(void **state)
{
	char text[64 * (CONFIG_REMOTES_MAX + 2)];
	size_t i, len;

	(void)state;
	len = (size_t)snprintf(text, sizeof(text),
	    DATA "remote_write:\n- url: http://g/\n- urls:\n");
	for (i = 0; i < CONFIG_REMOTES_MAX; i++)
		len += (size_t)snprintf(
		    text + len, sizeof(text) - len, "  - http://h/%zu\n", i);
	expect_faults(text,
	    "f.yml:4:3: remote_write[1]: more than 64 urls in all; remove "
	    "some\n");
	(void)snprintf(text + len, sizeof(text) - len, "  - http://i/\n");
	expect_faults(text,
	    "f.yml:69:5: remote_write[1].urls[64]: more than 64; remove "
	    "some\n");
}

static void
a_name_is_given_once(void **state)
{
	(void)state;
	expect_faults(DATA "remote_write:\n"
			   "- {url: 'http://h/', name: a}\n"
			   "- {url: 'http://h/', name: b}\n"
			   "- {url: 'http://h/', name: a}\n",
	    "f.yml:5:28: remote_write[2].name: the name of the entry in line "
	    "3; write another\n");
}

static void
a_given_name_is_not_one_that_is_made(void **state)
{
	(void)state;
	expect_faults(DATA "remote_write:\n"
			   "- {url: 'http://g/', name: 'http://h/'}\n"
			   "- url: http://h/\n"
			   "- url: http://h/\n"
			   "- {url: 'http://g/', name: 'http://h/#2'}\n",
	    "f.yml:3:28: remote_write[0].name: the name of the entry in line "
	    "4, made of its url; write another\n"
	    "f.yml:6:28: remote_write[3].name: the name of the entry in line "
	    "5, made of its url; write another\n");
}

static void
faulty_urls_have_no_names_to_clash(void **state)
{
	(void)state;
	expect_faults(DATA "remote_write:\n- url: x\n- url: x\n"
			   "- {name: a, url: x}\n",
	    "f.yml:3:8: remote_write[0].url: must begin with http:// or "
	    "https://\n"
	    "f.yml:4:8: remote_write[1].url: must begin with http:// or "
	    "https://\n"
	    "f.yml:5:18: remote_write[2].url: must begin with http:// or "
	    "https://\n");
}

static void
the_list_must_be_one_and_have_an_entry(void **state)
{
	(void)state;
	expect_faults(DATA "remote_write: []\n",
	    "f.yml:2:15: remote_write: empty; add an entry with a url\n");
	expect_faults(DATA "remote_write: {url: 'http://h/'}\n",
	    "f.yml:2:15: remote_write: must be a list, each entry after "
	    "'- '\n");
	expect_faults(DATA "remote_write:\n",
	    "f.yml:2:1: remote_write: missing; add an entry with a url\n");
	expect_faults(DATA,
	    "f.yml:1:1: remote_write: missing; add an entry with a url\n");
}

static void
an_entry_must_be_a_mapping_and_is_not_quoted(void **state)
{
	(void)state;
	expect_faults(DATA "remote_write:\n"
			   "- https://u:secret@h/\n"
			   "- url:https://u:secret@h/\n"
			   "-\n"
			   "- [secret]\n",
	    "f.yml:3:3: remote_write[0]: must be a mapping, as 'key: value'\n"
	    "f.yml:4:3: remote_write[1]: must be a mapping, as 'key: value'\n"
	    "f.yml:5:2: remote_write[2]: must be a mapping, as 'key: value'\n"
	    "f.yml:6:3: remote_write[3]: must be a mapping, as 'key: "
	    "value'\n");
}

static void
the_number_of_entries_has_a_ceiling(void **state)
{
	char text[64 * (CONFIG_REMOTES_MAX + 2)];
	struct config *config;
	size_t i, len;

	(void)state;
	len = (size_t)snprintf(text, sizeof(text), DATA "remote_write:\n");
	for (i = 0; i < CONFIG_REMOTES_MAX; i++)
		len += (size_t)snprintf(
		    text + len, sizeof(text) - len, "- url: http://h/\n");
	config = expect_config(text);
	assert_int_equal(config->remotes_len, CONFIG_REMOTES_MAX);
	assert_string_equal(config->remotes[63].name, "http://h/#64");
	config_free(config);
	(void)snprintf(text + len, sizeof(text) - len, "- url: http://h/\n");
	expect_faults(text,
	    "f.yml:67:3: remote_write[64]: more than 64 "
	    "entries; remove some\n");
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    unnamed_entries_are_numbered_where_they_share_a_url),
		cmocka_unit_test(names_that_hang_on_the_order_are_noted),
		cmocka_unit_test(each_of_several_urls_adds_its_own_to_the_name),
		cmocka_unit_test(a_list_has_a_number_of_its_own),
		cmocka_unit_test(urls_count_as_entries),
		cmocka_unit_test(a_name_is_given_once),
		cmocka_unit_test(a_given_name_is_not_one_that_is_made),
		cmocka_unit_test(faulty_urls_have_no_names_to_clash),
		cmocka_unit_test(the_list_must_be_one_and_have_an_entry),
		cmocka_unit_test(an_entry_must_be_a_mapping_and_is_not_quoted),
		cmocka_unit_test(the_number_of_entries_has_a_ceiling),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
