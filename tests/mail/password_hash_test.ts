import assert from "node:assert/strict";
import fc from "fast-check";
import {
  checkSecret,
  looksLikeHash,
  type PasswordHash,
  readHash,
  writeHash,
} from "../../lib/mail/password_hash.ts";

const SALT = "c29tZXNhbHQ";
const DIGEST = "CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
const SCRYPT = `$scrypt$ln=15,r=8,p=1$${SALT}$${DIGEST}`;
const ARGON2 = `$argon2id$v=19$m=65536,t=2,p=1$${SALT}$${DIGEST}`;
const BCRYPT = "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";
const octets = (text: string) => new TextEncoder().encode(text);

Deno.test("readHash() reads scrypt", () => {
  assert.deepEqual(readHash(`$scrypt$ln=14,r=7,p=3$${SALT}$c29tZXNhbHRzb21lc2FsdA`), {
    kind: "scrypt",
    ln: 14,
    r: 7,
    p: 3,
    salt: octets("somesalt"),
    digest: octets("somesaltsomesalt"),
  });
});

for (const kind of ["argon2i", "argon2d", "argon2id"]) {
  Deno.test(`readHash() reads ${kind}`, () => {
    assert.deepEqual(readHash(`$${kind}$v=19$m=64,t=2,p=4$${SALT}$c29tZXNhbHRzb21lc2FsdA`), {
      kind,
      memoryKib: 64,
      passes: 2,
      lanes: 4,
      salt: octets("somesalt"),
      digest: octets("somesaltsomesalt"),
    });
  });
}

for (const name of ["2a", "2b", "2y"]) {
  Deno.test(`readHash() reads bcrypt's $${name}$`, () => {
    const hash = readHash(BCRYPT.replace("2a", name));
    assert.ok(typeof hash !== "string" && hash.kind === "bcrypt");
    assert.equal(hash.cost, 5);
    assert.deepEqual(
      hash.salt,
      Uint8Array.from({ length: 16 }, (_, at) => [16, 65, 4][at % 3] ?? 0),
    );
    assert.equal(hash.digest.length, 23);
  });
}

for (const text of [SCRYPT, ARGON2, BCRYPT.replace("2a", "2b")]) {
  Deno.test(`writeHash() writes what was read: ${text.slice(0, 10)}`, () => {
    const hash = readHash(text);
    assert.ok(typeof hash !== "string");
    assert.equal(writeHash(hash), text);
  });
}

Deno.test("writeHash() and readHash() agree for all octets", () => {
  const sized = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
  const hash: fc.Arbitrary<PasswordHash> = fc.oneof(
    fc.record({
      kind: fc.constant("scrypt" as const),
      ln: fc.constant(14),
      r: fc.constant(8),
      p: fc.constant(1),
      salt: fc.uint8Array({ minLength: 8, maxLength: 64 }),
      digest: fc.uint8Array({ minLength: 16, maxLength: 64 }),
    }),
    fc.record({
      kind: fc.constant("bcrypt" as const),
      cost: fc.integer({ min: 4, max: 14 }),
      salt: sized(16),
      digest: sized(23),
    }),
  );
  fc.assert(fc.property(hash, (hash) => assert.deepEqual(readHash(writeHash(hash)), { ...hash })));
});

const hashes = [SCRYPT, ARGON2, BCRYPT, "$argon2i$", "$argon2d$x", "$2b$", "$2y$x", "$scrypt$"];
for (const text of hashes) {
  Deno.test(`looksLikeHash() takes ${text.slice(0, 20)} for a hash`, () => {
    assert.equal(looksLikeHash(text), true);
  });
}

const others = [
  "",
  "secret",
  "$scrypt",
  "$SCRYPT$",
  "x$scrypt$",
  "$2x$10$",
  "$2$",
  "$argon2$",
  "$6$a",
];
for (const text of others) {
  Deno.test(`looksLikeHash() takes "${text}" for no hash`, () => {
    assert.equal(looksLikeHash(text), false);
  });
}

const good = [
  SCRYPT,
  ARGON2,
  BCRYPT,
  "secret",
  " ",
  "pa$$word",
  "$ecret$",
  "{curly}",
  "$1$",
  `$scrypt$ln=17,r=8,p=1$${SALT}$${DIGEST}`,
  `$scrypt$ln=17,r=8,p=2$${SALT}$${DIGEST}`,
  `$scrypt$ln=1,r=1,p=1$${SALT}$${DIGEST}`,
  `$scrypt$ln=15,r=8,p=1$${"A".repeat(86)}$${"A".repeat(86)}`,
  `$argon2id$v=19$m=131072,t=4,p=4$${SALT}$${DIGEST}`,
  `$argon2id$v=19$m=128,t=1,p=16$${SALT}$${DIGEST}`,
  BCRYPT.replace("05", "04"),
  BCRYPT.replace("05", "14"),
];
for (const text of good) {
  Deno.test(`checkSecret() has nothing against ${JSON.stringify(text)}`, () => {
    assert.equal(checkSecret(text), null);
  });
}

