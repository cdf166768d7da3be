/** Finds in traces what was told although it was not on disk. @module */

import assert from "node:assert/strict";
import { judgeReplies } from "./durable_replies.ts";
import { parseTrace } from "./strace.ts";

const ID = "01JD0000000000000000000010";
const SOCKET = "27<TCP:[127.0.0.1:25->127.0.0.1:60280]>";
const OTHER = "28<TCP:[127.0.0.1:25->127.0.0.1:60281]>";
const SPOOLED = `/s/spool/${ID}.eml`;

const READ = `1 22:17:29.1 recvfrom(${SOCKET}, "x\\r\\n.\\r\\n", 1000, 0, NULL, NULL) = 6`;
const RECORD = `2 22:17:29.2 pwrite64(22</s/queue.db-wal>, "\\0\\r${ID}1", 4096, 8296) = 4096`;
const SYNC = "2 22:17:29.3 fdatasync(22</s/queue.db-wal>) = 0";
const REPLY = `1 22:17:29.4 sendto(${SOCKET}, "250 2.0.0 queued as ${ID}\\r\\n", 48, 0) = 48`;

const FILE = `3 22:17:29.1 write(29<${SPOOLED}>, "x\\r\\n", 3) = 3`;
const FILE_SYNC = `4 22:17:29.1 fsync(29<${SPOOLED}>) = 0`;
const RENAME = `3 22:17:29.1 rename("${SPOOLED}", "/s/messages/${ID}.eml") = 0`;
const FOLDER_SYNC = "4 22:17:29.1 fsync(30</s/messages>) = 0";

