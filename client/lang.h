/* SPDX-License-Identifier: Apache-2.0 */
/* lang.h -- in which language to speak: --lang, BANGFU_LANG, then the locale; Chinese when the
 * locale is Chinese. */
#ifndef BF_LANG_H
#define BF_LANG_H

#include <stdbool.h>

/* 'z' or 'e' of "zh", "en" and longer forms of them; 0 when `text` is neither. */
char lang_of(const char *text);
/* The language of the environment. */
char lang_environment(void);
/* Make the C library measure UTF-8 whatever the locale is: our output is always UTF-8. */
void lang_widths(void);
/* Can characters be measured, and does the environment speak against a terminal in UTF-8? Only after
 * lang_widths. */
bool lang_utf8(void);

#endif
