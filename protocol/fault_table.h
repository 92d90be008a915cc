/* SPDX-License-Identifier: Apache-2.0 */
/* The catalogue of fault.h. FAULT(code, stable name, BF_E..., Chinese, English); {a} {b} are details,
 * {where} the place. No include guard: it is included for its rows. Keep the rows sorted by theme.
 *   b of FAULT_ID_CHECKSUM: likely slips; and so on per row. */
/* clang-format off */
FAULT(FAULT_INTERNAL, "internal", BF_EBUG,
      "程序内部错误（{a}）。已保存的记录不受影响；请把这句话告诉技术人员。",
      "Internal error ({a}). Saved records are safe; please report this sentence.")
FAULT(FAULT_UNKNOWN_METHOD, "unknown_method", BF_EINVAL,
      "没有名为“{a}”的方法。用 methods 查看全部方法。",
      "There is no method “{a}”. Call methods to see them all.")
FAULT(FAULT_UNKNOWN_KIND, "unknown_kind", BF_EINVAL,
      "没有名为“{a}”的记录种类。可用：{b}。",
      "There is no kind of record “{a}”. Use one of: {b}.")
FAULT(FAULT_UNKNOWN_FIELD, "unknown_field", BF_EINVAL,
      "“{a}”没有字段“{where}”。可用：{b}。",
      "“{a}” has no field “{where}”. Use one of: {b}.")
FAULT(FAULT_MISSING_FIELD, "missing_field", BF_EINVAL,
      "缺少必填项“{a}”（{where}）。请补上后再试。",
      "The required field {where} ({a}) is missing. Please give it.")
FAULT(FAULT_BAD_PARAM, "bad_param", BF_EINVAL,
      "参数 {where} 不对：{a}。应为：{b}。",
      "Parameter {where} is wrong: {a}. Expected: {b}.")
/* The wire. a, b: which message or rule; numbers of entries. */
FAULT(FAULT_NO_MEMORY, "no_memory", BF_ENOMEM,
      "内存不足。已保存的记录不受影响；请关闭其他程序后再试。",
      "Out of memory. Saved records are safe; close other programs and try again.")
FAULT(FAULT_FILES_FEW, "files_few", BF_ENOMEM,
      "系统只许本程序同时打开 {a} 个文件，不够用（至少要 {b}）。请提高上限：ulimit -n {b}，或 systemd 单元里的 LimitNOFILE={b}。已保存的记录不受影响。",
      "The system lets this program open only {a} files at a time, and it needs {b}. Raise the limit: ulimit -n {b}, or LimitNOFILE={b} in the systemd unit. Saved records are safe.")
FAULT(FAULT_THREADS_FEW, "threads_few", BF_EBUSY,
      "系统不让本程序再开线程（这里要 {a} 个）。请提高上限（systemd 单元里的 TasksMax，或 ulimit -u），或关闭其他程序。已保存的记录不受影响。",
      "The system allows this program no further thread (it needs {a} here). Raise TasksMax in the systemd unit or ulimit -u, or close other programs. Saved records are safe.")
FAULT(FAULT_FOREIGN, "foreign", BF_EINVAL,
      "对方报告了本程序不认识的问题“{a}”。请升级本程序。",
      "The other side reports a problem this program does not know: “{a}”. Please upgrade.")
FAULT(FAULT_BAD_MESSAGE, "bad_message", BF_EFORMAT,
      "对方发来的消息不合规定（{a}）。本次同步已停止，记录没有丢失；若反复出现，请升级两端程序。",
      "The other side sent a message that breaks the protocol ({a}). This session stopped, nothing is "
      "lost; if it happens again, upgrade both programs.")
FAULT(FAULT_MESSAGE_NEWER, "message_newer", BF_EVERSION,
      "对方发来一种本程序不认识的消息，是更新的程序发来的。本次同步已停止，记录没有丢失；请升级较旧的一端。",
      "The other side sent a kind of message that only a newer program knows. This session stopped, nothing is lost; upgrade the "
      "older of the two programs.")
FAULT(FAULT_OUT_OF_TURN, "out_of_turn", BF_EORDER,
      "对方在同步中发来了不该此时出现的消息（{a}，此时状态为 {b}）。本次同步已停止，记录没有丢失；若反复出现，请升级两端程序。",
      "The other side sent a message out of turn ({a} in state {b}). This session stopped, nothing is "
      "lost; if it happens again, upgrade both programs.")
FAULT(FAULT_PROTOCOL, "protocol", BF_EVERSION,
      "对方说的协议版本（{a}）本程序不会。请升级较旧的一端。",
      "The other side speaks protocol version {a}, which this program does not. Upgrade the older one.")
FAULT(FAULT_WRONG_ORIGIN, "wrong_origin", BF_EACCES,
      "工作站报出的日志编号（{a}）与它的密钥不符。请在省平台核对该工作站，必要时重新登记。",
      "The node named a log ({a}) that is not its key's. Check the node at the hub; enrol it again if "
      "need be.")
FAULT(FAULT_BAD_ENTRY, "bad_entry", BF_EFORMAT,
      "收到的第 {a} 条记录不合规定（{b}），未入库。请在该工作站运行 bangfu verify。",
      "Entry {a} that came in breaks the rules ({b}) and was not stored. Run bangfu verify at that node.")
FAULT(FAULT_ENTRY_NEWER, "entry_newer", BF_EVERSION,
      "收到的第 {a} 条记录由更新的程序写成，省平台的程序不能读，未入库。记录仍在工作站，没有丢失；请升级省平台的程序，之后会自动再送。",
      "Entry {a} that came in was written by a newer program than the hub's and was not stored. It is kept at the station, nothing "
      "is lost; upgrade the hub's program, and it is sent again by itself.")
FAULT(FAULT_BROKEN_CHAIN, "broken_chain", BF_ECHAIN,
      "收到的记录到第 {a} 条时与签名的日志对不上，未入库。请在该工作站运行 bangfu verify。",
      "The entries that came in do not fit the signed log at entry {a} and were not stored. Run bangfu "
      "verify at that node.")
FAULT(FAULT_HEAD_SIGNATURE, "head_signature", BF_ESIGN,
      "第 {a} 条处的日志签名不是该工作站密钥所签，未入库。请在省平台核对该工作站。",
      "The log's signature at entry {a} is not made with that node's key; nothing was stored. Check the "
      "node at the hub.")
FAULT(FAULT_FORK, "fork", BF_EFORK,
      "第 {a} 条记录在本站和省平台内容不同，说明同一个工作站的数据被复制成了两份。没有发送任何记录；请停用其中一份，并联系省平台管理员。",
      "Entry {a} differs between this station and the hub: the data of one station was copied and used "
      "twice. Nothing was sent; stop using one copy and call the hub's operator.")
FAULT(FAULT_TOTAL_GROUPS, "total_groups", BF_EINVAL,
      "csv 里只有明细。分组的合计请不加 --list 再取一次。",
      "The csv has the entries alone. For the groups ask once more without --list.")
FAULT(FAULT_ROLLED_BACK, "rolled_back", BF_EFORK,
      "省平台已有本站 {a} 条记录，而本站只有 {b} 条：本站的数据是旧的（恢复过旧备份，或电脑被克隆）。没有发送任何记录。请换回最新的数据目录；找不回的，把本站的数据目录移到别处留好，重新启动，再用新的登记码登记。",
      "The hub holds {a} entries of this station but there are only {b} here: this store is an old one "
      "(a restored backup or a cloned computer). Nothing was sent. Put the newest data directory back; where there "
      "is none, move this one away and keep it, start anew and enrol with a new token.")
FAULT(FAULT_HUB_SIGNATURE, "hub_signature", BF_ESIGN,
      "省平台的回执签名（到第 {a} 条）不是登记时那个省平台所签。没有把它当作已存；请联系省平台管理员核对密钥。",
      "The hub's receipt up to entry {a} is not signed by the hub this station is enrolled at. It was not "
      "taken as stored; ask the hub's operator to check the key.")
FAULT(FAULT_HUB_BUSY, "hub_busy", BF_EBUSY,
      "省平台正忙。记录都已保存在本站，{a} 秒后自动再试。",
      "The hub is busy. All records are saved here; it is tried again by itself in {a} s.")
FAULT(FAULT_HUB_DISK_FULL, "hub_disk_full", BF_EFULL,
      "省平台的磁盘满了，存不下本站的记录。记录都保存在本站，没有丢；请告诉省平台管理员腾出磁盘空间。本站 {a} 秒后自动再试。",
      "The hub's disk is full and cannot store this station's records. Nothing is lost: they are kept here. Tell the hub's operator to make room; "
      "it is tried again by itself in {a} s.")
FAULT(FAULT_STORED_UNNOTED, "stored_unnoted", BF_EFULL,
      "省平台已存下本站的记录，直到第 {a} 条，但本机没能记下这一点：{b}。记录没有丢，也不会重复计入，会自动再试；若是磁盘满了，请先腾出空间。",
      "The hub has stored this station's records up to number {a}, but that could not be noted here: {b}. Nothing is lost and nothing is counted "
      "twice; it is tried again by itself. If the disk is full, make room first.")
FAULT(FAULT_SESSION_REPLACED, "session_replaced", BF_ECLOSED,
      "本站与省平台新建了连接，较旧的这一个已结束。没有丢失记录，会自动再试；若反复出现，可能有两台电脑在用同一份数据目录，请告诉省平台管理员。",
      "This station opened newer connections to the hub, and this older one was ended. Nothing is lost; it is tried again by "
      "itself. If it happens again and again, two computers may use copies of one data directory; tell the hub's operator.")
FAULT(FAULT_NOT_STORED, "not_stored", BF_EIO,
      "省平台未能存下收到的记录（{a}）。记录仍在工作站，会再次发送；请检查省平台的磁盘。",
      "The hub could not store what came in ({a}). The records stay at the station and will be sent again; "
      "check the hub's disk.")
FAULT(FAULT_LINK_CLOSED, "link_closed", BF_ECLOSED,
      "连接中断。已确认的记录不会重发，其余的会自动再试。",
      "The connection was cut. What was acknowledged is not sent again; the rest is tried again by itself.")
FAULT(FAULT_OWN_LOG, "own_log", BF_ECHAIN,
      "本站自己的日志在第 {a} 条附近读不通（{b}），停止发送。请运行 bangfu verify，并保留数据目录。",
      "This station's own log cannot be followed near entry {a} ({b}); sending stopped. Run bangfu verify "
      "and keep the data directory.")
FAULT(FAULT_TOKEN_FORM, "token_form", BF_EINVAL,
      "登记码的写法不对（{a}）。应为 bangfu://主机:端口/一串字符，请从省平台重新复制完整的一行。",
      "This is not an enrolment token ({a}). It reads bangfu://HOST:PORT/CHARACTERS; copy the whole line "
      "from the hub again.")
FAULT(FAULT_TOKEN_TYPED, "token_typed", BF_EINVAL,
      "登记码有抄错的字符（校验不符）。请从省平台重新复制完整的一行。",
      "The enrolment token is mistyped (its check does not fit). Copy the whole line from the hub again.")
FAULT(FAULT_RPC_FORM, "rpc_form", BF_EFORMAT,
      "请求不合 msgpack-RPC 的格式：{a}。应为 [0, 编号, 方法, 参数]。",
      "The request is not msgpack-RPC: {a}. It should be [0, id, method, params].")
FAULT(FAULT_UNKNOWN_PARAM, "unknown_param", BF_EINVAL,
      "方法“{a}”没有参数 {where}。可用：{b}。",
      "Method “{a}” has no parameter {where}. Use: {b}.")
FAULT(FAULT_MISSING_PARAM, "missing_param", BF_EINVAL,
      "方法“{a}”缺少必填参数 {where}。",
      "Method “{a}” needs the parameter {where}.")
/* The command line. where: option, verb, path or file:line:column. */
FAULT(FAULT_NO_NODE, "no_node", BF_ECLOSED,
      "本机没有运行中的帮扶程序（{where}：{a}）。请先启动：systemctl start bangfud，或运行 bangfud；若装在别处，用 --dir 指明目录。",
      "No node answers at {where} ({a}). Start it: systemctl start bangfud, or run bangfud; if it lives elsewhere, name its directory with --dir.")
FAULT(FAULT_NODE_DENIED, "node_denied", BF_EACCES,
      "没有权限访问 {where}：它只供启动 bangfud 的用户使用。请用那个用户运行；要让别人也能用，请管理员设置 socket_group（见 man bangfud）。",
      "You may not open {where}: it is for the user who runs bangfud alone. Run as that user; for others to use it too, the administrator "
      "sets socket_group (see man bangfud).")
FAULT(FAULT_NODE_DENIED_GROUP, "node_denied_group", BF_EACCES,
      "没有权限访问 {where}：它供用户组 {a} 的成员使用。请管理员运行 usermod -aG {a} {b}，然后您退出登录、重新登录再试。",
      "You may not open {where}: it is for members of the group {a}. Ask the administrator to run usermod -aG {a} {b}, then log out and in again.")
FAULT(FAULT_NODE_LEFT, "node_left", BF_ECLOSED,
      "帮扶程序在回答“{where}”之前断开了。请用 bangfu list 查看是否已保存，再决定要不要重做。",
      "The node went away before it answered “{where}”. Look with bangfu list whether it was saved before doing it again.")
