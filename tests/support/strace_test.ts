/** Reads traces as strace writes them. @module */

import assert from "node:assert/strict";
import { parseTrace, textsOf } from "./strace.ts";

const SOCKET = "TCP:[127.0.0.1:25->127.0.0.1:60280]";

const lines = [
  {
    name: "a call that ends at once",
    line: `7 22:17:29.560141 recvfrom(27<${SOCKET}>, "a\\r\\n", 1000, 0, NULL, NULL) = 3`,
    expected: { thread: 7, name: "recvfrom", file: SOCKET, result: 3, ended: 0 },
  },
  {
    name: "an IPv6 connection",
    line: '7 1.5 sendto(9<TCPv6:[[::1]:25->[::1]:6]>, "250 x", 5, 0, NULL, 0) = 5',
    expected: { thread: 7, name: "sendto", file: "TCPv6:[[::1]:25->[::1]:6]", result: 5, ended: 0 },
  },
  {
    name: "a call that was held up by strace",
    line: "30889 22:17:29.563898 fsync(29</s/spool/a.eml>) = 0 (DELAYED)",
    expected: { thread: 30889, name: "fsync", file: "/s/spool/a.eml", result: 0, ended: 0 },
  },
  {
    name: "a call that was made to fail",
    line: "1 22:17:29.5 fdatasync(29</s/a>) = -1 EIO (Input/output error) (INJECTED)",
    expected: { thread: 1, name: "fdatasync", file: "/s/a", result: -1, ended: 0 },
  },
  {
    name: "a result that is a descriptor",
    line: '1 22:17:29.5 openat(AT_FDCWD</s>, "a", O_RDONLY) = 5</s/a>',
    expected: { thread: 1, name: "openat", result: 5, ended: 0 },
  },
  {
    name: "a text that looks like a result",
    line: '1 22:17:29.5 write(5</s/a>, "b) = 9", 6) = 6',
    expected: { thread: 1, name: "write", file: "/s/a", result: 6, ended: 0 },
  },
  {
    name: "a call that never ended",
    line: "1 22:17:29.5 fsync(5</s/a> <unfinished ...>",
    expected: { thread: 1, name: "fsync", file: "/s/a", ended: Infinity },
  },
  {
    name: "a call during which the program ended",
    line: "1 22:17:29.5 fsync(5</s/a>) = ?",
    expected: { thread: 1, name: "fsync", file: "/s/a", ended: 0 },
  },
];

for (const { name, line, expected } of lines) {
  Deno.test(`parseTrace() reads ${name}`, () => {
    const [call] = parseTrace(`${line}\n`);
    const { args: _text, began, ...rest } = call ?? {};
    assert.equal(began, 0);
    assert.deepEqual(rest, expected);
  });
}

Deno.test("parseTrace() joins a call that others came between", () => {
  const calls = parseTrace([
    "1 22:17:29.1 fsync(5</s/a> <unfinished ...>",
    `2 22:17:29.2 recvfrom(6<${SOCKET}>,  <unfinished ...>`,
    "3 22:17:29.3 write(7</s/b>, 1) = 1",
    "1 22:17:29.4 <... fsync resumed>) = 0",
    '2 22:17:29.5 <... recvfrom resumed>"x", 10, 0, NULL, NULL) = 1',
  ].join("\n"));
  assert.deepEqual(
    calls.map(({ name, began, ended, result }) => [name, began, ended, result]),
    [["fsync", 0, 3, 0], ["recvfrom", 1, 4, 1], ["write", 2, 2, 1]],
  );
  assert.equal(calls[1]?.args, `6<${SOCKET}>, "x", 10, 0, NULL, NULL`);
});

Deno.test("parseTrace() leaves out signals, ends, and the rest of what it did not see begin", () => {
  const calls = parseTrace([
    "1 22:17:29.1 <... futex resumed>) = 0",
    "1 22:17:29.2 --- SIGCHLD {si_signo=SIGCHLD} ---",
    "1 22:17:29.3 +++ exited with 0 +++",
  ].join("\n"));
  assert.deepEqual(calls, []);
});

Deno.test("parseTrace() refuses what strace does not write", () => {
  assert.throws(() => parseTrace("1 22:17:29.1 hello\n"), /Cannot read line 1 of the trace/);
});

Deno.test("textsOf() finds the texts of a call", () => {
  const [call] = parseTrace('1 22:17:29.1 renameat(AT_FDCWD</s>, "a\\"b", AT_FDCWD</s>, "c") = 0');
  assert.ok(call);
  assert.deepEqual(textsOf(call), ['a\\"b', "c"]);
});
