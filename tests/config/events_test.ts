/** Filters know what the packs know. @module */

import assert from "node:assert/strict";
import { parseConfiguration } from "../../lib/config/load.ts";
import { ALL_EVENTS } from "../../lib/routing/packs/packs.ts";

Deno.test("parseConfiguration() takes every event that a pack reports", () => {
  assert.ok(ALL_EVENTS.length > 5, "too few events to mean anything");
  const text = `local-smtp: 127.0.0.1:0
remote-smtp: 127.0.0.1:25
managers:
  - name: mail
    messages-we-want: {to: a@example.com}
    rules: [{actions: [discard], filter: {events: [${
    ALL_EVENTS.join(", ")
  }], function: mail.in_subject}}]
`;
  const { managers } = parseConfiguration("configuration.yml", text, () => undefined);
  assert.deepEqual(managers[0]?.rules[0]?.filter?.events, [...ALL_EVENTS]);
});
