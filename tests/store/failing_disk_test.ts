/** A store whose disk fails at its n-th call, for every n: nothing that was promised is lost. */

import assert from "node:assert/strict";
import type { SpooledMessage } from "../../lib/store/spool.ts";
import type { NewMail, Store } from "../../lib/store/store.ts";
import { failingDisk, type Failure } from "../support/failing_disk.ts";
import { textOf } from "../support/mails.ts";
import {
  atOnce,
  claimDue,
  delivered,
  newMail,
  openStore,
  OwnThread,
  spooled,
} from "../support/store_stage.ts";
import { newDelivery, queueIdOf } from "../support/stored_mails.ts";

const LARGE = `Subject: large\r\n\r\n${"x".repeat(500)}\r\n`;

/** What a store has promised, as its callers know it. */
interface Promised {
  /** Mails that were accepted. */
  readonly kept: NewMail[];
  /** Mails that were refused, and are their callers' still. */
  readonly refused: NewMail[];
  /** Mails that were settled as delivered. */
  readonly ended: Set<string>;
}

/** The mails of a run; the third has this message, which is in a file. */
function mailsWith(message: SpooledMessage): readonly NewMail[] {
  return [
    newMail(1),
    newMail(2, { deliveries: atOnce() }),
    newMail(3, { message, deliveries: atOnce() }),
    newMail(4),
  ];
}

/** Uses the store for everything, and notes what it promises. */
async function use(store: Store, mails: readonly NewMail[]): Promise<Promised> {
  const promised: Promised = { kept: [], refused: [], ended: new Set() };
  const claims = new Map<string, number>();
  const accept = async (...together: NewMail[]) => {
    try {
      const ids = await store.accept(together);
      promised.kept.push(...together);
      together.forEach(({ mail }, index) => claims.set(mail.queueId, ids[index] ?? 0));
    } catch {
      promised.refused.push(...together);
    }
  };
  const [first, second, third, fourth] = mails;
  assert.ok(first && second && third && fourth);
  await accept(first, second);
  await accept(third);
  for (const number of [2, 3]) await settle(queueIdOf(number), { store, claims, promised });
  const [again] = await claimDue(store).catch(() => []);
  await store.note(newMail(9).journal);
  const left = { replacements: [newDelivery({ attempts: 1 })] };
  if (again) await store.settle(delivered(again, left)).catch(() => {});
  await accept(fourth);
  return promised;
}

async function settle(
  queueId: string,
  { store, claims, promised }: {
    readonly store: Store;
    readonly claims: ReadonlyMap<string, number>;
    readonly promised: Promised;
  },
): Promise<void> {
  const id = claims.get(queueId);
  if (id === undefined) return;
  try {
    await store.settle(delivered({ id, mail: { queueId } }));
    promised.ended.add(queueId);
  } catch {
    // It is still the store's: it must be there.
  }
}

/** What the store has, by queue id. */
async function found(folder: string): Promise<ReadonlyMap<string, string>> {
  const store = openStore(folder, { link: new OwnThread() });
  try {
    await store.opened;
    assert.deepEqual(store.health(), { kind: "ready" });
    const claimed = await claimDue(store, { maxOctets: 1_000_000 });
    const texts = claimed.map(async ({ mail }) => [mail.queueId, await textOf(mail)] as const);
    return new Map(await Promise.all(texts));
  } finally {
    await store.close();
  }
}

/** Runs it all with that failure; says how many calls of the disk there were. */
async function checkFailure(failure: Failure): Promise<number> {
  const folder = await Deno.makeTempDir({ prefix: "mail2alert-store-" });
  const store = openStore(folder, { link: new OwnThread() });
  try {
    await store.opened;
    const message = await spooled(folder, queueIdOf(3), LARGE);
    const disk = failingDisk(failure);
    const used = use(store, mailsWith(message));
    const promised = await used.finally(() => disk[Symbol.dispose]());
    await store.close();
    await check(promised, folder);
    await message.remove();
    const kept = promised.kept.some(({ mail }) => mail.queueId === queueIdOf(3));
    if (!kept) assert.deepEqual(await largeFiles(folder), [], "the caller removed it");
    return disk.calls;
  } finally {
    await store.close();
    await Deno.remove(folder, { recursive: true });
  }
}

async function largeFiles(folder: string): Promise<string[]> {
  const names = async (name: string) => {
    const entries = await Array.fromAsync(Deno.readDir(`${folder}/${name}`));
    return entries.map((entry) => `${name}/${entry.name}`);
  };
  return (await Promise.all([names("spool"), names("messages")])).flat();
}

async function check({ kept, refused, ended }: Promised, folder: string): Promise<void> {
  const there = await found(folder);
  for (const { mail } of kept) {
    const expected = ended.has(mail.queueId) ? undefined : await saidBy(mail);
    assert.equal(there.get(mail.queueId), expected, `${mail.queueId} was accepted`);
  }
  for (const { mail } of refused) {
    assert.equal(there.get(mail.queueId), undefined, `${mail.queueId} was refused`);
    assert.equal(await textOf(mail), await saidBy(mail), `${mail.queueId} is its caller's`);
  }
}

/** What a mail of this test says. */
function saidBy(mail: NewMail["mail"]): Promise<string> {
  return mail.queueId === queueIdOf(3) ? Promise.resolve(LARGE) : textOf(mail);
}

const failures = [
  { name: "once, for lack of space", sqlite: "database or disk is full", forGood: false },
  { name: "for good, for lack of space", sqlite: "database or disk is full", forGood: true },
  { name: "once, as broken disks do", sqlite: "disk I/O error", forGood: false },
  { name: "for good, as broken disks do", sqlite: "disk I/O error", forGood: true },
];

for (const { name, sqlite, forGood } of failures) {
  Deno.test(`SqliteStore loses nothing that it promised when its n-th call fails ${name}`, async () => {
    const system = sqlite.includes("full") ? "No space left on device" : "Input/output error";
    let at = 1;
    while (at <= await checkFailure({ at, sqlite, system, forGood })) at++;
    assert.ok(at > 40, `only ${at} calls`);
  });
}
