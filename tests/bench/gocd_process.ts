/**
 * A GoCD-like server in a process of its own, so that what it takes of memory and time is not taken
 * for the router's. Prints its URL, and ends with its stdin. Arguments: how many groups, and how many
 * pipelines each has.
 *
 * @module
 */

import { startGocdServer } from "../../lib/cli/demo/gocd_server.ts";

const [groups = 1, pipelines = 1] = Deno.args.map(Number);
const named = Array.from({ length: groups }, (_, group) =>
  [
    `group-${group}`,
    Array.from({ length: pipelines }, (_, n) => `p${group * pipelines + n}-build`),
  ] as const);
const server = startGocdServer({ version: "26.1", groups: Object.fromEntries(named) });
await Deno.stdout.write(new TextEncoder().encode(`${server.url}\n`));
for await (const _ of Deno.stdin.readable);
await server.close();
