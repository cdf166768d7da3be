/**
 * `deno task fuzz`: generated clients against our server, generated mail servers against our client.
 *
 *     --seed N      the first seed; drawn and printed when absent
 *     --runs N      how many sessions; 20,000 when absent
 *     --only SIDE   `server` or `client`: which of our sides is tried; both when absent
 *
 * A case that fails is printed as a transcript with its seed: what it says can be kept as a dialog in
 * `tests/smtp/dialogs/`. What is wrong fails the run also where it does not happen again alone; what was
 * only slow, and not again alone, is printed: machines stall. Memory must not grow by more than 16 MB once the sessions have warmed up.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { runCampaign, type Side } from "./campaign.ts";

/** Most that the memory in use may grow by, in octets. */
const GROWTH_OCTETS = 16_000_000;

/** Sessions after which caches are full and all code has run. */
const WARM_AFTER = 4_000;

/** Failures that are printed in full. */
const SHOWN = 10;

const { values } = parseArgs({
  options: { seed: { type: "string" }, runs: { type: "string" }, only: { type: "string" } },
});
const seed = number(values.seed, crypto.getRandomValues(new Uint32Array(1))[0] ?? 0);
const runs = number(values.runs, 20_000);
const only = side(values.only);

say(`fuzz --seed ${seed} --runs ${runs}${only ? ` --only ${only}` : ""}`);
const started = performance.now();
let warm: Deno.MemoryUsage | undefined;
const { failures, once } = await runCampaign({
  seed,
  runs,
  only,
  onBatch: (done) => {
    const usage = settled();
    if (done >= WARM_AFTER) warm ??= usage;
    const amounts = `heap ${megabytes(inUse(usage))} MB, rss ${megabytes(usage.rss)} MB`;
    say(`${done} sessions, ${Math.round((performance.now() - started) / 1_000)} s, ${amounts}`);
  },
});
const growth = warm ? Math.max(inUse(settled()) - inUse(warm), 0) : 0;
for (const failure of failures.slice(0, SHOWN)) say(failure);
for (const failure of once.slice(0, SHOWN)) say(`# slow, once:\n${failure}`);
say(`${failures.length} failures, ${once.length} slow once, memory +${megabytes(growth)} MB`);
Deno.exit(failures.length > 0 || growth > GROWTH_OCTETS ? 1 : 0);

/** What is in use once garbage is collected, if `--expose-gc` lets us. */
function settled(): Deno.MemoryUsage {
  const { gc } = globalThis as { readonly gc?: () => void };
  // What the first round lets go of, such as buffers with finalizers, the second one frees.
  gc?.();
  gc?.();
  return Deno.memoryUsage();
}

function inUse({ heapUsed, external }: Deno.MemoryUsage): number {
  return heapUsed + external;
}

function megabytes(octets: number): string {
  return (octets / 1_000_000).toFixed(1);
}

function number(text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise;
  if (/^\d{1,10}$/.test(text)) return Number(text);
  throw new Error(`${JSON.stringify(text)} is no number`);
}

function side(text: string | undefined): Side | undefined {
  if (text === undefined || text === "server" || text === "client") return text;
  throw new Error(`--only takes server or client, not ${JSON.stringify(text)}`);
}

function say(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));
}
