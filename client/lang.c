/* SPDX-License-Identifier: Apache-2.0 */
/* lang.c -- see lang.h. */
#include "client/lang.h"

#include <locale.h>
#include <stdlib.h>
#include <string.h>

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

void lang_widths(void)
{
	if (setlocale(LC_CTYPE, "C.UTF-8") == NULL)
		(void)setlocale(LC_CTYPE, "");
}