const begun = (line: string) => `${line.slice(0, line.lastIndexOf(")"))} <unfinished ...>`;
const resumed = (line: string) =>
  line.replace(/ \w+\(.*$/, (call) => ` <...${name(call)} resumed>) = 0`);
const name = (call: string) => call.slice(0, call.indexOf("("));

const sound = [
  { name: "a small mail", trace: [READ, RECORD, SYNC, REPLY] },
  {
    name: "a mail in a file",
    trace: [READ, FILE, FILE_SYNC, RENAME, FOLDER_SYNC, RECORD, SYNC, REPLY],
  },
  {
    name: "a mail whose commit had to wait for another's",
    trace: [begun(SYNC), READ, resumed(SYNC), RECORD, SYNC, REPLY],
  },
  {
    name: "a reply during the next sync",
    trace: [READ, RECORD, SYNC, begun(SYNC), REPLY, resumed(SYNC)],
  },
  {
    name: "a file that was written before the last octets were read",
    trace: [FILE, READ, FILE, FILE_SYNC, RENAME, FOLDER_SYNC, RECORD, SYNC, REPLY],
  },
];

for (const { name, trace } of sound) {
  Deno.test(`judgeReplies() finds no fault with ${name}`, () => {
    const { told, faults } = judgeReplies(parseTrace(trace.join("\n")), "/s");
    assert.deepEqual(told, [ID]);
    assert.deepEqual(faults, []);
  });
}

const NOT_SYNCED = /the log was not synced/;
const NOT_WRITTEN = /its record was not written to the log/;

const faulty = [
  { name: "a log that is not synced", trace: [READ, RECORD, REPLY], fault: NOT_SYNCED },
  { name: "a sync after the reply", trace: [READ, RECORD, REPLY, SYNC], fault: NOT_SYNCED },
  { name: "a sync before the record", trace: [READ, SYNC, RECORD, REPLY], fault: NOT_SYNCED },
  {
    name: "a sync that is still under way",
    trace: [READ, RECORD, begun(SYNC), REPLY, resumed(SYNC)],
    fault: NOT_SYNCED,
  },
  {
    name: "a sync that began before the record was written",
    trace: [READ, begun(SYNC), RECORD, resumed(SYNC), REPLY],
    fault: NOT_SYNCED,
  },
  {
    name: "a sync that failed",
    trace: [READ, RECORD, SYNC.replace("= 0", "= -1 EIO (Input/output error)"), REPLY],
    fault: NOT_SYNCED,
  },
  {
    name: "a sync of another file",
    trace: [READ, RECORD, SYNC.replace("-wal", ""), REPLY],
    fault: NOT_SYNCED,
  },
  { name: "no record", trace: [READ, SYNC, REPLY], fault: NOT_WRITTEN },
  {
    name: "a record of another mail",
    trace: [READ, RECORD.replace(ID, ID.replace("10", "11")), SYNC, REPLY],
    fault: NOT_WRITTEN,
  },
  {
    name: "a record from before the end of the message",
    trace: [RECORD, READ, SYNC, REPLY],
    fault: NOT_WRITTEN,
  },
  {
    name: "octets of another connection",
    trace: [READ.replace(SOCKET, OTHER), RECORD, SYNC, REPLY],
    fault: /no octets of its connection/,
  },
  {
    name: "a file that is not synced",
    trace: [READ, FILE, RENAME, FOLDER_SYNC, RECORD, SYNC, REPLY],
    fault: /its file was not synced/,
  },
  {
    name: "a file that is written to after its sync",
    trace: [READ, FILE, FILE_SYNC, FILE, RENAME, FOLDER_SYNC, RECORD, SYNC, REPLY],
    fault: /its file was not synced/,
  },
  {
    name: "a file that is written to during its rename",
    trace: [
      READ,
      FILE_SYNC,
      begun(RENAME),
      FILE,
      resumed(RENAME),
      FOLDER_SYNC,
      RECORD,
      SYNC,
      REPLY,
    ],
    fault: /written to after it was renamed/,
  },
  {
    name: "a file that is empty",
    trace: [READ, FILE_SYNC, RENAME, FOLDER_SYNC, RECORD, SYNC, REPLY],
    fault: /nothing was written to its file/,
  },
  {
    name: "a folder that is not synced",
    trace: [READ, FILE, FILE_SYNC, RENAME, RECORD, SYNC, REPLY],
    fault: /the folder of its file was not synced/,
  },
  {
    name: "a folder that is synced before the rename",
    trace: [READ, FILE, FILE_SYNC, FOLDER_SYNC, RENAME, RECORD, SYNC, REPLY],
    fault: /the folder of its file was not synced/,
  },
  {
    name: "a record from before the folder's sync",
    trace: [READ, FILE, FILE_SYNC, RENAME, RECORD, FOLDER_SYNC, SYNC, REPLY],
    fault: NOT_WRITTEN,
  },
];

for (const { name, trace, fault } of faulty) {
  Deno.test(`judgeReplies() finds ${name}`, () => {
    const { faults } = judgeReplies(parseTrace(trace.join("\n")), "/s");
    assert.equal(faults.length, 1);
    assert.match(faults[0] ?? "", fault);
  });
}

Deno.test("judgeReplies() judges two mails of one sync alone", () => {
  const second = ID.replace("10", "11");
  const here = (line: string) => line.replace(ID, second).replace(SOCKET, OTHER);
  const trace = [READ, here(READ), RECORD, SYNC, REPLY, here(REPLY), here(RECORD)];
  const { told, faults } = judgeReplies(parseTrace(trace.join("\n")), "/s");
  assert.deepEqual(told, [ID, second]);
  assert.deepEqual(faults.map((fault) => fault.slice(0, 26)), [second]);
});

Deno.test("judgeReplies() takes no other text for a reply", () => {
  const other = [
    REPLY.replace(SOCKET, "2</s/log>"),
    REPLY.replace("250 2.0.0 queued as", "451 4.3.0 not queued as"),
    REPLY.replace("sendto", "recvfrom"),
  ];
  assert.deepEqual(judgeReplies(parseTrace(other.join("\n")), "/s").told, []);
});
