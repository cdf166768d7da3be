/** What the trace says of a lookup's answer: what the manager's own words look at, and no more. @module */

import assert from "node:assert/strict";
import { explainJson, explainText } from "../../lib/cli/explain_text.ts";
import { createRouter } from "../../lib/routing/router.ts";
import { BASE, parseHere } from "../support/configuration.ts";
import { startRest } from "../support/rest_stage.ts";
import { MAIL } from "../support/worded_routing.ts";

const ANSWER = {
  tier: "gold",
  email: "team@example.com",
  name: "Team \x1b[2J",
  password: "Canary-1",
  nested: { token: "Canary-2", names: ["Canary-3"] },
};

Deno.test("explain shows of an answer what the manager looks at, and nothing else of it", async () => {
  await using rest = startRest(() => Response.json(ANSWER));
  const router = createRouter(parseHere(`${BASE}
lookups:
  owner: {url: "${rest.origin}/a?key=Canary-4", allow: [127.0.0.0/8]}
managers:
  - name: fleet
    messages-we-want: {to: mail2alert@example.com}
    rules:
      - when: lookup.owner.tier == "gold" && size(lookup.owner.nested) > 0
        actions:
          - mailto: "{{lookup.owner.email}}"
            text: "{{lookup.owner.name}}"
  - name: other
    messages-we-want: {to: other@example.com}
    rules: [{when: 'lookup.owner.password == "x"', actions: [discard]}]
`));
  const routing = await router.route(MAIL);
  await router.close();
  const [lookup] = routing.trace.lookups;
  assert.equal(
    lookup?.said,
    'tier is "gold", nested is a mapping of 2, email is "team@example.com", name is "Team \\u001b[2J"',
  );
  const text = explainText(MAIL.envelope, routing, false);
  assert.match(text, /^ {2}lookup owner \(fresh.*\): HTTP 200, 5 keys \[.*\n {6}tier is "gold", /m);
  assert.doesNotMatch(text + explainJson(MAIL.envelope, routing), /Canary/);
});
