import assert from "node:assert/strict";
import fc from "fast-check";
import {
  domainOf,
  formatAddress,
  isAddress,
  parseAddress,
  parsePath,
  sameAddress,
} from "../../lib/mail/address.ts";
import { quickestMs } from "../support/figures.ts";

const paths = [
  { text: "<>", address: null, rest: "" },
  { text: "<a@x>", address: "a@x", rest: "" },
  { text: "<a@x> SIZE=1", address: "a@x", rest: " SIZE=1" },
  { text: "<A.b+c@Example.ORG>", address: "A.b+c@Example.ORG", rest: "" },
  { text: "<!#$%&'*+/=?^_`{|}~-@x>", address: "!#$%&'*+/=?^_`{|}~-@x", rest: "" },
  { text: '<"a b"@x>', address: '"a b"@x', rest: "" },
  { text: '<"a@b"@x>', address: '"a@b"@x', rest: "" },
  { text: '<"a>b"@x> BODY=7BIT', address: '"a>b"@x', rest: " BODY=7BIT" },
  { text: '<"a"@x>', address: "a@x", rest: "" },
  { text: '<"a\\b"@x>', address: "ab@x", rest: "" },
  { text: '<""@x>', address: '""@x', rest: "" },
  { text: "<@r1,@r2:u@x>", address: "u@x", rest: "" },
  { text: "<u@[127.0.0.1]>", address: "u@[127.0.0.1]", rest: "" },
  { text: "<u@[IPv6:2001:db8::1]>", address: "u@[IPv6:2001:db8::1]", rest: "" },
  { text: "<postmaster>", address: "postmaster", rest: "" },
  { text: "<PostMaster>", address: "PostMaster", rest: "" },
  { text: "<u@my_host>", address: "u@my_host", rest: "" },
  { text: "<ü@bücher.example>", address: "ü@bücher.example", rest: "" },
];

for (const { text, address, rest } of paths) {
  Deno.test(`parsePath() takes ${text}`, () => {
    const path = parsePath(text);
    assert.notEqual(path.kind, "invalid");
    assert.equal(path.kind === "mailbox" ? path.address : null, address);
    assert.equal(path.kind === "invalid" ? null : path.rest, rest);
  });
}

const refused = [
  "",
  "a@x",
  "< a@x>",
  "<a@x",
  "<a@x >",
  "<a@b@x>",
  "<a..b@x>",
  "<.a@x>",
  "<a.@x>",
  "<a@>",
  "<@x>",
  "<@r1:>",
  "<@r1,r2:u@x>",
  "<@r1 :u@x>",
  "<a@-x>",
  "<a@x->",
  "<a@.x>",
  "<a@x.>",
  "<a@x..y>",
  "<someone>",
  '<"a@x>',
  '<"a"b@x>',
  '<"a\nb"@x>',
  "<a\0b@x>",
  "<a\x7f@x>",
  "<a\x85@x>",
  "<a\ud800@x>",
  "<a@x\r\n>",
  "<u@[]>",
  "<u@[256.0.0.1]>",
  "<u@[127.0.0.1>",
  "<u@[IPv6:zz]>",
  "<u@[IPv6:fe80::1%eth0]>",
  "<u@[2001:db8::1]>",
  `<${"x".repeat(65)}@x>`,
  `<a@${"x".repeat(64)}>`,
  `<${"ü".repeat(33)}@x>`,
];

for (const text of refused) {
  Deno.test(`parsePath() refuses ${JSON.stringify(text)}`, () => {
    assert.equal(parsePath(text).kind, "invalid");
  });
}

Deno.test("parsePath() takes the longest of everything", () => {
  const domain = `${"x".repeat(63)}.${"y".repeat(63)}.${"z".repeat(60)}`;
  const longest = `<${"a".repeat(64)}@${domain}>`;
  assert.equal(longest.length, 255);
  assert.equal(parsePath(longest).kind, "mailbox");
  assert.equal(parsePath(longest.replace("z", "zz")).kind, "mailbox");
  assert.equal(parsePath(longest.replace("z", "zzz")).kind, "invalid");
});

Deno.test("parsePath() says whether SMTPUTF8 is needed", () => {
  const ascii = (text: string) => {
    const path = parsePath(text);
    return path.kind === "mailbox" && path.ascii;
  };
  assert.equal(ascii("<a@x>"), true);
  assert.equal(ascii("<ü@x>"), false);
  assert.equal(ascii("<a@ü>"), false);
  assert.equal(ascii("<@ü:a@x>"), false);
});

