import assert from "node:assert/strict";
import { RelayError } from "../../../lib/errors.ts";
import { HashThread } from "../../../lib/smtp/auth/hash_thread.ts";
import { Secrets } from "../../../lib/smtp/auth/secrets.ts";
import { computeDigest, type HashTask } from "../../../lib/smtp/auth/wasm_hash.ts";

/** Of "U*U". */
const BCRYPT = "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";
/** Of "päss"; cheaper. */
const CHEAP = "$2y$04$abcdefghijklmnopqrstuuF7KK/SfP9IRGj0pPJMr8GdtCS8xpmpC";
const ARGON2 = `$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$${"A".repeat(43)}`;

const USERS = new Map([
  ["plain", "secret"],
  ["empty", " "],
  ["bcrypt", BCRYPT],
  ["also-bcrypt", BCRYPT.replace("2a", "2b")],
  ["cheap", CHEAP],
  ["argon2", ARGON2],
]);

/** The secrets of users, and a book of the work that checking them costs. */
function counted(users: ReadonlyMap<string, string>) {
  const work: string[] = [];
  const compute = (task: HashTask) => {
    const { hash } = task;
    work.push(hash.kind === "bcrypt" ? `bcrypt ${hash.cost}` : hash.kind);
    return computeDigest(task);
  };
  return { secrets: new Secrets(users, { compute }), work };
}

const claims = [
  { user: "plain", password: "secret", right: true },
  { user: "plain", password: "Secret", right: false },
  { user: "plain", password: "secret ", right: false },
  { user: "plain", password: "U*U", right: false },
  { user: "bcrypt", password: "U*U", right: true },
  { user: "bcrypt", password: "U*V", right: false },
  { user: "bcrypt", password: BCRYPT, right: false },
  { user: "bcrypt", password: "secret", right: false },
  { user: "also-bcrypt", password: "U*U", right: true },
  { user: "cheap", password: "päss", right: true },
  { user: "cheap", password: "U*U", right: false },
  { user: "Plain", password: "secret", right: false },
  { user: "nobody", password: "secret", right: false },
  { user: "nobody", password: "U*U", right: false },
];

for (const { user, password, right } of claims) {
  Deno.test(`Secrets.match() says ${right} to "${user}" with "${password}"`, async () => {
    assert.equal(await counted(USERS).secrets.match({ user, password }), right);
  });
}

Deno.test("Secrets.match() costs the same for every wrong password, whoever the user", async () => {
  const books = [];
  for (const user of ["nobody", ...USERS.keys()]) {
    const { secrets, work } = counted(USERS);
    assert.equal(await secrets.match({ user, password: "wrong" }), false);
    books.push(work.sort());
  }
  for (const work of books) assert.deepEqual(work, ["argon2id", "bcrypt 4", "bcrypt 5"]);
});

Deno.test("Secrets.match() tells who is right without more work", async () => {
  const { secrets, work } = counted(USERS);
  assert.equal(await secrets.match({ user: "cheap", password: "päss" }), true);
  assert.deepEqual(work, ["bcrypt 4"]);
  assert.equal(await secrets.match({ user: "plain", password: "secret" }), true);
  assert.equal(work.length, 1);
});

Deno.test("Secrets.match() hashes nothing where no secret is a hash", async () => {
  const { secrets, work } = counted(new Map([["plain", "secret"]]));
  assert.equal(await secrets.match({ user: "nobody", password: "secret" }), false);
  assert.deepEqual(work, []);
});

Deno.test("Secrets.match() refuses everybody where there are no users", async () => {
  assert.equal(await counted(new Map()).secrets.match({ user: "a", password: "b" }), false);
});

for (const text of ["", "$scrypt$c4n4ry", "$2b$99$c4n4ry"]) {
  Deno.test(`Secrets cannot be made of "${text}", and the error does not repeat it`, () => {
    assert.throws(() => new Secrets(new Map([["nas", text]]), new HashThread()), (error) => {
      assert.ok(error instanceof RelayError && error.code === "config-invalid");
      assert.match(error.message, /^The secret of the user "nas": /);
      return !error.message.includes("c4n4ry");
    });
  });
}
