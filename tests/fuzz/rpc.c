/* SPDX-License-Identifier: Apache-2.0 */
/* rpc.c -- requests and replies of the local socket: the same wherever the stream is cut, and
 * nothing read behind them. */
#include "protocol/rpc.h"

#include <string.h>

#include "tests/fuzz/fuzz.h"

static void request(struct bytes in)
{
	struct mp_doc doc = { 0 };
	struct rpc_request a = { 0 }, b = { 0 };
	struct fault f = { 0 };
	size_t used = 0, again = 0;

	int rc = rpc_take_request(in, &doc, &a, &used, &f);
	FUZZ_REQUIRE(used <= in.len);
	if (rc == 0) {
		uint8_t *exact = fuzz_copy(bytes_of(in.p, used));

		FUZZ_REQUIRE(used > 0 && a.method.len > 0 && a.method.len <= RPC_METHOD_MAX);
		FUZZ_REQUIRE(bytes_utf8(a.method));
		/* One map, or nothing: nil and [] say that there are none (rpc.h). */
		FUZZ_REQUIRE(mp_type_of(a.params) == MP_MAP || mp_type_of(a.params) == MP_NIL ||
			     (mp_type_of(a.params) == MP_ARRAY && mp_count(a.params) == 0));
		FUZZ_REQUIRE(rpc_take_request(bytes_of(exact, used), &doc, &b, &again, &f) == 0);
		FUZZ_REQUIRE(again == used && a.id == b.id);
		/* Any beginning of it asks for more. */
		for (size_t cut = 0; cut < used; cut += 1 + used / 8)
			FUZZ_REQUIRE(rpc_take_request(bytes_of(exact, cut), &doc, &b, &again, &f) ==
				     BF_EMORE);
		free(exact);
	} else if (rc == BF_EFORMAT) {
		FUZZ_REQUIRE(f.code != FAULT_NONE && f.en[0] != '\0');
	}
	mp_doc_fini(&doc);
}

static void reply(struct bytes in)
{
	struct mp_doc doc = { 0 };
	struct rpc_reply r;
	size_t used = 0;

	int rc = rpc_take_reply(in, &doc, &r, &used);
	if (rc == 0) {
		FUZZ_REQUIRE(used > 0 && used <= in.len);
		FUZZ_REQUIRE(!r.failed || r.fault.code != FAULT_NONE);
		FUZZ_REQUIRE(!r.failed || bytes_utf8(bytes_str(r.fault.en)));
		FUZZ_REQUIRE(!r.failed || !bytes_control(bytes_str(r.fault.zh)));
	}
	mp_doc_fini(&doc);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t len)
{
	request(bytes_of(p, len));
	reply(bytes_of(p, len));
	return 0;
}
