/** Gates before a destination, with a clock that a test moves. @module */

import type { Outcome } from "../../lib/mail/outcome.ts";
import type { Reply } from "../../lib/mail/reply.ts";
import { type Admission, Gate } from "../../lib/queue/gate.ts";

/** The destination cannot be reached. */
export const away: Outcome = { kind: "deferred", reason: "relay.test:25: connection refused" };
/** It took the mail. */
export const delivered: Outcome = { kind: "delivered", detail: "250 OK" };
/** It is there, but does not want this mail now. */
export const busy: Extract<Outcome, { kind: "deferred" }> = {
  kind: "deferred",
  reason: "greylisted",
  reply: replyOf(450),
};

/** The message is broken on our disk. */
export const unreadable: Outcome = {
  kind: "deferred",
  reason: "relay.test:25: message ends after 36 of 37 octets",
  ownFault: true,
};

/** A reply with that code. */
export function replyOf(code: number): Reply {
  return { code, lines: ["Text"] };
}

/** The destination is away, and says for how long. */
export function awayFor(retryAfterMs: number): Outcome {
  return { kind: "deferred", reason: "421 Busy", reply: replyOf(421), retryAfterMs };
}

/** A gate, the time that it goes by, and what it has told. */
export interface TestGate {
  /** The gate. */
  readonly gate: Gate;
  /** Its clock, for the test to move. */
  readonly time: { ms: number };
  /** What it has told, oldest first. */
  readonly changes: readonly string[];
}

/** An open gate. */
export function gateOf(): TestGate {
  const time = { ms: 5_000 };
  const changes: string[] = [];
  const onChange = (state: string, reason: string) => changes.push(`${state}: ${reason}`);
  const gate = new Gate({ name: "smarthost", monotonic: () => time.ms, onChange });
  return { gate, time, changes };
}

/** A gate that five failures have closed. */
export function pausedGate(): TestGate {
  const world = gateOf();
  for (let count = 0; count < 5; count++) pass(world.gate, away);
  return world;
}

/** One attempt from its admission to its report. */
export function pass(gate: Gate, ...outcomes: readonly Outcome[]): Admission {
  const admission = gate.admit();
  gate.report(admission, outcomes);
  return admission;
}

/** For how long the gate says it is paused; 0: it let somebody through. */
export function pauseOf(gate: Gate): number {
  const admission = gate.admit();
  if (admission.kind === "paused") return admission.retryAfterMs;
  gate.report(admission, null);
  return 0;
}
