/** Holds lib/routing/lookups/rest_lookups.ts to its bounds with servers that misbehave. @module */

import assert from "node:assert/strict";
import { type Seen, startRest } from "../../support/rest_stage.ts";
import { HANG_MS } from "../../support/wait.ts";

const BOMB = '<!DOCTYPE a [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><a>&b;</a>';

const answers = [
  { name: "nonsense", answer: () => new Response("<html>"), why: /^HTTP 200, but it is not JSON/ },
  { name: "nothing", answer: () => new Response(""), why: /^HTTP 200, but it is not JSON/ },
  {
    name: "entities",
    answer: () => new Response(BOMB, { headers: { "content-type": "text/xml" } }),
    why: /declares a document type/,
  },
  { name: "depth", answer: () => new Response("[".repeat(90_000)), why: /it is not JSON/ },
  { name: "octets", answer: () => new Response("1".repeat(200_001)), why: /over 200000 octets/ },
  {
    name: "an answer without end",
    answer: () => new Response(endless()),
    why: /over 200000 octets/,
  },
  { name: "half an answer", answer: () => new Response(silent()), why: /no answer within 300 ms/ },
  { name: "no answer", answer: never, why: /no answer within 300 ms/ },
  { name: "400", answer: status(400), why: /HTTP 400: it does not take this request/ },
  { name: "401", answer: status(401), why: /HTTP 401: check the credentials in headers/ },
  { name: "403", answer: status(403), why: /HTTP 403: these credentials may not/ },
  { name: "429", answer: status(429), why: /HTTP 429: asked too often/ },
  { name: "502", answer: status(502), why: /HTTP 502: the server is at fault/ },
  { name: "202", answer: status(202), why: /HTTP 202: not an answer that can be used/ },
  { name: "304 unasked", answer: status(304), why: /HTTP 304 although nothing was known/ },
  { name: "a redirect to nowhere", answer: status(302), why: /HTTP 302: a redirect to nowhere/ },
  {
    name: "a redirect to another host",
    answer: () => redirect("http://localhost:1/x?secret"),
    why: /HTTP 302: a redirect to http:\/\/localhost:1, which is not followed/,
  },
  {
    name: "a redirect to a cloud's metadata",
    answer: () => redirect("http://169.254.169.254/latest"),
    why: /a redirect to http:\/\/169\.254\.169\.254, which is not followed/,
  },
  {
    name: "redirects without end",
    answer: (request: Seen) => redirect(`${request.url}x`),
    why: /HTTP 302: more than 3 redirects/,
  },
];

for (const { name, answer, why } of answers) {
  Deno.test(`a lookup survives a server that answers with ${name}`, async () => {
    const timeoutMs = /300 ms/.test(why.source) ? 300 : HANG_MS;
    const config = { timeoutMs, maxOctets: 200_000 };
    await using stage = startRest(answer, { config });
    const { known, trace } = await stage.ask();
    assert.match(known.kind === "missing" ? known.why : JSON.stringify(known), why);
    assert.equal(trace.source, "none");
    assert.equal(stage.lines.length, 1);
    assert.match(stage.lines[0] ?? "", /^warning a lookup (fails|is refused) lookup=owner url=/);
    assert.ok(stage.requests.length <= 4);
  });
}

Deno.test("a lookup follows redirects within the host, and shows its credentials there", async () => {
  await using stage = startRest(
    (request, count) =>
      count < 4 ? redirect(`/hop${count}`) : Response.json(request.headers.get("x-key")),
    {
      headers: { "X-Key": "k" },
    },
  );
  const { known } = await stage.ask();
  assert.deepEqual(known, { kind: "answer", value: "k" });
  assert.equal(stage.requests.at(-1)?.url, `${stage.origin}/hop3`);
});

Deno.test("a lookup asks no private address that is not listed, whatever its name", async () => {
  for (const host of ["127.0.0.1", "localhost"]) {
    await using stage = startRest(() => Response.json(1), {
      host,
      config: { allow: ["10.0.0.0/8"] },
    });
    const { known } = await stage.ask();
    assert.match(known.kind === "missing" ? known.why : "asked", /127\.0\.0\.1 is in the loopback/);
    assert.equal(stage.requests.length, 0);
  }
});

Deno.test("a mail waits no longer than it may; the answer serves the next one", async () => {
  const { promise, resolve } = Promise.withResolvers<Response>();
  await using stage = startRest(() => promise);
  const hasty = await stage.ask({}, 10);
  assert.equal(hasty.known.kind, "missing");
  resolve(Response.json(1));
  assert.deepEqual((await stage.ask()).known, { kind: "answer", value: 1 });
  assert.equal(stage.requests.length, 1);
});

