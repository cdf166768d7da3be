/** What is kept, replaced and closed when another configuration comes into force. @module */

import assert from "node:assert/strict";
import { InForce } from "../../lib/app/in_force.ts";
import { contextOf } from "../../lib/app/live.ts";
import { startGocdServer } from "../../lib/cli/demo/gocd_server.ts";
import { startLog, stopLog } from "../../lib/log.ts";
import { parseHere } from "../support/configuration.ts";
import { stage } from "../support/queue_stage.ts";
import { sampleDelivery, sampleMail } from "../support/sample_mail.ts";
import { startRecordingSink } from "../support/recording_sink.ts";
import { ok, scripted } from "../support/scripted.ts";
import { HANG_MS, until, within } from "../support/wait.ts";

const MANAGER = `
- name: mail
  type: mail
  messages-we-want: {to: mail2alert@example.org}
  rules: [{actions: ["mailto:NAME@example.org"], when: 'mail.subject != ""'}]
`;

function configurationOf(
  { port, name = "first", more = "" }: { port: number; name?: string; more?: string },
) {
  const managers = `managers:${MANAGER.replace("NAME", name)}`;
  return parseHere(
    `local-smtp: localhost:1025\nremote-smtp: localhost:${port}\n${more}${managers}`,
  );
}

const never = new AbortController().signal;

Deno.test("InForce keeps a destination whose settings are the same, with its connection", async () => {
  await using sink = startRecordingSink();
  const force = new InForce(configurationOf({ port: sink.port }), { destinations: {} });
  const send = () =>
    force.now.targets.get("smarthost")?.deliver(sampleMail(), sampleDelivery(), never);
  const before = force.now;
  await send();
  force.replace(configurationOf({ port: sink.port, name: "second" }));
  assert.equal(force.now.targets, before.targets);
  assert.notEqual(force.now.routedBy, before.routedBy);
  await send();
  assert.equal(sink.mails.length, 2);
  assert.equal(sink.wire().length, 1, "one connection for both");
  await force.close();
});

Deno.test("InForce closes a destination that was replaced when its last attempt has ended", async () => {
  const answered = Promise.withResolvers<null>();
  const asked = Promise.withResolvers<void>();
  await using sink = startRecordingSink((command) => {
    if (command !== ".") return null;
    asked.resolve();
    return answered.promise;
  });
  await using next = startRecordingSink();
  const force = new InForce(configurationOf({ port: sink.port }), { destinations: {} });
  const under = force.now.targets.get("smarthost")?.deliver(sampleMail(), sampleDelivery(), never);
  await within(asked.promise, { what: "the end of data" });
  force.replace(configurationOf({ port: next.port }));
  const told = () => new TextDecoder().decode(sink.wire()[0]);
  answered.resolve(null);
  const outcomes = await under;
  assert.deepEqual([...outcomes?.values() ?? []].map(({ kind }) => kind), ["delivered"]);
  await until(() => told().endsWith("QUIT\r\n"), { what: "the farewell to the old server" });
  await force.now.targets.get("smarthost")?.deliver(sampleMail(), sampleDelivery(), never);
  assert.equal(next.mails.length, 1);
  await force.close();
});

Deno.test("InForce lets a mail that is being routed end by the configuration it began with", async () => {
  const before = configurationOf({ port: 9 });
  const force = new InForce(before, { destinations: {} });
  const routing = force.route(sampleMail());
  const { routedBy } = force.now;
  force.replace(configurationOf({ port: 9, name: "second" }));
  const [routed, next] = await Promise.all([routing, force.route(sampleMail())]);
  assert.deepEqual(routed.deliveries.map(({ recipients }) => recipients), [["first@example.org"]]);
  assert.equal(routed.routedBy, routedBy);
  assert.deepEqual(next.deliveries.map(({ recipients }) => recipients), [["second@example.org"]]);
  assert.equal(next.routedBy, force.now.routedBy);
  await force.close();
});

Deno.test("InForce goes on with what is known of a GoCD server that stays", async () => {
  const server = startGocdServer({ version: "20.3", groups: { shop: ["p"] } });
  const gocd = (name: string) =>
    parseHere(`
local-smtp: localhost:1025
remote-smtp: localhost:9
managers:
- name: gocd
  url: ${server.url}
  messages-we-want: {to: mail2alert@example.org}
  rules:
  - actions: ["mailto:${name}@example.org"]
    filter: {function: pipelines.in_group, args: [shop]}
`);
  const mail = sampleMail({ fields: "Subject: Stage [p/1/s/1] failed\r\n" });
  const router = { waitMs: HANG_MS, requestMs: HANG_MS };
  const force = new InForce(gocd("first"), { destinations: {}, router });
  force.start();
  const asks = () => server.requests.filter(({ path }) => path === "/api/dashboard").length;
  try {
    await force.route(mail);
    const before = asks();
    assert.ok(before > 0);
    force.replace(gocd("second"));
    const routed = await force.route(mail);
    assert.deepEqual(routed.deliveries[0]?.recipients, ["second@example.org"]);
    assert.equal(asks(), before);
  } finally {
    await force.close();
    await server.close();
  }
});

const readers = [
  { name: "the journal", more: "", reads: true },
  { name: "whoever watches", more: "history: {keep: 0s}\n", onRouted: () => {}, reads: true },
  { name: "the debug log", more: "history: {keep: 0s}\n", level: "DEBUG", reads: true },
  { name: "nobody", more: "history: {keep: 0s}\n", reads: false },
];

for (const { name, more, level = "INFO", reads, onRouted } of readers) {
  Deno.test(`a mail that is routed by its subject is read by packs for ${name}`, async () => {
    const lines: string[] = [];
    startLog(level, (line) => lines.push(line));
    const mail = sampleMail();
    let read = 0;
    const rest = () => {
      read++;
      return mail.message.rest();
    };
    try {
      const force = new InForce(configurationOf({ port: 25, more }), {
        destinations: {},
        ...onRouted && { onRouted },
      });
      const { trace } = await force.route({ ...mail, message: { ...mail.message, rest } });
      assert.equal(read > 0, reads);
      assert.match(JSON.stringify(await trace?.()), /"pack":"generic"/);
      assert.equal(lines.some((line) => line.includes("generic")), level === "DEBUG");
      await force.close();
    } finally {
      stopLog();
    }
  });
}

Deno.test("the queue is told whether the journal keeps anything, also after a reload", async () => {
  await using on = await stage(scripted(() => ok).target);
  const force = new InForce(configurationOf({ port: 25 }), { destinations: {} });
  const context = contextOf(force, on.context);
  assert.equal(context.journals, true);
  force.replace(configurationOf({ port: 25, more: "history: {keep: 0s}\n" }));
  assert.equal(context.journals, false);
  await force.close();
});
