/** What is read of a mail for the sake of lookups: only of those that the manager may ask. @module */

import assert from "node:assert/strict";
import { createRouter } from "../../lib/routing/router.ts";
import { BASE, parseHere } from "../support/configuration.ts";
import { lookupsOf, MAIL, NOBODY } from "../support/worded_routing.ts";

const LOOKUPS = `lookups:
  bare: {url: "https://api.example.com/all"}
  body: {url: "https://api.example.com/{{mail.text | first-line}}"}
  header: {url: "https://api.example.com/h", headers: {x-about: "{{mail.text | first-line}}"}}
  host: {url: "https://api.example.com/{{fields.host}}"}
`;

/** How often the body is read, and whether a pack reads the mail, when nobody is to see the trace. */
async function readFor(rule: string, otherwise = "discard") {
  const router = createRouter(
    parseHere(`${BASE}${LOOKUPS}
managers:
  - name: fleet
    messages-we-want: {to: mail2alert@example.com}
    rules: [{${rule}}]
    otherwise: ["${otherwise}"]
  - name: other
    messages-we-want: {to: other@example.com}
    rules: [{when: lookup.body.x == 1 || lookup.host.x == 1, actions: [discard]}]
`),
    { lookups: lookupsOf(NOBODY) },
  );
  let reads = 0;
  const rest = () => {
    reads++;
    return MAIL.message.rest();
  };
  const mail = { ...MAIL, message: { ...MAIL.message, rest } };
  const { trace } = await router.route(mail, undefined, { traced: false });
  await router.close();
  return { body: reads, pack: trace.pack !== undefined };
}

const SUBJECT = `when: 'mail.subject == "disk full"'`;

const rows = [
  { rule: `${SUBJECT}, actions: [discard]`, body: 0, pack: false },
  { rule: "when: lookup.bare.x == 1, actions: [discard]", body: 0, pack: false },
  { rule: "when: lookup.body.x == 1, actions: [discard]", body: 1, pack: false },
  { rule: "when: lookup.header.x == 1, actions: [discard]", body: 1, pack: false },
  { rule: "when: lookup.host.x == 1, actions: [discard]", pack: true },
  { rule: `${SUBJECT}, actions: ["mailto:{{lookup.body.mail}}"]`, body: 1, pack: false },
  { rule: `${SUBJECT}, actions: [{mailto: a@example.com, text: "{{lookup.body.x}}"}]`, body: 1 },
];

for (const { rule, body, pack } of rows) {
  Deno.test(`route() reads of a mail what {${rule}} needs`, async () => {
    const read = await readFor(rule);
    if (body !== undefined) assert.equal(read.body, body);
    if (pack !== undefined) assert.equal(read.pack, pack);
  });
}

Deno.test("route() reads of a mail what otherwise needs", async () => {
  const rule = `${SUBJECT}, actions: [discard]`;
  assert.deepEqual(await readFor(rule, "mailto:{{lookup.header.mail}}"), { body: 1, pack: false });
});
