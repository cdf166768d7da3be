/** Holds lib/routing/lookups/rest_lookups.ts to its promises, with real servers. @module */

import assert from "node:assert/strict";
import { createLookups } from "../../../lib/routing/lookups/rest_lookups.ts";
import { CANARY, findSecret } from "../../support/canary.ts";
import { scopeOf, startRest } from "../../support/rest_stage.ts";
import { until } from "../../support/wait.ts";

const OWNER = { name: "ada", mail: "ada@example.com", teams: ["a"] };

Deno.test("a lookup finds what a server answers in JSON, and says so", async () => {
  await using stage = startRest(() => Response.json(OWNER), { path: "/of/{{fields.host}}?k=1" });
  const { known, trace } = await stage.ask({ host: "db 1/é" });
  assert.deepEqual(known, { kind: "answer", value: OWNER });
  assert.deepEqual(trace, {
    name: "owner",
    url: `${stage.origin}/of/db%201%2F%C3%A9`,
    source: "fresh",
    ageMs: 0,
    tookMs: 0,
    detail: "HTTP 200, 3 keys",
  });
  assert.equal(stage.requests[0]?.url, `${stage.origin}/of/db%201%2F%C3%A9?k=1`);
  assert.match(stage.requests[0]?.headers.get("accept") ?? "", /^application\/json/);
});

Deno.test("a lookup finds what a server answers in XML", async () => {
  const xml = '<?xml version="1.0"?><owner since="1"><name>ada</name></owner>';
  await using stage = startRest(() =>
    new Response(xml, { headers: { "content-type": "application/xml" } })
  );
  const { known } = await stage.ask();
  assert.deepEqual(known, { kind: "answer", value: { since: "1", name: "ada" } });
});

Deno.test("a lookup asks once for a hundred mails at a time", async () => {
  const { promise, resolve } = Promise.withResolvers<Response>();
  await using stage = startRest(() => promise, { path: "/{{fields.host}}" });
  const asking = Array.from({ length: 100 }, () => stage.ask({ host: "a" }));
  const other = stage.ask({ host: "a" });
  resolve(Response.json(OWNER));
  for (const { known } of await Promise.all([...asking, other])) assert.equal(known.kind, "answer");
  assert.equal(stage.requests.length, 1);
});

Deno.test("a lookup asks for each URL and each set of header fields by itself", async () => {
  await using stage = startRest((request) => Response.json(request.headers.get("x-id")), {
    path: "/{{fields.host}}",
    headers: { "X-Id": "{{fields.id}}" },
  });
  const values = [];
  for (const [host, id] of [["a", "1"], ["a", "2"], ["b", "1"], ["a", "1"]]) {
    const { known } = await stage.ask({ host: host ?? "", id: id ?? "" });
    values.push(known.kind === "answer" ? known.value : known);
  }
  assert.deepEqual(values, ["1", "2", "1", "1"]);
  assert.equal(stage.requests.length, 3);
});

Deno.test("a lookup asks no more than sixteen at a time, the others in turn", async () => {
  let now = 0;
  let most = 0;
  const second = Promise.withResolvers<void>();
  await using stage = startRest(async () => {
    most = Math.max(most, ++now);
    if (now > 1) second.resolve();
    await second.promise;
    await new Promise((resolve) => setTimeout(resolve, 1));
    now--;
    return Response.json(1);
  }, { path: "/{{fields.host}}" });
  const asking = Array.from({ length: 60 }, (_, host) => stage.ask({ host: `${host}` }));
  for (const { known } of await Promise.all(asking)) assert.equal(known.kind, "answer");
  assert.ok(most > 1 && most <= 16, `${most} at a time`);
});

for (const validator of ["etag", "last-modified"] as const) {
  const condition = validator === "etag" ? "if-none-match" : "if-modified-since";
  const value = validator === "etag" ? '"v1"' : "Sun, 06 Nov 1994 08:49:37 GMT";
  Deno.test(`a lookup asks by ${condition} whether its answer still holds`, async () => {
    await using stage = startRest((request, count) =>
      count === 1
        ? Response.json(OWNER, { headers: { [validator]: value } })
        : new Response(null, { status: request.headers.get(condition) === value ? 304 : 400 })
    );
    await stage.ask();
    for (let turn = 2; turn < 4; turn++) {
      stage.clock.now += 300_000;
      const { known, trace } = await stage.ask();
      assert.deepEqual(known, { kind: "answer", value: OWNER });
      assert.equal(trace.source, "fresh");
      assert.equal(trace.ageMs, 0);
      assert.equal(stage.requests.length, turn);
    }
    assert.equal((await stage.ask()).trace.source, "cached");
  });
}

Deno.test("a lookup serves an old answer at once while it asks for a newer one", async () => {
  const { promise, resolve } = Promise.withResolvers<Response>();
  await using stage = startRest((_, count) => count === 1 ? Response.json("old") : promise, {
    config: { staleWhileRevalidateMs: 60_000 },
  });
  await stage.ask();
  stage.clock.now += 300_000;
  const stale = await stage.ask();
  assert.deepEqual(stale.known, { kind: "answer", value: "old" });
  assert.equal(stale.trace.source, "stale");
  assert.match(stale.trace.detail, /not newer: asked for again$/);
  resolve(Response.json("new"));
  const fresh = () => stage.ask().then(({ trace }) => trace.source === "cached");
  await until(fresh, { what: "the newer answer" });
  assert.deepEqual((await stage.ask()).known, { kind: "answer", value: "new" });
  assert.equal(stage.requests.length, 2);
});

