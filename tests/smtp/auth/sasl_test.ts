import assert from "node:assert/strict";
import fc from "fast-check";
import {
  MAX_AUTH_LINE_OCTETS,
  MECHANISMS,
  saslExchange,
  type SaslStep,
} from "../../../lib/smtp/auth/sasl.ts";
import { formatReply } from "../../../lib/smtp/reply.ts";

const USER = "VXNlcm5hbWU6";
const PASSWORD = "UGFzc3dvcmQ6";

/** Base64 of a text in UTF-8. */
function b64(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}

function begin(mechanism: string) {
  const exchange = saslExchange(mechanism);
  assert.ok(exchange !== null);
  return exchange;
}

/** Says lines, the first one with the command when it is not `undefined`; gives all the steps. */
function play(mechanism: string, initial: string | undefined, ...lines: string[]): string[] {
  const exchange = begin(mechanism);
  return [exchange.start(initial), ...lines.map((line) => exchange.next(line))].map(show);
}

function show(step: SaslStep): string {
  switch (step.kind) {
    case "challenge":
      return `334 ${step.challenge}`;
    case "credentials":
      return `${step.credentials.user} / ${step.credentials.password}`;
    case "refused":
      return formatReply(step.reply).trim();
  }
}

/** The status codes of what is refused; the rest as it is. */
function codes(steps: readonly string[]): string[] {
  return steps.map((step) => step.replace(/^([45]\d\d \d\.\d\.\d) .*/, "$1"));
}

const exchanges = [
  {
    name: "PLAIN with an initial response",
    said: ["PLAIN", b64("\0nas\0secret")],
    steps: ["nas / secret"],
  },
  {
    name: "PLAIN without one",
    said: ["PLAIN", undefined, b64("\0nas\0secret")],
    steps: ["334 ", "nas / secret"],
  },
  {
    name: "PLAIN with the user as the authorization identity",
    said: ["PLAIN", b64("nas\0nas\0secret")],
    steps: ["nas / secret"],
  },
  {
    name: "PLAIN with another identity",
    said: ["PLAIN", b64("root\0nas\0secret")],
    steps: ["535 5.7.8"],
  },
  {
    name: "PLAIN with blanks, colons and UTF-8",
    said: ["PLAIN", b64("\0jürgen müller\0 p:ä= €𝄞 ")],
    steps: ["jürgen müller /  p:ä= €𝄞 "],
  },
  {
    name: "LOGIN with a byte order mark, which is part of the user",
    said: ["LOGIN", b64("\u{feff}nas"), b64("x")],
    steps: [`334 ${PASSWORD}`, "\u{feff}nas / x"],
  },
  { name: "PLAIN, empty", said: ["PLAIN", "="], steps: ["501 5.5.2"] },
  { name: "PLAIN, empty line", said: ["PLAIN", undefined, ""], steps: ["334 ", "501 5.5.2"] },
  { name: "PLAIN without NUL", said: ["PLAIN", b64("nas:secret")], steps: ["501 5.5.2"] },
  { name: "PLAIN with one NUL", said: ["PLAIN", b64("nas\0secret")], steps: ["501 5.5.2"] },
  { name: "PLAIN without user", said: ["PLAIN", b64("\0\0secret")], steps: ["501 5.5.2"] },
  { name: "PLAIN without password", said: ["PLAIN", b64("\0nas\0")], steps: ["501 5.5.2"] },
  { name: "PLAIN with NUL in it", said: ["PLAIN", b64("\0nas\0a\0b")], steps: ["501 5.5.2"] },
  { name: "PLAIN with NUL at its end", said: ["PLAIN", b64("\0nas\0ab\0")], steps: ["501 5.5.2"] },
  { name: "PLAIN in ISO-8859-1", said: ["PLAIN", btoa("\0nas\0p\xe4ss")], steps: ["501 5.5.2"] },
  {
    name: "LOGIN, asked for both",
    said: ["LOGIN", undefined, b64("nas"), b64("secret")],
    steps: [`334 ${USER}`, `334 ${PASSWORD}`, "nas / secret"],
  },
  {
    name: "LOGIN, the user with the command",
    said: ["LOGIN", b64("nas"), b64("secret")],
    steps: [`334 ${PASSWORD}`, "nas / secret"],
  },
  {
    name: "LOGIN, nothing with the command",
    said: ["LOGIN", "=", b64("nas"), b64("secret")],
    steps: [`334 ${USER}`, `334 ${PASSWORD}`, "nas / secret"],
  },
  {
    name: "LOGIN with what belongs into PLAIN",
    said: ["LOGIN", b64("\0nas\0secret")],
    steps: ["501 5.5.2"],
  },
  {
    name: "LOGIN with NUL in the password",
    said: ["LOGIN", b64("nas"), b64("a\0b")],
    steps: [`334 ${PASSWORD}`, "501 5.5.2"],
  },
  {
    name: "LOGIN without user",
    said: ["LOGIN", undefined, ""],
    steps: [`334 ${USER}`, "501 5.5.2"],
  },
  {
    name: "LOGIN without password",
    said: ["LOGIN", b64("nas"), ""],
    steps: [`334 ${PASSWORD}`, "501 5.5.2"],
  },
  {
    name: "LOGIN with `=` as a line, which is no base64 there",
    said: ["LOGIN", undefined, "="],
    steps: [`334 ${USER}`, "501 5.5.2"],
  },
  { name: "PLAIN, cancelled", said: ["PLAIN", undefined, "*"], steps: ["334 ", "501 5.7.0"] },
  {
    name: "LOGIN, cancelled at the user",
    said: ["LOGIN", undefined, "*"],
    steps: [`334 ${USER}`, "501 5.7.0"],
  },
  {
    name: "LOGIN, cancelled at the password",
    said: ["LOGIN", b64("nas"), "*"],
    steps: [`334 ${PASSWORD}`, "501 5.7.0"],
  },
  {
    name: "LOGIN, begun again after its end",
    said: ["LOGIN", undefined, "*", b64("nas")],
    steps: [`334 ${USER}`, "501 5.7.0", "503 5.5.1"],
  },
  {
    name: "PLAIN, more after the credentials",
    said: ["PLAIN", b64("\0a\0b"), b64("\0a\0b")],
    steps: ["a / b", "503 5.5.1"],
  },
  {
    name: "PLAIN, more after a refusal",
    said: ["PLAIN", "!", b64("\0a\0b")],
    steps: ["501 5.5.2", "503 5.5.1"],
  },
] as const;

