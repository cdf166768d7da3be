/**
 * One attempt for one delivery, through the gate of its destination. A destination that is slow or
 * down neither delays nor hides the others.
 *
 * @module
 */

import { stackOf } from "../errors.ts";
import { log } from "../log.ts";
import type { Delivery } from "../mail/delivery.ts";
import type { JournalEvent } from "../mail/journal.ts";
import type { Mail } from "../mail/message.ts";
import type { Outcome } from "../mail/outcome.ts";
import type { QueueContext, Target } from "./context.ts";
import { type Admission, Gate } from "./gate.ts";

const records = log("queue");

/** What one attempt came to. */
export interface Attempt {
  /** What was to be delivered. */
  readonly delivery: Delivery;
  /** What became of each recipient. */
  readonly outcomes: ReadonlyMap<string, Outcome>;
  /** For the journal; absent when the destination is paused and was not asked. */
  readonly event?: JournalEvent;
}

/** One destination, for people. */
export interface DestinationState {
  /** Its name. */
  readonly name: string;
  /** Why it is paused; absent: it is not. */
  readonly paused?: string;
}

/** The way to a destination: what is known of one is not true of another that takes its name. */
interface Way {
  readonly target: Target;
  readonly gate: Gate;
}

/** Tries deliveries, each at its destination. */
export class Attempts {
  readonly #ways = new Map<string, Way>();
  readonly #paused = new Map<string, string>();
  readonly #context: Pick<QueueContext, "targets" | "wall" | "monotonic">;
  readonly #onOpen: (destination: string) => void;

  /** Makes a gate for each destination; `onOpen` is told of each that takes mail again. */
  constructor(
    context: Pick<QueueContext, "targets" | "wall" | "monotonic">,
    onOpen: (destination: string) => void = () => {},
  ) {
    this.#context = context;
    this.#onOpen = onOpen;
    this.renew();
  }

