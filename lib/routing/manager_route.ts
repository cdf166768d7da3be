/**
 * What one manager does with a mail that it has claimed: read it, judge it, test its rules.
 *
 * @module
 */

import type { LookupConfig, ManagerConfig } from "../config/types.ts";
import { stackOf } from "../errors.ts";
import { log } from "../log.ts";
import type { Delivery } from "../mail/delivery.ts";
import type { Mail } from "../mail/message.ts";
import type { NotSent } from "../mail/not_sent.ts";
import { withoutAlerted } from "./alerted.ts";
import { decide } from "./decide.ts";
import { LOOKUP_WAIT_MS, type LookupSettings } from "./gocd_context.ts";
import type { GocdSource, Judged } from "./gocd_source.ts";
import { judgedThen } from "./past_event.ts";
import { inquire, type Inquired, type InquiryOptions } from "./inquiry.ts";
import type { Lookups } from "./lookups/lookups.ts";
import type { viewMail } from "./mail_view.ts";
import { type ManagerNeeds, needsOf } from "./manager_needs.ts";
import type { MailView, Pack, Reading } from "./packs/pack.ts";
import { packsFor, recognise } from "./packs/packs.ts";
import { isAnnouncement } from "./stage_mail.ts";
import type { ManagerSteps } from "./trace.ts";

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

/** What it came to, and how, but for what was read in the mail. */
interface Concluded extends Pick<ManagerRouted, "deliveries" | "notSent"> {
  readonly steps: Omit<ManagerSteps, "pack" | "fields">;
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
    const { source } = this.#parts;
    const left = this.#countdown();
    const reads = limits.traced || this.#needs.reading;
    const reading = reads ? await this.#read(mail, view) : unread(view);
    const judged = await this.#judge(reading, { mail, waitMs: left(), limits });
    const inquired = await this.#inquire(judged, { mail, view }, { left, signal: limits.signal });
    const concluded = this.#conclude(mail, judged, inquired);
    if (isAnnouncement(mail.envelope) && !limits.dryRun) {
      source?.decided?.(judged, concluded.notSent === undefined ? recipientsOf(concluded) : []);
    }
    const routed = (read: Reading) => ({
      ...concluded,
      steps: { ...readingSteps(this.#manager, read), ...concluded.steps },
    });
    if (reads) return routed(judged);
    return { ...routed(judged), inFull: async () => routed(await this.#read(mail, view)) };
  }

  /** Tells of each lookup how long its answer is waited for from now on. */
  #countdown(): InquiryOptions["left"] {
    const { waitMs = LOOKUP_WAIT_MS, now = Date.now } = this.#parts.options;
    const began = now();
    // Never less than nothing: an answer that is at hand is taken even when the time is over.
    return (lookup) => Math.max(0, began + (lookup?.timeoutMs ?? waitMs) - now());
  }

  async #inquire(
    judged: Judged,
    { mail: { receivedAt }, view }: Viewed,
    waits: Pick<InquiryOptions, "left" | "signal">,
  ): Promise<Inquired> {
    const facts = await view.facts({ text: this.#needs.text });
    const { source, lookups, lookupConfigs, claimed } = this.#parts;
    const parts = { manager: this.#manager, source, lookups, lookupConfigs, claimed };
    return await inquire(judged, { facts, receivedAt }, { ...parts, ...waits });
  }

  /** All that it came to but for what was read. */
  #conclude({ envelope }: Mail, judged: Judged, inquired: Inquired): Concluded {
    const { choice, prepared, unfit, lookups } = inquired;
    const decided = decide({ manager: this.#manager, envelope }, choice, prepared);
    const { deliveries, notSent, notes, ...told } = withoutAlerted(
      decided,
      judged.alerted,
      unfit,
    );
    return {
      deliveries,
      steps: {
        notes: [...judged.notes, ...inquired.notes, ...notes],
        ...unfit.length > 0 && { unfit },
        lookups,
        ...told,
      },
      ...notSent !== undefined && { notSent },
    };
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
      const reason = stackOf(error);
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
function readingSteps({ name }: ManagerConfig, { fields, event }: Reading) {
  return {
    manager: name,
    ...fields.source !== undefined && { pack: fields.source },
    fields: event === undefined ? fields : { ...fields, event },
  };
}

function recipientsOf({ deliveries }: Concluded): readonly string[] {
  return deliveries.flatMap(({ recipients }) => recipients);
}
