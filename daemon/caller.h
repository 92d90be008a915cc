/* SPDX-License-Identifier: Apache-2.0 */
/* caller.h -- who asks at the local socket: under which name, and whether they may.
 *
 * The daemon's own user and root always may; with `socket_group` set, so may that group's members.
 * Both answers are the kernel's word about the moment of connect (SO_PEERCRED, SO_PEERGROUPS), the
 * same that let the caller open the socket file: a member who was added logs in anew, as for any
 * file. getgrouplist was rejected: it asks the user database, which may be across a network, on the
 * loop, and could only differ from what the file's mode has decided already. One look into that
 * database remains, once per connection: the uid's login name, which becomes the author. Where
 * accounts come from a network, sssd or nscd keep it at hand; a lookup that fails gives "uid:N".
 * Thread: loop only. */
#ifndef BF_CALLER_H
#define BF_CALLER_H

#include <stdbool.h>
#include <sys/types.h>

#include "protocol/entry.h"
#include "protocol/fault.h"

struct caller_rule {
	bool by_group; /* else only our own user and root */
	gid_t group;
};

/* `group` is a name; "" leaves the rule without one. Returns 0, or BF_ENOTFOUND with the fault. */
int caller_rule_init(struct caller_rule *rule, const char *group, struct fault *f);
/* Give the bound, not yet listening socket file at `path` (0600) to the rule's group, as 0660, and
 * see that its members can reach it. Returns 0, or BF_EACCES with the fault said. */
int caller_open_file(const struct caller_rule *rule, const char *group, const char *path,
		     struct fault *f);
/* Who sits at the other end of `fd`: the user's number, -1 when the kernel does not tell, and name,
 * "uid:N" when it has none, "?" when the kernel does not tell. False: they may not ask. */
bool caller_admit(const struct caller_rule *rule, int fd, uid_t *uid,
		  char name[AUTHOR_BYTES_MAX + 1]);

#endif
