/**
 * The demo's notifiers: each sends one mail over a connection of its own, as such programs do.
 *
 * @module
 */

import { RelayError } from "../../errors.ts";
import type { Content } from "../../mail/compose.ts";
import type { Reply } from "../../mail/reply.ts";
import { openClient } from "../../smtp/client/open_client.ts";
import type { Sample } from "./samples.ts";

/** What the notifier learnt. */
export type Answer =
  | {
    /** The relay answered the end of data. */
    readonly kind: "reply";
    /** With these words. */
    readonly reply: Reply;
    /** So long after the end of data, in milliseconds. */
    readonly tookMs: number;
  }
  | {
    /** The relay did not answer. */
    readonly kind: "silence";
    /** What happened instead. */
    readonly reason: string;
  };

/** Longest waits of a notifier, in ms; the relay itself answers within its budget of 10 s. */
const LIMITS = {
  connectMs: 2_000,
  greetingMs: 2_000,
  helloMs: 2_000,
  mailMs: 2_000,
  rcptMs: 2_000,
  dataMs: 2_000,
  blockMs: 2_000,
  endMs: 15_000,
  quitMs: 1_000,
};

/** Sends a mail to the relay on a loopback port. Never rejects for what the relay does. */
export async function sendSample(
  { from, to, message }: Sample,
  port: number,
): Promise<Answer> {
  const { signal } = new AbortController();
  try {
    const client = await openClient(
      { hostname: "127.0.0.1", port, helloName: "notifier.example.com", limits: LIMITS },
      signal,
    );
    const { content, clock } = timedContent(message);
    const submission = {
      reversePath: from,
      recipients: to,
      smtpUtf8: false,
      // Real notifiers declare nothing, whatever they send.
      body: "7BIT",
      content,
    } as const;
    const { outcomes } = await client.send(submission, signal);
    const tookMs = performance.now() - clock.endOfData;
    await client.quit();
    const [outcome] = outcomes.values();
    if (outcome?.reply) return { kind: "reply", reply: outcome.reply, tookMs };
    const reason = outcome?.kind === "deferred" ? outcome.reason : "no reply";
    return { kind: "silence", reason };
  } catch (error) {
    if (error instanceof RelayError) return { kind: "silence", reason: error.message };
    throw error;
  }
}

/** A message that notes when it has been read to its end: the end of data goes out right after. */
function timedContent(
  message: Uint8Array,
): { content: Content; clock: { endOfData: number } } {
  const clock = { endOfData: performance.now() };
  const content: Content = {
    octets: message.length,
    head: [],
    async *rest() {
      yield message;
      clock.endOfData = performance.now();
    },
  };
  return { content, clock };
}
