// SPDX-License-Identifier: Apache-2.0
// pouch.js ROWS.tsv SESSIONS DOCS DIR -- what a village would run instead: PouchDB on LevelDB pushing to a server that
// speaks CouchDB's protocol (express-pouchdb). No TLS, no fsync a write. Prints JSON: sessions_per_s and wire_bytes (a document,
// both directions, headers and all) of SESSIONS nodes with DOCS documents each, four at a time; nothing_bytes and
// nothing_requests of a session with nothing new; server_rss_mb.
'use strict';
const fs = require('fs');
const http = require('http');
const net = require('net');
const path = require('path');
const { fork } = require('child_process');

const COLUMNS = ['node', 'seq', 'division', 'household', 'day', 'channel', 'month', 'amount', 'author', 'kind', 'purpose', 'minutes', 'note'];
const AT_ONCE = 4;

function serve(dir) {
  const PouchDB = require('pouchdb').defaults({ prefix: dir + path.sep });
  const app = require('express')();
  let requests = 0;
  app.use((req, res, next) => { requests++; next(); });
  app.use('/', require('express-pouchdb')(PouchDB, { mode: 'minimumForPouchDB', logPath: path.join(dir, 'log'), inMemoryConfig: true }));
  const server = http.createServer(app).listen(0, '127.0.0.1', () => process.send({ port: server.address().port }));
  process.on('message', () => process.send({ requests, rss_mb: process.memoryUsage().rss / 1048576 }));
}

// Everything between the two goes through here and is counted.
function counting(port) {
  const seen = { bytes: 0 };
  const proxy = net.createServer((from) => {
    const to = net.connect(port, '127.0.0.1');
    for (const [a, b] of [[from, to], [to, from]]) {
      a.on('data', (d) => { seen.bytes += d.length; b.write(d); });
      a.on('end', () => b.end());
      a.on('error', () => b.destroy());
    }
  });
  return new Promise((done) => proxy.listen(0, '127.0.0.1', () => done({ seen, proxy, port: proxy.address().port })));
}

function documents(file, count) {
  const lines = fs.readFileSync(file, 'utf8').split('\n', count);
  return lines.map((line, i) => {
    const cells = line.split('\t');
    const doc = { _id: `${cells[0]}-${i}` };
    COLUMNS.forEach((name, k) => { doc[name] = name === 'note' || name === 'division' ? cells[k] : Number(cells[k]); });
    return doc;
  });
}

async function measure(file, sessions, docs, dir) {
  const PouchDB = require('pouchdb').defaults({ prefix: path.join(dir, 'nodes') + path.sep });
  fs.mkdirSync(path.join(dir, 'nodes'));
  fs.mkdirSync(path.join(dir, 'hub'));
  const hub = fork(__filename, ['serve', path.join(dir, 'hub')], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const told = () => new Promise((done) => hub.once('message', done));
  const { port } = await told();
  const link = await counting(port);
  const url = `http://127.0.0.1:${link.port}/records`;
  const ask = async () => { const answer = told(); hub.send('?'); return answer; };
  const all = documents(file, sessions * docs);
  const nodes = [];
  for (let i = 0; i < sessions; i++) {
    nodes[i] = new PouchDB(`node${i}`);
    await nodes[i].bulkDocs(all.slice(i * docs, (i + 1) * docs));
  }
  await new PouchDB(url).info(); // the database is made before the clock starts
  link.seen.bytes = 0;
  const began = process.hrtime.bigint();
  let next = 0;
  await Promise.all(Array.from({ length: AT_ONCE }, async () => {
    while (next < sessions) {
      const done = await nodes[next++].replicate.to(url, { batch_size: docs });
      if (done.docs_written !== docs) throw new Error(`${done.docs_written} of ${docs} written`);
    }
  }));
  const seconds = Number(process.hrtime.bigint() - began) / 1e9;
  const bytes = link.seen.bytes;
  const before = await ask();
  link.seen.bytes = 0;
  await nodes[0].replicate.to(url, { batch_size: docs });
  const after = await ask();
  console.log(JSON.stringify({
    sessions_per_s: sessions / seconds, wire_bytes: bytes / (sessions * docs), nothing_bytes: link.seen.bytes,
    nothing_requests: after.requests - before.requests, server_rss_mb: after.rss_mb,
  }));
  hub.kill();
  process.exit(0);
}

if (process.argv[2] === 'serve') serve(process.argv[3]);
else measure(process.argv[2], Number(process.argv[3]), Number(process.argv[4]), process.argv[5]).catch((e) => { console.error(e.message); process.exit(1); });
