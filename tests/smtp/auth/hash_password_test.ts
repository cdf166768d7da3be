/** Hashes that others made, and our own; the real thread. @module */

import assert from "node:assert/strict";
import { readHash } from "../../../lib/mail/password_hash.ts";
import {
  type Algorithm,
  ALGORITHMS,
  hasHash,
  makeHash,
} from "../../../lib/smtp/auth/hash_password.ts";
import { HashThread } from "../../../lib/smtp/auth/hash_thread.ts";

/** Hashes that others made. */
const known = [
  {
    name: "scrypt of RFC 7914 §12",
    password: "pleaseletmein",
    hash: "$scrypt$ln=14,r=8,p=1$U29kaXVtQ2hsb3JpZGU$" +
      "cCO9yzr9c0hGHAbNgf046/2o+7qQT44+qbVD9lRdofLVQylVYT8Pz2LUlwUkKpr55h6F3A1lHkDfzwF7RVdYhw",
  },
  {
    name: "argon2id of the reference implementation",
    password: "password",
    hash: "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
  },
  {
    name: "argon2i of the reference implementation",
    password: "password",
    hash: "$argon2i$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$wWKIMhR9lyDFvRz9YTZweHKfbftvj+qf+YFY4NeBbtA",
  },
  {
    name: "bcrypt of crypt_blowfish",
    password: "U*U",
    hash: "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
  },
  {
    name: "bcrypt of libxcrypt, with UTF-8",
    password: "p\u{e4}ss",
    hash: "$2y$04$abcdefghijklmnopqrstuuF7KK/SfP9IRGj0pPJMr8GdtCS8xpmpC",
  },
  {
    name: "bcrypt of libxcrypt, which ignores all after 72 octets",
    password: "x".repeat(80),
    hash: "$2b$04$abcdefghijklmnopqrstuubzadhGtS2zEF.gu0yd0opP6cVzb.e0i",
  },
];

function read(text: string) {
  const hash = readHash(text);
  assert.ok(typeof hash !== "string", String(hash));
  return hash;
}

for (const { name, password, hash } of known) {
  Deno.test(`hasHash() knows ${name}`, async () => {
    const thread = new HashThread();
    assert.equal(await hasHash(password, read(hash), thread), true);
    assert.equal(await hasHash(`!${password}`, read(hash), thread), false);
  });
}

Deno.test("hasHash() compares the whole digest", async () => {
  const hash = read(known[0]?.hash ?? "");
  const digest = hash.digest.slice();
  digest[digest.length - 1] = (digest.at(-1) ?? 0) ^ 1;
  assert.equal(await hasHash("pleaseletmein", { ...hash, digest }, new HashThread()), false);
  const short = { ...hash, digest: hash.digest.slice(0, 16) };
  assert.equal(await hasHash("pleaseletmein", short, new HashThread()), true);
});

const forms: Readonly<Record<Algorithm, RegExp>> = {
  scrypt: /^\$scrypt\$ln=15,r=8,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/,
  argon2id: /^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/,
  bcrypt: /^\$2b\$11\$[./A-Za-z0-9]{53}$/,
};

for (const algorithm of ALGORITHMS) {
  Deno.test(`makeHash() makes ${algorithm}, with a new salt each time`, async () => {
    const made = [await makeHash("sëcret", algorithm), await makeHash("sëcret", algorithm)];
    const [one = "", other = ""] = made;
    assert.notEqual(one, other);
    for (const text of made) {
      assert.match(text, forms[algorithm]);
      assert.equal(await hasHash("sëcret", read(text), new HashThread()), true);
    }
    assert.equal(await hasHash("secret", read(one), new HashThread()), false);
  });
}

Deno.test("hasHash() leaves the thread that serves sessions alone", async () => {
  const hashes = ["$2b$11$", "$argon2id$v=19$m=65536,t=3,p=1$", "$scrypt$ln=15,r=8,p=1$"].map((
    start,
  ) =>
    read(start + (start.startsWith("$2b") ? "a".repeat(53) : `${"a".repeat(22)}$${"a".repeat(43)}`))
  );
  for (const hash of hashes) {
    let turns = 0;
    let done = false;
    const checked = hasHash("x", hash, new HashThread()).finally(() => done = true);
    while (!done) {
      await new Promise((resolve) => setTimeout(resolve, 1));
      turns++;
    }
    assert.equal(await checked, false);
    // On the same thread there would be two or three.
    assert.ok(turns >= 10, `${hash.kind}: ${turns}`);
  }
});
