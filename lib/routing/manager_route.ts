/**
 * What one manager does with a mail that it has claimed: read it, judge it, test its rules.
 *
 * @module
 */

import type { LookupConfig, ManagerConfig } from "../config/types.ts";
import { log } from "../log.ts";
import type { Delivery } from "../mail/delivery.ts";
import type { Mail } from "../mail/message.ts";
import { withoutAlerted } from "./alerted.ts";
import { decide } from "./decide.ts";
import { LOOKUP_WAIT_MS, type LookupSettings } from "./gocd_context.ts";
import type { GocdSource, Judged } from "./gocd_source.ts";
import { judgedThen } from "./past_event.ts";
import { inquire } from "./inquiry.ts";
import type { Lookups } from "./lookups/lookups.ts";
import type { viewMail } from "./mail_view.ts";
import { type ManagerNeeds, needsOf } from "./manager_needs.ts";
import type { MailView, Pack, Reading } from "./packs/pack.ts";
import { packsFor, recognise } from "./packs/packs.ts";
import { isAnnouncement } from "./stage_mail.ts";
import type { ManagerSteps, NotSent } from "./trace.ts";

const records = log("routing");

/** What a manager works with. */
export interface ManagerParts {
  /** The operator's packs. */
  readonly packs: readonly Pack[];
  /** Its GoCD server; absent where it has none. */
  readonly source: GocdSource | undefined;
  /** The lookups. */
  readonly lookups: Lookups;
  /** Their configuration by name. */
  readonly lookupConfigs: ReadonlyMap<string, LookupConfig>;
  /** Keys of the addresses that managers claim. */
  readonly claimed: ReadonlySet<string>;
  /** Times. */
  readonly options: LookupSettings;
}

/** How long one mail may take, and whether it is only asked what would happen. */
export interface RouteLimits {
  /** Aborted when nobody waits any more. */
  readonly signal: AbortSignal | undefined;
  /** What would happen; history stays as it is. */
  readonly dryRun: boolean;
  /** Whether somebody is to see what packs read in the mail. */
  readonly traced: boolean;
  /** The trace of an earlier routing of the mail. */
  readonly past: unknown;
}

/** A mail and the view on it that its managers share. */
export interface Viewed {
  /** The mail. */
  readonly mail: Mail;
  /** What packs, conditions and templates see of it. */
  readonly view: ReturnType<typeof viewMail>;
}

/** What one manager came to. */
export interface ManagerRouted {
  /** Where it sends the mail. */
  readonly deliveries: readonly Delivery[];
  /** What it did, and its name. */
  readonly steps: ManagerSteps & { readonly manager: string };
  /** Why it sends the mail to nobody. */
  readonly notSent?: NotSent;
  /** The same with what packs read in the mail, which they do now; absent: they have. */
  readonly inFull?: () => Promise<ManagerRouted>;
}

/** One manager at work. */
export class ManagerRoute {
  readonly #manager: ManagerConfig;
  readonly #parts: ManagerParts;
  readonly #packs: readonly Pack[];
  readonly #needs: ManagerNeeds;

  /** Makes it; nothing is asked before the first mail. */
  constructor(manager: ManagerConfig, parts: ManagerParts) {
    this.#manager = manager;
    this.#parts = parts;
    this.#packs = packsFor(manager.type, parts.packs);
    this.#needs = needsOf(manager, [...parts.lookupConfigs.values()]);
  }

  /** Decides where it sends a mail. Never rejects for a downstream fault. */
  async route({ mail, view }: Viewed, limits: RouteLimits): Promise<ManagerRouted> {
    const manager = this.#manager;
    const { options, source, lookups, lookupConfigs, claimed } = this.#parts;
    const { waitMs = LOOKUP_WAIT_MS, now = Date.now } = options;
    const began = now();
    // Never less than nothing: an answer that is at hand is taken even when the time is over.
    const left = (lookup?: LookupConfig) =>
      Math.max(0, began + (lookup?.timeoutMs ?? waitMs) - now());
    const reads = limits.traced || this.#needs.reading;
    const reading = reads ? await this.#read(mail, view) : unread(view);
    const judged = await this.#judge(reading, { mail, waitMs: left(), limits });
    const facts = await view.facts({ text: this.#needs.text });
    const inquired = await inquire(judged, { facts, receivedAt: mail.receivedAt }, {
      manager,
      source,
      lookups,
      lookupConfigs,
      claimed,
      left,
      signal: limits.signal,
    });
    const { envelope } = mail;
    const decision = decide({ manager, envelope }, inquired.choice, inquired.prepared);
    const { deliveries, notSent, notes: leftOut, ...decided } = withoutAlerted(
      decision,
      judged.alerted,
      inquired.unfit.length > 0,
    );
    if (isAnnouncement(mail.envelope) && !limits.dryRun) {
      source?.decided?.(judged, notSent === undefined ? recipientsOf(deliveries) : []);
    }
    const notes = [...judged.notes, ...inquired.notes, ...leftOut];
    const routed = (read: Reading): ManagerRouted => ({
      deliveries,
      steps: {
        ...stepsOf(manager, read),
        notes,
        ...inquired.unfit.length > 0 && { unfit: inquired.unfit },
        lookups: inquired.lookups,
        ...decided,
      },
      ...notSent !== undefined && { notSent },
    });
    if (reads) return routed(judged);
    return { ...routed(judged), inFull: async () => routed(await this.#read(mail, view)) };
  }

  /** What a mail was judged to stand for before stands: history may have gone on, or be lost. */
  async #judge(
    reading: Reading,
    { mail, waitMs, limits }: {
      readonly mail: Mail;
      readonly waitMs: number;
      readonly limits: RouteLimits;
    },
  ): Promise<Judged> {
    const { source } = this.#parts;
    if (source === undefined) return { ...reading, notes: [] };
    const then = judgedThen(reading, limits.past, this.#manager.name);
    if (then !== null) return then;
    const { dryRun, signal } = limits;
    const announced = isAnnouncement(mail.envelope);
    return await source.judge(reading, { waitMs, dryRun, signal, announced });
  }

  /** A bug in a pack must not cost a mail: the generic one takes everything. */
  async #read(mail: Mail, view: Viewed["view"]): Promise<Reading> {
    try {
      return await recognise(view, this.#packs);
    } catch (error) {
      const { queueId } = mail;
      const reason = error instanceof Error ? error.stack ?? error.message : String(error);
      records.error("a pack failed; the mail is read by the generic one", { queueId, reason });
      return await recognise(view, []);
    }
  }
}

/** What can be said of a mail that no pack has read. */
function unread({ subject = "" }: MailView): Reading {
  return { fields: subject === "" ? {} : { subject } };
}

/** What a reading gives to the trace. */
function stepsOf({ name }: ManagerConfig, { fields, event }: Reading) {
  return {
    manager: name,
    ...fields.source !== undefined && { pack: fields.source },
    fields: event === undefined ? fields : { ...fields, event },
  };
}

function recipientsOf(deliveries: readonly Delivery[]): readonly string[] {
  return deliveries.flatMap(({ recipients }) => recipients);
}