FAULT(FAULT_NODE_SILENT, "node_silent", BF_ECLOSED,
      "帮扶程序 {a} 秒没有任何回音（{where}），可能停住了。请用 bangfu list 查看是否已保存，再决定要不要重做；仍没有回音就重新启动 bangfud。",
      "The node has not answered for {a} s ({where}); it may stand still. Look with bangfu list whether it was saved before doing it "
      "again; if that does not answer either, restart bangfud.")
FAULT(FAULT_NODE_REPLY, "node_reply", BF_EFORMAT,
      "看不懂对“{where}”的回答（{a}）。bangfu 与 bangfud 的版本可能不同；请用 bangfu version 对照。",
      "The answer to “{where}” is not understood ({a}). bangfu and bangfud may differ in version; compare with bangfu version.")
FAULT(FAULT_SOCKET_LONG, "socket_long", BF_EBOUND,
      "套接字路径太长（最多 107 字节）：{where}。请用 --socket 指定较短的路径。",
      "The socket path is too long (107 bytes at most): {where}. Give a shorter one with --socket.")
FAULT(FAULT_VERB_UNKNOWN, "verb_unknown", BF_EINVAL,
      "没有“{where}”这个命令。用 bangfu help 查看全部命令。",
      "There is no command “{where}”. See them all with bangfu help.")
FAULT(FAULT_VERB_NEAR, "verb_near", BF_EINVAL,
      "没有“{where}”这个命令。您是不是要用“{a}”？",
      "There is no command “{where}”. Did you mean “{a}”?")
FAULT(FAULT_OPTION_UNKNOWN, "option_unknown", BF_EINVAL,
      "没有选项 {where}。用 bangfu help 加命令名查看可用选项。",
      "There is no option {where}. See bangfu help and the command's name for what there is.")
FAULT(FAULT_OPTION_NEAR, "option_near", BF_EINVAL,
      "没有选项 {where}。您是不是要用 --{a}？",
      "There is no option {where}. Did you mean --{a}?")
FAULT(FAULT_OPTION_VALUE, "option_value", BF_EINVAL,
      "选项 --{where} 后面要写上内容（{a}）。",
      "Option --{where} needs a value ({a}).")
FAULT(FAULT_OPTION_FLAG, "option_flag", BF_EINVAL,
      "选项 --{where} 不带内容，请去掉等号及其后的文字。",
      "Option --{where} takes no value; leave out the equals sign and what follows.")
FAULT(FAULT_OPTION_TWICE, "option_twice", BF_EINVAL,
      "选项 --{where} 写了不止一次，请只留一个。",
      "Option --{where} is given more than once; keep one.")
FAULT(FAULT_OPTIONS_APART, "options_apart", BF_EINVAL,
      "--{where} 与 {a} 不能同时用：一天、一周或一个月只写其中一个，一段时间用 --from 和 --to。",
      "--{where} and {a} do not go together: a day, a week or a month with one of --day, --week, --month, a period with --from and --to.")
FAULT(FAULT_OPTION_LONG, "option_long", BF_EBOUND,
      "选项 --{where} 的内容太长，请分成几条记录。",
      "Option --{where} is too long; use several records.")
FAULT(FAULT_OPTION_BAD, "option_bad", BF_EINVAL,
      "选项 --{where} 不能是“{a}”。应为：{b}。",
      "Option --{where} cannot be “{a}”. Expected: {b}.")
FAULT(FAULT_OPTION_MISSING, "option_missing", BF_EINVAL,
      "缺少选项 --{where}（{a}）。请补上后再试。",
      "Option --{where} ({a}) is missing. Please give it.")
FAULT(FAULT_TYPED_BYTES, "typed_bytes", BF_EFORMAT,
      "{where}：这里的内容不是 UTF-8 文字，多半是从 GBK 的文件或窗口粘贴来的，或终端的编码是 GBK。请把终端编码设为 UTF-8，再输入一遍。什么也没有保存。",
      "{where}: this is not UTF-8 text; most likely it was pasted from a GBK file or window, or the terminal is set to GBK. Set the terminal to UTF-8 and type it again. Nothing was saved.")
FAULT(FAULT_TYPED_LONG, "typed_long", BF_EBOUND,
      "{where}：太长，最多 {a} 个字。请分开写，或写短一些。什么也没有保存。",
      "{where}: too long, at most {a} characters. Split it or shorten it. Nothing was saved.")
FAULT(FAULT_GIVEN_UP, "given_up", BF_EMORE,
      "已放弃，什么也没有保存。",
      "Given up; nothing was saved.")
FAULT(FAULT_WORD_MISSING, "word_missing", BF_EINVAL,
      "命令不完整。写法：bangfu {where} {a}",
      "The command is not complete. Usage: bangfu {where} {a}")
FAULT(FAULT_UNDO_YES, "undo_yes", BF_EINVAL,
      "什么也没有撤销。不在终端上时请加 --yes，表示确实要撤销这一条。",
      "Nothing was undone. Where there is no terminal add --yes to say that this one is meant.")
FAULT(FAULT_EDIT_NOTHING, "edit_nothing", BF_EINVAL,
      "没有说要改哪一项，什么也没有保存。请写要改的选项，如 --seen 新内容；在终端上可以一项也不写，程序会逐项询问。",
      "Nothing says what is to change, and nothing was saved. Give the options that change, like --seen TEXT; on a terminal give none and each field is asked for.")
FAULT(FAULT_EDIT_LEFT, "edit_left", BF_EMORE,
      "没有更正，什么也没有保存。",
      "Nothing was changed and nothing saved.")
FAULT(FAULT_WORD_EXTRA, "word_extra", BF_EINVAL,
      "命令 {where} 多了“{a}”。含空格的内容请放在引号里；用 bangfu help {where} 查看写法。",
      "Command {where} does not take “{a}”. Put text with blanks in quotes; see bangfu help {where}.")
FAULT(FAULT_OUTPUT, "output", BF_EIO,
      "结果没能全部写出（{a}）。请检查磁盘空间或管道后再看一遍；已保存的记录不受影响。",
      "The answer could not be written out whole ({a}). Check the disk or the pipe and ask again; saved records are safe.")
FAULT(FAULT_KEEP_EXISTS, "keep_exists", BF_EEXIST,
      "{where} 已经存在，没有动它。请换一个还不存在的目录名。",
      "{where} is there already, and was left as it is. Name a directory that does not exist yet.")
FAULT(FAULT_KEEP_PART, "keep_part", BF_EEXIST,
      "{where} 已经存在，不是 bangfu 没做完留下的，没有动它。确认不需要后请自己删去，再做一次。",
      "{where} is there already and was not left by bangfu; nothing was done to it. Remove it when it is of no use, and try again.")
FAULT(FAULT_KEEP_TAKEN, "keep_taken", BF_EEXIST,
      "{where} 是上一次中断留下的，不是备份，已删去重做。",
      "{where} was left by one that was broken off and is no backup; it was removed, and is made anew.")
FAULT(FAULT_KEEP_RUNNING, "keep_running", BF_EBUSY,
      "{where} 正在由另一个 bangfu 写，没有动它。请等它做完。",
      "Another bangfu is writing {where}, which was left as it is. Wait for it to end.")
FAULT(FAULT_KEEP_LEFT, "keep_left", BF_EIO,
      "没有做完，留下了 {where}：它不是备份，里面可能有居民信息。再做一次同名的会替换它；不要了请删去。",
      "It did not come to its end and left {where}, which is no backup and may hold citizens' data. The next one of that name replaces it; else remove it.")
FAULT(FAULT_KEEP_FILE, "keep_file", BF_EIO,
      "{where} 写不了或读不了：{a}。请检查磁盘空间和权限后再做一次。",
      "{where} cannot be written or read: {a}. Check the room on the disk and the permissions, and try again.")
FAULT(FAULT_RESTORE_FULL, "restore_full", BF_EEXIST,
      "{where} 里有数据，没有动它。确认要换成备份的，请加 --move-old：现有的会改名留存，不会删去。",
      "There are data in {where}, and they were left as they are. To put the backup in their place add --move-old: they are renamed and kept, not removed.")
FAULT(FAULT_RESTORE_SAME, "restore_same", BF_EINVAL,
      "要恢复到的目录 {where} 就是备份本身，没有动它。请用 --to 写明数据目录。",
      "The directory {where} to restore to is the backup itself; nothing was done. Name the data directory with --to.")
FAULT(FAULT_RESTORE_USE, "restore_use", BF_EBUSY,
      "{where} 正被 bangfud 使用，没有动它。请先停掉它（systemctl stop bangfud），再恢复。",
      "bangfud is using {where}, which was left as it is. Stop it first (systemctl stop bangfud), then restore.")
FAULT(FAULT_CHECK_PROGRAM, "check_program", BF_ENOTFOUND,
      "没能运行 bangfud 来核对 {where}（{a}）。请把 bangfud 装在 bangfu 旁边或 PATH 里，再试一次。",
      "bangfud could not be run to verify {where} ({a}). Install it beside bangfu or in PATH, and try again.")
FAULT(FAULT_CHECK_LOOKED, "check_looked", BF_ENOTFOUND,
      "找不到 bangfud，核对不了 {where}，所以什么也没有做。找过：{a}。请把 bangfud 装在 bangfu 旁边或 PATH 里，再试一次。",
      "There is no bangfud to verify {where} with, so nothing was done. Looked for at {a}. Install it beside bangfu or in PATH, and try again.")
FAULT(FAULT_QUERY_KIND, "query_kind", BF_EINVAL,
      "“{a}”是记录种类，不是地方。请写 --kind {b}。",
      "“{a}” is a kind of record, not a place. Write --kind {b}.")
FAULT(FAULT_CHECK_FOUND, "check_found", BF_ECHAIN,
      "{where} 不是完好的备份：核对没有通过，原因见上面。请另做一份，不要用它恢复。",
      "{where} is no whole backup: it did not pass the check, which said why above. Make another one, and restore nothing from this.")
FAULT(FAULT_FILE_OPEN, "file_open", BF_EIO,
      "打不开文件 {where}（{a}）。请检查文件名和权限。",
      "Cannot open {where} ({a}). Check its name and permissions.")
FAULT(FAULT_FILE_LARGE, "file_large", BF_EBOUND,
      "文件 {where} 太大（最多 {a} MB）。请分成几个文件导入。",
      "{where} is too large ({a} MB at most). Split it and import the parts.")
FAULT(FAULT_CSV_EMPTY, "csv_empty", BF_EFORMAT,
      "文件 {where} 里没有表头行。请导出带列名的 CSV。",
      "{where} has no heading line. Export a CSV with column names.")
FAULT(FAULT_CSV_NO_ROWS, "csv_no_rows", BF_EFORMAT,
      "文件 {where} 只有表头，没有内容。请检查导出是否完整。",
      "{where} has a heading and no rows. Check whether the export is whole.")
FAULT(FAULT_CSV_HEADING, "csv_heading", BF_EFORMAT,
      "{where}：表头“{a}”为空或重复。请改正列名。",
      "{where}: heading “{a}” is empty or stands twice. Correct the column names.")
FAULT(FAULT_CSV_ENCODING, "csv_encoding", BF_EFORMAT,
      "{where}：这里的字节不是有效的 {a} 文字。请用原软件重新导出，或用 --encoding 指明编码。",
      "{where}: the bytes here are not valid {a} text. Export the file again, or name its encoding with --encoding.")
FAULT(FAULT_FILE_WORKBOOK, "file_workbook", BF_EFORMAT,
      "{where} 是表格软件的工作簿（{a}），不是 CSV。请在 WPS 或 Excel 里打开它，把编号、证件号码、电话、账号各列设为文本，再“另存为”CSV（UTF-8）后导入。",
      "{where} is a workbook ({a}) of a spreadsheet and no CSV. Open it there, set the columns of numbers to text, save it as CSV (UTF-8) and import that.")
FAULT(FAULT_FILE_UTF16, "file_utf16", BF_EFORMAT,
      "{where} 是 UTF-16（“Unicode 文本”），这里读 UTF-8 或 GBK 的 CSV。请用原软件“另存为”CSV（UTF-8）后再导入。",
      "{where} is UTF-16 (“Unicode text”); UTF-8 or GBK is read here. Save it as CSV (UTF-8) in the program it comes from and import that.")
FAULT(FAULT_CSV_TABS, "csv_tabs", BF_EFORMAT,
      "{where} 的列用制表符（TAB）分开，这里读用逗号分开的 CSV。请用表格软件打开它，“另存为”CSV（逗号分隔）后再导入。",
      "{where} has TABs between its columns; columns parted by commas are read here. Open it in a spreadsheet, save it as CSV (comma) and import that.")
FAULT(FAULT_CSV_ENCODING_NAME, "csv_encoding_name", BF_EINVAL,
      "不认识编码“{a}”。常用：utf-8、gb18030。",
      "Encoding “{a}” is not known. Usual ones: utf-8, gb18030.")
FAULT(FAULT_CSV_QUOTE, "csv_quote", BF_EFORMAT,
      "{where}：引号不成对。请补上缺少的双引号；内容里的双引号要写两个。",
      "{where}: a quote is not closed or stands inside a text. Close it; write a quote inside a text twice.")
FAULT(FAULT_CSV_COLUMNS, "csv_columns", BF_EFORMAT,
      "{where}：这一行有 {a} 列，表头有 {b} 列。请检查是否多了或少了逗号。",
      "{where}: this line has {a} columns, the heading has {b}. Look for a comma too many or too few.")