Deno.test("parsePath() neither throws nor repeats what it refuses, whatever the text", () => {
  const text = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.array(fc.constantFrom(...'<>@:,."\\[] aü\0\r\n\u2028', "postmaster", "IPv6:", "a@x"))
      .map((pieces) => `<${pieces.join("")}>`),
  );
  fc.assert(fc.property(text, (text) => {
    const path = parsePath(text);
    if (path.kind === "invalid") assert.match(path.reason, /^[ -~]+$/);
    // deno-lint-ignore no-control-regex -- control characters are what must not be there
    else if (path.kind === "mailbox") assert.doesNotMatch(path.address, /[\x00-\x1f\x7f-\x9f]/);
  }));
});

Deno.test("parsePath() takes hostile text in linear time", () => {
  for (const piece of ["a.", '"\\', "@a,", "a-", ".", "a@", "[", '"']) {
    const took = quickestMs(() => {
      parsePath(`<${piece.repeat(100_000)}`);
      parsePath(`<a@${piece.repeat(100_000)}>`);
      parsePath(`<@${piece.repeat(100_000)}:a@x>`);
    });
    assert.ok(took < 1_000, piece);
  }
});

const atom = fc.stringMatching(/^[a-z0-9!#$%&'*+/=?^_`{|}~-]{1,10}$/);
const localPart = fc.oneof(
  fc.array(atom, { minLength: 1, maxLength: 3 }).map((atoms) => atoms.join(".")),
  fc.stringMatching(/^[ -~ü]{0,20}$/),
);
const domain = fc.oneof(
  fc.array(fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,8}[a-z0-9])?$/), { minLength: 1, maxLength: 4 })
    .map((labels) => labels.join(".")),
  fc.ipV4().map((address) => `[${address}]`),
  fc.constant("[IPv6:2001:db8::1]"),
);

Deno.test("parseAddress() undoes formatAddress()", () => {
  fc.assert(fc.property(localPart, domain, (localPart, domain) => {
    assert.deepEqual(parseAddress(formatAddress({ localPart, domain })), { localPart, domain });
  }));
});

Deno.test("formatAddress() gives one form for one mailbox", () => {
  fc.assert(fc.property(localPart, domain, (localPart, domain) => {
    const once = formatAddress({ localPart, domain });
    const again = parseAddress(once);
    assert.equal(again && formatAddress(again), once);
  }));
});

const same = [
  { a: "a@x", b: "a@x", expected: true },
  { a: "a@X.example", b: "a@x.EXAMPLE", expected: true },
  { a: "A@x", b: "a@x", expected: false },
  { a: "Postmaster@x", b: "postmaster@X", expected: true },
  { a: "postmaster", b: "POSTMASTER", expected: true },
  { a: "postmaster", b: "postmaster@x", expected: false },
  { a: '"a@b"@x', b: '"a@b"@X', expected: true },
  { a: '"a@b"@x', b: '"a@B"@x', expected: false },
  { a: "", b: "", expected: true },
  { a: "", b: "a@x", expected: false },
];

for (const { a, b, expected } of same) {
  Deno.test(`sameAddress() says ${expected} for ${a} and ${b}`, () => {
    assert.equal(sameAddress(a, b), expected);
    assert.equal(sameAddress(b, a), expected);
  });
}

const domains = [
  { address: "a@Example.ORG", expected: "example.org" },
  { address: '"a@b"@x', expected: "x" },
  { address: "u@[IPv6:::1]", expected: "[ipv6:::1]" },
  { address: "postmaster", expected: "" },
  { address: "", expected: "" },
];

for (const { address, expected } of domains) {
  Deno.test(`domainOf() gives ${JSON.stringify(expected)} for ${JSON.stringify(address)}`, () => {
    assert.equal(domainOf(address), expected);
  });
}

const configured = [
  { text: "team@example.com", expected: true },
  { text: '"the team"@example.com', expected: true },
  { text: "team@bücher.example", expected: true },
  { text: "team", expected: false },
  { text: "postmaster", expected: false },
  { text: "", expected: false },
  { text: "<team@example.com>", expected: false },
  { text: "team@example.com ", expected: false },
  { text: "mailto:team@example.com", expected: false },
  { text: "a@x, b@x", expected: false },
];

for (const { text, expected } of configured) {
  Deno.test(`isAddress() says ${expected} for ${JSON.stringify(text)}`, () => {
    assert.equal(isAddress(text), expected);
  });
}