Deno.test("a lookup leaves a server alone that fails, probes it, and tells each change once", async () => {
  let works = false;
  await using stage = startRest(() => works ? Response.json(1) : status(502)(), {
    path: "/{{fields.host}}?key=secret",
  });
  const ask = async (host: number) => (await stage.ask({ host: `${host}` })).trace.detail;
  for (let host = 0; host < 5; host++) assert.match(await ask(host), /HTTP 502/);
  assert.match(await ask(5), /^not asked for another 5 s: HTTP 502/);
  stage.clock.now += 5_000;
  assert.match(await ask(6), /^HTTP 502/);
  assert.match(await ask(7), /^not asked for another 10 s/);
  assert.equal(stage.requests.length, 6);
  works = true;
  stage.clock.now += 10_000;
  assert.match(await ask(8), /^HTTP 200/);
  assert.match(await ask(5), /^HTTP 200/, "what was not asked for is no failure of its own");
  const { origin } = stage;
  assert.deepEqual(stage.lines, [
    `warning a lookup fails lookup=owner url=${origin}/0 reason=HTTP 502: the server is at fault`,
    `warning a lookup fails and rests lookup=owner url=${origin}/4 reason=HTTP 502: the server is at fault`,
    `info a lookup's server answers again lookup=owner url=${origin}/8`,
  ]);
});

Deno.test("a lookup sends no more of what waits when the server has failed meanwhile", async () => {
  await using stage = startRest(status(502), { path: "/{{fields.host}}" });
  const asking = Array.from({ length: 100 }, (_, host) => stage.ask({ host: `${host}` }));
  for (const { known } of await Promise.all(asking)) assert.equal(known.kind, "missing");
  assert.ok(stage.requests.length <= 21, `${stage.requests.length} requests`);
  assert.equal(stage.lines.length, 2);
});

Deno.test("a lookup asks on for other keys when the server breaks over one or two", async () => {
  await using stage = startRest(
    (request) => /\/bad[01]/.test(request.url) ? status(500)() : Response.json(1),
    { path: "/{{fields.host}}?key=secret" },
  );
  for (let count = 0; count < 12; count++) {
    await stage.ask({ host: `bad${count % 2}` });
    stage.clock.now += 5_000;
  }
  assert.equal((await stage.ask({ host: "good" })).known.kind, "answer");
  assert.equal(stage.requests.length, 13);
  const { origin } = stage;
  assert.deepEqual(
    stage.lines,
    [0, 1].map((bad) =>
      `warning a lookup is refused lookup=owner url=${origin}/bad${bad} reason=HTTP 500: the server is at fault`
    ),
  );
});

Deno.test("a lookup counts the keys that a server breaks over from each answer anew", async () => {
  await using stage = startRest(
    (request) => request.url.includes("bad") ? status(500)() : Response.json(1),
    { path: "/x?h={{fields.host}}" },
  );
  for (let count = 0; count < 20; count++) {
    await stage.ask({ host: `bad${count}` });
    if (count % 2 === 1) await stage.ask({ host: `good${count}` });
  }
  assert.equal(stage.requests.length, 30);
});

Deno.test("a lookup leaves a server alone that breaks over whatever it is asked for", async () => {
  await using stage = startRest(status(500), { path: "/x?h={{fields.host}}" });
  const ask = async (host: number) => (await stage.ask({ host: `${host}` })).trace.detail;
  for (let host = 0; host < 7; host++) assert.match(await ask(host), /^HTTP 500/, `${host}`);
  assert.match(await ask(7), /^not asked for another 5 s: HTTP 500/);
  stage.clock.now += 5_000;
  assert.match(await ask(8), /^HTTP 500/, "the probe");
  assert.match(await ask(9), /^not asked for another 10 s/);
  assert.equal(stage.requests.length, 8);
});

Deno.test("a lookup goes on asking a server that refuses single requests", async () => {
  await using stage = startRest(
    (request) => request.url.endsWith("/good") ? Response.json(1) : status(400)(),
    { path: "/{{fields.host}}" },
  );
  for (let host = 0; host < 10; host++) await stage.ask({ host: `bad${host}` });
  await stage.ask({ host: "bad0" });
  assert.equal((await stage.ask({ host: "good" })).known.kind, "answer");
  assert.equal(stage.requests.length, 11, "the same request is not sent again so soon");
  stage.clock.now += 5_000;
  await stage.ask({ host: "bad0" });
  assert.equal(stage.requests.length, 12);
  assert.equal(stage.lines.length, 10, "each refusal is told once");
});

const pauses = [
  { status: 429, after: "120", asked: 120_000 },
  { status: 503, after: new Date(1_800_000_060_000).toUTCString(), asked: 60_000 },
];

for (const { status: code, after, asked } of pauses) {
  Deno.test(`a lookup heeds Retry-After: ${after} of ${code}`, async () => {
    await using stage = startRest(
      (_, count) =>
        count === 1
          ? new Response(null, { status: code, headers: { "retry-after": after } })
          : Response.json(1),
      { path: "/{{fields.host}}" },
    );
    await stage.ask({ host: "a" });
    stage.clock.now += asked - 1;
    assert.match((await stage.ask({ host: "b" })).trace.detail, /^not asked for another 1 s/);
    stage.clock.now += 1;
    assert.equal((await stage.ask({ host: "b" })).known.kind, "answer");
    assert.equal(stage.requests.length, 2);
  });
}

function status(code: number): () => Response {
  return () => new Response(null, { status: code });
}

function redirect(location: string): Response {
  return new Response(null, { status: 302, headers: { location } });
}

function never(_request: Seen, _count: number, end: Promise<Response>): Promise<Response> {
  return end;
}

function endless(): ReadableStream {
  return new ReadableStream({ pull: (body) => body.enqueue(new Uint8Array(1_000).fill(0x20)) });
}

function silent(): ReadableStream {
  return new ReadableStream({ start: (body) => body.enqueue(new Uint8Array([0x5b])) });
}