FAULT(FAULT_CSV_FIELD, "csv_field", BF_EBOUND,
      "{where}：一格内容太长（最多 {a} 字节）。请缩短，或检查引号是否成对。",
      "{where}: one cell is too long ({a} bytes at most). Shorten it, or look for a quote that is not closed.")
FAULT(FAULT_CSV_ROWS, "csv_rows", BF_EBOUND,
      "{where}：超过 {a} 行。请分成几个文件导入。",
      "{where}: more than {a} rows. Split the file and import the parts.")
FAULT(FAULT_CSV_LEVEL, "csv_level", BF_EINVAL,
      "{where}：区划代码 {a} 与级别“{b}”不符。请核对区划表。",
      "{where}: division code {a} does not fit the level “{b}”. Check the table.")
FAULT(FAULT_CSV_CODE, "csv_code", BF_EINVAL,
      "{where}：“{a}”不是 12 位统计用区划代码。",
      "{where}: “{a}” is not a 12-digit division code.")
FAULT(FAULT_CSV_NO_COLUMN, "csv_no_column", BF_EINVAL,
      "{where} 里没有“{a}”列。请检查表头。",
      "{where} has no column “{a}”. Check the heading line.")
FAULT(FAULT_IMPORT_FAILED, "import_failed", BF_EINVAL,
      "有 {a} 行不对，什么也没有导入。改正后再试，或加 --rest 先导入其余各行。",
      "{a} rows are wrong and nothing was imported. Correct them, or add --rest to import the others now.")
FAULT(FAULT_IMPORT_PARTLY, "import_partly", BF_EINVAL,
      "其余各行已导入，{a} 行没有导入。改正这些行后可以再导一遍，不会重复。",
      "The other rows are imported, {a} rows are not. Correct them and import again: nothing is counted twice.")
FAULT(FAULT_LIST_MANY, "list_many", BF_EBOUND,
      "合计背后有 {a} 条记录，一次最多列出 {b} 条。请用 --month、--from、--to 或下级地区分几次列出，或者加 --format csv 全部写进文件。",
      "There are {a} entries behind the total; {b} can be listed at a time. Use --month, --from, --to or places below to "
      "list it in parts, or --format csv to write all of it into a file.")
FAULT(FAULT_LIST_SHORT, "list_short", BF_EBOUND,
      "只列出了 {a} 条，后面还有没有列出的。要全部：加 --format csv 或 --format json，不写 --limit；也可以用 --limit 多列一些，用 --month 缩小范围，"
      "或者原样加上 --after {b} 接着往下列。",
      "Only {a} entries are listed; there are more. For all of them use --format csv or --format json without --limit; or list more with "
      "--limit, narrow it with --month, or add --after {b} to go on from there.")
FAULT(FAULT_FIND_EMPTY, "find_empty", BF_EINVAL,
      "没有写要找谁。请写姓名或其中几个字、拼音首字母（如 wxs）、编号或其中一段、电话，或证件号码的后四位。",
      "It is not said whom to find. Give a name or part of it, its pinyin initials (like wxs), a number or part of it, a phone, or the last four of an ID number.")
FAULT(FAULT_FIND_LONG, "find_long", BF_EBOUND,
      "要找的文字太长（最多 {a} 个字）。请只写姓名、编号或其中一段。",
      "What to find is too long (at most {a} characters). Give a name, a number or a part of one.")
FAULT(FAULT_FIND_MANY, "find_many", BF_EBOUND,
      "符合的志愿者超过 {a} 个，列不完。请多写几个字，或用地点、--kind 缩小范围。",
      "More than {a} volunteers fit. Write more of the name, or narrow it with a place or --kind.")
FAULT(FAULT_FIND_SHORT, "find_short", BF_EBOUND,
      "只列出了 {a} 个，后面还有没有列出的。请多写几个字，或加 --kind、地点缩小范围；要全部：加 --format csv 或 --format json，不写 --limit；也可以原样加上 --after {b} 接着往下列。",
      "Only {a} are listed; there are more. Write more of the name, or narrow it with --kind or a place; for all of them use --format csv or --format json "
      "without --limit; or add --after {b} to go on from there.")
FAULT(FAULT_FIND_NONE, "find_none", BF_ENOTFOUND,
      "没有找到“{a}”。可以少写几个字，或换成拼音首字母（如 wxs）、编号的一段、电话或证件号码的后四位再找。",
      "Nobody and nothing fits “{a}”. Write less of it, or try pinyin initials (like wxs), part of a number, or the last four of a phone or an ID number.")
FAULT(FAULT_PICK_SEVERAL, "pick_several", BF_EEXIST,
      "{where}：凭“{a}”还不能认定是哪一个：符合的有 {b} 个（列在上面）。没有保存。请写其中一个的编号，或写全名。",
      "{where}: “{a}” is not enough to be certain: {b} fit (listed above). Nothing was saved. Give the number of one of them, or the whole name.")
FAULT(FAULT_PICK_ONE, "pick_one", BF_EEXIST,
      "{where}：凭“{a}”还不能认定就是上面这一个。没有保存。请写它的编号，或写全名。",
      "{where}: “{a}” is not enough to be certain that the one above is meant. Nothing was saved. Give its number, or the whole name.")
FAULT(FAULT_PICK_NONE, "pick_none", BF_ENOTFOUND,
      "没有找到“{a}”。请核对写法，或用 bangfu find 查找。",
      "Nobody fits “{a}”. Check it, or look with bangfu find.")
FAULT(FAULT_LIST_BROKEN, "list_broken", BF_ECLOSED,
      "没有列完：只写出了前 {a} 条，这份结果不完整，请不要使用。排除下面的原因后再列一遍。",
      "Not finished: only the first {a} entries were written, so do not use this result. Mend the cause below and list it again.")
FAULT(FAULT_EACH_FORMAT, "each_format", BF_EINVAL,
      "--{where} 用于表格和 --format csv：json 里每条记录本来就分开列着它的各户。请去掉 --{where}。",
      "--{where} is for tables and --format csv: in JSON each entry names its households one by one. Leave --{where} out.")
FAULT(FAULT_EACH_NONE, "each_none", BF_EINVAL,
      "--{where} 不能是“{a}”：{b}的记录里没有写到它。走访和帮扶写 --each household。",
      "--{where} cannot be “{a}”: an entry of {b} names none. For visits and aid write --each household.")
FAULT(FAULT_LIST_DIFFERS, "list_differs", BF_EBUG,
      "明细（{a}）与合计（{b}）不一致。请运行 bangfu verify，并把结果告诉技术人员。",
      "The list ({a}) does not add up to the total ({b}). Run bangfu verify and report what it says.")
FAULT(FAULT_VERIFY_FOUND, "verify_found", BF_ECHAIN,
      "核对发现 {a} 处不符。请不要改动数据目录，并把上面的内容告诉技术人员。",
      "Verification found {a} things wrong. Leave the data directory as it is and report the lines above.")
FAULT(FAULT_CONFIG_OPEN, "config_open", BF_EIO,
      "打不开配置文件 {where}：{a}。请检查路径和权限。",
      "Cannot open the configuration file {where}: {a}. Check the path and its permissions.")
FAULT(FAULT_CONFIG_LINE, "config_line", BF_EFORMAT,
      "{where}：看不懂这一行。每行写 键 = 值，不分节，不超过 190 字节；注释以 # 开头。",
      "{where}: this line cannot be read. Write key = value, no sections, at most 190 bytes; comments begin with #.")
FAULT(FAULT_CONFIG_KEY, "config_key", BF_EINVAL,
      "{where}：没有名为“{a}”的设置。可用：{b}。",
      "{where}: there is no setting “{a}”. Use one of: {b}.")
FAULT(FAULT_CONFIG_VALUE, "config_value", BF_EINVAL,
      "{where}：值“{a}”不对。应为：{b}。",
      "{where}: the value “{a}” is wrong. Expected: {b}.")
FAULT(FAULT_CONFIG_TWICE, "config_twice", BF_EEXIST,
      "{where}：“{a}”在第 {b} 行已经写过。请只留一处。",
      "{where}: “{a}” stands in line {b} already. Keep one of them.")
FAULT(FAULT_CONFIG_MISSING, "config_missing", BF_EINVAL,
      "缺少设置 {where}。请写：{a}。",
      "The setting {where} is missing. Write: {a}.")
FAULT(FAULT_CONFIG_SOCKET, "config_socket", BF_EBOUND,
      "目录 {a} 太长，放不下本机接口的路径（最多 107 字节）。请另写：{b}。",
      "The directory {a} is too long for the path of the local socket (107 bytes at most). Write: {b}.")
FAULT(FAULT_ROLE_HUB, "role_hub", BF_EINVAL,
      "{where} 是省平台的数据目录，而本程序是按工作站启动的。请加上省平台的选项（--role hub --division …）或指明它的配置文件；数据没有改动。",
      "{where} is a hub's directory, and this was started as a station. Add the hub's options (--role hub --division ...) or name its configuration file; nothing was changed.")
FAULT(FAULT_ROLE_STATION, "role_station", BF_EINVAL,
      "{where} 是已登记的工作站的数据目录，不能当作省平台启动。请去掉 --role hub，或换一个目录；数据没有改动。",
      "{where} is the directory of an enrolled station and cannot be started as a hub. Leave --role hub out, or use another directory; nothing was changed.")
FAULT(FAULT_ROLE_DIVISION, "role_division", BF_EINVAL,
      "这个省平台已有 {a} 的工作站，不在现在所写的 {b} 之内。请核对 division。",
      "This hub has a station at {a}, which does not lie in {b} as division says now. Check division.")
FAULT(FAULT_KEY_MISSING, "key_missing", BF_ENOTFOUND,
      "数据目录里有记录，但密钥文件 {where} 不见了。没有新建密钥。请从备份放回这个文件。没有备份的：工作站把整个目录移走留底，"
      "用新登记码重新登记；省平台请用最近的完整备份恢复，否则各站要逐一重新登记。",
      "There are records but the key file {where} is gone. No new key was made. Put it back from a backup. Without one: at a station move the "
      "whole directory away, keep it, and enrol with a new token; at a hub restore the latest whole backup, or every station must enrol anew.")
FAULT(FAULT_DATA_GONE, "data_gone", BF_ENOTFOUND,
      "密钥 node.key 还在，数据 {where} 却不见了：换过磁盘，或只恢复了一部分。没有新建，也没有改动。请把整个目录从备份或原磁盘放回；确要从头开始，就把 node.key 移走，再用新登记码登记。",
      "The key node.key is there but the data, {where}, are gone: another disk, or a copy put back in part. Nothing was made or changed. Put the whole directory back; or, to begin anew on purpose, move node.key away and enrol with a new token.")
FAULT(FAULT_DATA_LOST, "data_lost", BF_EDAMAGED,
      "日志 journal 还在，数据 {where} 却不见了：换过磁盘，或只恢复了一部分。没有新建，也没有改动。journal 里可能有别处没有的记录："
      "请先复制整个目录留底，再把整个目录从备份或原磁盘放回。",
      "The journal is there and the data {where} are gone: another disk, or only a part was restored. Nothing was made or changed. The "
      "journal may hold records that are nowhere else: copy the whole directory first, then put all of it back from a backup or the old disk.")
FAULT(FAULT_KEY_DAMAGED, "key_damaged", BF_EFORMAT,
      "密钥文件 {where} 读不了（{a}）。请从备份放回。",
      "The key file {where} cannot be read ({a}). Put it back from a backup.")
FAULT(FAULT_KEY_SIZE, "key_size", BF_EFORMAT,
      "密钥文件 {where} 有 {a} 字节，应为 32 字节：不是原来的密钥。请从备份放回。",
      "The key file {where} holds {a} bytes and must hold 32: it is not the key it was. Put it back from a backup.")
FAULT(FAULT_KEY_OTHER, "key_other", BF_EACCES,
      "密钥文件 {where} 不是写下这里记录的那一把。请从备份放回原来的密钥；没有改动任何数据。",
      "The key file {where} is not the one that wrote the records here. Put the right one back from a backup; nothing was changed.")
FAULT(FAULT_KEY_OPEN, "key_open", BF_EACCES,
      "密钥文件 {where} 可以被别人读到。请运行：chmod 600 {where}。",
      "Others can read the key file {where}. Run: chmod 600 {where}.")
FAULT(FAULT_DIR_READONLY, "dir_readonly", BF_EACCES,
      "不能写目录 {where}（{a}）。请检查它的主人和权限，或者磁盘是否只读。",
      "The directory {where} cannot be written ({a}). Check its owner and mode, and whether the disk is read-only.")
FAULT(FAULT_DIR_MISSING, "dir_missing", BF_ENOTFOUND,
      "没有目录 {where}，也建不了（{a}）。请先建好，或用 --dir 另指一个。",
      "There is no directory {where} and it cannot be made ({a}). Make it, or name another with --dir.")
FAULT(FAULT_DISK_FULL, "disk_full", BF_EFULL,
      "磁盘快满了（{where}），没有写入。请腾出空间后再试；已保存的记录不受影响。",
      "The disk is full ({where}); nothing was written. Free some space and try again. Saved records are safe.")
FAULT(FAULT_PORT_BUSY, "port_busy", BF_EBUSY,
      "不能在 {where} 监听：{a}。请关掉占用它的程序，或改 listen_port。",
      "Cannot listen on {where}: {a}. Stop the program that uses it, or change listen_port.")