  /**
   * Makes a gate for each destination that is new, or another one under an old name. What is told
   * later of attempts at the old one finds a gate that has not let them through, and counts nothing.
   *
   * @returns The names of those.
   */
  renew(): readonly string[] {
    const { targets, monotonic } = this.#context;
    for (const name of [...this.#ways.keys()].filter((name) => !targets.has(name))) {
      this.#ways.delete(name);
      this.#paused.delete(name);
    }
    const fresh = [...targets].filter(([name, target]) => this.#ways.get(name)?.target !== target);
    for (const [name, target] of fresh) {
      const onChange = (...told: ["open" | "paused", string]) => this.#changed(name, ...told);
      const gate = new Gate({ name, onChange, ...monotonic && { monotonic } });
      this.#ways.set(name, { target, gate });
      this.#paused.delete(name);
    }
    return fresh.map(([name]) => name);
  }

  /** Asks whether a destination may be tried now; `try` or `pass` must follow. */
  admit(destination: string): Admission {
    return this.#ways.get(destination)?.gate.admit() ?? { kind: "go", probe: false };
  }

  /** Gives an admission back that nobody had a mail for. */
  pass(destination: string, admission: Admission): void {
    this.#ways.get(destination)?.gate.report(admission, null);
  }

  /**
   * Tries once. Never rejects.
   *
   * @param mail The mail; it must stay readable until this settles.
   * @param delivery Where it goes.
   * @param options The `signal` that ends waiting, and an admission where there is one already.
   */
  async try(
    mail: Mail,
    delivery: Delivery,
    options: { readonly signal: AbortSignal; readonly admission?: Admission },
  ): Promise<Attempt> {
    const { destination } = delivery;
    const admission = options.admission ?? this.admit(destination);
    if (admission.kind === "paused") return { delivery, outcomes: paused(delivery, admission) };
    const began = performance.now();
    const { settled, broke } = await this.#deliver(mail, delivery, options.signal);
    const outcomes = new Map(delivery.recipients.map((recipient) => [
      recipient,
      settled.get(recipient) ??
        { kind: "deferred", reason: broke ?? `${destination} gave no outcome` } as const,
    ]));
    // What we gave up ourselves, and what broke here, says nothing about the destination.
    const unwanted = options.signal.aborted && !isFinal(outcomes);
    const heard = unwanted || settled.size === 0 ? null : outcomes.values();
    this.#ways.get(destination)?.gate.report(admission, heard);
    // That it is paused has been told: the probes of a long night would fill the log.
    const quiet = admission.probe && !isFinal(outcomes);
    for (const [recipient, outcome] of outcomes) {
      record({ queueId: mail.queueId, destination, recipient }, outcome, quiet);
    }
    const event = {
      kind: "attempt",
      at: this.#context.wall(),
      destination,
      tookMs: Math.round(performance.now() - began),
      outcomes: [...outcomes].map(([recipient, outcome]) => ({ recipient, outcome })),
    } as const;
    return { delivery, outcomes, event };
  }

  /** Why a destination is paused; `undefined`: it is not. */
  whyPaused(destination: string): string | undefined {
    return this.#paused.get(destination);
  }

  /** Lets paused destinations be probed at once. */
  hurry(): void {
    for (const { gate } of this.#ways.values()) gate.hurry();
  }

  /** The destinations, and which of them are paused. */
  states(): readonly DestinationState[] {
    return [...this.#ways.keys()].map((name) => {
      const reason = this.#paused.get(name);
      return { name, ...reason !== undefined && { paused: reason } };
    });
  }

  async #deliver(
    mail: Mail,
    delivery: Delivery,
    signal: AbortSignal,
  ): Promise<{ readonly settled: ReadonlyMap<string, Outcome>; readonly broke?: string }> {
    const target: Target | undefined = this.#context.targets.get(delivery.destination);
    try {
      if (target !== undefined) return { settled: await target.deliver(mail, delivery, signal) };
      records.error("no such destination", { destination: delivery.destination });
    } catch (error) {
      const broke = unreadable(error);
      if (broke !== undefined) return { settled: new Map(), broke };
      // A destination never throws for what can be expected: this is a bug of ours, and no reason
      // to lose the mail or to stop serving the others.
      records.error("attempt broke", {
        queueId: mail.queueId,
        destination: delivery.destination,
        stack: stackOf(error),
      });
    }
    return { settled: new Map() };
  }

  #changed(name: string, state: "open" | "paused", reason: string): void {
    if (state === "paused") {
      if (!this.#paused.has(name)) records.warning("destination paused", { name, reason });
      this.#paused.set(name, reason);
      return;
    }
    this.#paused.delete(name);
    records.info("destination back", { name });
    this.#onOpen(name);
  }
}

/** What to say of a message whose file has gone or is another user's; the error names the file. */
function unreadable(error: unknown): string | undefined {
  const { NotFound, PermissionDenied } = Deno.errors;
  if (!(error instanceof NotFound || error instanceof PermissionDenied)) return undefined;
  return `the message cannot be read: ${error.message}`;
}

/** Whether somebody's outcome is final. */
export function isFinal(outcomes: ReadonlyMap<string, Outcome>): boolean {
  return [...outcomes.values()].some(({ kind }) => kind !== "deferred");
}

function paused(
  { recipients }: Delivery,
  { reason }: Extract<Admission, { kind: "paused" }>,
): ReadonlyMap<string, Outcome> {
  return new Map(recipients.map((recipient) => [recipient, { kind: "deferred", reason } as const]));
}

function record(
  details: Readonly<Record<string, string>>,
  outcome: Outcome,
  quiet: boolean,
): void {
  if (outcome.kind === "delivered") {
    records.debug("delivered", { ...details, said: outcome.detail });
    return;
  }
  const { kind, reason } = outcome;
  if (quiet) records.debug(kind, { ...details, reason });
  else records.warning(kind, { ...details, reason });
}
