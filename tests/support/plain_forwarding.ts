/**
 * What forwarding costs at the least: the control for a relay's rate on this machine and this disk.
 *
 * @module
 */

import assert from "node:assert/strict";
import { startCountingSink } from "./counting_sink.ts";
import { LoadSender } from "./load_sender.ts";

/** As many as a relay has under way to one destination. */
const AT_ONCE = 40;
const MAILS = 4_000;
/** What is noted of each mail. */
const NOTE_OCTETS = 100;

/**
 * Sends mails straight to a mail server of its own, some at once, and after each time waits for the
 * disk to have a note of them.
 *
 * @param folder Where the note goes: on the disk that counts.
 * @returns Mails a second.
 */
export async function plainForwarding(folder: string): Promise<number> {
  await using sink = await startCountingSink();
  const name = await Deno.makeTempFile({ dir: folder });
  try {
    using file = await Deno.open(name, { write: true });
    using sending = new DisposableStack();
    const senders = Array.from(
      { length: AT_ONCE },
      () => sending.use(new LoadSender(sink.port)),
    );
    const began = performance.now();
    let number = 0;
    while (number < MAILS) {
      const answers = senders.map((sender) => sender.send({ id: `plain-${number++}` }));
      for (const answer of await Promise.all(answers)) {
        assert.ok(answer.kind === "answered" && answer.taken, JSON.stringify(answer));
      }
      await file.write(new Uint8Array(NOTE_OCTETS * AT_ONCE));
      await file.syncData();
    }
    return number / (performance.now() - began) * 1_000;
  } finally {
    await Deno.remove(name);
  }
}
