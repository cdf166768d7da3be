/** Holds lib/routing/lookups/rest_{request,exchange}.ts and slots.ts to what they may send. @module */

import assert from "node:assert/strict";
import type { Template } from "../../../lib/language/expression.ts";
import { exchange } from "../../../lib/routing/lookups/rest_exchange.ts";
import { requestFor } from "../../../lib/routing/lookups/rest_request.ts";
import { Slots } from "../../../lib/routing/lookups/slots.ts";
import { lookupConfig, scopeOf, template } from "../../support/rest_stage.ts";
import { within } from "../../support/wait.ts";

const never = new AbortController().signal;

/** A template that comes to something that no template should come to. */
function rendering(text: string, url = "http://a.test/x/{{fields.host}}"): Template {
  const rendered = { kind: "text", text } as const;
  return {
    text: url,
    target: "url",
    needs: { lookups: [], text: false, reading: false },
    render: () => rendered,
  };
}

const climbing = [
  "http://b.test/x/y",
  "https://a.test/x/y",
  "http://a.test:81/x/y",
  "http://a.test@b.test/x/y",
  "http://user:pass@a.test/x/y",
  "http://a.test.b.test/",
  "http://a.test/x/..",
  "http://a.test/x/../y",
  "http://a.test/x/%2e%2E/y",
  "http://a.test/x/.%2e",
  "http://a.test/x/.",
  "http://a.test/x/..\\y",
  `http://a.test/x/${"y".repeat(8_000)}`,
  "not a url",
];

for (const text of climbing) {
  Deno.test(`requestFor() asks nobody at ${text.slice(0, 40)}`, () => {
    const config = lookupConfig("http://a.test", { config: { url: rendering(text) } });
    assert.equal(requestFor(config, scopeOf()).kind, "unfit");
  });
}

const harmless = ["http://a.test/x/..y", "http://a.test/x/...", "http://a.test/x?y=/../z"];

for (const text of harmless) {
  Deno.test(`requestFor() asks ${text}`, () => {
    const config = lookupConfig("http://a.test", { config: { url: rendering(text) } });
    const requested = requestFor(config, scopeOf());
    assert.equal(requested.kind === "request" && requested.request.url, text);
  });
}

Deno.test("requestFor() lets the configuration's header fields win, whatever their case", () => {
  const headers = { ACCEPT: "text/csv", "X-Host": "{{fields.host}}" };
  const config = lookupConfig("http://a.test", { headers });
  const requested = requestFor(config, scopeOf({ host: "a\r\nb: c" }));
  assert.equal(requested.kind, "request");
  const sent = requested.kind === "request" ? requested.request.headers : {};
  assert.equal(sent.accept, "text/csv");
  assert.match(sent["x-host"] ?? "", /^[\x20-\x7e]+$/);
});

Deno.test("requestFor() sends no header field that ends early, and does not quote it", () => {
  for (const value of ["secret\r\nx: y", "secret\0", "secrét"]) {
    const field = { name: "Authorization", value: rendering(value, "x") };
    const config = lookupConfig("http://a.test", { config: { headers: [field] } });
    assert.deepEqual(requestFor(config, scopeOf()), {
      kind: "unfit",
      why: "the header field Authorization has characters that no header field may hold",
    });
  }
});

Deno.test("requestFor() bounds the header fields", () => {
  const field = { name: "X", value: rendering("x".repeat(16_000), "x") };
  const config = lookupConfig("http://a.test", { config: { headers: [field] } });
  assert.equal(requestFor(config, scopeOf()).kind, "unfit");
});

Deno.test("exchange() keeps credentials to itself after a redirect to https", async () => {
  const asked: { url: string; key: string | null; etag: string | null }[] = [];
  const fetch = (url: string, init: RequestInit) => {
    const headers = new Headers(init.headers);
    asked.push({ url, key: headers.get("x-key"), etag: headers.get("if-none-match") });
    return Promise.resolve(
      asked.length === 1
        ? new Response(null, { status: 307, headers: { location: "https://a.test/y" } })
        : new Response(null, { status: 401 }),
    );
  };
  const config = lookupConfig("http://a.test");
  const request = { url: "http://a.test/x", headers: { "x-key": "secret" } };
  const value = { url: "https://a.test/y" };
  const last = { value, url: "", detail: "", etag: '"v"' };
  const said = await exchange(request, { config, fetch, now: () => 0, last }, never);
  assert.match(said.kind === "failed" ? said.detail : "", /^HTTP 401: .*write https in the url$/);
  assert.deepEqual(asked, [
    { url: "http://a.test/x", key: "secret", etag: null },
    { url: "https://a.test/y", key: null, etag: '"v"' },
  ]);
});

Deno.test("exchange() does not take a 304 of one URL for the answer of another", async () => {
  const fetch = () => Promise.resolve(new Response(null, { status: 304 }));
  const config = lookupConfig("http://a.test");
  const request = { url: "http://a.test/x", headers: {} };
  const value = { answered: { value: 1 }, url: "http://a.test/y" };
  const last = { value, url: "", detail: "", etag: '"v"' };
  const said = await exchange(request, { config, fetch, now: () => 0, last }, never);
  assert.match(said.kind === "failed" ? said.detail : "", /^HTTP 304 although nothing was known/);
});

Deno.test("Slots passes a turn on that comes to somebody who has just gone", async () => {
  const slots = new Slots(1);
  const gone = new AbortController();
  const first = await slots.take(never);
  const second = slots.take(gone.signal);
  const third = slots.take(never);
  gone.abort();
  first?.();
  assert.equal(await second, null);
  assert.ok(await within(third, { what: "the turn" }));
});

Deno.test("Slots gives turns in their order, and takes none that nobody wants", async () => {
  const slots = new Slots(1);
  const gone = new AbortController();
  const first = await slots.take(never);
  const second = slots.take(gone.signal);
  const third = slots.take(never);
  gone.abort();
  assert.equal(await second, null);
  first?.();
  const giveBack = await third;
  assert.ok(giveBack);
  const fourth = slots.take(gone.signal);
  assert.equal(await fourth, null);
  giveBack();
  assert.ok(await slots.take(never));
});

Deno.test("template() of the stage refuses names that there are not", () => {
  assert.throws(() => template("http://a.test/{{fields.nobody}}", "url"));
});