FAULT(FAULT_HUB_UNREACHABLE, "hub_unreachable", BF_ECLOSED,
      "连不上省平台 {where}：{a}。记录都保存在本机，会自动再试。",
      "The hub {where} cannot be reached: {a}. Everything is saved here and it will be tried again.")
FAULT(FAULT_ENROL_UNREACHABLE, "enrol_unreachable", BF_ECLOSED,
      "连不上省平台 {where}：{a}。没有登记，登记码也没有用掉。请检查网络和登记码里的地址，再运行一次 bangfu enrol -。",
      "The hub {where} cannot be reached: {a}. This machine is not enrolled and the token is not used up. Check the network and the token's address, then run bangfu enrol - once more.")
FAULT(FAULT_ENROL_CUT, "enrol_cut", BF_ECLOSED,
      "与 {where} 的连接中断（{a}），登记没有完成，也不会自动再试。请再运行一次 bangfu enrol -，这台电脑还可以用同一个登记码。",
      "The connection with {where} was cut ({a}); the enrolment is not complete and is not tried again by itself. Run bangfu enrol - once more: the same token still works for this machine.")
FAULT(FAULT_ENROL_BUSY, "enrol_busy", BF_EBUSY,
      "省平台正忙，没有登记，也不会自动再试。请 {a} 秒后再运行一次 bangfu enrol -。",
      "The hub is busy; this machine is not enrolled, and that is not tried again by itself. Run bangfu enrol - once more in {a} s.")
FAULT(FAULT_ENROL_ANSWER, "enrol_answer", BF_EFORMAT,
      "省平台的登记答复不对：{a}。这次登记没有算数，本机什么也没有改动。请告诉省平台管理员；改好后再运行一次 bangfu enrol -，这台电脑还可以用同一个登记码。",
      "The hub's answer to the enrolment is wrong: {a}. It was not taken, and nothing was changed here. Tell the hub's operator; when it is mended, "
      "run bangfu enrol - once more: the same token still works for this machine.")
FAULT(FAULT_HUB_KEY, "hub_key", BF_EACCES,
      "{where} 出示的不是已登记省平台的密钥，没有发送任何内容。请核对地址；若省平台换了密钥，请用新的登记码加 --move 重新登记。",
      "{where} does not show the key of our hub; nothing was sent. Check the address; if the hub has a new key, enrol again with a new token and --move.")
FAULT(FAULT_NODE_REFUSED, "node_refused", BF_EACCES,
      "省平台 {where} 不认识本站，或已停用它。记录仍在本机；请向省平台要一个新的登记码，再运行 bangfu enrol -。",
      "The hub {where} does not know this node, or has revoked it. Everything is kept here; ask the hub for a new token and run bangfu enrol -.")
FAULT(FAULT_TLS_SELF, "tls_self", BF_EIO,
      "本机的加密库（OpenSSL）不能工作：内存不足，或系统的加密策略不允许 TLS 1.3 或 Ed25519。请关闭其他程序后再启动，或检查系统的加密策略。记录没有动过。",
      "The encryption library (OpenSSL) does not work on this machine: memory is short, or the system's policy forbids TLS 1.3 or "
      "Ed25519. Close other programs and start again, or look at that policy. No record was touched.")
FAULT(FAULT_TLS, "tls", BF_EFORMAT,
      "与 {where} 的加密连接失败（{a}）。请核对地址和端口是否是省平台。",
      "The encrypted connection with {where} failed ({a}). Check that address and port are those of a Bangfu hub.")
FAULT(FAULT_LINK_CUT, "link_cut", BF_ECLOSED,
      "与 {where} 的连接中断（{a}）。没有丢失记录，会自动再试。",
      "The connection with {where} was cut ({a}). Nothing is lost; it will be tried again.")
FAULT(FAULT_LINK_SLOW, "link_slow", BF_ECLOSED,
      "与 {where} 的连接太慢（{a}），已断开。没有丢失记录，会自动再试。",
      "The connection with {where} was too slow ({a}) and was closed. Nothing is lost; it will be tried again.")
FAULT(FAULT_LINK_BOUND, "link_bound", BF_EBOUND,
      "与 {where} 的连接超出限度（{a}），已断开。",
      "The connection with {where} went over a bound ({a}) and was closed.")
FAULT(FAULT_NOT_ENROLLED, "not_enrolled", BF_ENOTFOUND,
      "本站还没有登记到省平台。请向省平台要一个登记码，再运行 bangfu enrol -，把登记码粘贴进去。",
      "This node is not enrolled at a hub yet. Ask the hub for a token, run bangfu enrol - and paste it.")
FAULT(FAULT_MOVE_HUB, "move_hub", BF_EEXIST,
      "本站已登记在省平台 {a}，而这个登记码属于另一个省平台（{b}，密钥不同）。改登记后，本站的全部记录（含群众个人信息）都会发给它，所在区划也由它另定。什么也没有改动；确要改，请加 --move。",
      "This station is enrolled at the hub {a}; this token is another hub's ({b}, another key). All entries here, personal data included, would go to it, and it would set the division. Nothing was changed; add --move if that is meant.")
FAULT(FAULT_MOVE_DIVISION, "move_division", BF_EEXIST,
      "本站所在区划是 {a}，而这个登记码是给 {b} 的。什么也没有改动；本站确要改到那里，请用同一个登记码加 --move 再登记一次，否则请向省平台要一个原区划的登记码。",
      "This station is in {a}, and this token is for {b}. Nothing was changed here; if it moves there, enrol with the same token and --move, else ask the hub for a token of the old division.")
FAULT(FAULT_SYNC_RUNNING, "sync_running", BF_EBUSY,
      "正在与省平台联络。请稍等再试。",
      "This node is talking with the hub. Try again in a moment.")
FAULT(FAULT_STOPPING, "stopping", BF_ECLOSED,
      "程序正在停止。请稍后再试。",
      "The program is stopping. Try again later.")
/* The local socket and its methods. */
FAULT(FAULT_SOCKET, "socket", BF_EIO,
      "无法打开本机套接字 {where}：{a}。请检查该目录是否存在、是否可写，或用 socket 设置另指一处。",
      "The local socket {where} cannot be opened: {a}. See that its directory exists and can be written, or set another path (socket).")
FAULT(FAULT_SOCKET_TAKEN, "socket_taken", BF_EBUSY,
      "套接字 {where} 上已有一个程序在回答，不能再启动第二个。请先停止它，或换一个目录。",
      "Another program answers on the socket {where}; a second one cannot start there. Stop it first, or use another directory.")
FAULT(FAULT_NOT_ALLOWED, "not_allowed", BF_EACCES,
      "用户 {a} 无权使用本机的帮扶程序。请用启动 bangfud 的用户登录后再试；要让别人也能用，请管理员设置 socket_group（见 man bangfud）。",
      "User {a} may not use this node. Log in as the user who runs bangfud; for others to use it too, the administrator sets socket_group "
      "(see man bangfud).")
FAULT(FAULT_NOT_MEMBER, "not_member", BF_EACCES,
      "用户 {a} 无权使用本机的帮扶程序：不是用户组 {b} 的成员。请管理员运行 usermod -aG {b} {a}，然后退出登录、重新登录再试。",
      "User {a} may not use this node, not being a member of the group {b}. Ask the administrator to run usermod -aG {b} {a}, then log out and "
      "in again.")
FAULT(FAULT_SOCKET_GROUP, "socket_group", BF_EACCES,
      "本机接口不能交给用户组 {where}：{a}。请先建组（groupadd --system {where}），用 root 或该组成员启动 bangfud，或改正 socket_group。",
      "The local socket cannot be given to the group {where}: {a}. Make the group (groupadd --system {where}), start bangfud as root or as a "
      "member of it, or correct socket_group.")
FAULT(FAULT_SOCKET_DIR, "socket_dir", BF_EACCES,
      "用户组 {a} 的成员进不了目录 {where}，用不了其中的本机接口。请运行 chgrp {a} {where} 和 chmod 750 {where}，或用 socket 设置另指一处。",
      "Members of the group {a} cannot pass the directory {where} to the local socket. Run chgrp {a} {where} and chmod 750 {where}, or set "
      "another path (socket).")
FAULT(FAULT_CLIENTS_MAX, "clients_max", BF_EBUSY,
      "同时连接本机的程序太多。请稍等片刻再试。",
      "Too many programs are connected to this node. Try again in a moment.")
FAULT(FAULT_CLIENTS_SHARE, "clients_share", BF_EBUSY,
      "您（同一个用户）已有太多连接同时在用，本机不再接新的。请先关掉其中几个程序再试。",
      "You (one user) have too many connections at work here; no more are let in. Close some of those programs and try again.")
FAULT(FAULT_CONN_GAVE_WAY, "conn_gave_way", BF_ECLOSED,
      "连接太多，这个空闲最久的连接让给了新的。没有正在办的事，什么也没有丢；请重新连接。",
      "There were too many connections, and this one, idle the longest, gave way to a new one. Nothing was under way and nothing is lost; connect again.")
FAULT(FAULT_CONN_IDLE, "conn_idle", BF_ECLOSED,
      "这个连接长时间没有动静，已关闭。没有正在办的事，什么也没有丢；请重新连接。",
      "Nothing came over this connection for a long time and it was closed. Nothing was under way and nothing is lost; connect again.")
FAULT(FAULT_CONN_HALF, "conn_half", BF_ECLOSED,
      "一个请求迟迟没有发完，连接已关闭，没有照它办。请重新连接，把请求一次发完。",
      "A request was not sent to its end in time; the connection was closed and nothing was done. Connect again and send the request in one go.")
FAULT(FAULT_BUSY, "busy", BF_EBUSY,
      "本机正忙，这一次没有保存。请稍等片刻再试。",
      "The node is busy and nothing was saved this time. Try again in a moment.")
FAULT(FAULT_VERIFY_RUNNING, "verify_running", BF_EBUSY,
      "已有一次核验正在进行。请等它结束后再试。",
      "A verification is under way. Wait for it to end and try again.")
FAULT(FAULT_IMPORT_RUNNING, "import_running", BF_EBUSY,
      "正在导入户和人，这一次没有保存。请等导入结束后再试。",
      "Households and members are being imported; nothing was saved this time. Try again when it is done.")
FAULT(FAULT_BACKUP_RUNNING, "backup_running", BF_EBUSY,
      "已有一次备份正在进行。请等它结束；若那次备份已中断，半分钟后再试。",
      "A backup is under way. Wait for it to end; if it was broken off, try again in half a minute.")
FAULT(FAULT_BACKUP_DENIED, "backup_denied", BF_EACCES,
      "备份里有居民信息和本机密钥，用户 {a} 无权取出。请用 root 运行（sudo bangfu backup …），或用运行 bangfud 的那个用户。",
      "A backup holds citizens' data and this node's key, and user {a} may not have them. Run it as root (sudo bangfu backup …) or as the user that runs bangfud.")
FAULT(FAULT_BACKUP_LOST, "backup_lost", BF_ENOTFOUND,
      "这次备份已经断了：隔了太久，或 bangfud 已重启。请从头再做一次备份。",
      "This backup is over: it paused too long, or bangfud was restarted. Begin the backup anew.")
FAULT(FAULT_ANSWER_LARGE, "answer_large", BF_EBOUND,
      "答复太大，无法一次送出。请缩小地区、时间或条数后再问。",
      "The answer is too large. Ask for a smaller place, period or number of rows.")
FAULT(FAULT_TOTAL_ROWS, "total_rows", BF_EBOUND,
      "分得太细，超过 {a} 行。请缩小地区或时间，或少选几个 --by。",
      "This splits into more than {a} rows. Ask for a smaller place or period, or fewer words in --by.")
FAULT(FAULT_HUB_ONLY, "hub_only", BF_EACCES,
      "{a} 只能在省平台上使用，本机是工作站。请在省平台的机器上运行。",
      "{a} works at the hub only; this is a station. Run it on the hub's machine.")
FAULT(FAULT_STATION_ONLY, "station_only", BF_EACCES,
      "{a} 只能在工作站上使用，本机是省平台。请在村或志愿队的机器上运行。",
      "{a} works at a station only; this is the hub. Run it on a village's or team's machine.")
FAULT(FAULT_LIMIT, "limit", BF_EBOUND,
      "{where} 超出范围：应为 1 到 {a}。",
      "{where} is out of range: it must be 1 to {a}.")
FAULT(FAULT_PERIOD, "period", BF_EINVAL,
      "{where} 不能是 {a}。请写一天（2026-11-27、11-27、昨天、3号、周一）、一周（本周、上周）、一个月（2026-11、11月、上月）或一年（2026）。",
      "{where} cannot be {a}. Give a day (2026-11-27, 11-27, yesterday), a week (this-week, last-week), a month (2026-11, last-month) or a year (2026).")
FAULT(FAULT_PERIOD_ORDER, "period_order", BF_EINVAL,
      "起（{a}）晚于止（{b}）。请对调两者。",
      "from ({a}) is after to ({b}). Exchange the two.")
FAULT(FAULT_DAY_OR_WEEK, "day_or_week", BF_EINVAL,
      "按天和按周不能同时分行。请只留一个。",
      "A row cannot be a day and a week at once. Keep one of the two.")
FAULT(FAULT_NOT_COUNTED, "not_counted", BF_EINVAL,
      "“{a}”不是按地区和时间统计的记录。可用：{b}。",
      "“{a}” is not counted by place and time. Use one of: {b}.")
FAULT(FAULT_NOT_DIMENSION, "not_dimension", BF_EINVAL,
      "{where} 中的“{a}”不能用来分类。可用：{b}。",
      "“{a}” in {where} is nothing to split or filter by. Use one of: {b}.")
