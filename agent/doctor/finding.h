/* SPDX-License-Identifier: Apache-2.0 */
/* agent/doctor/finding.h - what a step found, and what to do about it. */
#ifndef AGENT_DOCTOR_FINDING_H
#define AGENT_DOCTOR_FINDING_H

#define FINDING_TEXT_MAX 1024u /* Bytes of each text, its NUL included. */

enum finding_result {
	FINDING_OK,
	FINDING_WARN, /* It works, and samples may be lost all the same. */
	FINDING_FAIL, /* It cannot work. */
	FINDING_SKIP, /* Not looked at, for what is said. */
};

/* Nothing secret is in it; what others said is as they said it. */
struct finding {
	enum finding_result result;
	char found[FINDING_TEXT_MAX];
	char mend[FINDING_TEXT_MAX]; /* "" if there is nothing to do. */
};

/* Set all of ${finding}, in place of what it was; texts too long are cut. */
void finding_ok(struct finding *finding, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void finding_skip(struct finding *finding, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The same with what to do, ${mend}. */
void finding_warn(struct finding *finding, const char *mend, const char *format,
    ...) __attribute__((format(printf, 3, 4)));
void finding_fail(struct finding *finding, const char *mend, const char *format,
    ...) __attribute__((format(printf, 3, 4)));

/* Set what to do where that is made up. */
void finding_mend(struct finding *finding, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/**
 * finding_split(finding, text, mend):
 * Fail with ${text}, of the form "what; what to do", as the agent logs it; what
 * to do is ${mend} if it does not say.
 */
void finding_split(struct finding *finding, const char *text, const char *mend);

/* "ok", "warn", "fail" or "skip". */
const char *finding_word(enum finding_result result);

#endif /* AGENT_DOCTOR_FINDING_H */
