import assert from "node:assert/strict";
import { type Details, log, startLog, stopLog } from "../lib/log.ts";

/** The lines that some records make. */
function linesOf(
  level: string | undefined,
  write: (ours: ReturnType<typeof log>) => void,
): string[] {
  const lines: string[] = [];
  startLog(level, (line) => lines.push(line));
  try {
    write(log("test"));
  } finally {
    stopLog();
  }
  return lines;
}

const levels = [
  { level: "DEBUG", expected: ["DEBUG", "INFO", "WARNING", "ERROR"] },
  { level: "INFO", expected: ["INFO", "WARNING", "ERROR"] },
  { level: "WARNING", expected: ["WARNING", "ERROR"] },
  { level: "ERROR", expected: ["ERROR"] },
  { level: "CRITICAL", expected: [] },
  { level: "debug", expected: ["INFO", "WARNING", "ERROR"] },
  { level: "debugg", expected: ["INFO", "WARNING", "ERROR"] },
  { level: "toString", expected: ["INFO", "WARNING", "ERROR"] },
  { level: undefined, expected: ["INFO", "WARNING", "ERROR"] },
];

for (const { level, expected } of levels) {
  Deno.test(`startLog() with LOGLEVEL ${level} writes ${expected}`, () => {
    const lines = linesOf(level, (ours) => {
      ours.debug("x");
      ours.info("x");
      ours.warning("x");
      ours.error("x");
    });
    assert.deepEqual(lines.map((line) => line.split(" ")[1]), expected);
  });
}

const values: { name: string; details: Details; expected: string }[] = [
  {
    name: "plain words as they are",
    details: { a: "b@c", n: 1, t: true },
    expected: " a=b@c n=1 t=true",
  },
  { name: "nothing for undefined", details: { a: undefined }, expected: "" },
  { name: "blanks in quotes", details: { a: "b c" }, expected: ' a="b c"' },
  { name: "an empty value in quotes", details: { a: "" }, expected: ' a=""' },
  { name: "quotes escaped", details: { a: 'x"y' }, expected: ' a="x\\"y"' },
  {
    name: "line ends escaped",
    details: { a: "x\r\n2026 INFO forged" },
    expected: ' a="x\\r\\n2026 INFO forged"',
  },
  {
    name: "escape sequences escaped",
    details: { a: "\x1b[2J\x9b" },
    expected: ' a="\\u001b[2J\\u009b"',
  },
  {
    name: "anything outside ASCII escaped",
    details: { a: "å\u202e" },
    expected: ' a="\\u00e5\\u202e"',
  },
  {
    name: "no password",
    details: { passwd: "s3cret", apiToken: "s3cret" },
    expected: " passwd=[redacted] apiToken=[redacted]",
  },
  { name: "addresses in clear", details: { address: "a@x" }, expected: " address=a@x" },
];

for (const { name, details, expected } of values) {
  Deno.test(`a record shows ${name}`, () => {
    const [line = ""] = linesOf("INFO", (ours) => ours.info("mail came", details));
    assert.match(line, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z INFO test mail came/);
    assert.equal(line.slice(line.indexOf("mail came") + 9), `${expected}\n`);
  });
}

Deno.test("debug() makes dear details only when somebody reads them", () => {
  let made = 0;
  const write = (ours: ReturnType<typeof log>) => ours.debug("x", () => ({ n: ++made }));
  assert.deepEqual(linesOf("INFO", write), []);
  assert.equal(made, 0);
  assert.match(linesOf("DEBUG", write)[0] ?? "", / test x n=1\n$/);
});