FAULT(FAULT_CODE_UNKNOWN, "code_unknown", BF_EINVAL,
      "{where} 没有“{a}”这一项。可用：{b}。",
      "{where} has no “{a}”. Use one of: {b}.")
FAULT(FAULT_KIND_FIXED, "kind_fixed", BF_EINVAL,
      "“{a}”记下后不能修改。记错了请用 void 作废，再重新记一条。",
      "“{a}” is not changed once logged. Void a wrong one and log it again.")
FAULT(FAULT_KIND_VOID, "kind_void", BF_EINVAL,
      "作废不是用 log 记的。请用 void，并写明原因。",
      "A void is not logged by hand. Use void and give the reason.")
FAULT(FAULT_FIELD_CLEARED, "field_cleared", BF_EINVAL,
      "“{a}”（{where}）已有内容，不能改成空白。请写上正确的内容；若那一次修改写错了，请作废那一条修改。",
      "{where} ({a}) is known already and cannot be emptied. Give what is right; if a change was wrong, make that change void.")
FAULT(FAULT_NOTHING_CHANGED, "nothing_changed", BF_EEXIST,
      "给出的内容与现有的完全相同，不需要再保存。",
      "What is given is the same as what is known; there is nothing to save.")
FAULT(FAULT_SAVED_TWICE, "saved_twice", BF_EEXIST,
      "完全相同的一条 {b} 分钟内刚记过（{a}），这一次没有保存，以免重复计数。如果确实又有一次，请加上 --{where} 再记。",
      "The very same was saved less than {b} min ago as {a}; nothing was saved this time, so that it counts once. If it did happen once more, add --{where}.")
FAULT(FAULT_SUBJECT_EXISTS, "subject_exists", BF_EEXIST,
      "这个{a}已经有了（{b}）。要修改它请用 --subject 指明，不要再建一个。",
      "This {a} is known already ({b}). To change it name it with --subject; do not make a second one.")
FAULT(FAULT_SUBJECT_UNKNOWN, "subject_unknown", BF_ENOTFOUND,
      "{where}：本机没有这个{a}（{b}）。请核对编号，或用 bangfu find 按姓名、拼音查找；确实没有登记过的，先把它记下。",
      "{where}: this node knows no such {a} ({b}). Check the number, or look for it with bangfu find by name or pinyin; what was never registered must be logged first.")
FAULT(FAULT_SUBJECT_FORM, "subject_form", BF_EINVAL,
      "{where}：这不是{a}的编号，也不是记录号。请核对后再试。",
      "{where}: this is neither the number of a {a} nor a ref. Check it and try again.")
FAULT(FAULT_REF_FORM, "ref_form", BF_EINVAL,
      "{where}：“{a}”不是记录号。记录号形如 0f3a9c12d4e5b678-12。",
      "{where}: “{a}” is no ref. A ref looks like 0f3a9c12d4e5b678-12.")
FAULT(FAULT_REF_UNKNOWN, "ref_unknown", BF_ENOTFOUND,
      "{where}：本机没有 {a} 这条记录。请用 bangfu list 查看记录号。",
      "{where}: this node has no entry {a}. Find its ref with bangfu list.")
FAULT(FAULT_REF_KIND, "ref_kind", BF_EINVAL,
      "{where}：{b} 不是{a}。请换成正确的记录号。",
      "{where}: {b} is no {a}. Give the right ref.")
FAULT(FAULT_REF_MALFORMED, "ref_malformed", BF_EFORMAT,
      "{where}：{a} 的内容不合格式，不算数，不能指到它。请重新记一条，或用 bangfu show 查看它哪里不对。",
      "{where}: {a} is malformed and stands for nothing. Log it anew, or see with bangfu show what is wrong with it.")
FAULT(FAULT_REF_VOIDED, "ref_voided", BF_EEXIST,
      "{where}：{b} 已经作废{a}。请换成有效的那一条。",
      "{where}: {b} is void{a}. Give the one that stands.")
FAULT(FAULT_CORRECT_NONE, "correct_none", BF_ENOTFOUND,
      "{where}：{a} 不是更正得来的，没有更正前的内容可恢复。请用 void 作废，或用 edit 更正。",
      "{where}: {a} comes from no correction: there is nothing before it to bring back. Make it void with void, or correct it with edit.")
FAULT(FAULT_REF_SEVERAL, "ref_several", BF_EEXIST,
      "{where}：本机有好几本记录都有 {a} 这一号，分不清是哪一条。请写完整的记录号，形如 0f3a9c12d4e5b678-12。",
      "{where}: several logs here have an entry {a}, and nobody can tell which is meant. Give the whole ref, like 0f3a9c12d4e5b678-12.")
FAULT(FAULT_LAST_NONE, "last_none", BF_ENOTFOUND,
      "{where}：{a} 在本机没有还能撤销的记录。别人记的请写记录号，用 bangfu list 查看。",
      "{where}: {a} has no entry at this node that could still be undone. Name somebody else's by its ref; see bangfu list.")
FAULT(FAULT_LAST_FAR, "last_far", BF_EBOUND,
      "{where}：最近 {b} 条里没有 {a} 还能撤销的记录，更早的没有看。请写记录号，用 bangfu list 查看。",
      "{where}: none of the latest {b} entries is one of {a} that could still be undone, and no older one was looked at. Give its ref; see bangfu list.")
FAULT(FAULT_EDIT_SUBJECT, "edit_subject", BF_EINVAL,
      "{where}：{b} 是{a}，{a}不必作废重记，用 --subject 修改就行：bangfu {a} --subject 编号，再写要改的各项。",
      "{where}: {b} is a {a}, which is changed and not made anew: bangfu {a} --subject NUMBER and what is to change.")
FAULT(FAULT_KIND_NEWER, "kind_newer", BF_EVERSION,
      "{where}：{a} 是更新的程序记的一种记录，本程序不会改。请升级本程序；要作废可以用 void。",
      "{where}: {a} is of a kind that a newer program wrote and this one cannot change. Upgrade this program; void can make it void.")
FAULT(FAULT_VOID_RESTING, "void_resting", BF_EEXIST,
      "{a} 还有 {b} 条有效的记录与它有关（用 bangfu show 查看），作废后这些记录会无主。请先作废那些记录；户和人只是写错了的，用 --subject 修改。",
      "{b} entries that count rest on {a} (see them with bangfu show); without it they would belong to nobody. Make those void first; a household or member that is only written wrongly is corrected with --subject.")
FAULT(FAULT_VOID_FOREIGN, "void_foreign", BF_EACCES,
      "{a} 不是本机记的，不能在这里作废。请在记它的那个工作站作废。",
      "{a} was not logged at this node and cannot be voided here. Void it where it was logged.")
FAULT(FAULT_VOID_VOID, "void_void", BF_EINVAL,
      "{a} 本身就是一条作废，不能再作废。要恢复请重新记一条。",
      "{a} is itself a void and cannot be voided. Log the entry again instead.")
FAULT(FAULT_NO_PLACES, "no_places", BF_ENOTFOUND,
      "还没有区划表，无法核对地点（{where}）。工作站请先用 enrol 登记；省平台请先用 places 导入区划。",
      "There is no table of divisions yet, so {where} cannot be checked. At a station enrol first; at the hub import one with places.")
FAULT(FAULT_DIVISION_CODE, "division_code", BF_EINVAL,
      "{where}：“{a}”不是区划代码。请写 2、4、6、9 或 12 位数字，或写地名。",
      "{where}: “{a}” is no division code. Write 2, 4, 6, 9 or 12 digits, or a name.")
FAULT(FAULT_DIVISION_UNKNOWN, "division_unknown", BF_ENOTFOUND,
      "{where}：区划表里没有 {a}。最接近的是：{b}。",
      "{where}: the table of divisions has no {a}. The nearest is {b}.")
FAULT(FAULT_DIVISION_ABSENT, "division_absent", BF_ENOTFOUND,
      "{where}：区划表里没有 {a}。请核对代码，或写地名。",
      "{where}: the table of divisions has no {a}. Check the code, or write a name.")
FAULT(FAULT_DIVISION_BEYOND, "division_beyond", BF_ENOTFOUND,
      "{where}：{a} 不在{b}之内，这里没有它的区划和记录。请核对代码，或到管它的工作站、省平台去办。",
      "{where}: {a} is not within {b}; its divisions and records are not here. Check the code, or ask the station of that place or the hub.")
FAULT(FAULT_DIVISION_NAME, "division_name", BF_ENOTFOUND,
      "{where}：本机所管范围内没有叫“{a}”的地方。请写全名，或写 12 位代码。",
      "{where}: no place here is called “{a}”. Write its whole name, or its 12-digit code.")
FAULT(FAULT_DIVISION_SEVERAL, "division_several", BF_EEXIST,
      "{where}：叫“{a}”的地方不止一个。请写 12 位代码，或带上上级，如“某旗/某镇”。有：{b}。",
      "{where}: several places are called “{a}”. Write the 12-digit code, or put the place above before it with a /. There are: {b}.")
FAULT(FAULT_DIVISION_LEVEL, "division_level", BF_EINVAL,
      "{where}：{a} 的级别不对，应为：{b}。请写到这一级的代码。",
      "{where}: {a} is of the wrong level; it must be: {b}. Give the code at that level.")
FAULT(FAULT_DIVISION_OUTSIDE, "division_outside", BF_EACCES,
      "{where}：{a} 不在本机所管的 {b} 之内。请核对代码，或到管它的工作站去记。",
      "{where}: {a} is not within this node's area {b}. Check the code, or log it at the node of that place.")
FAULT(FAULT_IMPORT_ROWS, "import_rows", BF_EBOUND,
      "一次最多导入 {a} 行，没有保存。请按苏木乡镇或嘎查村分成几个文件，逐个导入。",
      "At most {a} rows can be imported at once; nothing was saved. Divide them by township or village and import the parts one by one.")
FAULT(FAULT_IMPORT_ROW, "import_row", BF_EFORMAT,
      "这一行不是“列名: 文字”的形式。请用 bangfu import 导入 CSV 文件。",
      "This row is not of the form {heading: text}. Use bangfu import with a CSV file.")
FAULT(FAULT_IMPORT_COLUMN, "import_column", BF_EINVAL,
      "缺少“{where}”这一列或这一格为空，不知道是哪一户。请补上。",
      "The column {where} is missing or empty, so the household is unknown. Fill it in.")
FAULT(FAULT_IMPORT_HEADING, "import_heading", BF_EINVAL,
      "不认识“{where}”这一列{a}。请改成全国系统导出的列名（bangfu schema household 和 bangfu schema member 列出全部），或删去这一列。",
      "The column {where} is not known{a}. Give it the national export's heading (bangfu schema household and bangfu schema member list them all), or remove it.")
FAULT(FAULT_IMPORT_MORE, "import_more", BF_EINVAL,
      "这一行还有 {a} 处不对，没有逐一列出。请先改正前面的。",
      "This row has {a} more faults, which are not listed. Correct the others first.")
FAULT(FAULT_IMPORT_DIFFERS, "import_differs", BF_EINVAL,
      "这一户（或这个人）在第 {a} 行已有，两处的“{where}”写得不一样。请改成一致。",
      "This household or person stands in line {a} already, and the column {where} differs there. Make them agree.")
FAULT(FAULT_IMPORT_TWO_HOUSEHOLDS, "import_two_households", BF_EINVAL,
      "这个人在第 {a} 行已在另一户（户编号 {b}），一个人不能在两户。请核对是哪一户，删去另一行；证件号码写错的请改正。",
      "This person stands in line {a} already, in another household ({b}), and nobody is in two. Find out which is right and remove "
      "the other line; correct the ID number if it is wrong.")
FAULT(FAULT_IMPORT_ELSEWHERE, "import_elsewhere", BF_EINVAL,
      "这个人已登记在另一户（户编号 {b}），没有改动。写错的请改正这一行；确实迁到这一户的，请用 bangfu member --subject 证件号码 --household "
      "新户编号 记下迁移，再导入。",
      "This person is registered in another household ({b}), which is not changed. Correct the line if it is wrong; if the person "
      "has moved, record it with bangfu member --subject ID --household NEW-NUMBER and import again.")
FAULT(FAULT_IMPORT_LARGE, "import_large", BF_EBOUND,
      "表格内容太多（超过 {a} MiB），没有保存。请按苏木乡镇或嘎查村分成几个文件，逐个导入。",
      "The table holds too much (over {a} MiB); nothing was saved. Divide it by township or village and import the files one by one.")
FAULT(FAULT_IMPORT_LOST, "import_lost", BF_ENOTFOUND,
      "这次导入中断了（停顿太久，或另一次导入已开始），没有保存。请把文件再导一遍。",
      "This import was broken off (it paused for too long, or another one began); nothing was saved. Import the file again.")
FAULT(FAULT_IMPORT_DISK, "import_disk", BF_EFULL,
      "磁盘满了，导入停在半路：已存下 {a} 条，其余没有存。请腾出空间，再把同一个文件导一遍：已有的不会重复。",
      "The disk is full and the import stopped half-way: {a} entries are saved, the others are not. Free some space and import the "
      "same file again: nothing is saved twice.")
FAULT(FAULT_IMPORT_STOPPED, "import_stopped", BF_ECLOSED,
      "导入停在半路（{b}）：已存下 {a} 条，其余没有存。请稍后把同一个文件再导一遍：已有的不会重复。",
      "The import stopped half-way ({b}): {a} entries are saved, the others are not. Import the same file again later: nothing is "
      "saved twice.")
