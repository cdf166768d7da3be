/** What the dialogue said of a mail survives on disk, whole, or the mail is set aside. @module */

import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import fc from "fast-check";
import type { DsnRequest, Envelope, Protocol } from "../../lib/mail/envelope.ts";
import { databaseFile } from "../../lib/store/layout.ts";
import { openReader } from "../../lib/store/reader.ts";
import type { Store } from "../../lib/store/store.ts";
import { envelopeOf } from "../support/mails.ts";
import { claimDue, inStore, newMail, openStore } from "../support/store_stage.ts";
import { queueIdOf } from "../support/stored_mails.ts";

const PROTOCOLS: readonly Protocol[] = [
  "SMTP",
  ...(["ESMTP", "LMTP", "UTF8SMTP", "UTF8LMTP"] as const).flatMap((base) =>
    (["", "S"] as const).flatMap((tls) =>
      (["", "A"] as const).map((auth): Protocol => `${base}${tls}${auth}`)
    )
  ),
];

const path = fc.constantFrom("a@x", "ü@bücher.example", '"a b"@x', "postmaster", "b@[IPv6:::1]");

const recipientDsn = fc.record({
  notify: fc.oneof(
    fc.constant(["NEVER"]),
    fc.subarray(["SUCCESS", "FAILURE", "DELAY"], { minLength: 1 }),
  ),
  orcpt: fc.constantFrom("rfc822;ops@example.org", "utf-8;ü@bücher.example", 'rfc822;"a b"@x'),
}, { requiredKeys: [] });

const dsn = fc.record({
  ret: fc.constantFrom("FULL", "HDRS"),
  envid: fc.string({ minLength: 1, maxLength: 100 }),
  recipients: fc.dictionary(path, recipientDsn, { noNullPrototype: true }),
}, { requiredKeys: [] }) as fc.Arbitrary<DsnRequest>;

const session = fc.record({
  peer: fc.constantFrom("127.0.0.1", "::1", "unix"),
  helo: fc.string({ maxLength: 20 }),
  protocol: fc.constantFrom(...PROTOCOLS),
  user: fc.string({ maxLength: 20 }),
}, { requiredKeys: ["peer", "helo", "protocol"] });

const envelope: fc.Arbitrary<Envelope> = fc.record({
  reversePath: fc.oneof(path, fc.constant("")),
  forwardPaths: fc.array(path, { minLength: 1, maxLength: 3 }),
  smtpUtf8: fc.boolean(),
  body: fc.constantFrom("7BIT" as const, "8BITMIME" as const, "BINARYMIME" as const),
  requireTls: fc.constant(true as const),
  dsn,
  session,
}, { requiredKeys: ["reversePath", "forwardPaths", "smtpUtf8", "body", "session"] });

/** A mail for the store in this envelope. */
function mailIn(number: number, envelope: Envelope) {
  const { mail, journal, ...rest } = newMail(number);
  const entry = { ...journal.entry, envelope };
  return { ...rest, mail: { ...mail, envelope }, journal: { ...journal, entry } };
}

/** The envelopes of what is claimed, by queue id. */
async function claimedEnvelopes(store: Store): Promise<ReadonlyMap<string, Envelope>> {
  const claimed = await claimDue(store, { limit: 1_000 });
  return new Map(claimed.map(({ mail }) => [mail.queueId, mail.envelope]));
}

Deno.test("an envelope comes back from the disk as it was, after a restart too", async () => {
  const envelopes = [
    ...PROTOCOLS.map((protocol) => envelopeOf({ session: { peer: "unix", helo: "h", protocol } })),
    // Without the bare prototypes that fast-check gives its records.
    ...fc.sample(envelope, 200).map((one) => structuredClone(one)),
  ];
  await inStore(async (store, folder) => {
    await store.accept(envelopes.map((one, index) => mailIn(index, one)));
    await store.close();
    const reopened = openStore(folder);
    try {
      await reopened.opened;
      const found = await claimedEnvelopes(reopened);
      const reader = openReader(folder);
      envelopes.forEach((one, index) => {
        const queueId = queueIdOf(index);
        assert.deepEqual(found.get(queueId), one);
        const [record] = reader.search({ queueId, limit: 1 });
        assert.deepEqual([record?.envelope, record?.state], [one, "open"]);
      });
      reader.close();
    } finally {
      await reopened.close();
    }
  });
});

/** Replaces the envelope of the first mail on disk, as if somebody's hand had been in it. */
function replaceEnvelope(folder: string, json: string): void {
  const database = new DatabaseSync(databaseFile(folder));
  database.prepare("UPDATE mails SET envelope = ? WHERE queue_id = ?").run(json, queueIdOf(1));
  database.close();
}

Deno.test("an envelope of the version before is read", async () => {
  const json = '{"reversePath":"go@example.com","forwardPaths":["a@x"],"smtpUtf8":false,' +
    '"body":"8BITMIME","session":{"peer":"127.0.0.1","helo":"ci","protocol":"UTF8SMTP"}}';
  await inStore(async (store, folder) => {
    await store.accept([newMail(1)]);
    replaceEnvelope(folder, json);
    assert.deepEqual((await claimedEnvelopes(store)).get(queueIdOf(1)), JSON.parse(json));
  });
});

const whole = envelopeOf();
const damaged = [
  { name: "a body of no known kind", json: { ...whole, body: "9BIT" } },
  { name: "requireTls that is not true", json: { ...whole, requireTls: false } },
  { name: "dsn that is no object", json: { ...whole, dsn: "FULL" } },
  { name: "dsn null", json: { ...whole, dsn: null } },
  { name: "another ret", json: { ...whole, dsn: { ret: "SOME" } } },
  { name: "an envid that is no text", json: { ...whole, dsn: { envid: 1 } } },
  { name: "recipients in a list", json: { ...whole, dsn: { recipients: [{}] } } },
  { name: "recipients null", json: { ...whole, dsn: { recipients: null } } },
  { name: "nothing for a recipient", json: { ...whole, dsn: { recipients: { "a@x": null } } } },
  {
    name: "another notify",
    json: { ...whole, dsn: { recipients: { "a@x": {}, "b@x": { notify: ["LATER"] } } } },
  },
  {
    name: "notify that is no list",
    json: { ...whole, dsn: { recipients: { "a@x": { notify: "NEVER" } } } },
  },
  {
    name: "an original recipient that is no text",
    json: { ...whole, dsn: { recipients: { "a@x": { orcpt: {} } } } },
  },
  { name: "another protocol", json: { ...whole, session: { ...whole.session, protocol: "UUCP" } } },
  { name: "a user that is no text", json: { ...whole, session: { ...whole.session, user: 7 } } },
];

for (const { name, json } of damaged) {
  Deno.test(`a mail whose envelope has ${name} is set aside, the others are not`, async () => {
    await inStore(async (store, folder) => {
      await store.accept([newMail(1), newMail(2)]);
      replaceEnvelope(folder, JSON.stringify(json));
      assert.deepEqual([...(await claimedEnvelopes(store)).keys()], [queueIdOf(2)]);
      assert.equal((await store.counts()).damaged, 1);
    });
  });
}
