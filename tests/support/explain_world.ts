/**
 * The fleet that tests/golden/explain.yaml speaks of: who owns what, which pipelines there are and
 * how they ended before. Catalog, inventory and rota are one server on loopback, asked by the real
 * lookups; a GoCD server is asked by the real context. The clock is that of the fleet: each answer
 * takes 41 ms, and how old it is depends on the mail alone, not on the mails before it.
 *
 * @module
 */

import { type GocdServer, startGocdServer } from "../../lib/cli/demo/gocd_server.ts";
import type { Configuration, GocdConfig, ManagerConfig } from "../../lib/config/types.ts";
import type { Mail } from "../../lib/mail/message.ts";
import type { Alerted } from "../../lib/routing/alerted.ts";
import { GocdContext } from "../../lib/routing/gocd_context.ts";
import type { GocdSource, Judged, JudgeOptions } from "../../lib/routing/gocd_source.ts";
import type { Fetch } from "../../lib/routing/lookups/http.ts";
import { createLookups } from "../../lib/routing/lookups/rest_lookups.ts";
import { readStage } from "../../lib/routing/packs/gocd.ts";
import type { Reading } from "../../lib/routing/packs/pack.ts";
import { createRouter } from "../../lib/routing/router.ts";
import type { Routing } from "../../lib/routing/trace.ts";
import { answerOf } from "./explain_answers.ts";
import { listeningLog } from "./rest_stage.ts";
import { HANG_MS } from "./wait.ts";

/** What each variable of the configuration says; it must not be read anywhere. */
export const SECRET = "a-secret";

/** How long each answer takes, in ms of the fleet's clock. */
const TOOK_MS = 41;
/** When GoCD was asked for its groups before any mail came, in ms. */
const GROUPS_AGE_MS = 12_400;
const BEGAN = Date.UTC(2026, 10, 24);
const [SECOND, MINUTE, HOUR] = [1_000, 60_000, 3_600_000];

/** What was asked before a mail, and whether the servers are still there. */
const PASTS = [
  { agoMs: 0, down: false },
  { agoMs: 73 * SECOND, down: false },
  { agoMs: 0, down: false },
  { agoMs: 12 * MINUTE, down: true },
  { agoMs: 50 * HOUR, down: true },
] as const;

const STAGES = [
  { pipeline: "app", stage: "build", result: "Passed" },
  { pipeline: "app", stage: "test", result: "Failed" },
  { pipeline: "shop", stage: "build", result: "Failed" },
] as const;

/** Who had the announcement of runs that cctray told of before their mails. */
const TOLD: ReadonlyMap<string, Alerted> = new Map([
  ["app-release/deploy", new Set(["release@example.com"])],
  ["shop/deploy", new Set(["shop@example.com"])],
]);

/** The servers, and what routes by them. */
export interface Fleet extends AsyncDisposable {
  /**
   * Routes a mail.
   *
   * @param turn Any whole number: it decides what had been asked before.
   */
  route(mail: Mail, turn: number): Promise<Routing>;
}

/** Starts the servers. */
export async function startFleet(configuration: Configuration): Promise<Fleet> {
  await using ends = new AsyncDisposableStack();
  const rest = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    (request) => answerOf(request, SECRET),
  );
  ends.defer(() => rest.shutdown());
  const gocd = await startGocd(configuration, ends);
  const fleet = { configuration, origin: `http://127.0.0.1:${rest.addr.port}`, gocd };
  const all = ends.move();
  return {
    route: (mail, turn) => route(fleet, mail, PASTS[turn % PASTS.length] ?? PASTS[0]),
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}

/** What all mails share. */
interface Shared {
  readonly configuration: Configuration;
  readonly origin: string;
  gocd(manager: ManagerConfig): GocdSource;
}

