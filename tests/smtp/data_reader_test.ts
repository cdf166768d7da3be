import assert from "node:assert/strict";
import fc from "fast-check";
import { DataReader } from "../../lib/smtp/data_reader.ts";
import { latin1, octets } from "../support/octets.ts";
import { hasOnlyPairs } from "../support/recording_service.ts";

/** What a reader makes of octets that come in packets of the given sizes, again and again. */
function readAll(
  input: string,
  { maxOctets = 1_000_000, sizes = [1_000_000] }: {
    maxOctets?: number;
    sizes?: readonly number[];
  } = {},
): { text: string; ended: boolean; rest: string; octets: number; mended: number } {
  const reader = new DataReader(maxOctets);
  const all = octets(input);
  let text = "";
  let sent = 0;
  for (let packet = 0; sent < all.length && !reader.ended; packet++) {
    text += latin1(reader.push(all.subarray(sent, sent + (sizes[packet % sizes.length] ?? 1))));
    sent += reader.used;
  }
  const { ended, octets: count, mended } = reader;
  return { text, ended, rest: latin1(all.subarray(sent)), octets: count, mended };
}

const messages = [
  { name: "an empty message", input: ".\r\n", text: "" },
  { name: "one line", input: "a\r\n.\r\n", text: "a\r\n" },
  { name: "an empty line", input: "\r\n.\r\n", text: "\r\n" },
  { name: "a stuffed dot", input: "..\r\n.\r\n", text: ".\r\n" },
  { name: "a dot that should be stuffed", input: ".a\r\n.\r\n", text: "a\r\n" },
  { name: "a dot inside a line", input: "a.\r\n.\r\n", text: "a.\r\n" },
  { name: "a bare LF", input: "a\nb\r\n.\r\n", text: "a\r\nb\r\n" },
  { name: "a bare CR", input: "a\rb\r\n.\r\n", text: "a\r\nb\r\n" },
  { name: "CR CR LF", input: "a\r\r\n.\r\n", text: "a\r\n\r\n" },
  { name: "LF CR", input: "a\n\rb\r\n.\r\n", text: "a\r\n\r\nb\r\n" },
  { name: "LF dot LF", input: "a\n.\nb\r\n.\r\n", text: "a\r\n.\r\nb\r\n" },
  { name: "LF dot CR LF", input: "a\n.\r\nb\r\n.\r\n", text: "a\r\n.\r\nb\r\n" },
  { name: "a dot after a bare LF, twice", input: "a\n..b\r\n.\r\n", text: "a\r\n..b\r\n" },
  { name: "CR LF dot LF", input: "a\r\n.\nb\r\n.\r\n", text: "a\r\n\r\nb\r\n" },
  { name: "CR LF dot CR", input: "a\r\n.\rb\r\n.\r\n", text: "a\r\n\r\nb\r\n" },
  { name: "CR LF dot CR CR LF", input: "a\r\n.\r\r\n.\r\n", text: "a\r\n\r\n\r\n" },
  { name: "CR dot CR", input: "a\r.\rb\r\n.\r\n", text: "a\r\n.\r\nb\r\n" },
  { name: "a CR before the end mark", input: "a\r\r\n.\r\n", text: "a\r\n\r\n" },
  { name: "NUL by the dot", input: "\0.\r\n.\0\r\n.\r\n", text: "\0.\r\n\0\r\n" },
  { name: "a blank by the dot", input: " .\r\n. \r\n.\r\n", text: " .\r\n \r\n" },
  { name: "8-bit octets", input: "\xff\x80\r\n.\r\n", text: "\xff\x80\r\n" },
];

for (const { name, input, text } of messages) {
  Deno.test(`DataReader.push() reads ${name}`, () => {
    const found = readAll(`${input}REST`);
    assert.deepEqual({ ...found, mended: 0 }, {
      text,
      ended: true,
      rest: "REST",
      octets: text.length,
      mended: 0,
    });
  });
}

const unfinished = ["", "a\r\n", "a\r\n.", "a\r\n.\r", "a\n.\n", "a\r.\r", "a\r\n.\n", "a\n.\r\n"];

for (const input of unfinished) {
  Deno.test(`DataReader.push() sees no end in ${JSON.stringify(input)}`, () => {
    assert.equal(readAll(input).ended, false);
  });
}

Deno.test("DataReader.mended counts the newlines that were no pairs", () => {
  assert.equal(readAll("a\nb\rc\r\n\r\r\n.\r\n").mended, 3);
  assert.equal(readAll("a\r\nb\r\n.\r\n").mended, 0);
});

Deno.test("DataReader.push() takes exactly as many octets as it may, and reads on past them", () => {
  const sizes = [7];
  const exact = readAll(`${"x".repeat(98)}\r\n.\r\n`, { maxOctets: 100, sizes });
  assert.equal(exact.text.length, 100);
  const reader = new DataReader(100);
  const before = reader.push(octets(`${"x".repeat(99)}\r\n`));
  assert.equal(before.length, 0);
  assert.ok(reader.oversize && !reader.ended);
  assert.equal(reader.push(octets("more\r\n.\r\nNOOP\r\n")).length, 0);
  assert.ok(reader.ended);
  assert.equal(reader.used, "more\r\n.\r\n".length);
});

const wire = fc.array(
  fc.constantFrom("\r", "\n", "\r\n", "\r\n", ".", "..", "a", "\0", " ", "\xff", "\r\n.\r\n"),
  { maxLength: 60 },
).map((pieces) => pieces.join(""));
const sizes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 8 });

