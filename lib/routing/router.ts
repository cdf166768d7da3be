/**
 * Routing: one mail in, its deliveries and the reasons out. The first manager that wants the
 * envelope claims the mail, its pack reads it, its lookups are asked, every rule is tested.
 *
 * INVARIANTS
 *
 * 1. `route()` never rejects for what a server answers or fails to answer.
 * 2. All lookups of one mail together take no longer than their budget.
 *
 * @module
 */

import type { ManagerConfig } from "../config/types.ts";
import { type Log, log } from "../log.ts";
import type { Mail } from "../mail/message.ts";
import { findBystanders } from "./bystanders.ts";
import { claim } from "./claim.ts";
import { decide, passThrough } from "./decide.ts";
import { GocdContext, type Judged, LOOKUP_WAIT_MS, type LookupSettings } from "./gocd_context.ts";
import type { Found } from "./lookups/cached_lookup.ts";
import type { PipelineGroups } from "./lookups/gocd_answers.ts";
import { PACKS } from "./packs/packs.ts";
import { type GroupsKnown, type RuleVerdict, testRules } from "./rules.ts";
import { readHead } from "./subject.ts";
import type { ClaimTrace, LookupTrace, Routing } from "./trace.ts";

/** Decides where mails go. */
export interface Router {
  /** Begins to ask the servers, in the background: never blocks, never fails. */
  start(): void;
  /**
   * Decides where a mail goes. Never rejects for a downstream fault.
   *
   * @param mail The mail; only its head is read.
   * @param signal Aborted when nobody waits for lookups any more; the decision comes even so.
   * @param options `dryRun`: what would happen; the stage history stays as it is.
   */
  route(
    mail: Mail,
    signal?: AbortSignal,
    options?: { readonly dryRun?: boolean },
  ): Promise<Routing>;
  /** Ends running queries, leaves no timer. The router is not used afterwards. */
  close(): Promise<void>;
}

/** Times of the lookups, and what tests replace. */
export type RouterOptions = LookupSettings;

/** What one route needs besides the mail. */
interface Trip {
  readonly manager: ManagerConfig;
  readonly managers: readonly ManagerConfig[];
  readonly context: GocdContext | undefined;
  readonly deadline: number;
  readonly now: () => number;
  readonly signal: AbortSignal | undefined;
  readonly dryRun: boolean;
}

/** Makes the router of a configuration. */
export function createRouter(
  managers: readonly ManagerConfig[],
  options: RouterOptions = {},
): Router {
  const ours = log("routing");
  const contexts = createContexts(managers, options, ours);
  const { waitMs = LOOKUP_WAIT_MS, now = Date.now } = options;
  return {
    start: () => contexts.forEach((context) => context.start()),
    async route(mail, signal, { dryRun = false } = {}): Promise<Routing> {
      const claims: ClaimTrace[] = [];
      for (const manager of managers) {
        const asked = claim(manager, mail.envelope);
        claims.push(asked);
        if (!asked.claimed) continue;
        const context = contexts.get(manager);
        const trip = { manager, managers, context, deadline: now() + waitMs, now, signal, dryRun };
        return await routeClaimed(mail, claims, trip);
      }
      return routeUnclaimed(mail, claims);
    },
    close: async () => {
      await Promise.all([...contexts.values()].map((context) => context.close()));
    },
  };
}

function createContexts(
  managers: readonly ManagerConfig[],
  options: RouterOptions,
  ours: Log,
): ReadonlyMap<ManagerConfig, GocdContext> {
  return new Map(managers.flatMap((manager) => {
    const { gocd } = manager;
    return gocd === undefined ? [] : [[manager, new GocdContext(gocd, options, ours)]];
  }));
}

function routeUnclaimed({ envelope }: Mail, claims: readonly ClaimTrace[]): Routing {
  return {
    deliveries: passThrough(envelope),
    trace: {
      claims,
      fields: {},
      notes: [],
      lookups: [],
      rules: [],
      decision: "passed-through",
      reason: "no manager wants this envelope; passed through unchanged",
    },
  };
}

async function routeClaimed(
  mail: Mail,
  claims: readonly ClaimTrace[],
  trip: Trip,
): Promise<Routing> {
  const { manager } = trip;
  const judged = await judge(mail, trip);
  const fields = judged.event === undefined
    ? judged.fields
    : { ...judged.fields, event: judged.event };
  const { verdicts, lookups } = await testAll(judged, trip);
  const { deliveries, ...decided } = decide(manager, mail.envelope, verdicts);
  const bystanders = findBystanders(trip, mail.envelope, deliveries);
  const notes = [...judged.notes, ...bystanders.notes];
  const trace = { claims, manager: manager.name, fields, notes, lookups, ...decided };
  return { deliveries: [...deliveries, ...bystanders.deliveries], trace };
}

/** Reads the mail, and asks history what it stands for. */
async function judge(mail: Mail, trip: Trip): Promise<Judged> {
  const { manager, context, dryRun, signal } = trip;
  const reading = await PACKS[manager.type].read(readHead(mail.message));
  if (context === undefined) return { ...reading, notes: [] };
  return await context.judge(reading, { waitMs: left(trip), dryRun, signal });
}

/** Tests every rule; asks for the pipeline groups only if a rule's verdict depends on them. */
async function testAll(
  { fields, event }: Judged,
  trip: Trip,
): Promise<
  { readonly verdicts: readonly RuleVerdict[]; readonly lookups: readonly LookupTrace[] }
> {
  const { manager, context, signal } = trip;
  const facts = { subject: fields.subject, pipeline: fields.pipeline, event };
  const verdicts = testRules(manager.rules, facts, { kind: "not-asked" });
  if (verdicts !== null) return { verdicts, lookups: [] };
  const found = await context?.groups({ waitMs: left(trip), signal });
  return {
    verdicts: testRules(manager.rules, facts, known(found)) ?? [],
    lookups: found === undefined ? [] : [found.trace],
  };
}

function known(found: Found<PipelineGroups> | undefined): GroupsKnown {
  if (found?.value !== undefined) return { kind: "known", groups: found.value };
  return { kind: "unknown", why: found?.trace.detail ?? "no GoCD server is configured" };
}

/** What is left of the mail's lookup budget, in ms; never less than nothing. */
function left({ deadline, now }: Trip): number {
  return Math.max(0, deadline - now());
}
