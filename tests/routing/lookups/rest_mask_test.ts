/** What variables put into the URL of a lookup comes to light nowhere. @module */

import assert from "node:assert/strict";
import { maskOf } from "../../../lib/routing/lookups/rest_mask.ts";
import { CANARY, findSecret } from "../../support/canary.ts";
import { startRest } from "../../support/rest_stage.ts";

/** A secret that is also the name of a host. */
const NAME = "canary-9z";

const cases = [
  { name: "as it is", secret: "k3y-0f", text: "/a/k3y-0f/b", shown: "/a/***/b" },
  { name: "each time", secret: "k3y-0f", text: "/k3y-0f/k3y-0f", shown: "/***/***" },
  { name: "percent-encoded", secret: "a b+é/x", text: "/a%20b%2B%C3%a9%2fx/", shown: "/***/" },
  { name: "in part encoded", secret: "a b+é/x", text: "/a%20b+é/%78/", shown: "/***/" },
  { name: "decoded", secret: "ab%2Fcd", text: "/ab/cd/", shown: "/***/" },
  { name: "that cannot be decoded", secret: "ab%zz-d", text: "/ab%zz-d/", shown: "/***/" },
  { name: "up to its query", secret: "path?k=1234", text: "/path", shown: "/***" },
  {
    name: "with what means something else in a pattern",
    secret: "a.*b$",
    text: "a.*b$",
    shown: "***",
  },
  { name: "and nothing that looks like it", secret: "a.*b$", text: "axxb", shown: "axxb" },
];

for (const { name, secret, text, shown } of cases) {
  Deno.test(`maskOf() hides a secret ${name}`, () => {
    assert.equal(maskOf({ secrets: [secret] }).hide(text), shown);
  });
}

Deno.test("maskOf() hides the longer of two secrets whole", () => {
  assert.equal(maskOf({ secrets: ["token", "token-2"] }).hide("/token-2/token"), "/***/***");
});

Deno.test("maskOf() leaves everything without a secret, and what is shorter than one", () => {
  assert.equal(maskOf({}).url("https://a.test/b?c"), "https://a.test/b");
  assert.equal(maskOf({ secrets: ["b?c"] }).hide("/b/c"), "/b/c");
});

Deno.test("a variable in the path of a lookup shows in no trace and no line of the log", async () => {
  const encoded = encodeURIComponent(CANARY).replace("%2F", "%2f");
  const statuses = [200, 302, 303, 502, 404, 403, 502, 502, 502];
  await using stage = startRest((request, count) => {
    const status = statuses[count - 1] ?? 200;
    const location = status === 302 ? `http://${NAME}.test/` : `/again/${encoded}`;
    const headers = status === 302 || status === 303 ? { location } : {};
    return status === 200 ? Response.json(1) : new Response(request.url, { status, headers });
  }, { path: `/hook/${CANARY}/{{fields.host}}`, config: { secrets: [CANARY, NAME] } });
  const traces = [];
  for (let time = 0; time < 8; time++) {
    traces.push((await stage.ask({ host: "a" })).trace);
    stage.clock.now += 100_000_000;
  }
  traces.push((await stage.ask()).trace);
  assert.equal(traces[0]?.url, `${stage.origin}/hook/***/a`);
  assert.match(stage.lines.join("\n"), /a lookup is refused .*\/hook\/\*\*\*\/a/);
  assert.match(stage.lines.join("\n"), /HTTP 302: a redirect to http:\/\/\*\*\*\.test,/);
  assert.match(stage.lines.join("\n"), /a lookup fails .*\/hook\/\*\*\*\/a/);
  const places = new Map([["traces", JSON.stringify(traces)], ["log", stage.lines.join("\n")]]);
  assert.deepEqual([...findSecret(places), ...findSecret(places, NAME)], []);
});
