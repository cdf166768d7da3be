/** What both configurations of a replay are told by lookups. @module */

import assert from "node:assert/strict";
import { inReplay, managing, pastId } from "../../support/replay_stage.ts";

/** A REST API that is asked who owns what; `count` is how often it was asked before. */
async function withApi(
  answer: (count: number) => Response,
  test: (api: { readonly lookup: string; readonly paths: readonly string[] }) => Promise<void>,
): Promise<void> {
  const paths: string[] = [];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, ({ url }) => {
    paths.push(new URL(url).pathname);
    return answer(paths.length - 1);
  });
  const url = `http://127.0.0.1:${server.addr.port}/{{mail.subject}}`;
  const lookup = `{url: '${url}', allow: [127.0.0.1/32], cache: 0s, timeout: 30s}`;
  try {
    await test({ lookup, paths });
  } finally {
    await server.shutdown();
  }
}

const TO_GOLD = managing("{when: lookup.owner.tier == 'gold', actions: [mailto:gold@example.com]}");
const TWO_MAILS = [{ subject: "bank" }, { subject: "shop" }];

Deno.test("replay asks a lookup of both configurations once for each mail", () =>
  // Were it asked twice, it would answer otherwise the second time.
  withApi((count) => Response.json({ tier: count < 2 ? "gold" : "none" }), ({ lookup, paths }) =>
    inReplay({
      mails: TWO_MAILS,
      before: `lookups: {owner: ${lookup}}\n${TO_GOLD}`,
      // One more that nobody asks makes the lookups as a whole others.
      after: `lookups: {owner: ${lookup}, more: {url: 'https://x.example/'}}\n${TO_GOLD}`,
    }, async ({ json }) => {
      const { code, found } = await json();
      assert.deepEqual([code, found.mails, found.changed], [0, 2, 0]);
      assert.deepEqual(paths.toSorted(), ["/bank", "/shop"]);
    })));

Deno.test("replay asks a lookup anew for a mail with the same subject", () =>
  withApi(() => Response.json({ tier: "gold" }), ({ lookup, paths }) => {
    const before = `lookups: {owner: ${lookup.replace("mail.subject", "mail.id")}}\n${TO_GOLD}`;
    return inReplay(
      { mails: [{}, {}], before, after: `${before}# the same\n` },
      async ({ json }) => {
        assert.equal((await json()).found.changed, 0);
        assert.deepEqual(paths.toSorted(), [`/${pastId(0)}`, `/${pastId(1)}`]);
      },
    );
  }));

Deno.test("replay asks a lookup that another configuration changes anew", () =>
  withApi(
    (count) => Response.json({ tier: count === 0 ? "gold" : "none" }),
    ({ lookup, paths }) =>
      inReplay({
        mails: [{ subject: "bank" }],
        before: `lookups: {owner: ${lookup}}\n${TO_GOLD}`,
        after: `lookups: {owner: ${
          lookup.replace("{url", "{headers: {x-new: a}, url")
        }}\n${TO_GOLD}`,
      }, async ({ json }) => {
        const { code, found } = await json();
        assert.deepEqual([code, found.lastLost, paths.length], [3, 1, 2]);
        assert.deepEqual(found.changes[0]?.lost, ["gold@example.com"]);
      }),
  ));

Deno.test("replay says of how many mails a lookup that is down leaves the answer open", () =>
  withApi(() => new Response("no database", { status: 500 }), ({ lookup }) =>
    inReplay({
      mails: TWO_MAILS,
      before: `lookups: {owner: ${lookup}}\n${TO_GOLD}`,
      after: `lookups: {owner: ${lookup}}\n${TO_GOLD.replace("gold@", "golden@")}`,
    }, async ({ json, replay, terminal }) => {
      const { code, found } = await json();
      assert.deepEqual([code, found.undecided, found.changed, found.lastLost], [0, 2, 2, 0]);
      await replay();
      assert.match(
        terminal.stdout(),
        /^2 mails could not be decided in full: a lookup or GoCD did not answer$/m,
      );
    })));

for (const [before, after] of [[TO_GOLD, ""], ["", TO_GOLD]] as const) {
  const which = before === "" ? "new" : "old";
  Deno.test(`replay counts a mail that only the ${which} configuration cannot decide`, () =>
    withApi(() => new Response("no", { status: 500 }), ({ lookup }) =>
      inReplay({
        mails: [{}],
        before: `lookups: {owner: ${lookup}}\n${before}`,
        after: `lookups: {owner: ${lookup}}\n${after}`,
      }, async ({ json }) => {
        assert.equal((await json()).found.undecided, 1);
      })));
}
