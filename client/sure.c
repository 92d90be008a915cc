/* SPDX-License-Identifier: Apache-2.0 */
/* sure.c -- see sure.h. */
#include "client/sure.h"

#include <stdlib.h>
#include <string.h>

#include "client/prompt.h"

int sure_line(struct client *c, const char *what, char **out)
{
	struct fault before = c->fault;

	for (;;) {
		int rc = prompt_line(c, what, out);

		if (rc == 0)
			return CLIENT_DONE;
		if (rc == BF_EFORMAT && prompt_possible())
			(void)fprintf(c->err, "%s\n", say(c, c->fault.zh, c->fault.en));
		else if (rc != BF_EINVAL || !prompt_possible())
			return CLIENT_USAGE;
		c->fault = before;
	}
}

static bool among(const char *word, const char *const *words)
{
	for (; *words != NULL; words++)
		if (strcasecmp(word, *words) == 0)
			return true;
	return false;
}

int sure_yes(struct client *c, const char *question, bool *yes)
{
	static const char *const yeses[] = { "是", "是的", "对", "好", "y", "yes", "1", NULL };
	static const char *const noes[] = { "否", "不", "不是", "n", "no", "0", NULL };
	char what[256];

	(void)snprintf(what, sizeof(what), "%s%s", question, say(c, "（是/否）", " (yes/no)"));
	for (;;) {
		char *answer = NULL;
		int code = sure_line(c, what, &answer);

		if (code != CLIENT_DONE)
			return code;
		*yes = among(answer, yeses);
		bool said = *yes || among(answer, noes);

		free(answer);
		if (said)
			return CLIENT_DONE;
	}
}
