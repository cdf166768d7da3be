/**
 * Mails in which others say something: whatever it is, the mail is read, routed, asked about and
 * sent as its harmless twin, but for the one value that is made of it.
 *
 * @module
 */

import assert from "node:assert/strict";
import fc from "fast-check";
import { encoded, mailWith, type Place, PLACES, PLAIN, WORDS } from "../support/hostile_mails.ts";
import {
  fieldNames,
  type HostileWorld,
  startHostileWorld,
  type Told,
} from "../support/hostile_world.ts";

/** Nothing but what the place touches differs from the twin. */
function checkTwins(place: Place, hostile: Told, twin: Told): void {
  assert.deepEqual(hostile.rules, twin.rules);
  assert.deepEqual(hostile.recipients, twin.recipients);
  assert.deepEqual(hostile.shapes, twin.shapes);
  assert.deepEqual(hostile.headers, twin.headers);
  for (const [at, [name, value]] of twin.values.entries()) {
    if (!value.includes(PLAIN)) assert.deepEqual(hostile.values[at], [name, value]);
  }
  assert.equal(hostile.routing.trace.decision, twin.routing.trace.decision);
  assert.equal(hostile.routing.trace.notSent, twin.routing.trace.notSent);
  assert.deepEqual(Object.keys(hostile.fields), Object.keys(twin.fields));
  for (const [name, value] of Object.entries(hostile.fields)) {
    assert.doesNotMatch(value, /\p{Cc}/u, name);
    if (!place.touches.includes(name)) assert.equal(value, twin.fields[name], name);
  }
  for (const { rewrite } of hostile.routing.deliveries) {
    assert.doesNotMatch(rewrite?.subject ?? "", /[\p{Cc}\u2028\u202e]/u);
  }
}

async function checkWord(world: HostileWorld, place: Place, word: string): Promise<void> {
  const twin = await world.tell(mailWith(place, PLAIN));
  // Otherwise the twins are alike because nothing is asked and nobody gets anything.
  assert.equal(twin.shapes.length, 1);
  assert.ok(twin.recipients.includes("owner@example.com"));
  checkTwins(place, await world.tell(mailWith(place, word)), twin);
}

for (const place of PLACES) {
  Deno.test(`nothing that is said in ${place.name} changes anything else`, async () => {
    await using world = startHostileWorld();
    for (const word of WORDS) {
      try {
        await checkWord(world, place, word);
      } catch (error) {
        throw new Error(`${JSON.stringify(word)} in ${place.name}`, { cause: error });
      }
    }
  });
}

Deno.test("no text at all changes anything else, wherever it stands", async () => {
  await using world = startHostileWorld();
  const pieces = fc.constantFrom(...WORDS, "\r\n", "\n", "\r", "{{", "}}", ",", "<", ">", "@", ":");
  const text = fc.oneof(
    fc.string({ unit: "binary", maxLength: 80 }),
    fc.array(fc.oneof(pieces, fc.string({ maxLength: 5 })), { maxLength: 6 }).map((all) =>
      all.join("")
    ),
  );
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...PLACES), text, async (place, word) => {
      await checkWord(world, place, word.isWellFormed() ? `w ${word}` : "w");
    }),
    { numRuns: 150 },
  );
});

/** A mail of mdadm's or cron's, by its subject. */
function subjectPlace(subject: string): Place {
  const message = `From: a@b.example\r\nSubject: ${subject}\r\nX-Note: -\r\n\r\nx\r\n`;
  return {
    name: "the host in a subject",
    touches: ["host", "subject", "title", "fingerprint"],
    message: (word) => message.replace("HERE", word),
  };
}

const NO_HOSTS = ["db1/../..", "x?y#z", "a%2f", "{{fields.user}}", "..", "a\\b", ",,"];

Deno.test("a host that mdadm is said to run on is a value, whatever it looks like", async () => {
  await using world = startHostileWorld();
  for (const host of NO_HOSTS) {
    await checkWord(world, subjectPlace("Fail event on /dev/md0:HERE"), host);
  }
});

Deno.test("what is no machine's name is no host of cron's", async () => {
  await using world = startHostileWorld();
  for (const host of NO_HOSTS) {
    const { fields } = await world.tell(mailWith(subjectPlace("Cron <root@HERE> job"), host));
    assert.equal(fields.source, "generic", host);
    assert.equal(fields.host, "b.example", host);
  }
});

Deno.test("what would lead to another path is not asked, and the other rules count", async () => {
  await using world = startHostileWorld();
  for (const command of [".", "..", "\xff\xfe"]) {
    const { shapes, recipients, rules } = await world.tell(
      mailWith(subjectPlace(`Cron <root@db1> ${command}`), ""),
    );
    const asked = command.includes(".") ? 0 : 1;
    assert.equal(shapes.length, asked, command);
    assert.ok(recipients.includes("root@example.com"));
    assert.deepEqual(rules[0], ["gold", asked === 0 ? "undecided" : "matched"]);
  }
});

Deno.test("what a REST API answers is put in as it is, and only where it is an address", async () => {
  const answers = [
    ["owner@example.com\r\nBcc: victim@example.net", []],
    ["a@b@c, <victim@example.net>", []],
    ["owner@example.com>\u0000", []],
    ["{{fields.pipeline}}@example.com", ["{{fields.pipeline}}@example.com"]],
  ] as const;
  for (const [email, expected] of answers) {
    await using world = startHostileWorld(() => Response.json({ tier: "gold", email }));
    const [place] = PLACES;
    assert.ok(place !== undefined);
    const { recipients, routing } = await world.tell(mailWith(place, PLAIN));
    assert.deepEqual(recipients, [...expected, "shop@example.com"], email);
    assert.match(routing.trace.notes.join("\n"), expected.length > 0 ? / is / : /cannot be sent/);
  }
});

Deno.test("the checks see what they are there for", async () => {
  await using world = startHostileWorld();
  assert.deepEqual(fieldNames("A: 1\r\n x: y\r\nB: 2\nBcc: z\r\n\r\nC: 3\r\n"), ["A", "B", "Bcc"]);
  const [place] = PLACES;
  assert.ok(place !== undefined);
  const twin = await world.tell(mailWith(place, PLAIN));
  const other = mailWith(
    { ...place, message: (word) => place.message(word).replace("[shop/", "[bank/") },
    PLAIN,
  );
  const told = await world.tell(other);
  assert.throws(() => checkTwins(place, told, twin), assert.AssertionError);
  const shapes = [`${twin.shapes[0]} x-evil`];
  assert.throws(() => checkTwins(place, { ...twin, shapes }, twin), assert.AssertionError);
  assert.match(encoded("a\r\nb"), /^=\?utf-8\?B\?YQ0KYg==\?=$/);
});
