/**
 * What the parts of the queue are given by the app. Plain functions and values: nobody here knows a
 * protocol, a rule or a disk.
 *
 * What comes from the configuration changes when that is reloaded: it is read when it is needed, and
 * never copied. `Queue.renew` is told of each change.
 *
 * @module
 */

import type { Action, QueueConfig } from "../config/types.ts";
import type { Details } from "../log.ts";
import type { Delivery } from "../mail/delivery.ts";
import type { Mail } from "../mail/message.ts";
import type { Outcome } from "../mail/outcome.ts";
import type { Store } from "../store/store.ts";
import type { QueueClock } from "./queue_clock.ts";

/** What the queue works with. */
export interface QueueContext {
  /** Where mail is safe. */
  readonly store: Store;
  /** The destinations by name. */
  readonly targets: ReadonlyMap<string, Target>;
  /**
   * Decides where a mail goes. Rejects only for bugs. `past`: the trace of an earlier routing, as the
   * journal holds it.
   */
  route(mail: Mail, past?: unknown): Promise<Routed>;
  /** Names the configuration that `route` follows; queued mail of another one is routed again. */
  readonly routedBy: string;
  /** How deferred deliveries are tried again. */
  readonly schedule: QueueConfig;
  /** Our own name, for notices. */
  readonly hostname: string;
  /** The host names of those destinations that are mail servers, for notices. */
  readonly mailServers: ReadonlyMap<string, string>;
  /** Whether the journal keeps mails that have ended; else nobody need tell it of them. */
  readonly journals: boolean;
  /** Who is told, besides the reverse-path, of mail that is given up. */
  readonly onFailure: readonly Action[];
  /** The queue time. */
  readonly clock: QueueClock;
  /** The wall clock, in milliseconds since the epoch. */
  readonly wall: () => number;
  /** What the pauses of destinations go by, in milliseconds; `performance.now` when absent. */
  readonly monotonic?: () => number;
  /** Draws from [0, 1). */
  readonly random: () => number;
}

/** A destination, as far as an attempt needs it; `lib/destinations/destination.ts` has the contract. */
export interface Target {
  /** Tries once; one outcome for each recipient. */
  deliver(
    mail: Mail,
    delivery: Delivery,
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, Outcome>>;
}

/** Where a mail goes, and the reason. */
export interface Routed {
  /** Where it goes; empty when it goes nowhere, for the reason in `why`. */
  readonly deliveries: readonly Delivery[];
  /** Who decided so and why, for the mail's line in the log. */
  readonly why: Details;
  /** The decision in one sentence, for the journal. */
  readonly reason: string;
  /** `QueueContext.routedBy` of whoever decided; that of now when absent. */
  readonly routedBy?: string;
  /**
   * Every step that led there, for the journal; plain data. What nobody needed for the decision may
   * be read only now, so the mail must still be readable. Never rejects.
   */
  readonly trace?: () => Promise<unknown>;
  /**
   * Tells the log what somebody should look at. For whoever goes by the decision: one that is thrown
   * away is none.
   */
  tell?(): void;
}