for (const { name, said: [mechanism, initial, ...lines], steps } of exchanges) {
  Deno.test(`saslExchange(): ${name}`, () => {
    assert.deepEqual(codes(play(mechanism, initial, ...lines)), steps);
  });
}

const notBase64 = [
  ..."! AA AAA AA= A=== ==== AAAA= AA==AA== AAA=AAAA AA-_ AAAAä **".split(" "),
  ...["A A=", " AAAA", "AAAA ", "AAAA\n", "* "],
];
for (const line of notBase64) {
  Deno.test(`saslExchange() takes ${JSON.stringify(line)} for no base64`, () => {
    assert.deepEqual(codes(play("PLAIN", line)), ["501 5.5.2"]);
    const [, step = ""] = play("LOGIN", undefined, line);
    assert.match(step, /^501 5\.5\.2 .*base64/);
  });
}

Deno.test("saslExchange() does not mind which bits a careless encoder leaves in the last digit", () => {
  assert.deepEqual(play("LOGIN", "bmFz", "eB=="), [`334 ${PASSWORD}`, "nas / x"]);
});

Deno.test("saslExchange() takes lines of 12,288 octets with CR LF, and none longer", () => {
  const password = "x".repeat(9_209);
  const line = b64(`\0ab\0${password}`);
  assert.equal(line.length, MAX_AUTH_LINE_OCTETS - 4);
  assert.match(play("PLAIN", line)[0] ?? "", /^ab \/ x+$/);
  const longer = "A".repeat(12_287);
  assert.deepEqual(codes(play("PLAIN", longer)), ["500 5.5.6"]);
  assert.deepEqual(codes(play("LOGIN", "bmFz", longer)), [`334 ${PASSWORD}`, "500 5.5.6"]);
  // Of this length it is the alphabet that counts.
  assert.deepEqual(codes(play("PLAIN", "A".repeat(12_286))), ["501 5.5.2"]);
});

for (const mechanism of ["", "plain", "CRAM-MD5", "XOAUTH2", "constructor", "PLAIN "]) {
  Deno.test(`saslExchange() knows no mechanism "${mechanism}"`, () => {
    assert.equal(saslExchange(mechanism), null);
  });
}

Deno.test("saslExchange() knows all mechanisms that are offered", () => {
  for (const mechanism of MECHANISMS) {
    assert.equal(show(begin(mechanism).next(b64("\0a\0b"))).slice(0, 9), "503 5.5.1", "not begun");
  }
});

/** Lines as clients and fuzzers send them. */
const line = fc.oneof(
  fc.string({ unit: "binary", maxLength: 40 }),
  fc.string({ unit: fc.constantFrom(..."AZaz09+/=*"), maxLength: 12 }),
  fc.array(fc.constantFrom("\0", "nas", "p", "ä", "\r\n", ""), { maxLength: 6 })
    .map((parts) => b64(parts.join(""))),
  fc.uint8Array({ maxLength: 20 }).map((octets) => btoa(String.fromCharCode(...octets))),
);

Deno.test("saslExchange() gives a step for whatever comes, and ends after three", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...MECHANISMS),
      fc.option(line, { nil: undefined }),
      fc.array(line, { minLength: 3, maxLength: 5 }),
      (mechanism, initial, lines) => {
        const exchange = begin(mechanism);
        const steps = [exchange.start(initial), ...lines.map((text) => exchange.next(text))];
        const end = steps.findIndex(({ kind }) => kind !== "challenge");
        assert.ok(end >= 0 && end <= 2, String(end));
        for (const step of steps.slice(end + 1)) assert.equal(show(step).slice(0, 9), "503 5.5.1");
        for (const step of steps) {
          if (step.kind !== "credentials") continue;
          const { user, password } = step.credentials;
          assert.ok(user !== "" && password !== "" && !`${user}${password}`.includes("\0"));
        }
      },
    ),
    { numRuns: 2_000 },
  );
});

Deno.test("saslExchange() repeats nothing of what the client sent", () => {
  const canary = "c4n4ry";
  const shapes = [
    b64(`${canary}\0nas\0x`),
    b64(`\0${canary}\0`),
    b64(`${canary}\0`),
    canary,
    "é" + canary,
  ];
  for (const mechanism of MECHANISMS) {
    for (const shape of shapes) {
      for (const steps of [play(mechanism, shape), play(mechanism, undefined, shape)]) {
        assert.ok(!steps.join().includes(canary) && !steps.join().includes(shape), steps.join());
      }
    }
  }
});
