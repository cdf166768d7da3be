/** How long route() waits for GoCD when nobody says otherwise: less than 2 s. @module */

import assert from "node:assert/strict";
import type { Fetch } from "../../lib/routing/lookups/http.ts";
import { createRouter } from "../../lib/routing/router.ts";
import { gocdManager, inGroup, routingOf, ruleOf, stageMail } from "../support/gocd_managers.ts";
import { within } from "../support/wait.ts";

const URL = "http://gocd.invalid/go";
/** What a request may take at least, whoever waits for it. */
const REQUEST_MS = 10_000;

/** A GoCD server that never answers; `asked` counts. */
function silence(): { readonly fetch: Fetch; readonly asked: () => number } {
  let asked = 0;
  const fetch: Fetch = (_url, { signal }) => {
    asked++;
    return new Promise((_, reject) => {
      signal?.addEventListener("abort", () => reject(signal.reason), { once: true });
    });
  };
  return { fetch, asked: () => asked };
}

/** Runs something while no timer between nothing and ten seconds fires, and notes those. */
async function withoutWaiting<T>(use: () => Promise<T>): Promise<{ got: T; waits: number[] }> {
  const waits: number[] = [];
  const arm = globalThis.setTimeout;
  const held = (call: () => void, ms = 0) => {
    if (ms <= 0 || ms >= REQUEST_MS) return arm(call, ms);
    waits.push(ms);
    return arm(() => {}, 0);
  };
  try {
    globalThis.setTimeout = held as typeof arm;
    return { got: await use(), waits };
  } finally {
    globalThis.setTimeout = arm;
  }
}

for (const started of [false, true]) {
  const when = started ? "has been asked since the start" : "is first asked now";
  Deno.test(`route() lets a mail go 1.5 s after it came when GoCD ${when}`, async () => {
    const { fetch, asked } = silence();
    let reads = 0;
    // The first to ask what time it is sets the mail's budget; then the budget is used up.
    const now = () => reads++ === 0 ? 0 : 1_500;
    const manager = gocdManager(URL, [ruleOf(["mailto:a@x.test"], inGroup("g"))]);
    const router = createRouter(routingOf([manager]), { fetch, now });
    if (started) {
      router.start();
      reads = 0;
    }
    const { got: { trace }, waits } = await withoutWaiting(() =>
      within(router.route(stageMail("build/7/test/1", "is broken")), { what: "the decision" })
    );
    assert.deepEqual(waits, [], "nothing is left to wait for");
    assert.equal(trace.decision, "undecided");
    assert.match(trace.lookups[0]?.detail ?? "", /^no answer within 1500 ms$/);
    assert.ok(asked() > 0);
    await router.close();
  });
}

Deno.test("route() waits for an answer that comes within 1.5 s", async () => {
  let reads = 0;
  const now = () => reads++ === 0 ? 0 : 500;
  const later = new Promise((resolve) => setTimeout(resolve));
  const fetch: Fetch = async () => {
    await later;
    return Response.json([{ name: "g", pipelines: [] }]);
  };
  const manager = gocdManager(URL, [ruleOf(["mailto:a@x.test"], inGroup("g"))]);
  const router = createRouter(routingOf([manager]), { fetch, now });
  const { got: { trace }, waits } = await withoutWaiting(() =>
    router.route(stageMail("build/7/test/1", "is broken"))
  );
  assert.deepEqual(waits, [1_000], "what is left of 1.5 s");
  assert.doesNotMatch(trace.lookups[0]?.detail ?? "", /^no answer/);
  await router.close();
});
