/**
 * What every store must do, whatever it is made of: the sentences of `lib/store/store.ts`.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { Store } from "../../lib/store/store.ts";
import { textOf } from "../support/mails.ts";
import { atOnce, claimDue, delivered, fails, newMail, spooled } from "../support/store_stage.ts";
import { newDelivery, queueIdOf } from "../support/stored_mails.ts";

/** Opens the store that belongs to a folder; again, after it was closed, the same one. */
export type MakeStore = (folder: string) => Promise<Store>;

/** What a test is given. */
interface Stage {
  readonly store: Store;
  readonly folder: string;
  /** Closes it and opens it again. */
  reopen(): Promise<Store>;
}

/** Registers one test for each sentence. */
export function testStoreContract(name: string, make: MakeStore): void {
  for (const [sentence, test] of Object.entries(SENTENCES)) {
    Deno.test(`${name} ${sentence}`, async () => {
      const folder = await Deno.makeTempDir({ prefix: "mail2alert-store-" });
      let store = await make(folder);
      const reopen = async () => {
        await store.close();
        return store = await make(folder);
      };
      try {
        await test({ store, folder, reopen });
      } finally {
        await store.close();
        await Deno.remove(folder, { recursive: true });
      }
    });
  }
}

const LARGE = `Subject: large\r\n\r\n${"0123456789abcdef".repeat(20_000)}\r\n`;

