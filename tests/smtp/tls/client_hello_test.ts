import assert from "node:assert/strict";
import fc from "fast-check";
import { MAX_HELLO_OCTETS, readOpening, versionName } from "../../../lib/smtp/tls/client_hello.ts";
import {
  clientHello,
  extension,
  inRecords,
  supportedVersions,
} from "../../support/client_hello.ts";
import { octets } from "../../support/octets.ts";

/** What a hello says, or which kind of opening it is. */
function read(opening: Uint8Array) {
  const found = readOpening(opening);
  return found.kind === "hello" ? found.hello : found.kind;
}

const versions = [
  { version: 0x0300, extensions: [], newest: 0x0300 },
  { version: 0x0301, extensions: [], newest: 0x0301 },
  { version: 0x0302, extensions: [], newest: 0x0302 },
  { version: 0x0303, extensions: [], newest: 0x0303 },
  // TLS 1.3 without the extension that says it is TLS 1.2.
  { version: 0x0304, extensions: [], newest: 0x0303 },
  { version: 0x0303, extensions: [supportedVersions(0x0304, 0x0303)], newest: 0x0304 },
  { version: 0x0303, extensions: [supportedVersions(0x0302, 0x0304)], newest: 0x0304 },
  // The extension counts, not the field (RFC 8446 §4.2.1).
  { version: 0x0303, extensions: [supportedVersions(0x0301, 0x0302)], newest: 0x0302 },
  // GREASE and drafts mean nothing.
  { version: 0x0303, extensions: [supportedVersions(0xfafa, 0x7f1c, 0x0303)], newest: 0x0303 },
  { version: 0x0303, extensions: [supportedVersions(0xfafa)], newest: 0 },
];

for (const { version, extensions, newest } of versions) {
  const said = extensions.map((octets) => octets.join(" ")).join(", ") || "no extension";
  Deno.test(`a hello of ${versionName(version)} with ${said} offers ${versionName(newest)}`, () => {
    assert.deepEqual(read(inRecords(clientHello({ version, extensions }))), { newest });
  });
}

Deno.test("a hello says which server it wants", () => {
  const name = [...octets("mail.example.com")];
  const sni = extension(0, [0, name.length + 3, 0, 0, name.length, ...name]);
  const hello = clientHello({ version: 0x0303, extensions: [extension(5, [1]), sni] });
  assert.deepEqual(read(inRecords(hello)), { newest: 0x0303, serverName: "mail.example.com" });
});

const oddNames = ["with blank", "line\nbreak", "", "\x1b[2J", "bücher"];

for (const odd of oddNames) {
  Deno.test(`a hello with the name ${JSON.stringify(odd)} says none`, () => {
    const name = [...octets(odd)];
    const sni = extension(0, [0, name.length + 3, 0, 0, name.length, ...name]);
    const hello = clientHello({ version: 0x0303, extensions: [sni] });
    assert.deepEqual(read(inRecords(hello)), { newest: 0x0303 });
  });
}

Deno.test("a hello may come in records of one octet each", () => {
  const hello = clientHello({ version: 0x0302, extensions: [supportedVersions(0x0304)] });
  assert.deepEqual(read(inRecords(hello, 1)), { newest: 0x0304 });
});

Deno.test("what follows a hello does not matter", () => {
  const hello = inRecords(clientHello({ version: 0x0301, extensions: [] }));
  assert.deepEqual(read(Uint8Array.of(...hello, 22, 3, 1, 0, 2, 1)), { newest: 0x0301 });
  assert.deepEqual(read(Uint8Array.of(...hello, 99)), "broken");
});

Deno.test("each beginning of a hello is incomplete", () => {
  for (const fragment of [1, 7, 16_000]) {
    const whole = inRecords(clientHello({ version: 0x0301, extensions: [] }), fragment);
    for (let end = 0; end < whole.length; end++) {
      assert.deepEqual(read(whole.subarray(0, end)), "incomplete", `${fragment}: ${end}`);
    }
  }
});

Deno.test("the hello of SSL 2.0 says what it offers", () => {
  assert.deepEqual(read(Uint8Array.of(0x80, 0x2e, 1, 0, 2, 0, 3)), { newest: 0x0002 });
  assert.deepEqual(read(Uint8Array.of(0x80, 0x2e, 1, 3, 1, 0, 3)), { newest: 0x0301 });
  assert.deepEqual(read(Uint8Array.of(0x80, 0x2e, 1, 3)), "incomplete");
  assert.deepEqual(read(Uint8Array.of(0x80, 0x2e, 4, 3, 1)), "other");
  assert.deepEqual(read(Uint8Array.of(0x80, 0x2e, 1, 1, 1)), "other");
});

const others: readonly (readonly [string, readonly number[], string])[] = [
  ["a command", [...octets("EHLO x\r\n")], "other"],
  ["a request", [...octets("GET / HTTP/1.1\r\n")], "other"],
  ["an alert", [21, 3, 1, 0, 2, 2, 40], "other"],
  ["a record of another major version", [22, 4, 1, 0, 5, 1], "broken"],
  ["an empty record", [22, 3, 1, 0, 0], "broken"],
  [
    "a hello of 33 octets",
    [22, 3, 1, 0, 37, 1, 0, 0, 33, ...new Array<number>(33).fill(3)],
    "broken",
  ],
  ["a ServerHello", [22, 3, 1, 0, 4, 2, 0, 0, 1], "broken"],
  ["a hello of 64 KiB", [22, 3, 1, 0, 4, 1, 1, 0, 0], "broken"],
  ["a hello of over 16 KiB", [22, 3, 1, 0, 4, 1, 0, 0x40, 0], "broken"],
];

for (const [what, opening, kind] of others) {
  Deno.test(`${what} is ${kind}`, () => assert.equal(read(Uint8Array.from(opening)), kind));
}

Deno.test("a hello of just so many octets as fit is read, and one more are not", () => {
  const start = (body: number) => [22, 3, 1, 0x40, 0, 1, 0, body >> 8, body & 255];
  assert.equal(read(Uint8Array.from(start(MAX_HELLO_OCTETS - 4))), "incomplete");
  assert.equal(read(Uint8Array.from(start(MAX_HELLO_OCTETS - 3))), "broken");
});

Deno.test("no octets make the reader throw, and one way to split them says what any other does", () => {
  const anything = fc.uint8Array({ maxLength: 600 });
  const message = fc.uint8Array({ minLength: 34, maxLength: 600 }).map((body) =>
    Uint8Array.of(1, 0, body.length >> 8, body.length & 255, ...body)
  );
  fc.assert(
    fc.property(anything, (opening) => {
      readOpening(opening);
      readOpening(Uint8Array.of(22, 3, 1, ...opening));
    }),
    { numRuns: 2_000 },
  );
  fc.assert(
    fc.property(message, fc.integer({ min: 1, max: 300 }), (hello, fragment) => {
      const found = readOpening(inRecords(hello, fragment));
      assert.equal(found.kind, "hello");
      assert.deepEqual(found, readOpening(inRecords(hello)));
    }),
    { numRuns: 1_000 },
  );
});

Deno.test("a hello with single octets changed says something or nothing, and never throws", () => {
  const good = inRecords(clientHello({
    version: 0x0303,
    extensions: [supportedVersions(0x0304), extension(0, [0, 4, 0, 0, 1, 97])],
  }));
  fc.assert(
    fc.property(fc.nat(good.length - 1), fc.nat(255), fc.nat(good.length), (at, octet, end) => {
      const changed = good.slice();
      changed[at] = octet;
      readOpening(changed.subarray(0, end));
    }),
    { numRuns: 5_000 },
  );
});