Deno.test("a lookup serves its last answer while the server fails, but not for ever", async () => {
  await using stage = startRest(
    (_, count) => count === 1 ? Response.json(OWNER) : new Response(null, { status: 500 }),
    { config: { staleIfErrorMs: 60_000 } },
  );
  await stage.ask();
  stage.clock.now += 300_000;
  const stale = await stage.ask();
  assert.deepEqual(stale.known, { kind: "answer", value: OWNER });
  assert.equal(stale.trace.detail, "HTTP 200, 3 keys; not newer: HTTP 500: the server is at fault");
  stage.clock.now += 59_999;
  assert.equal((await stage.ask()).known.kind, "answer");
  stage.clock.now += 1;
  const { known, trace } = await stage.ask();
  assert.equal(trace.source, "none");
  assert.deepEqual(known, {
    kind: "missing",
    why: "HTTP 500: the server is at fault; the last answer is 6 min old",
  });
});

for (const status of [204, 404, 410]) {
  Deno.test(`a lookup takes ${status} for "there is none", for a short while`, async () => {
    await using stage = startRest((_, count) =>
      count === 1 ? new Response(null, { status }) : Response.json(OWNER)
    );
    const { known, trace } = await stage.ask();
    assert.deepEqual(known, { kind: "missing", why: `HTTP ${status}: it knows of none` });
    assert.equal(trace.source, "fresh");
    stage.clock.now += 59_999;
    assert.equal((await stage.ask()).trace.source, "cached");
    stage.clock.now += 1;
    assert.equal((await stage.ask()).known.kind, "answer");
    assert.deepEqual(stage.lines, [], "no failure");
  });
}

Deno.test("a lookup lets the value of on-missing stand in, and says so", async () => {
  await using stage = startRest(() => new Response(null, { status: 404 }), {
    config: { onMissing: { kind: "value", value: { mail: "ops@example.com" } } },
  });
  const { known, trace } = await stage.ask();
  assert.deepEqual(known, { kind: "answer", value: { mail: "ops@example.com" }, standsIn: true });
  assert.match(trace.detail, /^HTTP 404: it knows of none; the value of on-missing stands in$/);
});

Deno.test("a lookup asks nobody when the mail lacks what its URL needs", async () => {
  await using stage = startRest(() => Response.json(1), { path: "/of/{{fields.host}}?k=1" });
  for (const host of ["", "..", "."]) {
    const { known, trace } = await stage.ask(host === "" ? {} : { host });
    assert.equal(known.kind, "missing");
    assert.equal(trace.source, "none");
    assert.equal(trace.url, `${stage.origin}/of/{{fields.host}}`);
  }
  assert.equal(stage.requests.length, 0);
});

Deno.test("a lookup shows credentials to the server and to nobody else", async () => {
  let status = 200;
  await using stage = startRest(() => new Response(`"${CANARY}`, { status }), {
    path: `/owner?key=${encodeURIComponent(CANARY)}`,
    headers: { Authorization: `Bearer ${CANARY}` },
  });
  const traces = [];
  for (status of [200, 401, 403, 500]) {
    traces.push(await stage.ask());
    stage.clock.now += 400_000;
  }
  assert.equal(stage.requests.length, 4);
  assert.equal(stage.requests[0]?.headers.get("authorization"), `Bearer ${CANARY}`);
  assert.match(stage.lines.join("\n"), /401: check the credentials/);
  const places = new Map([["traces", JSON.stringify(traces)], ["log", stage.lines.join("\n")]]);
  assert.deepEqual(findSecret(places), []);
});

Deno.test("a lookup forgets what has not been used for longest", async () => {
  await using stage = startRest(() => Response.json("x".repeat(900_000)), {
    path: "/{{fields.host}}",
  });
  for (let host = 0; host < 12; host++) await stage.ask({ host: `${host}` });
  assert.equal((await stage.ask({ host: "11" })).trace.source, "cached");
  assert.equal((await stage.ask({ host: "0" })).trace.source, "fresh");
});

Deno.test("lookups end what is under way when they are closed, and ask no more", async () => {
  const stage = startRest((_request, _count, end) => end);
  const asking = stage.ask();
  await until(() => stage.requests.length > 0, { what: "the request" });
  await stage.lookups.close();
  assert.deepEqual((await asking).known, { kind: "missing", why: "given up: the program ends" });
  const { trace } = await stage.ask();
  assert.deepEqual([trace.source, trace.detail], ["none", "not asked: the program ends"]);
  assert.deepEqual(stage.lines, [], "closing is no failure");
  await stage[Symbol.asyncDispose]();
});

Deno.test("lookups that wait for their turn say why they are given up", async () => {
  const stage = startRest((_request, _count, end) => end, { path: "/{{fields.host}}" });
  const asking = Array.from({ length: 20 }, (_, host) => stage.ask({ host: `${host}` }));
  await until(() => stage.requests.length === 16, { what: "the requests that have a turn" });
  await stage.lookups.close();
  for (const { known } of await Promise.all(asking)) {
    assert.deepEqual(known, { kind: "missing", why: "given up: the program ends" });
  }
  await stage[Symbol.asyncDispose]();
});

Deno.test("lookups have no answer under a name that is not configured", async () => {
  const lookups = createLookups([]);
  const { known } = await lookups.ask("nobody", scopeOf(), {});
  assert.deepEqual(known, { kind: "missing", why: "no lookup has this name" });
  await lookups.close();
});
