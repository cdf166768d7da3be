/** Holds lib/cli/replay/journal_mails.ts to giving every mail once, with all that is kept of it. @module */

import assert from "node:assert/strict";
import { type JournalMail, journalMails } from "../../../lib/cli/replay/journal_mails.ts";
import type { HistoryConfig } from "../../../lib/config/types.ts";
import { RelayError } from "../../../lib/errors.ts";
import { openReader } from "../../../lib/store/reader.ts";
import type { StoreReader } from "../../../lib/store/views.ts";
import { newMail, withStore } from "../../support/filled_store.ts";
import { textOf } from "../../support/mails.ts";
import { fillJournal, pastId, type PastMail } from "../../support/replay_stage.ts";

async function inJournal(
  { mails, text }: { mails: readonly PastMail[]; text?: HistoryConfig["text"] },
  test: (reader: StoreReader, folder: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "mail2alert-replay-" });
  try {
    await fillJournal(folder, mails, text);
    const reader = openReader(folder);
    try {
      await test(reader, folder);
    } finally {
      reader.close();
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function all(reader: StoreReader, since = 0): Promise<JournalMail[]> {
  return await Array.fromAsync(journalMails(reader, since));
}

const counts = [0, 1, 99, 100, 101, 350];

for (const count of counts) {
  Deno.test(`journalMails() gives each of ${count} mails once, newest first`, () =>
    inJournal({ mails: Array.from({ length: count }, () => ({})) }, async (reader) => {
      const ids = (await all(reader)).map(({ mail }) => mail.queueId);
      assert.deepEqual(ids, Array.from({ length: count }, (_, place) => pastId(place)));
    }));
}

Deno.test("journalMails() gives each mail once where pages end within a millisecond", () => {
  // 30 of one moment, 250 of the next, 30 of another.
  const agoMs = (place: number) => place < 30 ? 1_000 : place < 280 ? 2_000 : 3_000;
  const mails = Array.from({ length: 310 }, (_, place) => ({ agoMs: agoMs(place) }));
  return inJournal({ mails }, async (reader) => {
    const found = await all(reader);
    const ids = found.map(({ mail }) => mail.queueId);
    assert.equal(ids.length, 310);
    assert.deepEqual(ids.toSorted(), mails.map((_, place) => pastId(place)));
    const times = found.map(({ mail }) => mail.receivedAt);
    assert.deepEqual(times, times.toSorted((a, b) => b - a));
  });
});

Deno.test("journalMails() asks for a page at a time", () =>
  inJournal({ mails: Array.from({ length: 350 }, () => ({})) }, async (reader) => {
    const limits: number[] = [];
    const counting: StoreReader = {
      ...bound(reader),
      search: (query) => {
        limits.push(query.limit);
        return reader.search(query);
      },
    };
    for await (const { mail } of journalMails(counting, 0)) {
      if (mail.queueId === pastId(150)) break;
    }
    assert.deepEqual(limits, [100, 101]);
  }));

const MESSAGE = "From: Disk <disk@nas.example.com>\r\nX-Host: nas\r\nSubject: full\r\n\r\n" +
  `${"0123456789".repeat(20)}\r\n`;

const kept = [
  { text: "full", message: MESSAGE },
  { text: "headers", message: MESSAGE.slice(0, MESSAGE.indexOf("\r\n\r\n") + 2) },
  {
    text: "none",
    message: "From: <go@example.com>\r\nSubject: full of and ?\r\n\r\n",
  },
] as const;

for (const { text, message } of kept) {
  Deno.test(`journalMails() gives what is kept of a mail: ${text}`, () =>
    inJournal(
      { mails: [{ text: MESSAGE, subject: "full of\r\nand ?" }], text },
      async (reader) => {
        const [found] = await all(reader);
        assert.ok(found);
        assert.equal(found.text, text);
        assert.equal((await textOf(found.mail)).trimEnd(), message.trimEnd());
        // Conditions on its size see what came, not what is left.
        assert.equal(found.mail.message.octets, MESSAGE.length);
      },
    ));
}

Deno.test("journalMails() gives all of a mail that is in the queue, whatever is kept", async () => {
  const folder = await Deno.makeTempDir({ prefix: "mail2alert-replay-" });
  try {
    await withStore(folder, async (store) => {
      await store.accept([newMail({ queueId: pastId(0), text: MESSAGE })]);
    }, "headers");
    const reader = openReader(folder);
    const [found] = await all(reader);
    reader.close();
    assert.equal(found?.text, "full");
    assert.equal(found && await textOf(found.mail), MESSAGE);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("journalMails() does without a text that goes while it is read", () =>
  inJournal({ mails: [{ text: MESSAGE }, {}] }, async (reader) => {
    const losing: StoreReader = {
      ...bound(reader),
      kept: (queueId) =>
        queueId === pastId(0) ? { text: "full", octets: gone } : reader.kept(queueId),
    };
    assert.deepEqual((await all(losing)).map(({ text }) => text), ["none", "full"]);
  }));

Deno.test("journalMails() reads of a large mail no more than rules see", () => {
  const text = `Subject: large\r\n\r\n${`${"0123456789".repeat(9)}\r\n`.repeat(40_000)}`;
  return inJournal({ mails: [{ text }] }, async (reader) => {
    const [found] = await all(reader);
    assert.ok(found);
    const { fields, rest } = found.mail.message;
    const pieces = await Array.fromAsync(rest(), ({ length }) => length);
    assert.equal(pieces.reduce((sum, length) => sum + length, fields.length), 2_097_152);
    assert.equal(found.mail.message.octets, text.length);
  });
});

/** A reader whose methods can be copied. */
function bound(reader: StoreReader): StoreReader {
  return {
    list: () => reader.list(),
    find: (queueId) => reader.find(queueId),
    message: (queueId) => reader.message(queueId),
    search: (query) => reader.search(query),
    kept: (queueId) => reader.kept(queueId),
    close: () => reader.close(),
  };
}

/** As the reader does when the relay has removed a message's file. */
// deno-lint-ignore require-yield -- it fails before there is anything to yield
async function* gone(): AsyncGenerator<Uint8Array> {
  await Promise.resolve();
  throw new RelayError("store-failed", "Cannot read the message: No such file");
}
