/**
 * A mail service that keeps what sessions bring, for tests of the server side of SMTP.
 *
 * @module
 */

import type { Envelope } from "../../lib/mail/envelope.ts";
import type { Reply } from "../../lib/mail/reply.ts";
import type { MailService } from "../../lib/smtp/service.ts";
import { latin1 } from "./octets.ts";

/** A mail that was accepted. */
export interface TakenMail {
  /** What the dialogue said. */
  readonly envelope: Envelope;
  /** The octets, one character each. */
  readonly text: string;
}

/** A service at work. */
export interface RecordingService extends MailService {
  /** Mails whose end of data came, in that order. */
  readonly mails: readonly TakenMail[];
  /** Messages that were begun. */
  readonly begun: number;
  /** Messages that were given up. */
  readonly aborted: number;
  /** Octets of all messages that have come so far. */
  readonly octets: number;
  /** Messages that were neither accepted nor given up yet. */
  readonly open: number;
}

/** What a test may change. */
export interface RecordingOptions {
  /** Says what to answer at the end of data; `250 2.0.0 Taken` when absent. */
  readonly accept?: (mail: TakenMail) => Promise<Reply> | Reply;
  /** Called with each piece; may wait or throw. */
  readonly write?: (octets: Uint8Array) => Promise<void> | void;
}

/** What the notifier is told when the test says nothing else. */
export const TAKEN: Reply = { code: 250, status: "2.0.0", lines: ["Taken"] };

/** Makes a service that accepts everything. Breaking the sink's contract makes it throw. */
export function recordingService({ accept, write }: RecordingOptions = {}): RecordingService {
  const mails: TakenMail[] = [];
  const count = { begun: 0, aborted: 0, octets: 0 };
  return {
    mails,
    get begun() {
      return count.begun;
    },
    get aborted() {
      return count.aborted;
    },
    get octets() {
      return count.octets;
    },
    get open() {
      return count.begun - count.aborted - mails.length;
    },
    begin(envelope) {
      count.begun++;
      const pieces: string[] = [];
      let ended = false;
      const end = () => {
        if (ended) throw new Error("accept() or abort() called twice");
        ended = true;
      };
      return {
        write(octets) {
          if (ended) throw new Error("write() called after the end");
          pieces.push(latin1(octets));
          count.octets += octets.length;
          return write?.(octets);
        },
        // deno-lint-ignore require-await -- a broken contract must reject, not throw
        async accept() {
          end();
          const mail = { envelope, text: pieces.join("") };
          mails.push(mail);
          return accept?.(mail) ?? TAKEN;
        },
        // deno-lint-ignore require-await -- a broken contract must reject, not throw
        async abort() {
          end();
          count.aborted++;
        },
      };
    },
  };
}

/** Whether every CR and LF of a message is one of a pair. */
export function hasOnlyPairs(text: string): boolean {
  return !/\r(?!\n)|(?<!\r)\n/.test(text);
}
