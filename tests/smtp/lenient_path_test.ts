import assert from "node:assert/strict";
import fc from "fast-check";
import { parsePath } from "../../lib/mail/address.ts";
import { parseCommand } from "../../lib/smtp/command.ts";
import { parseLenientPath } from "../../lib/smtp/lenient_path.ts";

const SENDER = { hostname: "relay.test", sender: true };
const RECIPIENT = { hostname: "relay.test", sender: false };

const mended = [
  { text: " <a@x>", address: "a@x", quirks: ["blank-before-address"] },
  { text: " \t <a@x>", address: "a@x", quirks: ["blank-before-address"] },
  { text: "a@x", address: "a@x", quirks: ["no-brackets"] },
  { text: '"a b"@x', address: '"a b"@x', quirks: ["no-brackets"] },
  { text: '"a@b"@x', address: '"a@b"@x', quirks: ["no-brackets"] },
  { text: "=a@x", address: "=a@x", quirks: ["no-brackets"] },
  { text: "<root>", address: "root@relay.test", quirks: ["unqualified-address"] },
  { text: '<"a>b">', address: '"a>b"@relay.test', quirks: ["unqualified-address"] },
  { text: "root", address: "root@relay.test", quirks: ["no-brackets", "unqualified-address"] },
  { text: "<user.@x>", address: '"user."@x', quirks: ["odd-dots"] },
  { text: "<a..b@x>", address: '"a..b"@x', quirks: ["odd-dots"] },
  { text: "<.a@x>", address: '".a"@x', quirks: ["odd-dots"] },
  { text: "<a@x.>", address: "a@x", quirks: ["odd-dots"] },
  { text: "< a@x>", address: "a@x", quirks: ["stray-blanks"] },
  { text: "<a@x >", address: "a@x", quirks: ["stray-blanks"] },
  { text: '<" a"@x>', address: '" a"@x', quirks: [] },
  {
    text: "< root. >",
    address: '"root."@relay.test',
    quirks: ["stray-blanks", "unqualified-address", "odd-dots"],
  },
  { text: "a..b@x", address: '"a..b"@x', quirks: ["no-brackets", "odd-dots"] },
  {
    text: " root.",
    address: '"root."@relay.test',
    quirks: ["blank-before-address", "no-brackets", "unqualified-address", "odd-dots"],
  },
  { text: '"NAS" <n@x>', address: "n@x", quirks: ["name-before-address"] },
  { text: "The NAS<n@x>", address: "n@x", quirks: ["name-before-address"] },
  {
    text: ' "N:A=S" <root>',
    address: "root@relay.test",
    quirks: ["blank-before-address", "name-before-address", "unqualified-address"],
  },
] as const;

for (const { text, address, quirks } of mended) {
  Deno.test(`parseLenientPath() reads ${JSON.stringify(text)} as ${address}`, () => {
    for (const mending of [SENDER, RECIPIENT]) {
      for (const rest of ["", " SIZE=10", " AUTH=<>"]) {
        const found = parseLenientPath(text + rest, mending);
        const path = { kind: "mailbox", address, qualified: true, ascii: true, rest };
        assert.deepEqual(found, { path, quirks });
      }
    }
  });
}

const untouched = ["<a@x> SIZE=10", "<>", '<"a..b"@x>', "<ü@x>", "<@r1:a@x>x"];

for (const text of untouched) {
  Deno.test(`parseLenientPath() finds nothing odd in ${text}`, () => {
    assert.deepEqual(parseLenientPath(text, SENDER), { path: parsePath(text), quirks: [] });
  });
}

Deno.test("parseLenientPath() reads a null reverse-path behind a blank", () => {
  const found = parseLenientPath(" <> SIZE=1", SENDER);
  const path = { kind: "null", rest: " SIZE=1" };
  assert.deepEqual(found, { path, quirks: ["blank-before-address"] });
});

Deno.test("parseLenientPath() gives a bare postmaster a domain as a sender only", () => {
  const sender = parseLenientPath("<postmaster>", SENDER);
  assert.ok(sender.path.kind === "mailbox" && sender.path.address === "postmaster@relay.test");
  assert.deepEqual(sender.quirks, ["unqualified-address"]);
  const recipient = parseLenientPath("Postmaster", RECIPIENT);
  assert.ok(recipient.path.kind === "mailbox" && recipient.path.address === "Postmaster");
  assert.deepEqual(recipient.quirks, ["no-brackets"]);
});

const refused = [
  ...["", " ", "SIZE=10", " SIZE=10", "<a@x", "a@x>", "<<a@x>>", "<a b@x>", "a@b@x", "<a@b@x>"],
  ...["<a\0b@x>", "<a\rb@x>", "<root\0>", "ro\x1bot", "<a\tb>", "\0<a@x>", "<user.\x7f@x>"],
  ...["a@x,b@x", "<a@x,b@x>", "<a@>", "<@x>", "<.@>", "a@x..y", "<a@x..y>", "<.a@x..y>"],
  ...["b@x <a@x>", '"b@x" <a@x>', '"N\\"" <a@x>', '"N" <a@x> <b@x>x', '"N" <>', "N <>", "N, <a@x>"],
  ...['"N\n" <a@x>', "N=1 <a@x>", "<a>b@x>x<", '<"a@x>', '"a@x', "<a..b\\@x>", '<a.."b@x>'],
  ...[
    `<${"x".repeat(63)}.@x>`,
    `<${"x".repeat(65)}>`,
    "<a.@b.@x>",
    "<a@x..>",
    "<a @x>",
    '<"a@b">',
    '"a@b"',
    "<\x9broot>",
  ],
];

for (const text of refused) {
  Deno.test(`${JSON.stringify(text.slice(0, 30))} is no address, however lenient`, () => {
    const command = parseCommand(`MAIL FROM:${text}`, { lenient: true, hostname: "relay.test" });
    assert.equal(command.verb, "MALFORMED");
  });
}

Deno.test("parseLenientPath() mends nothing where our own name is no domain", () => {
  for (const text of ["<root>", "root", "<postmaster>"]) {
    const { path, quirks } = parseLenientPath(text, { hostname: "no domain", sender: true });
    assert.deepEqual({ path, quirks }, { path: parsePath(text), quirks: [] });
  }
});

Deno.test("parseLenientPath() yields what parsePath() takes in brackets, and no other domain", () => {
  const piece = fc.constantFrom(
    ...'<>@"\\.,:; =()[]\t\0\r\nü\x9b',
    ...[
      "a",
      "b.",
      "@x",
      "a@x",
      "<a@x>",
      '"a@b"',
      '"',
      " SIZE=1",
      "[192.0.2.1]",
      "N ",
      "postmaster",
    ],
  );
  const text = fc.oneof(
    fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join("")),
    fc.string({ unit: "binary", maxLength: 20 }),
  );
  fc.assert(
    fc.property(text, fc.boolean(), (text, sender) => {
      const { path, quirks } = parseLenientPath(text, { hostname: "relay.test", sender });
      if (path.kind !== "mailbox") return;
      const again = parsePath(`<${path.address}>`);
      assert.deepEqual(again, { ...path, rest: "" });
      assert.doesNotMatch(path.address, /\p{Cc}/u);
      assert.ok(text.endsWith(path.rest));
      const domain = path.address.slice(path.address.lastIndexOf("@") + 1);
      if (quirks.includes("unqualified-address")) assert.equal(domain, "relay.test");
      else if (path.qualified) assert.ok(text.includes(`@${domain}`), domain);
      if (quirks.length === 0) assert.deepEqual(path, parsePath(text));
    }),
    { numRuns: 5_000 },
  );
});
