/**
 * A wire without a socket: its peer says what a test wrote down, and takes as many writes as the test
 * lets it take.
 *
 * @module
 */

import type { Wire } from "../../lib/smtp/wire.ts";
import { latin1, octets } from "./octets.ts";

/** What the peer does. */
export interface WireScript {
  /** What it has said before anything is read. */
  readonly says: string;
  /** Writes that it takes; the next one waits. */
  readonly takes: number;
}

/** The wire, and what became of it. */
export interface ScriptedWire extends Wire {
  /** What was written, also where the peer has not taken it; one character an octet. */
  readonly written: string;
  /** Whether a write waits. */
  readonly stalled: boolean;
  /** Whether the wire is closed. */
  readonly closed: boolean;
  /** The peer says something more. */
  say(text: string): void;
  /** The peer takes the write that waits, and all that follow. */
  take(): void;
  /** The peer says nothing more. */
  hangUp(): void;
}

/** Makes a wire from 192.0.2.1. */
export function scriptedWire({ says, takes }: WireScript): ScriptedWire {
  const unsaid = [...octets(says)];
  const taking = Promise.withResolvers<void>();
  let heard = Promise.withResolvers<void>();
  let silent = false;
  let written = "";
  let stalled = false;
  let closed = false;
  const fallSilent = () => {
    silent = true;
    heard.resolve();
  };
  return {
    peer: "192.0.2.1",
    get written() {
      return written;
    },
    get stalled() {
      return stalled;
    },
    get closed() {
      return closed;
    },
    async read(buffer) {
      while (unsaid.length === 0 && !silent) await heard.promise;
      if (closed || unsaid.length === 0) return null;
      const piece = unsaid.splice(0, buffer.length);
      buffer.set(piece);
      return piece.length;
    },
    async write(all) {
      written += latin1(all);
      if (takes-- > 0) return !closed;
      stalled = true;
      await taking.promise;
      return !closed;
    },
    hurry: () => {},
    closeWrite: () => Promise.resolve(),
    close: () => {
      closed = true;
      taking.resolve();
      fallSilent();
    },
    take: taking.resolve,
    say: (text) => {
      unsaid.push(...octets(text));
      heard.resolve();
      heard = Promise.withResolvers();
    },
    hangUp: fallSilent,
  };
}
