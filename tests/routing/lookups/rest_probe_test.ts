/** What a probe of a lookup asks, and what it says. @module */

import assert from "node:assert/strict";
import type { LookupConfig } from "../../../lib/config/types.ts";
import { probeLookup } from "../../../lib/routing/lookups/rest_probe.ts";
import { CANARY, findSecret } from "../../support/canary.ts";
import { makeAuthority } from "../../support/certificates.ts";
import { lookupConfig, type RestWishes, startRest } from "../../support/rest_stage.ts";

const authority = await makeAuthority();

const answers = [
  { name: "an answer", answer: () => Response.json([1]), says: "answers: HTTP 200, list of 1" },
  {
    name: "nothing at the moment",
    answer: () => new Response(null, { status: 204 }),
    says: "answers: HTTP 204: it knows of none",
  },
  {
    name: "that there is nothing",
    answer: () => new Response(null, { status: 404 }),
    says: "fails: HTTP 404: it knows of none, and every mail asks this; check the url",
  },
  {
    name: "that it wants credentials",
    answer: () => new Response(null, { status: 401 }),
    says: "fails: HTTP 401: check the credentials in headers",
  },
  {
    name: "something that is no JSON",
    answer: () => new Response("<p>", { headers: { "content-type": "application/json" } }),
    says: /^fails: HTTP 200, but /,
  },
];

for (const { name, answer, says } of answers) {
  Deno.test(`probeLookup() asks a URL without placeholders, and hears ${name}`, async () => {
    const wishes = { path: "/owner?a=1", headers: { "X-Key": CANARY } };
    await using stage = startRest(answer, wishes);
    const { kind, url, detail } = await probeLookup(lookupConfig(stage.origin, wishes));
    const said = `${kind}: ${detail}`;
    if (typeof says === "string") assert.equal(said, says);
    else assert.match(said, says);
    assert.equal(url, `${stage.origin}/owner`);
    assert.equal(stage.requests[0]?.headers.get("x-key"), CANARY);
  });
}

const varying: readonly (RestWishes & { readonly name: string; readonly why: string })[] = [
  { name: "its URL", path: "/{{fields.host}}", why: "its URL has placeholders: not asked" },
  {
    name: "a header field",
    headers: { "X-A": "a", "X-Host": "{{fields.host}}" },
    why: "its header field X-Host has placeholders: not asked",
  },
];

for (const { name, why, ...wishes } of varying) {
  Deno.test(`probeLookup() connects where ${name} has placeholders, and does not ask`, async () => {
    await using stage = startRest(() => Response.json(1), wishes);
    const { kind, detail } = await probeLookup(lookupConfig(stage.origin, wishes));
    assert.deepEqual({ kind, detail }, { kind: "connects", detail: why });
    assert.equal(stage.requests.length, 0);
  });

  Deno.test(`probeLookup() says where nobody listens, and ${name} has placeholders`, async () => {
    const { kind, detail } = await probeLookup(lookupConfig("http://127.0.0.1:1", wishes));
    assert.equal(kind, "fails");
    assert.match(detail, /refused/);
  });
}

for (const path of ["/owner", "/{{fields.host}}"]) {
  Deno.test(`probeLookup() keeps off private addresses that are not allowed: ${path}`, async () => {
    const wishes = { path, host: "localhost", config: { allow: [] } };
    await using stage = startRest(() => Response.json(1), wishes);
    const { kind, detail } = await probeLookup(lookupConfig(stage.origin, wishes));
    assert.equal(kind, "fails");
    assert.match(detail, /^localhost: .* is in the loopback network; list it under allow/);
    assert.equal(stage.requests.length, 0);
  });

  Deno.test(`probeLookup() shakes hands, and wants the server's name: ${path}`, async () => {
    const { certificate, key } = await authority.issue({ names: ["localhost"] });
    const server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, cert: certificate, key, onListen() {} },
      () => Response.json(1),
    );
    const probed = async (host: string, caCerts: readonly string[]) => {
      const config: Partial<LookupConfig> = { allow: ["127.0.0.0/8", "::1"] };
      const origin = `https://${host}:${server.addr.port}`;
      return await probeLookup(lookupConfig(origin, { path, config }), caCerts);
    };
    try {
      const trusted = await probed("localhost", [authority.certificate]);
      assert.equal(trusted.kind, path === "/owner" ? "answers" : "connects", trusted.detail);
      const other = await probed("127.0.0.1", [authority.certificate]);
      assert.equal(other.kind, "fails");
      assert.match(other.detail, /certificate/i);
      const stranger = await probed("localhost", []);
      assert.match(stranger.detail, /UnknownIssuer/);
    } finally {
      await server.shutdown();
    }
  });

  Deno.test(`probeLookup() does not wait for ever: ${path}`, async () => {
    // The kernel takes connections that nobody accepts.
    using silent = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const config = { timeoutMs: 50 };
    const origin = `https://127.0.0.1:${silent.addr.port}`;
    const { kind, detail } = await probeLookup(lookupConfig(origin, { path, config }));
    assert.deepEqual({ kind, detail }, { kind: "fails", detail: "no answer within 50 ms" });
  });
}

Deno.test("probeLookup() shows nothing of what variables put into the URL, and no header field", async () => {
  const wishes: RestWishes = {
    path: `/hook/${CANARY}?key=${CANARY}`,
    headers: { Authorization: `Bearer ${CANARY}` },
    config: { secrets: [CANARY] },
  };
  await using stage = startRest(
    ({ url }) => new Response(null, { status: 302, headers: { location: `${url}/x` } }),
    wishes,
  );
  const config = lookupConfig(stage.origin, wishes);
  const probed = await probeLookup(config);
  assert.deepEqual(probed, {
    kind: "fails",
    url: `${stage.origin}/hook/***`,
    detail: "HTTP 302: more than 3 redirects",
  });
  const other = await probeLookup({ ...config, format: "json", allow: [] });
  assert.deepEqual(findSecret(new Map([["it", JSON.stringify([probed, other])]])), []);
});
