/** Holds lib/routing/lookups/ to GoCD servers of every version, over real connections. @module */

import assert from "node:assert/strict";
import { type GocdFault, startGocdServer } from "../../../lib/cli/demo/gocd_server.ts";
import { log, startLog, stopLog } from "../../../lib/log.ts";
import { CachedLookup } from "../../../lib/routing/lookups/cached_lookup.ts";
import type { PipelineGroups } from "../../../lib/routing/lookups/gocd_answers.ts";
import { type GocdAccount, gocdApi } from "../../../lib/routing/lookups/gocd_api.ts";
import { groupsOf } from "../../../lib/routing/lookups/gocd_groups.ts";
import { HANG_MS } from "../../support/wait.ts";

const groups = { alpha: ["a-build", "a-test"], empty: [] };

function lookupOf(
  config: GocdAccount,
  clock = { now: 0 },
  limitMs = HANG_MS,
): CachedLookup<PipelineGroups> {
  const now = () => clock.now;
  return new CachedLookup({
    name: "pipeline groups",
    url: config.url,
    ask: groupsOf(gocdApi(config, { limitMs, log: log("routing") }), now),
    cacheMs: 30_000,
    waitMs: HANG_MS,
    retryMs: 5_000,
    limitMs: HANG_MS,
    now,
  });
}

const versions = [
  { version: "17.4", path: "/api/config/pipeline_groups", asked: 3 },
  { version: "18.10", path: "/api/admin/pipeline_groups", asked: 2 },
  { version: "19.10", path: "/api/dashboard", asked: 1 },
  { version: "20.3", path: "/api/dashboard", asked: 1 },
  { version: "25.4", path: "/api/dashboard", asked: 1 },
  { version: "26.1", path: "/api/dashboard", asked: 1 },
];

