/** What `check --probe` finds out about GoCD. @module */

import assert from "node:assert/strict";
import { probeAll, type ProbeAnswer } from "../../lib/cli/probe.ts";
import type { SmarthostConfig } from "../../lib/config/types.ts";
import { BASE, parseHere } from "../support/configuration.ts";
import { startFaultServer } from "../support/fault_smtp_server.ts";

/** What a probe says of the only manager, whose GoCD answers as told. */
async function probedGocd(answer: () => Response): Promise<ProbeAnswer & { readonly url: string }> {
  const options = { hostname: "127.0.0.1", port: 0, onListen: () => {} };
  await using gocd = Deno.serve(options, answer);
  const url = `http://127.0.0.1:${gocd.addr.port}/go`;
  const managers = `managers: [{name: ci, type: gocd, url: "${url}", otherwise: [discard],
    messages-we-want: {to: a@example.com}}]`;
  await using server = startFaultServer();
  const smarthost: SmarthostConfig = {
    hostname: "127.0.0.1",
    port: server.port,
    tls: { mode: "none" },
  };
  const configuration = parseHere(`${BASE}${managers}\n`);
  const [, said] = await probeAll({ ...configuration, smarthosts: [smarthost] });
  return { ...said ?? assert.fail("nothing was asked"), url };
}

Deno.test("probeAll() says once where GoCD is, and what to do after a redirect", async () => {
  const { what, failure, url } = await probedGocd(() =>
    new Response(null, { status: 302, headers: { location: "https://ci.test/go/api/dashboard" } })
  );
  assert.equal(what, `manager ci ${url}`);
  assert.equal(
    failure,
    "does not tell its pipeline groups: dashboard: HTTP 302: redirected to " +
      "https://ci.test/go/api/dashboard, which is not followed, for it is not on " +
      `${new URL(url).origin}; if that is right, set url to https://ci.test/go`,
  );
});

Deno.test("probeAll() says what to look at where GoCD says nothing of use", async () => {
  const { failure } = await probedGocd(() => new Response(null, { status: 502 }));
  assert.equal(
    failure,
    "does not tell its pipeline groups: dashboard: HTTP 502. Check url and credentials of the " +
      "manager, and that the GoCD server runs",
  );
});

Deno.test("probeAll() has nothing to say about a GoCD that tells its groups", async () => {
  const { failure, facts } = await probedGocd(() =>
    Response.json({ _embedded: { pipeline_groups: [] } })
  );
  assert.deepEqual([failure, facts], [undefined, undefined]);
});