Deno.test("DataReader.push() gives the same message however it is cut into packets", () => {
  fc.assert(fc.property(wire, sizes, (input, sizes) => {
    assert.deepEqual(readAll(input, { sizes }), readAll(input));
  }));
});

Deno.test("DataReader.push() ends at CR LF . CR LF only, and gives pairs only", () => {
  fc.assert(fc.property(wire, (input) => {
    const { text, ended, rest } = readAll(input);
    const end = `\r\n${input}`.indexOf("\r\n.\r\n");
    assert.equal(ended, end >= 0);
    if (ended) assert.equal(rest, input.slice(end + 3));
    if (ended) assert.ok(hasOnlyPairs(text));
  }));
});

Deno.test("DataReader.push() undoes dot-stuffing", () => {
  const line = fc.array(fc.constantFrom(".", "a", "\0", "\xff"), { maxLength: 5 })
    .map((pieces) => pieces.join(""));
  fc.assert(fc.property(fc.array(line), sizes, (lines, sizes) => {
    const message = lines.map((line) => `${line}\r\n`).join("");
    const stuffed = message.replace(/^\./gm, "..");
    assert.equal(readAll(`${stuffed}.\r\n`, { sizes }).text, message);
  }));
});

Deno.test("DataReader.push() has room for nothing but newlines to mend", () => {
  assert.equal(readAll(`\r${"\n".repeat(20_000)}`).text, "\r\n".repeat(20_000));
});

const bareEnds = ["a\n.\n", "a\n.\r\n", "a\r\n.\n", ".\n", "\n.\n", "a\r\n.\nb\n.\n"];

/** What a client may have sent behind what it took for the end, without waiting for the answer. */
const farewells = [
  "QUIT\n",
  "QUIT\r\n",
  "quit",
  "RSET\nNOOP \nQUIT\n",
  "MAIL FROM:<a@b.c> SIZE=9\nRCPT TO:<d@e.f>\nDATA\n",
  "mail from: a@b.c\r\nEHLO x\r\nAUTH PLAIN\nSTARTTLS\nHELP x\n",
  "MAIL FROM:<a@b.c>\nDATA\nSubject: y\n\nQUIT\n.\n",
  "RCPT TO:<d@e.f>\n".repeat(60),
];

const noFarewells = [
  ...["QUI", "QUITTED\n", " QUIT\n", "QUIT\nx", "\nQUIT\n", "MAIL\n", "MAIL FROM me\n", "..\n"],
  ...["DATA\nSubject: y\n", "QUIT\r\r\n", "RCPT TO:<d@e.f>\n".repeat(70)],
  `${"QUIT ".repeat(200)}\nx\n`,
];

for (const farewell of [...farewells, ...noFarewells]) {
  const seen = farewells.includes(farewell);
  const name = JSON.stringify(farewell.slice(0, 60));
  Deno.test(`DataReader.endsWithBareDot ${seen ? "sees through" : "is denied by"} ${name}`, () => {
    for (const dot of ["a\n.\n", "a\n.\r\n", `${"x".repeat(5_000)}\r\n.\n`]) {
      for (const size of [1, 2, 7, 6_000]) {
        const reader = new DataReader(1_000_000);
        const input = octets(dot + farewell);
        for (let at = 0; at < input.length; at += size) reader.push(input.subarray(at, at + size));
        assert.deepEqual([reader.endsWithBareDot, reader.ended], [seen, false], dot.slice(-5));
      }
    }
  });
}

for (const input of bareEnds) {
  Deno.test(`DataReader.endsWithBareDot sees ${JSON.stringify(input)}, and no longer`, () => {
    for (const size of [1, 2, 3, 100]) {
      const reader = new DataReader(2);
      for (let at = 0; at < input.length; at += size) {
        assert.equal(reader.endsWithBareDot, input.slice(0, at) === "a\r\n.\n");
        reader.push(octets(input.slice(at, at + size)));
      }
      assert.ok(reader.endsWithBareDot);
      reader.push(octets("\r"));
      assert.ok(!reader.endsWithBareDot);
    }
  });
}

const noBareEnds = [
  ...[
    "",
    ".",
    "a",
    "\n.",
    "a\r.\r",
    "a\n.\r",
    "a\n..\n",
    "a\nb.\n",
    "a\n. \n",
    "a\n.\n\n",
    "a\r.\n",
  ],
  ...["a.\r\n", ".\r\n", "a\r\n.\r\n", "a\n.\nb\r\n.\r\n"],
];

for (const input of noBareEnds) {
  Deno.test(`DataReader.endsWithBareDot is not moved by ${JSON.stringify(input)}`, () => {
    const reader = new DataReader(1_000);
    reader.push(octets(input));
    assert.equal(reader.endsWithBareDot, false);
  });
}

Deno.test("DataReader.endsWithBareDot does not depend on packets", () => {
  fc.assert(fc.property(wire, sizes, (input, sizes) => {
    const cut = new DataReader(1_000);
    let packet = 0;
    for (let at = 0; at < input.length && !cut.ended; at += cut.used) {
      cut.push(octets(input.slice(at, at + (sizes[packet++ % sizes.length] ?? 1))));
    }
    const seen = `\r\n${input}`;
    const expected = !cut.ended && /\n\.\r?\n$/.test(seen);
    assert.equal(cut.endsWithBareDot, expected);
  }));
});
