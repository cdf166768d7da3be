/**
 * What queue, intake and store are given of the configuration: what is in force at the moment when
 * they ask, so that a reload counts for them without being told.
 *
 * @module
 */

import type { Configuration, HistoryConfig } from "../config/types.ts";
import type { Envelope } from "../mail/envelope.ts";
import type { QueueContext } from "../queue/context.ts";
import type { DuplicatesOptions } from "../queue/duplicates.ts";
import type { IntakeOptions } from "../queue/intake.ts";
import { claim } from "../routing/claim.ts";
import type { InForce } from "./in_force.ts";

/** What the intake is given that no configuration changes. */
export type IntakeParts = Omit<IntakeOptions, "ack" | "budgetMs" | "countsAsDuplicate">;

/** What the queue works with: what is in force at the moment when it asks. */
export function contextOf(
  force: InForce,
  own: Pick<QueueContext, "store" | "clock">,
): QueueContext {
  return {
    ...own,
    wall: Date.now,
    random: Math.random,
    route: (mail, past) => force.route(mail, past),
    get targets() {
      return force.now.targets;
    },
    get routedBy() {
      return force.now.routedBy;
    },
    get schedule() {
      return force.now.configuration.queue;
    },
    get hostname() {
      return force.now.configuration.hostname;
    },
    get mailServers() {
      return force.now.mailServers;
    },
    get journals() {
      return force.now.configuration.history.keepMs > 0;
    },
    get onFailure() {
      return force.now.configuration.onFailure;
    },
  };
}

/** What the intake works with, in the same way. */
export function intakeOptionsOf(force: InForce, fixed: IntakeParts): IntakeOptions {
  return {
    ...fixed,
    get ack() {
      return force.now.configuration.ack;
    },
    get budgetMs() {
      return force.now.configuration.ackBudgetMs;
    },
    countsAsDuplicate: (envelope) => countsAsDuplicate(force.now.configuration, envelope),
  };
}

/** How long mails are known when they come again. */
export function duplicatesOptionsOf(force: InForce): DuplicatesOptions {
  return {
    get windowMs() {
      return force.now.configuration.duplicates.windowMs;
    },
  };
}

/** What the store keeps of mails. */
export function historyOf(force: InForce): HistoryConfig {
  return {
    get text() {
      return force.now.configuration.history.text;
    },
    get keepMs() {
      return force.now.configuration.history.keepMs;
    },
    get sizeOctets() {
      return force.now.configuration.history.sizeOctets;
    },
  };
}

function countsAsDuplicate(
  { duplicates, managers }: Configuration,
  envelope: Envelope,
): boolean {
  if (duplicates.windowMs === 0) return false;
  return duplicates.passThrough || managers.some((manager) => claim(manager, envelope).claimed);
}