FAULT(FAULT_TOKEN_ROLE, "token_role", BF_EINVAL,
      "role 应为 village（嘎查村工作站）或 team（志愿服务队），不是“{a}”。",
      "role must be village or team, not “{a}”.")
FAULT(FAULT_ROWS_PAIRS, "rows_pairs", BF_EFORMAT,
      "rows 应为 代码、名称 交替的列表；第 {a} 项不对。",
      "rows must be code, name, code, name, ...; item {a} is wrong.")
FAULT(FAULT_ORIGIN_FORM, "origin_form", BF_EINVAL,
      "“{a}”不是工作站编号（16 位十六进制）。请用 bangfu nodes 查看。",
      "“{a}” is no origin (16 hex digits). Find it with bangfu nodes.")
FAULT(FAULT_NODES_MORE, "nodes_more", BF_EBOUND,
      "只列出了 {a} 个工作站，符合的共 {b} 个。要全部的请不写 --limit，或写 --limit {b}。",
      "Only {a} nodes are listed of {b} that fit. For all leave --limit out, or give --limit {b}.")
FAULT(FAULT_NODES_CALM, "nodes_calm", BF_ENOTFOUND,
      "有问题的工作站里没有叫“{a}”的，没有要销去的。用 bangfu nodes --trouble 查看有问题的。",
      "No node in trouble is called “{a}”, so there is nothing to clear. See those in trouble with bangfu nodes --trouble.")
FAULT(FAULT_NODES_CLEAR, "nodes_clear", BF_ENOTFOUND,
      "有问题的工作站里叫“{a}”的有 {b} 个，不知道销去哪一个。请用 bangfu nodes --trouble --wide 查出编号，再写 --clear 编号。",
      "Of the nodes in trouble {b} are called “{a}”, so which is meant is unknown. Find its origin with bangfu nodes --trouble --wide and give --clear ORIGIN.")
FAULT(FAULT_SPOT_FORM, "spot_form", BF_EINVAL,
      "“{a}”不是上一页给出的 after。请从第一页重新列出。",
      "“{a}” is no `after` of a page before. Begin with the first page.")
/* What status warns of. */
FAULT(FAULT_WARN_HUB_SILENT, "warn_hub_silent", BF_ECLOSED,
      "已有 {a} 天没有同步成功，{b} 条记录还只在本机。记录没有丢；请找有网络的地方运行 bangfu sync。",
      "No sync has succeeded for {a} days; {b} entries are only on this machine. Nothing is lost; find a network and run bangfu sync.")
FAULT(FAULT_WARN_HUB_REWOUND, "warn_hub_rewound", BF_EFORK,
      "省平台的数据退回到了较旧的一份（本站 {a} 发现；此前见过的平台记录有 {b} 条）。本站的记录一条也没有丢，先前送去的会自动重新发送。请把这句话告诉省平台的管理员。",
      "The hub's data were set back to an older copy (noticed here on {a}; it had shown {b} entries before). Nothing is lost here: what "
      "this station had sent is sent again by itself. Please tell the hub's operator.")
FAULT(FAULT_WARN_HUB_MALFORMED, "warn_hub_malformed", BF_EFORMAT,
      "本站有 {a} 条记录省平台看不懂（内容不合格式）：已存下，但不计入任何统计。第一条是 {b}。请把这个记录号和 bangfu version "
      "显示的版本告诉省平台的管理员。",
      "The hub cannot read {a} entries of this node (malformed): they are stored, and count in no figure. The first is {b}. Please tell the "
      "hub's operator that ref, and the version that bangfu version prints.")
FAULT(FAULT_WARN_MALFORMED_OWN, "warn_malformed_own", BF_EFORMAT,
      "本机有 {a} 条记录内容不合格式，已存下，但不计入任何统计、名单和账目。bangfu verify 列出前几条的记录号；请告诉技术人员。",
      "{a} entries here are malformed: they are kept, and count in no total, list or balance. bangfu verify names the first of them; please "
      "report them.")
FAULT(FAULT_WARN_MALFORMED, "warn_malformed", BF_EFORMAT,
      "{b} 个节点送来的 {a} 条记录内容不合格式，已存下，但不计入任何统计、名单和账目：写这些记录的程序有错，或者比省平台的新。用 bangfu nodes "
      "查看是哪些节点，用 bangfu show 查看一条。",
      "{a} entries of {b} nodes are malformed: they are stored, and count in no total, list or balance. The program that wrote them is wrong, or "
      "newer than the hub's. See which nodes with bangfu nodes, and one of them with bangfu show.")
FAULT(FAULT_WARN_CLOCK, "warn_clock", BF_EINVAL,
      "本机时钟比省平台{a}。请校正本机的日期和时间。",
      "This machine's clock is {a} against the hub's. Set its date and time.")
FAULT(FAULT_WARN_HUB_CLOCK, "warn_hub_clock", BF_EINVAL,
      "省平台的时钟说今天是 {a}，本机认为是 {b}，相差一年以上。没有采用省平台的日期，今天仍按 {b} 算，照常可以记录。若是省平台对，请校正本机日期，或运行 bangfu sync --believe-clock；若是本机对，请告诉省平台管理员校正时钟。",
      "By the hub's clock it is {a}, by what is known here {b}: they differ by more than a year. The hub's date was not taken; today stays {b}, and recording goes "
      "on. If the hub is right, set this machine's date or run bangfu sync --believe-clock; if this machine is right, tell the hub's operator to set its clock.")
FAULT(FAULT_WARN_HUB_CLOCK_PAST, "warn_hub_clock_past", BF_EINVAL,
      "省平台的时钟说今天是 {a}，可本程序在那以后才制成，所以它一定不对。没有采用，今天仍按 {b} 算，照常可以记录。请告诉省平台管理员校正时钟。",
      "By the hub's clock it is {a}, which is before this program was made, so it is wrong. It was not taken; today stays {b}, and recording goes on. Tell the hub's "
      "operator to set its clock.")
FAULT(FAULT_WARN_NODES_CLOCK, "warn_nodes_clock", BF_EINVAL,
      "{a} 个工作站的时钟与省平台相差 {b} 分钟以上。用 bangfu nodes --trouble 查看是哪些，请它们校正日期和时间。",
      "The clocks of {a} stations are {b} minutes or more off this hub's. See which with bangfu nodes --trouble and have them set.")
FAULT(FAULT_WARN_DISK, "warn_disk", BF_EFULL,
      "磁盘只剩 {a} MiB，少于 {b} MiB 就不能再记。请清理磁盘。",
      "Only {a} MiB of disk are left; below {b} MiB nothing can be saved. Make room.")
FAULT(FAULT_WARN_DISK_FULL, "warn_disk_full", BF_EFULL,
      "磁盘只剩 {a} MiB，少于 {b} MiB，现在什么也记不了。请马上清理磁盘。",
      "Only {a} MiB of disk are left, less than {b} MiB: nothing can be saved now. Make room at once.")
FAULT(FAULT_WARN_REFUSED, "warn_refused", BF_EFULL,
      "磁盘只剩 {a} MiB，存不下工作站送来的记录，已让它们稍后再来（{b} 次）。记录都还在工作站，没有丢；请腾出磁盘空间。",
      "Only {a} MiB of disk are left, too little for what stations send; they were told to come again ({b} times). Nothing is lost, the records are "
      "still at the stations; make room.")
FAULT(FAULT_WARN_PENDING, "warn_pending", BF_EFULL,
      "磁盘满了，还有 {a} 条已保存的记录没有算进来，也没有同步。记录没有丢；请腾出磁盘空间，程序会自动补上。在那之前不要换电脑。",
      "The disk is full: {a} saved entries are not counted here yet, nor synced. They are safe; free some space and they are "
      "added by themselves. Do not change computers before that.")
FAULT(FAULT_WARN_ISOLATED, "warn_isolated", BF_EACCES,
      "数据刚从备份恢复，还没有让工作站进来。请先用 bangfu nodes 核对，把备份之后停用过的工作站再停用一遍（bangfu revoke），然后运行 bangfu restore --open。",
      "The data were restored from a backup and no station is let in yet. See bangfu nodes, revoke again what was revoked since the backup (bangfu revoke), then run "
      "bangfu restore --open.")
FAULT(FAULT_WARN_NO_PLACES, "warn_no_places", BF_ENOTFOUND,
      "省平台还没有区划表。请运行 bangfu places 文件 --edition 年份。",
      "The hub has no table of divisions yet. Run bangfu places FILE --edition YEAR.")
FAULT(FAULT_WARN_NODES_SILENT, "warn_nodes_silent", BF_ECLOSED,
      "{a} 个工作站超过 2 天没有同步，{b} 个登记后从未同步。用 bangfu nodes --late 查看是哪些。",
      "{a} stations have not synced for over 2 days, {b} never since enrolment. See which with bangfu nodes --late.")
FAULT(FAULT_WARN_NODES_FORKED, "warn_nodes_forked", BF_EFORK,
      "{a} 个工作站的记录与省平台已存的对不上（同一份数据在两台电脑上用，或退回了较旧的一份）：{b}。它们没送来的记录进不来，也不算按时同步。用 bangfu nodes --trouble "
      "查看；处理完后用 bangfu nodes --clear 编号 销去。",
      "The logs of {a} stations contradict what is stored here (one set of data used on two machines, or set back to an older copy): {b}. What "
      "they have not sent cannot come in, and none counts as fresh. See bangfu nodes --trouble; when it is dealt with, bangfu nodes --clear ORIGIN.")
FAULT(FAULT_WARN_NODES_REFUSED, "warn_nodes_refused", BF_EINVAL,
      "{a} 个工作站上次同步没有成功，原因要有人处理。用 bangfu nodes --trouble 查看是哪些、为什么。",
      "The last sync of {a} stations failed for a reason that somebody must mend. See which and why with bangfu nodes --trouble.")
FAULT(FAULT_WARN_REWOUND, "warn_rewound", BF_EFORK,
      "启动以来报告的工作站有 {a} 个：它们见过比本平台现在更多或不同的记录，本平台的数据可能退回到了较旧的一份。若刚用备份恢复过，请停止 bangfud，加 --restored 再启动一次，各站会把缺的重新送来。",
      "Stations that reported since the start: {a}. They had seen more, or other, records here than there are now: this hub's data may have "
      "been set back to an older copy. If a backup was restored, stop bangfud and start it once with --restored; the stations then send again "
      "what is missing.")
FAULT(FAULT_PEER_UNKNOWN, "peer_unknown", BF_EACCES,
      "{where} 出示的密钥没有登记，或已被停用。",
      "{where} showed a key that is not enrolled, or was revoked.")
/* an ID number: {a} {b} are positions, counts and sums, never the number */
FAULT(FAULT_ID_LENGTH, "id_length", BF_EINVAL,
      "证件号码（{where}）有 {a} 位；身份证应为 18 位（旧证 15 位），残疾人证应为 20 或 22 位。请对照证件补全。",
      "The ID number ({where}) has {a} characters; an ID has 18 (an old one 15), a disability card 20 or 22. Please compare with the card.")
FAULT(FAULT_ID_CHARACTER, "id_character", BF_EINVAL,
      "证件号码（{where}）第 {a} 位不是数字（只有第 18 位可以是 X）。请对照证件改正。",
      "Character {a} of the ID number ({where}) is no digit (only the 18th may be X). Please compare with the card.")
FAULT(FAULT_ID_DATE, "id_date", BF_EINVAL,
      "证件号码（{where}）第 {a} 位的出生日期不存在或在今天之后。请对照证件改正。",
      "Digits {a} of the ID number ({where}) are no possible birthday, or one after today. Please compare with the card.")
FAULT(FAULT_ID_CHECKSUM, "id_checksum", BF_EINVAL,
      "证件号码（{where}）抄错了：与末位的校验不符。可能抄错的一处（第几位: 现为→应为）：{b}。请对照证件改正。",
      "The ID number ({where}) is mistyped: it fails the check by its last character. One slip that would explain it (position: is→should be): {b}. Please compare with the card.")
FAULT(FAULT_ID_DISABILITY, "id_disability", BF_EINVAL,
      "残疾人证号（{where}）第 {a} 位不对：第 19 位是类别 1-7，第 20 位是等级 1-4，补发为 B1 起。请对照证件改正。",
      "Character {a} of the disability card ({where}) is wrong: the 19th is the kind 1-7, the 20th the grade 1-4, a re-issue adds B1 and on. Please compare with the card.")
/* a field's value: {a} its Chinese term, {where} its name, {b} the detail */
FAULT(FAULT_FIELD_LONG, "field_long", BF_EBOUND,
      "“{a}”（{where}）太长：{b}。请缩短。",
      "{where} ({a}) is too long: {b}. Please shorten it.")
FAULT(FAULT_FIELD_SPREADSHEET, "field_spreadsheet", BF_EINVAL,
      "“{a}”（{where}）被表格软件改成了科学计数（如 1.5E+15），后面几位已经丢失。请从原系统重新导出，并把这一列设为文本。",
      "{where} ({a}) was turned into an exponent by a spreadsheet (as 1.5E+15) and its last digits are gone. Export it again and keep the column as text.")
