/**
 * Who had the announcement of a run, so that GoCD's late mail about it goes to the others only. Pure.
 *
 * What is forgotten, for want of room, leads to a second alert, never to none.
 *
 * @module
 */

import { addressKey } from "../mail/address.ts";
import type { Delivery } from "../mail/delivery.ts";
import type { Decided } from "./decide.ts";
import { narrowed } from "./merge.ts";

/** Keys of addresses; `everybody` where an earlier version of the program did not keep who it was. */
export type Alerted = "everybody" | ReadonlySet<string>;

/** Most runs, and most addresses of all of them, that are remembered. */
const LIMITS = { runs: 10_000, addresses: 100_000 } as const;

/** Most addresses that are told one by one. */
const MAX_TOLD = 10;

/** By run, who had its announcement. */
export class AlertedRuns {
  readonly #runs = new Map<string, Alerted>();
  readonly #limits: Readonly<Record<keyof typeof LIMITS, number>>;
  #addresses = 0;

  /** Makes one that knows nothing; tests give other limits. */
  constructor(limits: Readonly<Record<keyof typeof LIMITS, number>> = LIMITS) {
    this.#limits = limits;
  }

  /** All of them, the oldest first. */
  get all(): readonly (readonly [run: string, alerted: Alerted])[] {
    return [...this.#runs];
  }

  /** Who had it; absent: nobody, or nobody knows. */
  of(run: string): Alerted | undefined {
    return this.#runs.get(run);
  }

  /** Takes note of who has it, besides those who had it. Nobody is not worth a note. */
  add(run: string, who: "everybody" | readonly string[]): void {
    if (who.length === 0) return;
    const before = this.#runs.get(run);
    const after = before === "everybody" || who === "everybody"
      ? "everybody"
      : new Set([...before ?? [], ...who.map(addressKey)]);
    this.#addresses += sizeOf(after) - sizeOf(before);
    // Noted anew, it is the newest: whatever is older goes before it.
    this.#runs.delete(run);
    this.#runs.set(run, after);
    for (const [oldest, alerted] of this.#runs) {
      const { runs, addresses } = this.#limits;
      if (oldest === run || this.#runs.size <= runs && this.#addresses <= addresses) return;
      this.#runs.delete(oldest);
      this.#addresses -= sizeOf(alerted);
    }
  }
}

function sizeOf(alerted: Alerted | undefined): number {
  return alerted === undefined || alerted === "everybody" ? 0 : alerted.size;
}

/** What is left of a decision. */
export interface LeftOut extends Decided {
  /** Who is left out; absent: nobody. */
  readonly alerted?: readonly string[];
  /** That somebody is left out. */
  readonly notes: readonly string[];
}

/**
 * Leaves out of a decision whoever had the announcement of the same run.
 *
 * @param unfit Actions that could not be taken for want of an address: that is to be mended.
 */
export function withoutAlerted(
  decided: Decided,
  alerted: Alerted | undefined,
  unfit: readonly string[],
): LeftOut {
  if (alerted === undefined) return { ...decided, notes: [] };
  const had = (address: string) => alerted === "everybody" || alerted.has(addressKey(address));
  const sent = decided.deliveries.filter(({ destination }) => destination !== "discard");
  const leftOut = sent.flatMap(({ recipients }) => recipients.filter(had));
  if (leftOut.length === 0) return { ...decided, notes: [] };
  const told = leftOut.slice(0, MAX_TOLD).join(", ");
  const more = leftOut.length > MAX_TOLD ? ` and ${leftOut.length - MAX_TOLD} more` : "";
  const notes = [`left out, for they had the announcement of this run: ${told}${more}`];
  const deliveries = sent.flatMap((delivery) => without(delivery, had));
  if (deliveries.length > 0) return { ...decided, deliveries, alerted: leftOut, notes };
  return {
    deliveries,
    rules: decided.rules,
    decision: "already-alerted",
    reason: "everybody whom it is for had the announcement of this run; not sent again",
    notSent: unfit.length > 0 ? "no-address" : "already-alerted",
    alerted: leftOut,
    notes,
  };
}

function without(delivery: Delivery, had: (address: string) => boolean): Delivery[] {
  const recipients = delivery.recipients.filter((recipient) => !had(recipient));
  return recipients.length === 0 ? [] : [narrowed(delivery, recipients)];
}
