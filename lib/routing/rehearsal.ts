/**
 * The tests of a configuration: each mail goes through its router, with the answers that the test
 * gives. Nobody is asked, nothing is sent, nothing is remembered.
 *
 * @module
 */

import type {
  Configuration,
  LookupConfig,
  ManagerConfig,
  RoutingTest,
  SampleMail,
} from "../config/types.ts";
import { reasonOf } from "../errors.ts";
import { claimAll } from "./claim.ts";
import { disappointments } from "./expectations.ts";
import type { GocdSource, Judged } from "./gocd_source.ts";
import { viewMail } from "./mail_view.ts";
import type { LookedUp, Lookups } from "./lookups/lookups.ts";
import { configuredPack } from "./packs/configured.ts";
import { STAGE_EVENTS } from "./packs/gocd.ts";
import type { MailView, Pack, Reading } from "./packs/pack.ts";
import { checkSamples, type InOrder } from "./packs/samples.ts";
import { createRouter, type Router } from "./router.ts";
import { mailOf, type ReadFile } from "./sample_mail.ts";
import { decideEvent } from "./stage_history.ts";

export type { ReadFile };

/** What is rehearsed. */
export type Rehearsed = Pick<Configuration, "managers" | "lookups" | "packs" | "tests">;

/** When a test without `at` takes place: what passes by day must not keep a reload back at night. */
const USUAL_TIME = "2026-01-15T12:00:00Z";

/** Longest time without a pause in which mail is served, in ms. */
const TURN_MS = 10;

/**
 * Runs the tests, and the samples of the operator's packs.
 *
 * @param readFile Reads the sample files.
 * @param signal Ends it early.
 * @returns One sentence for each that fails: `tests[2] "gold tier": expected actions […], got […]`.
 */
export async function rehearse(
  configuration: Rehearsed,
  readFile: ReadFile,
  signal?: AbortSignal,
): Promise<readonly string[]> {
  const { packs, tests } = configuration;
  const failures: string[] = [];
  const turns = new Turns();
  const own = packs.map(configuredPack);
  for (const [index, pack] of packs.entries()) {
    if (signal?.aborted) return failures;
    const show = (sample: SampleMail) => viewOf(sample, readFile);
    const found = await checkSamples(inOrder(own, index, configuration), pack.samples, show);
    failures.push(...found.map((failure) => `packs[${index}] "${pack.name}": ${failure}`));
    await turns.give();
  }
  const stage = new Stage(configuration);
  try {
    for (const [index, test] of tests.entries()) {
      if (signal?.aborted) return failures;
      const found = await stage.play(test, readFile);
      if (found.length > 0) failures.push(`tests[${index}] "${test.name}": ${found.join("; ")}`);
      await turns.give();
    }
  } finally {
    await stage.close();
  }
  return failures;
}

/** A pack and those that read before it; where a manager is of its type, it reads first. */
function inOrder(own: readonly Pack[], index: number, { managers }: Rehearsed): InOrder {
  const pack = own[index];
  if (pack === undefined) throw new RangeError(`Cannot find pack ${index}`);
  const isFirst = managers.some(({ type }) => type === pack.name);
  return { pack, before: isFirst ? [] : own.slice(0, index) };
}

/** A sample as packs see a mail; or why it cannot be read. */
async function viewOf(sample: SampleMail, readFile: ReadFile): Promise<MailView | string> {
  try {
    return viewMail(await mailOf(sample, { readFile, to: [], receivedAt: Date.parse(USUAL_TIME) }));
  } catch (error) {
    return `it cannot be read: ${reasonOf(error)}`;
  }
}

/** One router for all tests; what it is answered is what the test that is played says. */
class Stage {
  readonly #configuration: Rehearsed;
  readonly #router: Router;
  #test: RoutingTest | undefined;

  constructor(configuration: Rehearsed) {
    this.#configuration = configuration;
    const known = new Map(configuration.lookups.map((lookup) => [lookup.name, lookup]));
    const lookups: Lookups = {
      ask: (name) => Promise.resolve(answerOf(this.#test, name, known.get(name))),
      close: () => Promise.resolve(),
    };
    this.#router = createRouter(configuration, { lookups, gocd: () => this.#server() });
  }

  /** Plays one test; what is not as expected. */
  async play(test: RoutingTest, readFile: ReadFile): Promise<readonly string[]> {
    const { managers } = this.#configuration;
    this.#test = test;
    const [to] = managers.flatMap(({ wants }) => "to" in wants ? [wants.to] : []);
    try {
      const mail = await mailOf(test.mail, {
        readFile,
        to: to === undefined ? [] : [to],
        receivedAt: test.atMs ?? Date.parse(USUAL_TIME),
      });
      const { envelope } = mail;
      const routing = await this.#router.route(mail, undefined, { dryRun: true });
      const found = disappointments(test, { envelope, routing }, managers);
      // Who claims a mail does so at any hour.
      if (found.length === 0 || test.atMs !== undefined || test.expect.passedThrough) return found;
      const isTimed = claimAll(managers, envelope).managers.some(dependsOnTime);
      return isTimed ? [...found, `without at it takes place at ${USUAL_TIME}, a Thursday`] : found;
    } catch (error) {
      return [`it cannot be run: ${reasonOf(error)}`];
    }
  }

  async close(): Promise<void> {
    await this.#router.close();
  }

  #server(): GocdSource {
    return {
      start: () => {},
      groups: () => Promise.resolve({ value: groupsOf(this.#test), trace: traceOf("groups") }),
      judge: (reading) => Promise.resolve(judge(reading, this.#test)),
      close: () => Promise.resolve(),
    };
  }
}

/** Whether one mail may go another way at another hour. */
function dependsOnTime({ mute, rules }: ManagerConfig): boolean {
  return mute.length > 0 ||
    rules.some((rule) => rule.mute.length > 0 || /\bnow\b/.test(rule.when?.text ?? ""));
}

/** Lets mail be served between tests. */
class Turns {
  #since = performance.now();

  async give(): Promise<void> {
    if (performance.now() - this.#since < TURN_MS) return;
    await new Promise((resolve) => setTimeout(resolve));
    this.#since = performance.now();
  }
}

function answerOf(
  test: RoutingTest | undefined,
  name: string,
  config: LookupConfig | undefined,
): LookedUp {
  const trace = traceOf(name);
  const given = test?.lookups ?? {};
  const value = Object.hasOwn(given, name) ? given[name] : undefined;
  if (value !== undefined) return { known: { kind: "answer", value }, trace };
  const onMissing = config?.onMissing;
  if (onMissing?.kind === "value") {
    return { known: { kind: "answer", value: onMissing.value, standsIn: true }, trace };
  }
  const why = `the test gives no answer of ${name}`;
  return { known: { kind: "missing", why }, trace: { ...trace, source: "none", detail: why } };
}

function groupsOf(test: RoutingTest | undefined): ReadonlyMap<string, ReadonlySet<string>> {
  return new Map(
    Object.entries(test?.groups ?? {}).map(([group, pipelines]) => [group, new Set(pipelines)]),
  );
}

function traceOf(name: string) {
  return { name, url: "", source: "fresh", tookMs: 0, detail: "as the test says" } as const;
}

/** What GoCD's word means after what the test says of the run before. */
function judge(reading: Reading, test: RoutingTest | undefined): Judged {
  const reported = STAGE_EVENTS.find((event) => event === reading.event);
  if (reported === undefined) return { ...reading, notes: [] };
  const { event } = decideEvent(test?.before ?? "unknown", reported);
  return { ...reading, event, notes: [] };
}