/** Routes a mail by lookups of its own, once before where something was asked then. */
async function route(
  { configuration, origin, gocd }: Shared,
  mail: Mail,
  { agoMs, down }: (typeof PASTS)[number],
): Promise<Routing> {
  const clock = { now: BEGAN };
  const weekend = new Date(mail.receivedAt).getUTCDay() === 6;
  const state = { down: false, weekend };
  const lookups = createLookups(configuration.lookups, {
    now: () => clock.now,
    fetch: fleetFetch(origin, state, clock),
    log: listeningLog([]),
  });
  const router = createRouter(configuration, { lookups, gocd, now: () => clock.now });
  if (agoMs > 0) await router.route(mail, undefined, { dryRun: true });
  clock.now += agoMs;
  state.down = down;
  const routing = await router.route(mail, undefined, { dryRun: true });
  await lookups.close();
  return routing;
}

/** Takes every host to the one server, which is told the host and how it is. */
function fleetFetch(
  origin: string,
  state: { readonly down: boolean; readonly weekend: boolean },
  clock: { now: number },
): Fetch {
  return async (url, init) => {
    const { host, pathname, search } = new URL(url);
    const headers = new Headers(init.headers);
    headers.set("x-down", String(state.down));
    headers.set("x-weekend", String(state.weekend));
    const response = await fetch(`${origin}/${host}${pathname}${search}`, { ...init, headers });
    clock.now += TOOK_MS;
    return response;
  };
}

/** Starts the GoCD servers, that of 2017 being down, and asks them as a relay does when it starts. */
async function startGocd(
  { managers }: Configuration,
  ends: AsyncDisposableStack,
): Promise<Shared["gocd"]> {
  const groups = { shop: ["app", "shop", "bygg-å"], "my-group": ["shop"] };
  const users = [{ name: "mail2alert", token: SECRET, admin: false }];
  const clock = { now: BEGAN };
  const sources = new Map<string, GocdSource>();
  for (const { name, gocd } of managers) {
    if (gocd === undefined) continue;
    const server = startGocdServer({ version: "26.1", groups, users, stages: STAGES });
    ends.defer(() => server.close());
    if (name === "gocd-2017") server.setFault("unavailable");
    const context = contextOf(gocd, server, clock);
    ends.defer(() => context.close());
    await begin(context);
    sources.set(name, sourceOf(context));
  }
  clock.now += GROUPS_AGE_MS;
  return ({ name }) => sources.get(name) ?? fail(`no GoCD server is called ${name}`);
}

function fail(why: string): never {
  throw new Error(why);
}

function contextOf(
  config: GocdConfig,
  server: GocdServer,
  clock: { readonly now: number },
): GocdContext {
  const settings = {
    fetch: ((url, init) => fetch(url.replace(config.url, server.url), init)) satisfies Fetch,
    now: () => clock.now,
    waitMs: HANG_MS,
    seedRetryMs: HANG_MS,
  };
  return new GocdContext(config, settings, listeningLog([]));
}

async function begin(context: GocdContext): Promise<void> {
  context.start();
  await context.groups();
  await context.judge(readStage("Stage [app/1/build/1] passed") ?? { fields: {} }, {
    dryRun: true,
  });
}

/** The context without its end, which is ours, and with runs that cctray has told of. */
function sourceOf(context: GocdContext): GocdSource {
  return {
    start: () => {},
    groups: (limits) => context.groups(limits),
    judge: async (reading, options) => await told(reading) ?? await judge(reading, options),
    close: () => Promise.resolve(),
  };
  function judge(reading: Reading, options?: JudgeOptions): Promise<Judged> {
    return context.judge(reading, { ...options, dryRun: true });
  }
}

/** What polling makes of a run that was announced; how it comes to that, its own tests hold. */
function told(reading: Reading): Judged | null {
  const { pipeline, stage } = reading.fields;
  const alerted = TOLD.get(`${pipeline}/${stage}`);
  if (alerted === undefined) return null;
  const note = `cctray told of this run before any mail did; announced as ${reading.event}`;
  return { ...reading, notes: [note], alerted };
}
