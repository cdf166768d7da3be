/** Answers without the key that a rule asks for, with a real API. @module */

import assert from "node:assert/strict";
import { createRouter } from "../../lib/routing/router.ts";
import { BASE, parseHere } from "../support/configuration.ts";
import { recipientsOf } from "../support/gocd_managers.ts";
import { MAIL } from "../support/worded_routing.ts";

/** Routes a mail that is for who owns the database, by what the API says. */
async function routeBy(answer: () => Response, onMissing: string) {
  await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, answer);
  const { port } = server.addr;
  const config = parseHere(`${BASE}
lookups:
  owner:
    url: http://127.0.0.1:${port}/owner
    allow: [127.0.0.0/8]
    timeout: 30s
    on-missing: ${onMissing}
managers:
  - name: mail
    messages-we-want: {to: mail2alert@example.com}
    rules:
      - {when: 'lookup.owner.team == "db"', actions: ["mailto:db@example.com"]}
    otherwise: ["mailto:otherwise@example.com"]
`);
  const router = createRouter(config);
  try {
    return await router.route(MAIL);
  } finally {
    await router.close();
  }
}

const json = (value: unknown) => () => Response.json(value);
const nobody = () => new Response(null, { status: 404 });

const rows = [
  { name: "with the key", answer: json({ team: "db" }), onMissing: "{tier: none}", to: "db" },
  { name: "without the key", answer: json({ tier: "gold" }), onMissing: "{tier: none}" },
  { name: "without the key", answer: json({ tier: "gold" }), onMissing: "holds" },
  { name: "without the key", answer: json({ tier: "gold" }), onMissing: "fails" },
  {
    name: "that is missing, as is the key of what stands in",
    answer: nobody,
    onMissing: "{tier: none}",
    where: "the value of on-missing, which stands in for the answer",
  },
];

for (const { name, answer, onMissing, to, where = "the answer" } of rows) {
  Deno.test(`route() by an answer ${name}, on-missing: ${onMissing}`, async () => {
    const routing = await routeBy(answer, onMissing);
    const [rule] = routing.trace.rules;
    assert.deepEqual(recipientsOf(routing), [`${to ?? "otherwise"}@example.com`]);
    assert.equal(rule?.verdict, to === undefined ? "undecided" : "matched");
    if (to !== undefined) return;
    assert.equal(
      rule.reason,
      `lookup.owner.team == "db" cannot be told: there is no lookup.owner.team in ${where}`,
    );
  });
}

Deno.test("route() by no answer takes on-missing at its word", async () => {
  const to = async (onMissing: string) => recipientsOf(await routeBy(nobody, onMissing));
  assert.deepEqual(await to("holds"), ["db@example.com"]);
  assert.deepEqual(await to("fails"), ["otherwise@example.com"]);
  assert.deepEqual(await to("{team: db}"), ["db@example.com"]);
});
