/** Holds GoCD's questions to redirects on its own origin: the account goes nowhere else. @module */

import assert from "node:assert/strict";
import { log } from "../../../lib/log.ts";
import { type GocdAnswer, gocdApi } from "../../../lib/routing/lookups/gocd_api.ts";

/** A server that answers by `handler`, and what it was asked. */
class Served {
  readonly asked: string[] = [];
  readonly #server: Deno.HttpServer<Deno.NetAddr>;

  constructor(handler: (path: string, origin: string) => Response | Promise<Response>) {
    this.#server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
      const { pathname, search, origin } = new URL(request.url);
      this.asked.push(`${pathname}${search} ${request.headers.get("authorization")}`);
      return handler(pathname, origin);
    });
  }

  get origin(): string {
    return `http://127.0.0.1:${this.#server.addr.port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }
}

async function ask({ origin }: Served, limitMs = 60_000): Promise<GocdAnswer> {
  const basic = { user: "reader", password: "s3cret" };
  const api = gocdApi({ url: `${origin}/go`, basic }, { limitMs, log: log("routing") });
  const question = { path: "/api/x", accept: "application/json", right: "to read" };
  return await api.ask(question, new AbortController().signal);
}

function to(location: string, status = 302): Response {
  return new Response(null, { status, headers: { location } });
}

const ACCOUNT = `Basic ${btoa("reader:s3cret")}`;

for (const status of [301, 302, 303, 307, 308]) {
  Deno.test(`GocdApi.ask() follows HTTP ${status} on its origin, with the account`, async () => {
    await using gocd = new Served((path, origin) =>
      path === "/go/api/x" ? to(`${origin}/new/api/x?y`, status) : new Response("{}")
    );
    assert.deepEqual(await ask(gocd), { kind: "text", text: "{}" });
    assert.deepEqual(gocd.asked, [`/go/api/x ${ACCOUNT}`, `/new/api/x?y ${ACCOUNT}`]);
  });
}

for (const hops of [3, 4]) {
  Deno.test(`GocdApi.ask() is led on ${hops} times`, async () => {
    let count = 0;
    await using gocd = new Served(() => count++ < hops ? to(`/${count}`) : new Response("{}"));
    const answer = await ask(gocd);
    assert.equal(gocd.asked.length, 4);
    assert.equal(answer.kind, hops === 3 ? "text" : "refused");
    if (answer.kind === "refused") assert.match(answer.detail, /\/4, one of too many redirects/);
  });
}

interface Row {
  readonly name: string;
  readonly location: (origin: string) => string;
  readonly detail: RegExp;
}

const refused: readonly Row[] = [
  {
    name: "by https on the same host",
    location: (origin) => `${origin.replace("http:", "https:")}/go/api/x`,
    detail:
      /, which is not followed, for the account stays with http:.*; if that is right, set url to https:\/\/127\.0\.0\.1:\d+\/go$/,
  },
  {
    name: "on another host",
    location: () => "https://gocd.example.com/ci/go/api/x?key=hidden",
    detail:
      /^HTTP 302: redirected to https:\/\/gocd\.example\.com\/ci\/go\/api\/x, .* set url to https:\/\/gocd\.example\.com\/ci\/go$/,
  },
  {
    name: "to the login of another host",
    location: () => "https://login.example.com/start?back=hidden",
    detail: /^HTTP 302: redirected to https:\/\/login\.example\.com\/start, .*; check the url$/,
  },
  {
    name: "with another account",
    location: (origin) => `${origin.replace("//", "//a:hidden@")}/go/api/x`,
    detail: /\/\/127\.0\.0\.1:\d+\/go\/api\/x, which is not followed, for it names an account/,
  },
  { name: "to a file", location: () => "file:///hidden", detail: /redirected to nowhere/ },
  { name: "to nowhere", location: () => "http://", detail: /redirected to nowhere/ },
];

for (const { name, location, detail } of refused) {
  Deno.test(`GocdApi.ask() is not led ${name}`, async () => {
    await using gocd = new Served((_, origin) => to(location(origin)));
    const answer = await ask(gocd);
    assert.ok(answer.kind === "refused" && !answer.elsewhere && !answer.never);
    assert.match(answer.detail, detail);
    assert.doesNotMatch(answer.detail, /hidden|s3cret/);
    assert.equal(gocd.asked.length, 1);
  });
}

Deno.test("GocdApi.ask() speaks of no account where there is none", async () => {
  await using gocd = new Served(() => to("https://gocd.example.com/go/api/x"));
  const api = gocdApi({ url: `${gocd.origin}/go` }, { limitMs: 60_000, log: log("routing") });
  const question = { path: "/api/x", accept: "application/json", right: "to read" };
  const answer = await api.ask(question, new AbortController().signal);
  assert.ok(answer.kind === "refused");
  assert.equal(
    answer.detail,
    "HTTP 302: redirected to https://gocd.example.com/go/api/x, which is not followed, for it is " +
      `not on ${gocd.origin}; if that is right, set url to https://gocd.example.com/go`,
  );
});

Deno.test("GocdApi.ask() asks nothing at another port", async () => {
  await using other = new Served(() => new Response("{}"));
  await using gocd = new Served((path) => to(other.origin + path));
  const answer = await ask(gocd);
  assert.ok(answer.kind === "refused");
  assert.ok(answer.detail.endsWith(`if that is right, set url to ${other.origin}/go`));
  assert.deepEqual(other.asked, []);
});

const arrivals = [
  {
    name: "nothing",
    response: () => new Response(null, { status: 404 }),
    detail: /nothing; check/,
  },
  {
    name: "a login page",
    response: () => new Response("<html>", { headers: { "content-type": "Text/HTML; x=y" } }),
    detail: /redirected to .*\/login, which is a page for people; check the url, and user/,
  },
];

for (const { name, response, detail } of arrivals) {
  Deno.test(`GocdApi.ask() is led to ${name}, which says nothing of the path`, async () => {
    await using gocd = new Served((path) => path === "/login" ? response() : to("/login"));
    const answer = await ask(gocd);
    assert.ok(answer.kind === "refused" && !answer.elsewhere && !answer.never);
    assert.match(answer.detail, detail);
  });
}

Deno.test("GocdApi.ask() is told where it is led what the account may not", async () => {
  const forbidden = () => new Response(null, { status: 403 });
  await using gocd = new Served((path) => path === "/y" ? forbidden() : to("/y"));
  const answer = await ask(gocd);
  assert.ok(answer.kind === "refused" && answer.elsewhere);
  assert.equal(answer.detail, "HTTP 403: the account needs to read");
});

Deno.test("GocdApi.ask() takes no longer for being led on", async () => {
  const late = Promise.withResolvers<Response>();
  await using gocd = new Served((path) => path === "/y" ? late.promise : to("/y"));
  const answer = await ask(gocd, 500);
  late.resolve(new Response());
  assert.ok(answer.kind === "refused");
  const [, withinMs = ""] = /^no answer within (\d+) ms$/.exec(answer.detail) ?? [];
  assert.ok(Number(withinMs) > 0 && Number(withinMs) <= 500, answer.detail);
});

Deno.test("GocdApi.ask() takes no other 3xx for an answer", async () => {
  await using gocd = new Served(() => to("/y", 300));
  const answer = await ask(gocd);
  assert.ok(answer.kind === "refused" && !answer.elsewhere);
  assert.match(answer.detail, /^HTTP 300: .*check the url$/);
});
