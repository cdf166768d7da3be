/** Lookups that outlive a reload: those that stay the same, each by itself. @module */

import assert from "node:assert/strict";
import type { LookupConfig } from "../../lib/config/types.ts";
import { LookupSet } from "../../lib/routing/lookup_set.ts";
import { BASE, parseHere } from "../support/configuration.ts";
import { scopeOf } from "../support/rule_facts.ts";
import { HANG_MS } from "../support/wait.ts";

/** A REST API that counts how often each path is asked. */
function startCounting() {
  const asked = new Map<string, number>();
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, ({ url }) => {
    const { pathname } = new URL(url);
    asked.set(pathname, (asked.get(pathname) ?? 0) + 1);
    return Response.json({ path: pathname });
  });
  return { asked, url: `http://127.0.0.1:${server.addr.port}`, close: () => server.shutdown() };
}

/** Lookups by name, each with a path and how long it is kept. */
function lookupsOf(url: string, paths: Readonly<Record<string, string>>): readonly LookupConfig[] {
  const lines = Object.entries(paths).map(([name, path]) =>
    `  ${name}: {url: "${url}/${path}", allow: [127.0.0.1], cache: 1d, timeout: 30s}`
  );
  return parseHere(`${BASE}lookups:\n${lines.join("\n")}\n`).lookups;
}

Deno.test("LookupSet takes over what stays the same, with its answers, and nothing else", async () => {
  const api = startCounting();
  const ask = async (set: LookupSet, name: string) => {
    const { known } = await set.ask(name, scopeOf(), { waitMs: HANG_MS });
    return known.kind;
  };
  const first = new LookupSet(lookupsOf(api.url, { a: "a", b: "b" }), {});
  assert.deepEqual([await ask(first, "a"), await ask(first, "b")], ["answer", "answer"]);
  const second = new LookupSet(lookupsOf(api.url, { a: "a", b: "other", c: "c" }), {}, first);
  await first.close();
  assert.deepEqual(
    [await ask(second, "a"), await ask(second, "b"), await ask(second, "c")],
    ["answer", "answer", "answer"],
  );
  assert.deepEqual(Object.fromEntries(api.asked), { "/a": 1, "/b": 1, "/other": 1, "/c": 1 });
  assert.equal(await ask(second, "nowhere"), "missing");
  await second.close();
  await api.close();
});

Deno.test("closing a LookupSet ends its own requests, not those of its successor", async () => {
  const { promise: answered, resolve: answer } = Promise.withResolvers<void>();
  const { promise: bothAsked, resolve: bothHave } = Promise.withResolvers<void>();
  let asked = 0;
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async () => {
    if (++asked === 2) bothHave();
    await answered;
    return Response.json({});
  });
  const url = `http://127.0.0.1:${server.addr.port}`;
  const first = new LookupSet(lookupsOf(url, { kept: "kept", left: "left" }), {});
  const [kept, left] = ["kept", "left"].map((name) =>
    first.ask(name, scopeOf(), { waitMs: HANG_MS })
  );
  await bothAsked;
  const second = new LookupSet(lookupsOf(url, { kept: "kept" }), {}, first);
  await first.close();
  assert.equal((await left)?.known.kind, "missing");
  answer();
  assert.equal((await kept)?.known.kind, "answer");
  await second.close();
  await server.shutdown();
});