FAULT(FAULT_HOUSEHOLD_NUMBER, "household_number", BF_EINVAL,
      "“{a}”（{where}）写的是“{b}”，不像户编号。户编号是 12 至 19 位数字，或数字中间带一个短横，如 1507221022000382、150722102200-0382；不是姓名、证件号码或区划代码。请照登记册填写。",
      "{where} ({a}) is “{b}”, which does not look like a household number: 12 to 19 digits, or digits with one dash, like 1507221022000382 or 150722102200-0382; no name, ID or division code. Please copy it from the register.")
FAULT(FAULT_HOUSEHOLD_WORD, "household_word", BF_EINVAL,
      "“{a}”（{where}）写的是“{b}”：户编号里不能有空格、逗号、顿号、分号或控制字符，也不能写成记录号的样子（16 位加短横再加数字），否则以后指不到这个户。请改正。",
      "{where} ({a}) is “{b}”: a household number has no blank, comma, semicolon or control character in it and does not look like a ref (16 characters, a dash, digits); nobody could point at it later. Please mend it.")
FAULT(FAULT_HOUSEHOLD_ID, "household_id", BF_EINVAL,
      "“{a}”（{where}）写的是证件号码（{b}）。户编号会原样显示，不能用证件号码。请填户编号；证件号码填到 户主证件号码（head-id）。",
      "{where} ({a}) is an ID number ({b}). A household number is shown in full, so it cannot be one. Please give the household's number; the ID goes to head-id.")
FAULT(FAULT_FIELD_MASKED, "field_masked", BF_EINVAL,
      "“{where}”带有星号：这是显示时打过星号的，不是原来的内容。请写完整；导入的请从原系统重新导出，或去掉这一列。",
      "{where} has an asterisk: it was masked when it was shown. Write it in full; for an import export it again, or leave the column out.")
FAULT(FAULT_FIELD_TEXT, "field_text", BF_EINVAL,
      "“{a}”（{where}）含有控制字符或不是 UTF-8 文字。请重新输入。",
      "{where} ({a}) holds control characters or is not UTF-8 text. Please type it again.")
FAULT(FAULT_FIELD_NUMBER, "field_number", BF_EINVAL,
      "“{a}”（{where}）应为整数（{b}）。请只写数字。",
      "{where} ({a}) must be a whole number ({b}). Please give digits only.")
FAULT(FAULT_FIELD_DECIMAL, "field_decimal", BF_EINVAL,
      "“{a}”（{where}）应为数（{b}），可写两位小数。请只写数字，如 85.5。",
      "{where} ({a}) should be a number ({b}) with at most two decimals. Write digits only, like 85.5.")
FAULT(FAULT_FIELD_FINE, "field_fine", BF_EINVAL,
      "“{a}”（{where}）最多写两位小数。请四舍五入到两位后再填，如 85.47。",
      "{where} ({a}) has at most two decimals. Round it to two, like 85.47.")
FAULT(FAULT_FIELD_RANGE, "field_range", BF_EBOUND,
      "“{a}”（{where}）超出范围，应在 {b} 之间。请核对。",
      "{where} ({a}) is out of range; it must lie in {b}. Please check it.")
FAULT(FAULT_FIELD_DAY, "field_day", BF_EINVAL,
      "“{a}”（{where}）不是 1900 至 2100 年间的日期。请写成 2026-11-23 或 20261123。",
      "{where} ({a}) is no date between 1900 and 2100. Please write 2026-11-23 or 20261123.")
FAULT(FAULT_DAY_WORD, "day_word", BF_EINVAL,
      "“{a}”（{where}）看不懂。可写 2026-11-23、11-23、23号，或 今天、昨天、前天、周一至周日（最近的一个）；今天以后的日期不收。",
      "{where} ({a}) is no day. Write 2026-11-23, 11-23, today, yesterday or 周一 to 周日 (the latest one); days after today are not taken.")
FAULT(FAULT_DAY_LATER, "day_later", BF_EINVAL,
      "“{a}”（{where}）在今天之后：本机认为今天是 {b}。请改日期，以前的请写全年月日；若今天不是 {b}，请先校正本机的日期和时间。",
      "{where} ({a}) lies after today, which this machine takes to be {b}. Mend the date, with its year when it is of before; if today is not {b}, set the machine's clock first.")
FAULT(FAULT_FIELD_FEN, "field_fen", BF_EINVAL,
      "“{a}”（{where}）不是金额，或比分还细。请写成 1234.50、1,234.5 或 3.2万（单位元）。",
      "{where} ({a}) is no amount, or finer than a fen. Please write 1234.50, 1,234.5 or 3.2万 (in yuan).")
FAULT(FAULT_FEN_RANGE, "fen_range", BF_EBOUND,
      "“{a}”（{where}）应在 {b} 元之间，不能为负。冲减请用退回、收回或追缴。",
      "{where} ({a}) must lie in {b} yuan and not be negative. To take money back use refund, withdraw or recover.")
FAULT(FAULT_FIELD_MINUTES, "field_minutes", BF_EINVAL,
      "“{a}”（{where}）不是时间。请写成 90、1:30、1.5h 或 1小时30分。",
      "{where} ({a}) is no time. Please write 90, 1:30 or 1.5h.")
FAULT(FAULT_FIELD_CLOCK, "field_clock", BF_EINVAL,
      "“{a}”（{where}）不是钟点。请写成 9:30、930、9点半 或 下午2点。",
      "{where} ({a}) is no time of day. Please write 9:30, 930 or 9, in 24 hours.")
FAULT(FAULT_FIELD_CODE, "field_code", BF_EINVAL,
      "“{a}”（{where}）不在代码表中。可用：{b}。",
      "{where} ({a}) is not in its list. Use one of: {b}.")
FAULT(FAULT_FIELD_BOOL, "field_bool", BF_EINVAL,
      "“{a}”（{where}）应为 是 或 否。",
      "{where} ({a}) must be yes or no.")
FAULT(FAULT_FIELD_PHONE, "field_phone", BF_EINVAL,
      "“{a}”（{where}）应为 11 位手机号，或 区号-号码。请核对。",
      "{where} ({a}) must be a mobile number of 11 digits, or area-number. Please check it.")
FAULT(FAULT_FIELD_BANK, "field_bank", BF_EINVAL,
      "“{a}”（{where}）应为 8 至 32 位数字的银行账号。请核对。",
      "{where} ({a}) must be a bank account of 8 to 32 digits. Please check it.")
FAULT(FAULT_FIELD_DIVISION, "field_division", BF_EINVAL,
      "“{a}”（{where}）不是行政区划：写 12 位代码（或 2、4、6、9 位），或本地的区划名称。用 bangfu place 查找。",
      "{where} ({a}) is no division: give its code of 12 digits (or 2, 4, 6, 9), or a name hereabouts. Find it with bangfu place.")
FAULT(FAULT_FIELD_REF, "field_ref", BF_EINVAL,
      "“{a}”（{where}）没有指到已有的记录。请写记录号（如 {b}）或编号。",
      "{where} ({a}) names no record. Please give the record's name (like {b}) or number.")
FAULT(FAULT_REFS_MANY, "refs_many", BF_EBOUND,
      "“{a}”（{where}）最多 {b} 个。请分成几条记录。",
      "{where} ({a}) takes at most {b}. Please make several records of it.")
FAULT(FAULT_REF_TWICE, "ref_twice", BF_EINVAL,
      "“{a}”（{where}）中第 {b} 个与前面重复，会重复计数。请删去一个。",
      "Number {b} in {where} ({a}) is there twice and would count twice. Please remove one.")
FAULT(FAULT_EACH_FORM, "each_form", BF_EINVAL,
      "“{a}”（{where}）请写成 编号=内容，每户写一次，如 --{where} 1507221022000001=内容。",
      "{where} ({a}) is written NUMBER=VALUE, once for each, like --{where} 1507221022000001=VALUE.")
FAULT(FAULT_EACH_STRANGER, "each_stranger", BF_EINVAL,
      "{where}：{a} 不在“{b}”里。请核对编号，或先把它写进“{b}”。",
      "{where}: {a} is not among those the record names ({b}). Check the number, or name it there first.")
FAULT(FAULT_FIELD_ONE, "field_one", BF_EINVAL,
      "“{a}”（{where}）一条记录只写一个：写几个只会算一个人的。几个人请记几条。",
      "{where} ({a}) takes one in a record: several would count as one. Please make a record for each.")
FAULT(FAULT_EACH_UNEVEN, "each_uneven", BF_EINVAL,
      "{where} 写了 {a} 个，另一项写了 {b} 个，对不上是谁。请一一对应，或只写一项。",
      "{where} names {a} and the other option {b}: nobody can tell who is who. Give as many of each, or one of the two.")
FAULT(FAULT_FIELD_ACCOUNT, "field_account", BF_EINVAL,
      "“{a}”（{where}）不是账户：写区划代码或名称、户:编号，或体系外一方（{b}）。",
      "{where} ({a}) is no account: give a division, household:NUMBER, or an outside party ({b}).")
FAULT(FAULT_ACCOUNT_NAME, "account_name", BF_ENOTFOUND,
      "{where}：本机所管范围内没有叫“{a}”的地方。账户写地方（名称或代码）、户编号，或体系外一方：{b}。",
      "{where}: no place here is called “{a}”. An account is a place (name or code), a household's number, or an outside party: {b}.")
FAULT(FAULT_RECORD_LONG, "record_long", BF_EBOUND,
      "这条记录太长（最多 {a} 字节）。请缩短文字。",
      "This record is too long (at most {a} bytes). Please shorten its texts.")
/* rules of a kind (rules.c) */
FAULT(FAULT_FUND_FROM_DIVISION, "fund_from_division", BF_EINVAL,
      "“{a}”的付方（from）应为区划，如 150722000000。请改付方或资金流转类型。",
      "{a}: the giver (from) must be a division, like 150722000000. Please change it or the kind of movement.")
FAULT(FAULT_FUND_FROM_PUBLIC, "fund_from_public", BF_EINVAL,
      "“{a}”的付方（from）应为区划或体系外一方（如 中央财政），不能是户。请改付方或资金流转类型。",
      "{a}: the giver (from) must be a division or an outside party (like central), not a household. Please change it or the kind of movement.")
FAULT(FAULT_FUND_FROM_PAYEE, "fund_from_payee", BF_EINVAL,
      "“{a}”的付方（from）应为户（household:编号）或体系外一方（如 供应商/项目单位）。区划之间请用 收回 或 退回。",
      "{a}: the giver (from) must be a household (household:NUMBER) or an outside party (like supplier). Between divisions use withdraw or refund.")
FAULT(FAULT_FUND_TO_DIVISION, "fund_to_division", BF_EINVAL,
      "“{a}”的收方（to）应为区划，如 150722000000。发给户或供应商请用 支出。",
      "{a}: the receiver (to) must be a division, like 150722000000. For households or suppliers use spend.")
FAULT(FAULT_FUND_TO_PAYEE, "fund_to_payee", BF_EINVAL,
      "“{a}”的收方（to）应为户（household:编号）或体系外一方（如 供应商/项目单位）。给区划请用 下达 或 拨付。",
      "{a}: the receiver (to) must be a household (household:NUMBER) or an outside party (like supplier). For a division use allot or transfer.")
FAULT(FAULT_FUND_SAME, "fund_same", BF_EINVAL,
      "付方（from）与收方（to）相同。只有“结转”可以相同；请改其中一方。",
      "The giver (from) and the receiver (to) are the same. Only carry may do that; please change one.")
FAULT(FAULT_END_EARLY, "end_early", BF_EINVAL,
      "结束时间（end）不晚于开始时间（start）。请核对：下午的时间请写 下午3点 或 15:00；跨夜的走访请分成两条。",
      "The end is not after the start. Please check: write an afternoon as 下午3点 or 15:00; make two records of a visit over midnight.")
FAULT(FAULT_SCHOOLING_TWICE, "schooling_twice", BF_EINVAL,
      "文化程度（education）与在校生状况（student）只能填一项：在校填后者，不在校填前者。",
      "Give either education or student, not both: student for who attends school, education for who does not.")
FAULT(FAULT_SEX_DIFFERS, "sex_differs", BF_EINVAL,
      "性别（sex）与证件号码第 17 位不符（单数为男，双数为女）。请对照证件改正其中一项。",
      "sex and the 17th digit of the ID differ (odd is male, even female). Please compare with the card and mend one.")
FAULT(FAULT_BIRTH_DIFFERS, "birth_differs", BF_EINVAL,
      "出生日期（birth）与证件号码第 7-14 位不符。请对照证件改正其中一项。",
      "birth and digits 7-14 of the ID differ. Please compare with the card and mend one.")
FAULT(FAULT_CLEARED_EARLY, "cleared_early", BF_EINVAL,
      "风险消除时间（risk-cleared）早于风险识别时间（risk-found）。请核对。",
      "risk-cleared lies before risk-found. Please check both.")
FAULT(FAULT_CODES_MANY, "codes_many", BF_EINVAL,
      "“{a}”（{where}）最多选 {b} 项。请保留主要的。",
      "{where} ({a}) takes at most {b}. Please keep the main ones.")
/* The store. {where}: its directory, or the row's number. */
FAULT(FAULT_STORE_BUSY, "store_busy", BF_EBUSY,
      "目录 {where} 正被另一个程序使用（进程 {a}）。请先停掉它；同一个目录只能有一个 bangfud。",
      "The directory {where} is in use by another program (process {a}). Stop it first; a directory has one bangfud.")
