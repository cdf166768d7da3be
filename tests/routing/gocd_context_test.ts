/** Holds lib/routing/gocd_context.ts to how it begins its history. @module */

import assert from "node:assert/strict";
import {
  type GocdServerOptions,
  type ServedStage,
  startGocdServer,
} from "../../lib/cli/demo/gocd_server.ts";
import type { GocdConfig } from "../../lib/config/types.ts";
import { log, startLog, stopLog } from "../../lib/log.ts";
import { GocdContext, type LookupSettings } from "../../lib/routing/gocd_context.ts";
import { readStage } from "../../lib/routing/packs/gocd.ts";
import { HANG_MS, until, within } from "../support/wait.ts";

/** An answer that comes counts, however slow the machine. */
const PATIENT: LookupSettings = { waitMs: HANG_MS, requestMs: HANG_MS };

function configOf(url: string): GocdConfig {
  return { url, pollMs: 0, pollGraceMs: 120_000 };
}

/** What a context makes of "passed" for stage `s` of pipeline `p`. */
async function eventOf(
  context: GocdContext,
  verb = "passed",
  run = "9",
): Promise<string | undefined> {
  const reading = readStage(`Stage [p/${run}/s/1] ${verb}`) ?? { fields: {} };
  return (await context.judge(reading, { dryRun: true })).event;
}

interface SeedRow {
  readonly name: string;
  readonly version?: string;
  readonly stage: Partial<ServedStage>;
  readonly passed: string;
  readonly failed: string;
}

const seeds: readonly SeedRow[] = [
  { name: "a success", stage: { result: "Passed" }, passed: "PASSES", failed: "BREAKS" },
  { name: "a failure", stage: { result: "Failed" }, passed: "FIXED", failed: "FAILS" },
  { name: "a cancelled stage", stage: { result: "Cancelled" }, passed: "PASSES", failed: "FAILS" },
  {
    name: "a failure, running again",
    stage: { result: "Failed", building: true },
    passed: "FIXED",
    failed: "FAILS",
  },
  {
    name: "a cancelled stage, running again",
    stage: { result: "Cancelled", building: true },
    passed: "PASSES",
    failed: "FAILS",
  },
  {
    name: "a failure that no dashboard confirms",
    version: "17.4",
    stage: { result: "Failed" },
    passed: "PASSES",
    failed: "FAILS",
  },
  {
    name: "a success without dashboard",
    version: "17.4",
    stage: { result: "Passed" },
    passed: "PASSES",
    failed: "BREAKS",
  },
];

for (const { name, version = "26.1", stage, passed, failed } of seeds) {
  Deno.test(`GocdContext begins its history with ${name}`, async () => {
    const stages: ServedStage[] = [{ pipeline: "p", stage: "s", result: "Passed", ...stage }];
    const options: GocdServerOptions = { version, groups: { g: ["p"] }, stages };
    const server = startGocdServer(options);
    const context = new GocdContext(configOf(server.url), PATIENT, log("routing"));
    context.start();
    assert.equal(await eventOf(context, "passed"), passed);
    assert.equal(await eventOf(context, "failed"), failed);
    await context.close();
    await server.close();
  });
}

const FAILED: ServedStage[] = [{ pipeline: "p", stage: "s", result: "Failed" }];

async function withContext(
  settings: LookupSettings,
  fault: Parameters<ReturnType<typeof startGocdServer>["setFault"]>,
  body: (context: GocdContext, server: ReturnType<typeof startGocdServer>) => Promise<void>,
): Promise<void> {
  const server = startGocdServer({ version: "26.1", groups: { g: ["p"] }, stages: FAILED });
  server.setFault(...fault);
  const context = new GocdContext(
    configOf(server.url),
    { ...PATIENT, ...settings },
    log("routing"),
  );
  try {
    context.start();
    await body(context, server);
  } finally {
    await context.close();
    await server.close();
  }
}

Deno.test("GocdContext asks for the stages again until it has them once", async () => {
  await withContext({ seedRetryMs: 10 }, ["error", "/cctray.xml"], async (context, server) => {
    const asked = () => server.requests.filter(({ path }) => path === "/cctray.xml");
    await until(() => asked().length >= 3, { what: "three requests" });
    assert.equal(await eventOf(context), "PASSES");
    server.setFault(null);
    await until(() => asked().at(-1)?.status === 200, { what: "an answer" });
    assert.equal(await eventOf(context), "FIXED");
    const { length } = asked();
    await context.close();
    assert.equal(asked().length, length);
  });
});

Deno.test("GocdContext lets no mail wait for a seed that has been waited for long enough", async () => {
  const clock = { now: 1_000_000 };
  const settings = { ...PATIENT, now: () => clock.now };
  await withContext(settings, ["hang", "/cctray.xml"], async (context, server) => {
    const waits = eventOf(context);
    let decided = false;
    void waits.then(() => decided = true);
    await until(() => server.requests.length > 0, { what: "the groups, which do answer" });
    assert.equal(decided, false, "a seed under way is waited for");
    clock.now += HANG_MS;
    // Should one of them wait, it does so for as long as the first.
    const all = Promise.all(Array.from({ length: 30 }, () => eventOf(context)));
    const events = await within(all, { what: "30 mails", withinMs: HANG_MS / 2 });
    assert.deepEqual(new Set(events), new Set(["PASSES"]));
    await context.close();
    assert.equal(await waits, "PASSES");
  });
});

Deno.test("GocdContext does not let a late seed overwrite what a mail told", async () => {
  await withContext({ seedRetryMs: 10 }, ["error", "/cctray.xml"], async (context, server) => {
    await context.judge(readStage("Stage [p/1/s/1] passed") ?? { fields: {} });
    server.setFault(null);
    const seeded = () =>
      server.requests.some(({ path, status }) => path === "/cctray.xml" && status === 200);
    await until(seeded, { what: "a seed" });
    assert.equal(await eventOf(context), "PASSES");
  });
});

Deno.test("GocdContext takes a refused feed for no feed", async () => {
  const lines: string[] = [];
  startLog("DEBUG", (line) => lines.push(line));
  const users = [{ name: "u", password: "p", admin: false }];
  const server = startGocdServer({ version: "26.1", users, stages: FAILED });
  const context = new GocdContext(configOf(server.url), PATIENT, log("routing"));
  context.start();
  assert.equal(await eventOf(context), "PASSES");
  await until(() => lines.length >= 2, { what: "two lines" });
  await context.close();
  await server.close();
  stopLog();
  const text = lines.join("");
  assert.match(text, /WARNING routing "?GoCD does not tell how the stages ended.*cctray: HTTP 403/);
  assert.match(text, /WARNING routing "?GoCD does not tell its pipeline groups.*HTTP 401/);
});

Deno.test("GocdContext leaves a reading without a stage alone", async () => {
  const context = new GocdContext(configOf("http://127.0.0.1:9/go"), {}, log("routing"));
  const reading = { event: "BACKUP_FAILED", fields: { subject: "Server Backup Failed" } };
  assert.deepEqual(await context.judge(reading), { ...reading, notes: [] });
  await context.close();
});

Deno.test("GocdContext.start() asks once however often it is called, and not after close()", async () => {
  await withContext({}, [null], async (context, server) => {
    context.start();
    assert.equal(await eventOf(context), "FIXED");
    await context.groups();
    const asked = () => server.requests.filter(({ path }) => path === "/cctray.xml").length;
    assert.equal(asked(), 1);
    await context.close();
    await context.close();
    context.start();
    assert.equal(asked(), 1);
  });
});
