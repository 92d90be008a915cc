/* SPDX-License-Identifier: Apache-2.0 */
/* sure.h -- questions about what is to be done, beside those about fields: a line, a yes or a no.
 *
 * Thread: one. Memory: said at each. */
#ifndef BF_SURE_H
#define BF_SURE_H

#include "client/client.h"

/* Ask for a line until there is one; *out is the caller's to free. CLIENT_DONE, or CLIENT_USAGE at the
 * end of input, with the fault that was there before. */
int sure_line(struct client *c, const char *what, char **out);
/* Yes or no. CLIENT_DONE and *yes, or CLIENT_USAGE at the end of input. */
int sure_yes(struct client *c, const char *question, bool *yes);

#endif
