/** What is read of a mail when nobody is to see the trace. @module */

import assert from "node:assert/strict";
import type { GocdSource } from "../../lib/routing/gocd_source.ts";
import { createRouter } from "../../lib/routing/router.ts";
import { parseHere } from "../support/configuration.ts";
import { sampleMail } from "../support/sample_mail.ts";

const MDADM = {
  fields: "From: mdadm monitoring <root@nas1.example.org>\r\n" +
    "Subject: DegradedArray event on /dev/md0:nas1\r\n",
  rest: "\r\nThis is an automatically generated mail message from mdadm\r\nrunning on nas1\r\n",
};

/** The decision about a mail of mdadm's, and how often its body was read for it. */
async function decide(managers: string, wishes?: { readonly traced: boolean }) {
  const text = `local-smtp: localhost:1025\nremote-smtp: localhost:25\nmanagers:\n${managers}`;
  const router = createRouter(parseHere(text));
  const mail = sampleMail(MDADM);
  let reads = 0;
  const rest = () => {
    reads++;
    return mail.message.rest();
  };
  const counted = { ...mail, message: { ...mail.message, rest } };
  const routing = await router.route(counted, undefined, wishes);
  await router.close();
  return { routing, reads };
}

/** One manager for the mail, with one rule. */
function manager(rule: string, name = "fleet", also = false): string {
  return [
    `- name: ${name}`,
    `  also: ${also}`,
    "  type: mail",
    "  messages-we-want: {to: mail2alert@example.org}",
    `  rules: [{name: r, ${rule}}]`,
    "",
  ].join("\n");
}

const DISCARD = "actions: [discard]";
const SUBJECT = "filter: {function: mail.in_subject, args: [degraded]}";

const rules = [
  { rule: `${SUBJECT}, ${DISCARD}`, reads: false },
  { rule: `when: 'mail.subject.contains("Degraded")', ${DISCARD}`, reads: false },
  { rule: `when: 'mail.header("From").contains("mdadm")', ${DISCARD}`, reads: false },
  { rule: `when: 'event == "DEGRADED_ARRAY"', ${DISCARD}`, reads: true },
  { rule: `when: 'fields.host == "nas1"', ${DISCARD}`, reads: true },
  {
    rule:
      `filter: {events: [DEGRADED_ARRAY], function: mail.in_subject, args: [degraded]}, ${DISCARD}`,
    reads: true,
  },
  { rule: `${SUBJECT}, actions: ["mailto:{{fields.host}}@example.org"]`, reads: true },
];

for (const { rule, reads } of rules) {
  Deno.test(`untraced, packs ${reads ? "read" : "do not read"} for {${rule}}`, async () => {
    const traced = await decide(manager(rule));
    const untraced = await decide(manager(rule), { traced: false });
    const { trace, inFull } = untraced.routing;
    assert.deepEqual(untraced.routing.deliveries, traced.routing.deliveries);
    assert.equal(traced.routing.inFull, undefined);
    assert.equal(traced.routing.trace.pack, "mdadm");
    assert.equal(trace.fields.subject, "DegradedArray event on /dev/md0:nas1");
    assert.equal(trace.pack, reads ? "mdadm" : undefined);
    assert.equal(untraced.reads, reads ? traced.reads : 0);
    assert.equal(plain(await inFull?.() ?? trace), plain(traced.routing.trace));
  });
}

Deno.test("untraced, each manager has read for it what its own rules need", async () => {
  const first = manager(`${SUBJECT}, ${DISCARD}`, "first", true);
  const second = manager(`when: 'event == "DEGRADED_ARRAY"', ${DISCARD}`, "second");
  const { routing: { trace, inFull } } = await decide(first + second, { traced: false });
  assert.deepEqual([trace.pack, trace.further?.[0]?.pack], [undefined, "mdadm"]);
  const traced = await decide(first + second);
  assert.equal(plain(await inFull?.()), plain(traced.routing.trace));
});

Deno.test("untraced, history is asked about what the packs read", async () => {
  const asked: unknown[] = [];
  const source: GocdSource = {
    start: () => {},
    groups: () => Promise.reject(new Error("nobody asks")),
    judge: (reading) => {
      asked.push(reading.fields.pipeline);
      return Promise.resolve({ ...reading, notes: [] });
    },
    close: () => Promise.resolve(),
  };
  const gocd = manager(`${SUBJECT}, ${DISCARD}`).replace(
    "type: mail",
    "type: gocd\n  url: http://127.0.0.1:9",
  );
  const text = `local-smtp: localhost:1025\nremote-smtp: localhost:25\nmanagers:\n${gocd}`;
  const router = createRouter(parseHere(text), { gocd: () => source });
  const fields = "Subject: Stage [shop/7/build/1] passed\r\n";
  await router.route(sampleMail({ fields }), undefined, { traced: false });
  await router.close();
  assert.deepEqual(asked, ["shop"]);
});

function plain(trace: unknown): string {
  return JSON.stringify(trace, null, 2);
}