for (const { version, path, asked } of versions) {
  Deno.test(`groupsOf() reads the groups of GoCD ${version} from ${path}`, async () => {
    const server = startGocdServer({ version, groups });
    const clock = { now: 0 };
    const { value, trace } = await lookupOf({ url: server.url }, clock).read("");
    assert.deepEqual([...value ?? []], [["alpha", new Set(groups.alpha)], ["empty", new Set()]]);
    assert.equal(trace.url, server.url + path);
    assert.match(trace.detail, /^2 groups, 2 pipelines \(/);
    assert.equal(server.requests.length, asked);
    await server.close();
  });
}

Deno.test("groupsOf() remembers which paths are missing, for an hour", async () => {
  const server = startGocdServer({ version: "17.4", groups });
  const clock = { now: 0 };
  const lookup = lookupOf({ url: server.url }, clock);
  await lookup.read("");
  clock.now += 60_000;
  await lookup.read("");
  assert.deepEqual(server.requests.map(({ status }) => status), [404, 404, 200, 304]);
  clock.now += 3_600_000;
  await lookup.read("");
  assert.equal(server.requests.length, 7);
  await server.close();
});

Deno.test("groupsOf() asks whether an answer still holds, and reads a new one", async () => {
  const server = startGocdServer({ version: "26.1", groups });
  const clock = { now: 0 };
  const lookup = lookupOf({ url: server.url }, clock);
  const first = await lookup.read("");
  clock.now += 30_000;
  const second = await lookup.read("");
  assert.equal(second.trace.source, "fresh");
  assert.equal(second.value, first.value);
  server.setGroups({ beta: ["b"] });
  clock.now += 30_000;
  const third = await lookup.read("");
  assert.deepEqual([...third.value?.keys() ?? []], ["beta"]);
  assert.deepEqual(server.requests.map(({ status }) => status), [200, 304, 200]);
  await server.close();
});

const SECRET = "s3cret-pa55";
const users = [
  { name: "boss", password: SECRET, admin: true },
  { name: "jörg", password: "pä$s", admin: false },
  { name: "reader", password: SECRET, token: "t0ken-value", admin: false },
];

interface Access {
  readonly name: string;
  readonly version: string;
  readonly config: (url: string) => GocdAccount;
  readonly detail: RegExp;
}

const basic = (user: string, password = SECRET) => (url: string): GocdAccount => ({
  url,
  basic: { user, password },
});

const accesses: readonly Access[] = [
  {
    name: "a reader on the dashboard",
    version: "20.3",
    config: basic("reader"),
    detail: /^2 groups/,
  },
  {
    name: "a bearer token",
    version: "20.3",
    config: (url) => ({ url, token: "t0ken-value\n" }),
    detail: /^2 groups/,
  },
  {
    name: "a token before 19.2",
    version: "18.10",
    config: (url) => ({ url, token: "t0ken-value" }),
    detail: /HTTP 401/,
  },
  { name: "an administrator", version: "18.10", config: basic("boss"), detail: /^2 groups.*admin/ },
  {
    name: "a reader where only administrators may, who falls back",
    version: "18.10",
    config: basic("reader"),
    detail: /^2 groups.*config API/,
  },
  {
    name: "a name outside ASCII",
    version: "26.1",
    config: basic("jörg", "pä$s"),
    detail: /^2 groups/,
  },
  {
    name: "a wrong password",
    version: "26.1",
    config: basic("reader", "wr0ng"),
    detail: /HTTP 401: GoCD does not know the account/,
  },
  { name: "nobody", version: "26.1", config: (url) => ({ url }), detail: /HTTP 401/ },
  {
    name: "a token that no field may hold",
    version: "26.1",
    config: (url) => ({ url, token: `${SECRET}\nx` }),
    detail: /^dashboard: /,
  },
];

for (const { name, version, config, detail } of accesses) {
  Deno.test(`groupsOf() asks GoCD ${version} as ${name}`, async () => {
    const server = startGocdServer({ version, groups, users });
    const found = await lookupOf(config(server.url)).read("");
    assert.match(found.trace.detail, detail);
    assert.doesNotMatch(JSON.stringify(found.trace), /s3cret|t0ken|wr0ng/);
    await server.close();
  });
}

interface Fault {
  readonly fault: GocdFault;
  readonly asked: number;
  readonly detail: RegExp;
  /** Where no answer comes: how long one is waited for. */
  readonly limitMs?: number;
}

const faults: readonly Fault[] = [
  { fault: "hang", asked: 0, detail: /no answer within 300 ms/, limitMs: 300 },
  { fault: "reset", asked: 1, detail: /^dashboard: / },
  { fault: "unavailable", asked: 1, detail: /^dashboard: HTTP 502$/ },
  { fault: "loading", asked: 1, detail: /HTTP 202: GoCD has not loaded its dashboard yet/ },
  {
    fault: "redirect",
    asked: 4,
    detail: /HTTP 302: redirected to http:.*\/go\/auth\/login, one of too many redirects;/,
  },
  {
    fault: "error",
    asked: 3,
    detail: /dashboard: HTTP 500; admin API: HTTP 500; config API: HTTP 500/,
  },
  { fault: "garbage", asked: 3, detail: /not the answer that this API gives/ },
];

for (const { fault, asked, detail, limitMs } of faults) {
  Deno.test(`groupsOf() has no answer from a server with the fault "${fault}"`, async () => {
    const server = startGocdServer({ version: "19.12", groups });
    server.setFault(fault);
    const { value, trace } = await lookupOf({ url: server.url }, undefined, limitMs).read("");
    assert.equal(value, undefined);
    assert.match(trace.detail, detail);
    assert.doesNotMatch(trace.detail, /secret/);
    assert.equal(server.requests.length, asked);
    await server.close();
  });
}

Deno.test("groupsOf() says that the program ends when it is cut off by that", async () => {
  const server = startGocdServer({ version: "26.1", groups });
  server.setFault("hang");
  const lookup = lookupOf({ url: server.url });
  const reading = lookup.read("");
  await lookup.close();
  assert.equal((await reading).trace.detail, "dashboard: given up: the program ends");
  await server.close();
});

Deno.test("groupsOf() goes on to the next path when the dashboard alone is broken", async () => {
  const server = startGocdServer({ version: "26.1", groups });
  server.setFault("error", "/api/dashboard");
  const { value, trace } = await lookupOf({ url: server.url }).read("");
  assert.equal(value?.size, 2);
  assert.equal(trace.url, `${server.url}/api/admin/pipeline_groups`);
  await server.close();
});

Deno.test("groupsOf() keeps the last good answer while GoCD is down", async () => {
  const server = startGocdServer({ version: "26.1", groups });
  const clock = { now: 0 };
  const lookup = lookupOf({ url: server.url }, clock);
  await lookup.read("");
  await server.close();
  clock.now += 120_000;
  const { value, trace } = await lookup.read("");
  assert.equal(value?.size, 2);
  assert.equal(trace.source, "stale");
  assert.equal(trace.ageMs, 120_000);
  assert.match(trace.detail, /not newer: dashboard: \S/);
});

Deno.test("gocdApi() logs a deprecation once", async () => {
  const lines: string[] = [];
  startLog("DEBUG", (line) => lines.push(line));
  const server = startGocdServer({ version: "20.1", groups });
  const api = gocdApi({ url: server.url }, { limitMs: HANG_MS, log: log("routing") });
  const question = { path: "/api/config/pipeline_groups", accept: "application/json", right: "x" };
  await api.ask(question, new AbortController().signal);
  await api.ask(question, new AbortController().signal);
  stopLog();
  await server.close();
  assert.equal(lines.length, 1);
  assert.match(lines[0] ?? "", /WARNING routing .*deprecated in 19\.12\.0, removed in 20\.3\.0/);
});