FAULT(FAULT_STORE_DAMAGED, "store_damaged", BF_EDAMAGED,
      "{where} 中的数据有损坏，读不全；没有改动任何文件。请停止 bangfud，先复制整个目录留底，再恢复最近的备份。站点已同步的，省平台都有；"
      "省平台缺的，由各站补传；其余只在这份留底里，请找技术人员取出。",
      "The store in {where} is damaged and cannot be read in full. No file was changed. Stop bangfud and copy the whole directory "
      "first, then restore the latest backup. What a station had synced is at the hub; what a hub lacks, its stations send again; "
      "the rest is only in that copy: call for help.")
FAULT(FAULT_STORE_NEWER, "store_newer", BF_EVERSION,
      "{where} 中的数据由更新的程序写成，本程序不能读。请升级本程序；数据没有改动。",
      "The store in {where} was written by a newer program. Upgrade this one; nothing was changed.")
FAULT(FAULT_STORE_OLDER, "store_older", BF_EVERSION,
      "{where} 中的数据由较早的试用版写成，格式不同，本程序不能读。数据没有改动；请用原来的程序打开它，先与省平台同步完。",
      "The store in {where} was written by an earlier trial version in another format. Nothing was changed; open it with that program and sync it first.")
FAULT(FAULT_PEER_VERSION, "peer_version", BF_EVERSION,
      "{where} 中的中心登记信息由另一版本的程序写成，本程序不能读。请用写下它的那个版本；数据没有改动。",
      "What {where} holds of its hub was written by another version of this program. Run that version; nothing was changed.")
FAULT(FAULT_STORE_FULL, "store_full", BF_EFULL,
      "{where} 中的数据已达上限，没有保存。已保存的记录不受影响；请在配置中加大 map_mib 后重启。",
      "The store in {where} has reached its size limit; nothing was saved. Saved records are safe; raise map_mib in the "
      "configuration and restart.")
FAULT(FAULT_MAP_LARGE, "map_large", BF_EBOUND,
      "{where} 的数据文件要占 {a} MiB 地址空间，系统不许（本进程上限 {b}）。没有改动。请取消上限（ulimit -v unlimited，systemd 的 LimitAS=infinity），或在配置里把 map_mib 设小。",
      "The store in {where} takes {a} MiB of address space and the system refuses it (this process may have {b}). Nothing was changed. Lift the limit (ulimit -v unlimited, LimitAS=infinity in systemd), or set a smaller map_mib.")
FAULT(FAULT_STORE_IO, "store_io", BF_EIO,
      "读写 {where} 时磁盘出错（{a}），程序将重启并核对。若反复出现，请更换磁盘；已确认保存的记录不受影响。",
      "The disk failed at {where} ({a}); the program restarts and checks. If it happens again, replace the disk. Records "
      "confirmed as saved are safe.")
FAULT(FAULT_REMOTE_FS, "remote_fs", BF_EINVAL,
      "{where} 在网络盘或虚拟盘上，断电时数据会坏。请把数据目录放在本机硬盘上。",
      "{where} is on a network or user-space file system, where power loss would break the store. Use a local disk.")
FAULT(FAULT_SUM_OVERFLOW, "sum_overflow", BF_EOVERFLOW,
      "第 {a} 条记录的金额或数量太大，合计会超出可以表示的范围，没有保存。请核对数字。",
      "The amount or number in entry {a} is too large: the totals could no longer hold it. It was not saved; check the number.")
FAULT(FAULT_LOG_FULL, "log_full", BF_EOVERFLOW,
      "日志 {where} 第 {a} 条未保存：该日志历来的金额（含作废的）会超过单个日志的上限。请核对；若已被错误的巨额占满，请管理员发新登记码，换空目录重新登记该工作站。",
      "Entry {a} of log {where} was not saved: the amounts this log ever had, voided ones too, would pass the bound of one log. Check it; a station whose log is full of wrong amounts can be enrolled anew from an empty directory.")
FAULT(FAULT_TOKEN_UNKNOWN, "token_unknown", BF_EACCES,
      "省平台没有发过这个登记码。请在省平台用 bangfu token 发一个新的。",
      "The hub never made this token. Make a new one at the hub with bangfu token.")
FAULT(FAULT_TOKEN_USED, "token_used", BF_EACCES,
      "这个登记码已被另一台电脑用过。每个登记码只能用一次；请在省平台用 bangfu token 发一个新的。",
      "This token was used by another computer. A token works once; make a new one at the hub with bangfu token.")
FAULT(FAULT_TOKEN_EXPIRED, "token_expired", BF_EACCES,
      "这个登记码已过期。请在省平台用 bangfu token 发一个新的。",
      "This token has expired. Make a new one at the hub with bangfu token.")
FAULT(FAULT_TOKEN_EXISTS, "token_exists", BF_EEXIST,
      "这个登记码已经发过。请再发一次，程序会生成新的。",
      "This token exists already. Make it again; a new one is generated.")
FAULT(FAULT_PLACES_OLDER, "places_older", BF_EINVAL,
      "这张区划表（{a} 版）比现有的（{b} 版）旧，没有导入。请核对 --edition；确实要用旧的，请加 --force。",
      "This table (edition {a}) is older than the present one (edition {b}); nothing was imported. Check --edition; to go back to it add --force.")
FAULT(FAULT_PLACES_FOREIGN, "places_foreign", BF_EINVAL,
      "这张区划表里有 {a} 个代码不属于本平台所在的省级区划，如 {b}，没有导入。请核对文件；确实要导入，请加 --force。",
      "{a} codes of this table lie in another province than this hub, such as {b}; nothing was imported. Check the file; to import them add --force.")
FAULT(FAULT_PLACES_USED, "places_used", BF_EINVAL,
      "这张区划表少了 {a} 个还在用的代码（有记录或工作站），如 {b}，没有导入。先用 --diff 看一遍；确认无误，请加 --force：旧记录仍留在原来的代码下。",
      "This table lacks {a} codes that are in use (with records or a station), such as {b}; nothing was imported. Look with --diff first; when it is right add --force: old records stay under the old codes.")
FAULT(FAULT_NODE_EXISTS, "node_exists", BF_EEXIST,
      "省平台上这台电脑（{a}）登记在 {b}，这个登记码却是给别处或另一种工作站的。请让省平台发一个 {b} 的登记码；确实要换地方的，请先在省平台停用它，再加 --move 登记。",
      "At the hub this computer ({a}) is enrolled at {b}, and this token is for another place or role. Ask there for a token of {b}; to move it, "
      "have it revoked at the hub first and enrol with --move.")
FAULT(FAULT_TOKEN_CANCELLED, "token_cancelled", BF_EACCES,
      "这个登记码已被省平台取消，不能再用。请向省平台要一个新的。",
      "The hub's operator cancelled this token, and it admits nobody. Ask there for a new one.")
FAULT(FAULT_CANCEL_SPENT, "cancel_spent", BF_EINVAL,
      "登记码 {a} 已经用过，取消也不起作用。要不让那台电脑进来，请用 bangfu revoke 停用它。",
      "Token {a} was used already, so there is nothing to cancel. To shut that station out use bangfu revoke.")
FAULT(FAULT_CANCEL_UNKNOWN, "cancel_unknown", BF_ENOTFOUND,
      "没有编号为“{a}”或发给那个地方、还没用过的登记码。用 bangfu token list 查看。",
      "No unused token has the number “{a}” or is for such a place. See them with bangfu token list.")
FAULT(FAULT_CANCEL_SEVERAL, "cancel_several", BF_EEXIST,
      "发给“{a}”、还没用过的登记码不止一个：{b}。请写要取消的那个编号。",
      "Several unused tokens are for “{a}”: {b}. Name the one to cancel by its number.")
FAULT(FAULT_STATION_UNKNOWN, "station_unknown", BF_ENOTFOUND,
      "没有叫“{a}”、在那个地方或编号这样开头的工作站。用 bangfu nodes 查看全部工作站。",
      "No station is called “{a}”, stands at such a place or has a number that begins so. See them all with bangfu nodes.")
FAULT(FAULT_STATION_SEVERAL, "station_several", BF_EEXIST,
      "“{a}”指的工作站有 {b} 个，见上面；没有停用任何一个。请写要停用的那个的编号。",
      "“{a}” means {b} stations, shown above; none was revoked. Name the one by its number.")
FAULT(FAULT_NOT_CONFIRMED, "not_confirmed", BF_EINVAL,
      "没有回答“是”，什么也没有做。",
      "The answer was not yes, and nothing was done.")
FAULT(FAULT_NODE_REVOKED, "node_revoked", BF_EACCES,
      "本站已被停用，这个登记码也已经用过，不能再用。记录仍在本机；请向省平台要一个新的登记码，再运行 bangfu enrol -。",
      "This station was revoked, and this token is spent already. Everything is kept here; ask the hub for a new token and run bangfu enrol -.")
FAULT(FAULT_NODE_UNKNOWN, "node_unknown", BF_ENOTFOUND,
      "省平台没有工作站“{a}”。用 bangfu nodes 查看全部工作站。",
      "There is no node “{a}” at this hub. See them all with bangfu nodes.")
FAULT(FAULT_ORIGIN_TAKEN, "origin_taken", BF_EEXIST,
      "这台电脑的日志编号已属于另一把密钥。请删去它的密钥文件，换新密钥后再登记。",
      "The number of this computer's log belongs to another key. Remove its key file and enrol with a new key.")
FAULT(FAULT_ROSTER_FULL, "roster_full", BF_EBOUND,
      "工作站数已达上限 {a}，不能再登记。",
      "The roster is full ({a} nodes); no more can be enrolled.")
FAULT(FAULT_PLACE_CODE, "place_code", BF_EINVAL,
      "第 {where} 行的区划代码 {a} 不对。应为 12 位统计用区划代码。整张表没有导入。",
      "Row {where}: {a} is not a 12-digit division code. Nothing was imported.")
FAULT(FAULT_PLACE_NAME, "place_name", BF_EINVAL,
      "第 {where} 行（{a}）的名称为空、过长或含有控制字符。整张表没有导入。",
      "Row {where} ({a}): the name is empty, too long or has control characters. Nothing was imported.")
FAULT(FAULT_PLACE_PARENT, "place_parent", BF_EINVAL,
      "第 {where} 行（{a}）的上级区划 {b} 不在表中。请补上上级。整张表没有导入。",
      "Row {where} ({a}): its parent {b} is not in the table. Add the parent. Nothing was imported.")
FAULT(FAULT_DAEMON_OPTION, "daemon_option", BF_EINVAL,
      "看不懂“{a}”。用法：bangfud [--dir 目录] [--config 文件] [--设置 值]；bangfud --help 列出全部。",
      "“{a}” is not understood. Usage: bangfud [--dir DIR] [--config FILE] [--KEY VALUE]; see bangfud --help.")
FAULT(FAULT_DAEMON_OPTION_VALUE, "daemon_option_value", BF_EINVAL,
      "“{a}”后面缺少值。bangfud --help 列出全部设置。",
      "“{a}” needs a value. bangfud --help lists all settings.")
FAULT(FAULT_DAEMON_OPTION_ALONE, "daemon_option_alone", BF_EINVAL,
      "{a} 不能与 {b} 一起用。请分两次运行。",
      "{a} cannot go with {b}. Run them one after the other.")
FAULT(FAULT_NOT_ISOLATED, "not_isolated", BF_EINVAL,
      "省平台本来就让工作站进来，没有什么要打开的。",
      "The hub lets its stations in already; there is nothing to open.")
FAULT(FAULT_RESTORED_NEW, "restored_new", BF_ENOTFOUND,
      "目录 {where} 里还没有记录，谈不上恢复，什么也没有做。请先把备份放回这个目录，或用 --dir 指明数据目录。",
      "There are no records in {where}, so nothing was restored and nothing was done. Put the backup back there first, or name the data directory with --dir.")
FAULT(FAULT_FLAGGED_SHORT, "flagged_short", BF_EBOUND,
      "只列出了 {a} 条，后面还有没有列出的。要全部：加 --format csv 或 --format json，不写 --limit；也可以写明地点，或用 --kind、--flagged=提示 缩小范围。",
      "Only {a} entries are listed; there are more. For all of them use --format csv or --format json without --limit; or name a place, a --kind or one "
      "warning (--flagged=NAME).")
FAULT(FAULT_KIND_ALONE, "kind_alone", BF_EINVAL,
      "--{where} 只能用于一种记录。请加 --kind 写明是哪一种，如 --kind visit。",
      "--{where} is for entries of one kind. Say which with --kind, as in --kind visit.")
FAULT(FAULT_OPTION_IDLE, "option_idle", BF_EINVAL,
      "“{a}”用不到 --{where}，什么也没有做。请去掉 --{where}。",
      "“{a}” has no use for --{where}, so nothing was done. Leave --{where} out.")
FAULT(FAULT_LIMIT_TWICE, "limit_twice", BF_EINVAL,
      "--{where} 与 {a} 都限定列几条，不能同时用。请去掉其中一个。",
      "--{where} and {a} both say how many are listed. Leave one of them out.")
FAULT(FAULT_FLAG_UNKNOWN, "flag_unknown", BF_EINVAL,
      "{where}：没有“{a}”这一种提示。可用：{b}。",
      "{where}: there is no warning “{a}”. There are: {b}.")
FAULT(FAULT_NO_STORE, "no_store", BF_ENOTFOUND,
      "目录 {where} 里没有记录。请用 --dir 指明数据目录。",
      "There are no records in {where}. Name the data directory with --dir.")
/* clang-format on */
