/** Secrets that every user of the machine may read. @module */

import assert from "node:assert/strict";
import { findExposed, secretsInClear } from "../../lib/config/exposed.ts";

const HASH = "$scrypt$ln=15,r=8,p=1$c2FsdHNhbHQ$MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE";

const texts = [
  { text: "managers: [{passwd: pelle}, {token: x}]", found: ["[0].passwd", "[1].token"] },
  { text: "managers: [{passwd: $PASS, user: olle}, {token: '${TOKEN}'}]", found: [] },
  { text: "managers: [{passwd-file: pelle}]", found: [] },
  { text: "managers: [{passwd: pa$$word}]", found: ["[0].passwd"] },
  { text: "managers: [{passwd: ''}, {passwd: }]", found: [] },
  {
    text: `managers: [{users: {a: b, c: "${HASH}", d: $E, f: {password-file: g}}}]`,
    found: ["[0].users.a"],
  },
  { text: "managers: [{users: {password-file: b}}]", found: ["[0].users.password-file"] },
  {
    text: "managers: [{auth: {user: a, password: b, oauth: {client-id: c}}}]",
    found: ["[0].auth.password"],
  },
  {
    text: "managers: [{client-secret: a, refresh-token: b}]",
    found: ["[0].client-secret", "[0].refresh-token"],
  },
  { text: "managers: [", found: [] },
];

for (const { text, found } of texts) {
  Deno.test(`secretsInClear() finds ${found.length} in ${text}`, () => {
    assert.deepEqual(secretsInClear(text), found.map((path) => `managers${path}`));
  });
}

const lookups = [
  { text: "{authorization: Bearer pelle}", found: ["owner.headers.authorization"] },
  { text: "{authorization: Bearer $TOKEN, authorization-file: token.txt}", found: [] },
  { text: "{accept: application/json, User-Agent: mail2alert}", found: [] },
  { text: "{X-API-Key: pelle, accept: '*/*'}", found: ["owner.headers.X-API-Key"] },
];

for (const { text, found } of lookups) {
  Deno.test(`secretsInClear() finds ${found.length} in the header fields ${text}`, () => {
    const file = `lookups: {owner: {url: "https://x", headers: ${text}}}\n` +
      "tests: [{groups: {token: [a]}, expect: {fields: {password: b}}}]\n" +
      'packs: [{fields: {token: "{{token}}"}}]\n';
    assert.deepEqual(secretsInClear(file), found.map((path) => `lookups.${path}`));
  });
}

Deno.test("findExposed() names the files that others may read, and no secret", async () => {
  const folder = await Deno.makeTempDir({ prefix: "mail2alert-exposed-" });
  const path = `${folder}/c.yaml`;
  const key = `${folder}/relay.key`;
  try {
    await Deno.writeTextFile(path, "slack-token: pelle\n", { mode: 0o640 });
    await Deno.writeTextFile(key, "kalle", { mode: 0o600 });
    assert.deepEqual(await findExposed(path, [key, `${folder}/gone`]), []);
    await Deno.chmod(path, 0o644);
    await Deno.chmod(key, 0o604);
    assert.deepEqual(await findExposed(path, [key, key]), [
      `every user of this machine may read ${path}, and the secret in slack-token: chmod o= ` +
      `${path}, or keep secrets in files of their own`,
      `every user of this machine may read the secret in ${key}: chmod o= ${key}`,
    ]);
    const listeners = ["[{auth: {users: {a: b}}}", "{auth: {users: {c: d, e: {password: f}}}}]"];
    await Deno.writeTextFile(path, `local-smtp: ${listeners.join(", ")}\n`);
    assert.deepEqual(await findExposed(path, []), [
      `every user of this machine may read ${path}, and the secrets in ` +
      "local-smtp[0].auth.users.a, local-smtp[1].auth.users.c, local-smtp[1].auth.users.e.password: " +
      `chmod o= ${path}, or keep secrets in files of their own`,
    ]);
    const users = Array.from({ length: 13 }, (_, index) => `{passwd: x${index}}`);
    await Deno.writeTextFile(path, `managers: [${users.join(", ")}]\n`);
    const [many = ""] = await findExposed(path, []);
    assert.match(many, / managers\[9\]\.passwd, and 3 more: chmod/);
    await Deno.writeTextFile(path, "slack-token: $TOKEN\n");
    assert.deepEqual(await findExposed(path, []), []);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
