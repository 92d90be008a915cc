// SPDX-License-Identifier: Apache-2.0
// duck.js ROWS.tsv N -- the totals question in DuckDB over the same facts: p50 and p99 of N warm queries, in microseconds.
const { DuckDBInstance } = require('@duckdb/node-api');

async function main() {
  const [rows, count] = [process.argv[2], Number(process.argv[3])];
  const db = await (await DuckDBInstance.create(':memory:')).connect();
  await db.run(`create table rec as select * from read_csv('${rows}', delim='\t', header=false, columns={node:'int',seq:'bigint',division:'text',household:'int',day:'int',channel:'smallint',month:'smallint',amount:'bigint',author:'int',kind:'smallint',purpose:'smallint',minutes:'int',note:'text'})`);
  const sql = "select channel, month, sum(amount), count(*) from rec where division like '1507%' group by channel, month";
  const took = [];
  for (let i = 0; i < count + 3; i++) {
    const began = process.hrtime.bigint();
    await (await db.runAndReadAll(sql)).getRows();
    if (i >= 3) took.push(Number(process.hrtime.bigint() - began) / 1000);
  }
  took.sort((a, b) => a - b);
  console.log(JSON.stringify({ p50_us: took[count >> 1], p99_us: took[Math.floor(count * 0.99)] }));
}

main().catch((e) => { console.error(e.message); process.exit(1); });
