/** Reloads: one after the other, the newest file wins, what is wrong changes nothing. @module */

import assert from "node:assert/strict";
import { SeenFiles } from "../../lib/app/file_states.ts";
import { Reloads } from "../../lib/app/reloads.ts";
import type { ConfigurationSource } from "../../lib/app/source.ts";
import type { Configuration } from "../../lib/config/types.ts";
import { RelayError } from "../../lib/errors.ts";
import { startLog, stopLog } from "../../lib/log.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { BASE, parseHere } from "../support/configuration.ts";

/** A configuration that is read as a test says. */
interface Stage {
  readonly reloads: Reloads;
  /** What was put in force, by our name in it; `null`: certificates only. */
  readonly applied: readonly (string | null)[];
  /** What the file says from now on; `null`: something wrong. */
  write(hostname: string | null): void;
  /** Holds up reading, and gives what lets it go on. */
  hold(): () => void;
  /** How often it was read. */
  reads(): number;
  log(): string;
}

function configurationOf(hostname: string): Configuration {
  return parseHere(`${BASE}managers: []\nhostname: ${hostname}.example.com\n`);
}

async function onStage(play: (stage: Stage) => Promise<void>): Promise<void> {
  const lines: string[] = [];
  startLog("DEBUG", (line) => lines.push(line));
  const applied: (string | null)[] = [];
  let written: string | null = "first";
  let held = Promise.resolve();
  let reads = 0;
  const source: ConfigurationSource = {
    path: "relay.yml",
    read: async () => {
      reads++;
      const now = written;
      await held;
      if (now !== null) return configurationOf(now);
      throw new RelayError(
        "config-invalid",
        "relay.yml:1: one: mend it\nrelay.yml:2: two: mend it",
      );
    },
  };
  const reloads = new Reloads({
    source,
    configuration: configurationOf("first"),
    files: new SeenFiles().states,
    clock: new FakeClock(),
    apply: (configuration) => {
      applied.push(configuration?.hostname.split(".")[0] ?? null);
      return Promise.resolve();
    },
  });
  const hold = () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    held = promise;
    return resolve;
  };
  try {
    const write = (hostname: string | null) => void (written = hostname);
    await play({ reloads, applied, write, hold, reads: () => reads, log: () => lines.join("") });
  } finally {
    await reloads.end();
    stopLog();
  }
}

Deno.test("Reloads puts what has changed in force, and says what it is", () =>
  onStage(async ({ reloads, applied, write, log }) => {
    const { since } = reloads.state;
    write("second");
    await reloads.reload();
    assert.deepEqual(applied, ["second"]);
    assert.match(log(), /INFO app configuration replaced file=relay\.yml changed=hostname\n/);
    assert.ok(reloads.state.since >= since);
    await reloads.reload();
    assert.deepEqual(applied, ["second", null]);
    assert.match(log(), /INFO app configuration read again, unchanged file=relay\.yml\n/);
  }));

Deno.test("Reloads refuses what is wrong, with every problem, until it is mended", () =>
  onStage(async ({ reloads, applied, write, log }) => {
    const { since } = reloads.state;
    write(null);
    await reloads.reload();
    assert.deepEqual(applied, []);
    const problems = ["relay.yml:1: one: mend it", "relay.yml:2: two: mend it"];
    assert.deepEqual(reloads.state.refused?.problems, problems);
    assert.equal(reloads.state.since, since);
    for (const problem of problems) {
      assert.ok(log().includes(`ERROR app configuration refused problem="${problem}"\n`), log());
    }
    assert.match(log(), /ERROR app configuration refused: .* problems=2 since=\d{4}-/);
    write("first");
    await reloads.reload();
    assert.deepEqual(applied, [null]);
    assert.equal(reloads.state.refused, undefined);
  }));

Deno.test("Reloads makes one reload of all that are asked for while another runs", () =>
  onStage(async ({ reloads, applied, write, hold, reads }) => {
    await reloads.reload();
    const go = hold();
    write("second");
    const running = reloads.reload();
    write("third");
    const waiting = [reloads.reload(), reloads.reload()];
    write("fourth");
    waiting.push(reloads.reload());
    go();
    await Promise.all([running, ...waiting]);
    assert.equal(reads(), 3);
    assert.deepEqual(applied, [null, "second", "fourth"]);
  }));

Deno.test("Reloads puts nothing in force once it has been ended", () =>
  onStage(async ({ reloads, applied, write, hold, reads }) => {
    await reloads.reload();
    const go = hold();
    write("second");
    const running = [reloads.reload(), reloads.reload()];
    const ended = reloads.end();
    go();
    await Promise.all([ended, ...running]);
    await reloads.reload();
    assert.equal(reads(), 2);
    assert.deepEqual(applied, [null]);
  }));

Deno.test("Reloads goes on after a reload that has met a bug", () =>
  onStage(async ({ reloads, applied, write, log }) => {
    const parts = { apply: () => Promise.reject(new TypeError("a bug")) };
    const source = { path: "relay.yml", read: () => Promise.resolve(configurationOf("third")) };
    const files = new SeenFiles().states;
    const clock = new FakeClock();
    const configuration = configurationOf("first");
    const broken = new Reloads({ ...parts, source, files, clock, configuration });
    await broken.reload();
    assert.match(log(), /ERROR app reload broke stack="TypeError: a bug/);
    await broken.end();
    write("second");
    await reloads.reload();
    assert.deepEqual(applied, ["second"]);
  }));