const SENTENCES: Readonly<Record<string, (stage: Stage) => Promise<void>>> = {
  "keeps an accepted mail, octet for octet": async ({ store, reopen, folder }) => {
    const texts = ["A: 1\r\n\r\n\x00\xff\r\n", "A: 1\r\n", "no header\r\n", "", LARGE];
    const messages = await Promise.all(
      texts.map((text, index) => spooled(folder, queueIdOf(index), text)),
    );
    const mails = messages.map((message, index) => newMail(index, { message }));
    for (const mail of mails) await store.accept([mail]);
    const claimed = await claimDue(await reopen());
    assert.equal(claimed.length, texts.length);
    for (const [index, { mail, ...rest }] of claimed.entries()) {
      const given = mails[index];
      assert.ok(given);
      const { message, ...others } = given.mail;
      const { message: kept, ...found } = mail;
      assert.deepEqual(found, others);
      assert.deepEqual([kept.octets, kept.digest], [message.octets, message.digest]);
      assert.equal(await textOf(mail), await textOf(given.mail));
      assert.equal(await textOf(mail), await textOf(given.mail), "a second time");
      assert.deepEqual(rest.delivery, given.deliveries[0]?.delivery);
      assert.deepEqual([rest.routedBy, rest.acceptedAt, rest.attempts], ["r1", 500, 0]);
      assert.deepEqual([...rest.settled], []);
    }
  },
  "keeps a large message that the caller removes, until its mail has ended": async (
    { store, folder },
  ) => {
    const message = await spooled(folder, queueIdOf(1), LARGE);
    const [id] = await store.accept([newMail(1, { message, deliveries: atOnce() })]);
    await message.remove();
    assert.equal(await textOf(newMail(1, { message }).mail), LARGE, "the caller still reads it");
    await store.release([id ?? 0]);
    const [claimed] = await claimDue(store);
    assert.ok(claimed);
    assert.equal(await textOf(claimed.mail), LARGE);
    await store.settle(delivered(claimed));
    assert.deepEqual(await claimDue(store), []);
    assert.deepEqual(await store.counts(), { waiting: 0, dead: 0, damaged: 0 });
  },
  "takes mails together, and gives a claim for each delivery": async ({ store }) => {
    const first = newMail(1, { deliveries: [newDelivery(), newDelivery({ claim: true })] });
    const ids = await store.accept([first, newMail(2, { deliveries: atOnce() })]);
    assert.equal(new Set(ids).size, 3);
    const claimed = await claimDue(store);
    assert.deepEqual(claimed.map(({ mail }) => mail.queueId), [queueIdOf(1)], "the others are");
    assert.equal((await store.counts()).waiting, 2);
  },
  "claims what is due, the longest due first, nothing twice": async ({ store }) => {
    for (const [number, dueAt] of [[1, 3_000], [2, 2_000], [3, 9_000], [4, 1_000]] as const) {
      await store.accept([newMail(number, { deliveries: [newDelivery({ dueAt })] })]);
    }
    const ids = async (limit: number, maxOctets = 1_000) =>
      (await claimDue(store, { now: 5_000, limit, maxOctets })).map(({ mail }) => mail.queueId);
    assert.deepEqual(await claimDue(store, { destination: "chat" }), []);
    assert.deepEqual(await ids(2), [queueIdOf(4), queueIdOf(2)]);
    assert.deepEqual(await ids(2, 1), [queueIdOf(1)], "one, whatever its size");
    assert.deepEqual(await ids(2), [], "one is not due");
  },
  "claims again what was released": async ({ store }) => {
    await store.accept([newMail(1)]);
    const first = await claimDue(store);
    await store.release(first.map(({ id }) => id));
    assert.equal((await claimDue(store)).length, 1);
  },
  "claims what is too old, whatever it waits for": async ({ store }) => {
    const deliveries = [newDelivery({ dueAt: 99_000 })];
    await store.accept([newMail(1, { deliveries, acceptedAt: 100 })]);
    await store.accept([newMail(2, { deliveries, acceptedAt: 900 })]);
    const request = { kind: "aged", limit: 9, maxOctets: 9_999 } as const;
    const aged = await store.claim({ ...request, expired: 500, late: -Infinity });
    assert.deepEqual(aged.map(({ mail }) => mail.queueId), [queueIdOf(1)]);
    const late = await store.claim({ ...request, expired: 0, late: 1_000 });
    assert.deepEqual(late.map(({ mail }) => mail.queueId), [queueIdOf(2)]);
  },
  "replaces what was settled by what is left, and remembers who is settled": async (
    { store, reopen },
  ) => {
    const [id] = await store.accept([newMail(1, { deliveries: atOnce() })]);
    const mail = { queueId: queueIdOf(1) };
    const left = newDelivery({ attempts: 1, dueAt: 2_000, reason: "greylisted" });
    await store.settle(delivered({ id: id ?? 0, mail }, { replacements: [left], settled: ["a"] }));
    const [claimed] = await claimDue(await reopen());
    assert.ok(claimed);
    assert.deepEqual([claimed.attempts, claimed.reason], [1, "greylisted"]);
    assert.deepEqual([...claimed.settled], ["a"]);
  },
  "takes mails of our own together with what brought them forth": async ({ store }) => {
    const [id] = await store.accept([newMail(1, { deliveries: atOnce() })]);
    const dead = newDelivery({ state: "dead" });
    const settlement = delivered({ id: id ?? 0, mail: { queueId: queueIdOf(1) } }, {
      replacements: [dead],
      end: "dead-letter",
      mails: [newMail(2, { routedBy: "own" })],
    });
    await store.settle(settlement);
    const [notice, ...others] = await claimDue(store);
    assert.deepEqual([notice?.mail.queueId, others.length], [queueIdOf(2), 0]);
    assert.deepEqual(await store.counts(), { waiting: 1, dead: 1, damaged: 0 });
  },
  "settles what the operator dropped meanwhile": async ({ store }) => {
    await store.accept([newMail(1)]);
    const [claimed] = await claimDue(store);
    assert.ok(claimed);
    assert.deepEqual(await store.drop(queueIdOf(1)), { found: true, underWay: true });
    await store.settle(delivered(claimed));
    assert.deepEqual(await store.drop(queueIdOf(1)), { found: false, underWay: false });
  },
  "hastens what waits for its destination only": async ({ store }) => {
    const later = { dueAt: 99_000 };
    await store.accept([newMail(1, { deliveries: [newDelivery(later)] })]);
    const away = [newDelivery({ ...later, destinationAway: true })];
    await store.accept([newMail(2, { deliveries: away })]);
    assert.deepEqual(await store.destinations(), ["smarthost"]);
    assert.equal(await store.hasten("smarthost", 5_000), 1);
    const claimed = await claimDue(store, { now: 5_000 });
    assert.deepEqual(claimed.map(({ mail }) => mail.queueId), [queueIdOf(2)]);
  },
  "revives dead letters, and lets old ones expire": async ({ store }) => {
    const deliveries = [newDelivery({ state: "dead" })];
    await store.accept([newMail(1, { deliveries, acceptedAt: 100 })]);
    await store.accept([newMail(2, { deliveries, acceptedAt: 100 })]);
    assert.deepEqual(await store.retry({ queueId: queueIdOf(2), now: 7_000 }), [queueIdOf(2)]);
    const [claimed] = await claimDue(store);
    assert.deepEqual([claimed?.mail.queueId, claimed?.acceptedAt], [queueIdOf(2), 7_000]);
    assert.equal(await store.expire(1_000), 1);
    assert.deepEqual(await store.counts(), { waiting: 1, dead: 0, damaged: 0 });
  },
  "keeps values by key": async ({ store, reopen }) => {
    assert.equal(await store.readState("k"), null);
    await store.writeState("k", "1");
    await store.writeState("k", "2");
    assert.equal(await (await reopen()).readState("k"), "2");
  },
  "writes what was noted before it closes": async ({ store, reopen }) => {
    const { journal } = newMail(1);
    await store.note({ ...journal, state: "delivered", recent: { key: "again", at: 9_000 } });
    await store.append(queueIdOf(1), [{ kind: "remark", at: 1, text: "x" }]);
    await store.append("unknown", [{ kind: "remark", at: 1, text: "x" }]);
    const found = await (await reopen()).recentMails({ since: 8_000, limit: 9 });
    assert.deepEqual(found, [{ key: "again", queueId: queueIdOf(1), at: 9_000 }]);
  },
  "does calls in the order in which they were made": async ({ store, folder }) => {
    const message = await spooled(folder, queueIdOf(1), "A: 1\r\n\r\n");
    const accepted = store.accept([newMail(1, { message })]);
    const all = [accepted, claimDue(store), store.drop(queueIdOf(1))] as const;
    const [, claimed, dropped] = await Promise.all(all);
    assert.equal(claimed.length, 1);
    assert.deepEqual(dropped, { found: true, underWay: true });
  },
  "refuses calls once it is closed": async ({ store }) => {
    await store.close();
    await fails(store.accept([newMail(1)]), "store-failed");
    await fails(store.counts(), "store-failed");
    await store.note(newMail(1).journal);
  },
};
