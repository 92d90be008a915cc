/* SPDX-License-Identifier: Apache-2.0 */
/* lang.c -- see lang.h. */
#include "client/lang.h"

#include <langinfo.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

char lang_of(const char *text)
{
	if (text == NULL)
		return 0;
	if (strncmp(text, "zh", 2) == 0)
		return 'z';
	return strncmp(text, "en", 2) == 0 ? 'e' : 0;
}

char lang_environment(void)
{
	static const char *const names[] = { "LC_ALL", "LC_MESSAGES", "LANG" };
	char lang = lang_of(getenv("BANGFU_LANG"));

	if (lang != 0)
		return lang;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *value = getenv(names[i]);
		if (value != NULL && *value != '\0')
			return lang_of(value) == 'z' ? 'z' : 'e';
	}
	return 'e';
}

/* The first that is set decides, as in setlocale(3). */
static const char *locale_told(void)
{
	static const char *const names[] = { "LC_ALL", "LC_CTYPE", "LANG" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *value = getenv(names[i]);
		if (value != NULL && *value != '\0')
			return value;
	}
	return "C";
}

/* By its name where it is not installed. The C locale says nothing of the terminal, and terminals
 * are UTF-8 today. */
bool lang_utf8(void)
{
	const char *told = locale_told(), *dot = strchr(told, '.');
	locale_t theirs = newlocale(LC_CTYPE_MASK, told, (locale_t)0);
	char codeset[32];

	if (strcmp(nl_langinfo(CODESET), "UTF-8") != 0)
		return false; /* of ours, that would measure */
	(void)snprintf(codeset, sizeof(codeset), "%s",
		       theirs != (locale_t)0 ? nl_langinfo_l(CODESET, theirs)
		       : dot != NULL         ? dot + 1
					     : "UTF-8");
	if (theirs != (locale_t)0)
		freelocale(theirs);
	return strncasecmp(codeset, "UTF-8", 5) == 0 || strncasecmp(codeset, "utf8", 4) == 0 ||
	       strcmp(codeset, "ANSI_X3.4-1968") == 0;
}

void lang_widths(void)
{
	if (setlocale(LC_CTYPE, "C.UTF-8") == NULL)
		(void)setlocale(LC_CTYPE, "");
}