const bad = [
  { text: "", says: /empty/ },
  { text: "a\0b", says: /NUL/ },
  { text: "$scrypt$x", says: /\$scrypt\$ln=15,r=8,p=1\$salt\$digest; `mail2alert hash`/ },
  { text: `${SCRYPT}=`, says: /form/ },
  { text: ` ${SCRYPT}`.trimStart().replace("ln", "n"), says: /form/ },
  { text: `$scrypt$ln=0,r=8,p=1$${SALT}$${DIGEST}`, says: /at least 1/ },
  { text: `$scrypt$ln=15,r=0,p=1$${SALT}$${DIGEST}`, says: /at least 1/ },
  { text: `$scrypt$ln=15,r=8,p=0$${SALT}$${DIGEST}`, says: /at least 1/ },
  {
    text: `$scrypt$ln=18,r=8,p=1$${SALT}$${DIGEST}`,
    says: /256 MiB of memory at each login, at most 128 MiB/,
  },
  { text: `$scrypt$ln=17,r=9,p=1$${SALT}$${DIGEST}`, says: /144 MiB/ },
  { text: `$scrypt$ln=17,r=8,p=3$${SALT}$${DIGEST}`, says: /2 times the work/ },
  { text: `$scrypt$ln=99,r=999,p=999$${SALT}$${DIGEST}`, says: /MiB/ },
  { text: `$scrypt$ln=15,r=8,p=1$c29tZQ$${DIGEST}`, says: /salt/ },
  { text: `$scrypt$ln=15,r=8,p=1$${"A".repeat(88)}$${DIGEST}`, says: /salt/ },
  { text: `$scrypt$ln=15,r=8,p=1$c29tZXNhbHQAB$${DIGEST}`, says: /salt/ },
  { text: SCRYPT.slice(0, -25), says: /digest .* cut/ },
  { text: `$scrypt$ln=15,r=8,p=1$${SALT}$${"A".repeat(88)}`, says: /digest/ },
  { text: ARGON2.replace("v=19$", ""), says: /version is not 19/ },
  { text: ARGON2.replace("19", "16"), says: /version is not 19/ },
  { text: ARGON2.replace("t=2", "t=0"), says: /at least 1/ },
  { text: ARGON2.replace("p=1", "p=0"), says: /at least 1/ },
  { text: ARGON2.replace("p=1", "p=17"), says: /17 lanes/ },
  { text: ARGON2.replace("65536", "31").replace("p=1", "p=4"), says: /8 KiB/ },
  { text: ARGON2.replace("65536", "131073").replace("t=2", "t=1"), says: /129 MiB/ },
  { text: ARGON2.replace("t=2", "t=9"), says: /2 times the work/ },
  { text: ARGON2.replace(DIGEST, "AAAA"), says: /digest/ },
  { text: ARGON2.replace("$m=65536,", "$"), says: /form/ },
  { text: BCRYPT.replace("05", "03"), says: /below 4/ },
  { text: BCRYPT.replace("05", "15"), says: /cost is 15, at most 14/ },
  { text: BCRYPT.slice(0, -1), says: /53 characters/ },
  { text: `${BCRYPT}x`, says: /53 characters/ },
  { text: `$6$rounds=5000$usesomesillystri$${DIGEST}${DIGEST}`, says: /kind that is not known/ },
  { text: `$y$j9T$F5Jx5fExrKuPp53xLKQ..1$${DIGEST}`, says: /kind that is not known/ },
  { text: BCRYPT.replace("2a", "2x"), says: /kind that is not known/ },
  { text: `$pbkdf2-sha256$29000$N2YMIWQs$${DIGEST}`, says: /kind that is not known/ },
  { text: `{SSHA}${DIGEST}`, says: /kind that is not known/ },
  { text: `{BLF-CRYPT}${BCRYPT}`, says: /kind that is not known/ },
  { text: `pbkdf2_sha256$260000$abc$${DIGEST}`, says: /kind that is not known/ },
];
for (const { text, says } of bad) {
  Deno.test(`checkSecret() refuses ${JSON.stringify(text)}: ${says.source}`, () => {
    const problem = checkSecret(text) ?? "";
    assert.match(problem, says);
    // What stands between the last two dollar signs and after them is the secret's.
    for (const part of text.split("$").slice(-2)) {
      assert.ok(part.length < 8 || !problem.includes(part), problem);
    }
  });
}

Deno.test("checkSecret() is total, and quick however the hash goes wrong", () => {
  const text = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.tuple(
      fc.constantFrom("$scrypt$", "$argon2id$v=19$", "$2b$", "$6$", "{X}", ""),
      fc.string({ unit: fc.constantFrom(..."$=,lnrpmt0159A./+\n") }),
    ).map(([prefix, rest]) => prefix + rest),
  );
  fc.assert(fc.property(text, (text) => {
    const problem = checkSecret(text);
    assert.ok(problem === null || problem.length > 10);
  }));
  for (const start of ["$6$", "$scrypt$ln=1,r=1,p=1$", "{A"]) checkSecret(start + "$".repeat(1e5));
});
