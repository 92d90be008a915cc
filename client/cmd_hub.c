/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_hub.c -- what the hub's operator does: hand out tokens, shut a node out. */
#include <string.h>

#include "client/answer.h"
#include "client/command.h"
#include "client/json_out.h"

int cmd_token(struct client *c, const struct args *a)
{
	const char *place = args_get(a, "division");
	const char *role = args_get(a, "role");
	struct params p = { .count = 0 };
	struct mp_val s;
	char until[TIME_TEXT_MAX];
	uint64_t hours;

	if (place == NULL)
		return client_fail(c, CLIENT_USAGE, FAULT_OPTION_MISSING, "division",
				   "150722100200", NULL);
	if (args_uint(a, "hours", 1, 24 * 90, 0, &hours, &c->fault) != 0)
		return CLIENT_USAGE;
	params_text(&p, "division", place);
	params_text(&p, "role", role != NULL ? role : "village");
	if (hours > 0)
		params_uint(&p, "hours", hours);
	int code = client_call(c, "token", &p, &s);
	if (code != CLIENT_DONE)
		return code;
	if (c->format == FORMAT_JSON)
		return json_out_answer(c, s, NULL);
	/* The token stands alone on the answer's stream, so that it can be piped; what it is goes
	 * to the person. */
	struct bytes token = answer_text(s, "token");
	(void)fprintf(c->out, "%.*s\n", (int)token.len, (const char *)token.p);
	if (!c->quiet)
		(void)fprintf(
		    c->err,
		    say(c, "只能用一次，%s 前有效。在工作站上运行 bangfu enrol -，再粘贴登记码。\n",
			"Good once, until %s. On the station run bangfu enrol - and paste it.\n"),
		    time_text(answer_int(s, "expires_ms"), until));
	return CLIENT_DONE;
}

int cmd_revoke(struct client *c, const struct args *a)
{
	struct params p = { .count = 0 };
	struct mp_val s;

	/* A spreadsheet's apostrophe before an origin of digits alone (csv_out.h) is none of it. */
	params_text(&p, "origin", a->words[0] + (a->words[0][0] == '\''));
	int code = client_call(c, "revoke", &p, &s);
	if (code != CLIENT_DONE)
		return code;
	if (c->format == FORMAT_JSON)
		return json_out_answer(c, s, NULL);
	if (!c->quiet)
		(void)fprintf(c->out,
			      say(c, "已停用 %s。它不能再同步；已存的记录保留。\n",
				  "Revoked %s. It syncs no more; what it stored stays.\n"),
			      a->words[0]);
	return CLIENT_DONE;
}
