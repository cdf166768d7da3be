/** What a configuration may say about lookups, and what it means. @module */

import assert from "node:assert/strict";
import { BASE, parseHere as parse } from "../support/configuration.ts";

const routing = await Deno.readTextFile(new URL("./good/routing.yaml", import.meta.url));

Deno.test("parseConfiguration() reads lookups", () => {
  const [owner, onCall] = parse(routing).lookups;
  assert.ok(owner && onCall);
  const { url, headers, ...settings } = owner;
  assert.equal(
    url.text,
    "https://catalog.example.com/api/services/{{fields.pipeline}}?stage={{fields.stage}}",
  );
  assert.equal(url.target, "url");
  assert.deepEqual(headers.map(({ name, value }) => [name, value.text, value.target]), [
    ["authorization", "Bearer pelle", "http-header"],
    ["x-key", "content-of-key.txt", "http-header"],
  ]);
  assert.deepEqual(settings, {
    name: "owner",
    format: "json",
    timeoutMs: 500,
    maxOctets: 64_000,
    cacheMs: 3_600_000,
    staleWhileRevalidateMs: 60_000,
    staleIfErrorMs: 172_800_000,
    allow: [],
    onMissing: { kind: "value", value: { tier: "gold", level: 3, nested: [true, null, "x"] } },
  });
  assert.deepEqual(onCall.allow, ["10.0.0.0/8"]);
  assert.deepEqual(onCall.onMissing, { kind: "fails" });
});

Deno.test("parseConfiguration() fills in what a lookup does not say", () => {
  const [{ url: _, ...lookup } = {}] =
    parse(`${BASE}lookups: {a: {url: "https://x.example"}}`).lookups;
  assert.deepEqual(lookup, {
    name: "a",
    headers: [],
    format: "auto",
    timeoutMs: 2_000,
    maxOctets: 1_000_000,
    cacheMs: 300_000,
    staleWhileRevalidateMs: 0,
    staleIfErrorMs: 86_400_000,
    allow: [],
    onMissing: { kind: "undecided" },
  });
});

Deno.test("parseConfiguration() takes answers as a server could give them", () => {
  const text = `${BASE}lookups:
  a: {url: "https://x.example", on-missing: &one {n: 12, s: "12", t: true, u: "true", z: ~, d: 2026-01-01, v: $V}}
  b: {url: "https://x.example", on-missing: {<<: *one, n: .inf}}
  c: {url: "https://x.example", on-missing: [1.5, a]}
`;
  const values = parse(text, { V: "3" }).lookups.map(({ onMissing }) =>
    onMissing.kind === "value" ? onMissing.value : undefined
  );
  const one = { n: 12, s: "12", t: true, u: "true", z: null, d: "2026-01-01", v: "3" };
  assert.deepEqual(values, [one, { ...one, n: "Infinity" }, [1.5, "a"]]);
});

const local = [
  { url: "http://localhost:8080/", allow: '["127.0.0.0/8"]' },
  { url: "http://localhost/", allow: '["::1"]' },
  { url: "http://127.0.0.1/", allow: "[127.0.0.1]" },
  { url: "http://[::1]/", allow: '["::1/128"]' },
  { url: "http://[fd00::5]:8080/a?b", allow: '["fd00::/16"]' },
  { url: "http://[::ffff:10.0.0.1]/", allow: "[10.0.0.0/8]" },
  { url: "https://93.184.216.34/", allow: "[]" },
  { url: "https://catalog.internal/", allow: "[]" },
];

for (const { url, allow } of local) {
  Deno.test(`parseConfiguration() lets a lookup reach ${url} with allow: ${allow}`, () => {
    const [lookup] = parse(`${BASE}lookups: {a: {url: "${url}", allow: ${allow}}}`).lookups;
    assert.equal(lookup?.url.text, url);
  });
}

for (
  const [url, variables, secrets] of [
    ["https://x.example/a?b=c", {}, undefined],
    ["https://x.example/a?key=$KEY", { KEY: "pelle" }, ["pelle"]],
    ["https://x.example/${KEY}/{{fields.host}}", { KEY: "p<lle" }, ["p<lle", "p%3Clle"]],
    ["https://x.example/a?key=$KEY", { KEY: "abc" }, undefined],
    ["https://$HOST/a?key=$KEY", { KEY: "pelle", HOST: "x.example" }, ["pelle"]],
    ["https://$HOST", { HOST: "x.example" }, undefined],
    ["$URL", { URL: "https://x.example" }, undefined],
    ["$URL", { URL: "https://x.example?key=pelle" }, ["key=pelle"]],
    ["$URL", { URL: "https://x.example/{{fields.host}}/pelle" }, ["pelle"]],
    ["https://x.example/?a=$A&b=$B", { A: "kalle", B: "pelle" }, ["kalle", "pelle"]],
    ["https://x.example/?a=$A&b=$$KEY", { A: "kalle" }, ["kalle"]],
  ] as const
) {
  Deno.test(`parseConfiguration() says what to hide in ${url} with ${JSON.stringify(variables)}`, () => {
    const text = `${BASE}lookups: {a: {url: "${url}"}}`;
    const [lookup] = parse(text, variables).lookups;
    assert.deepEqual(lookup?.secrets, secrets);
  });
}
