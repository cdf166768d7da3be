/** A relay that polls GoCD's cctray: stages without a mail are told of once, and survive a restart. @module */

import assert from "node:assert/strict";
import { startGocdServer } from "../../lib/cli/demo/gocd_server.ts";
import type { Configuration } from "../../lib/config/types.ts";
import { startLog, stopLog } from "../../lib/log.ts";
import { parseHere } from "../support/configuration.ts";
import { latin1 } from "../support/octets.ts";
import { startOwnRelay } from "../support/own_relay.ts";
import { endedLately } from "../support/polled_gocd.ts";
import { startRecordingSink } from "../support/recording_sink.ts";
import { sendRaw } from "../support/raw_client.ts";
import { until } from "../support/wait.ts";

/** Polls faster than any configuration may. */
function polling(
  {
    url,
    sink,
    wants,
    ack,
    only = "filter: {events: [BREAKS], function: pipelines.in_group, args: [shop]}",
  }: {
    readonly url: string;
    readonly sink: number;
    readonly wants: string;
    readonly ack: string;
    readonly only?: string;
  },
): Configuration {
  const configuration = parseHere(`
local-smtp: 127.0.0.1:0
remote-smtp: 127.0.0.1:${sink}
ack: ${ack}
managers:
- name: gocd
  url: ${url}
  messages-we-want: {${wants}}
  rules:
  - actions: [mailto:shop@example.com]
    ${only}
`);
  return {
    ...configuration,
    managers: configuration.managers.map((manager) => ({
      ...manager,
      ...manager.gocd && { gocd: { ...manager.gocd, pollMs: 5, pollGraceMs: 0 } },
    })),
  };
}

const cases = [
  { wants: "to: gocd@example.com", ack: "relayed", reversePath: "" },
  { wants: "from: noreply@example.com", ack: "queued", reversePath: "noreply@example.com" },
] as const;

for (const { wants, ack, reversePath } of cases) {
  Deno.test(`a stage without a mail is announced once, claimed by "${wants}", ack: ${ack}`, async () => {
    const store = await Deno.makeTempDir({ prefix: "announcing-" });
    await using sink = startRecordingSink();
    const server = startGocdServer({ version: "25.4", groups: { shop: ["p"] } });
    const feeds = () => server.requests.filter(({ path }) => path === "/cctray.xml").length;
    const polls = async () => {
      const before = feeds();
      await until(() => feeds() >= before + 3, { what: "three polls" });
    };
    const configuration = polling({ url: server.url, sink: sink.port, wants, ack });
    try {
      {
        await using _relay = await startOwnRelay(configuration, { store });
        server.setStages([endedLately("10/1", "Passed")]);
        await polls();
        server.setStages([endedLately("11/1", "Failed")]);
        await until(() => sink.mails.length > 0, { what: "the announcement" });
        await polls();
      }
      await using relay = await startOwnRelay(configuration, { store });
      await polls();
      // GoCD's own mail, late and after a restart.
      const message = "Subject: Stage [p/11/s/1] is broken\r\n\r\nlate\r\n";
      const mail = { from: "noreply@example.com", to: ["gocd@example.com"], message };
      assert.match(await sendRaw(relay.port, mail), /^250/);
      await polls();
      assert.equal(sink.mails.length, 1);
      const [announced] = sink.mails;
      assert.ok(announced?.mail.startsWith(`MAIL FROM:<${reversePath}>`), announced?.mail);
      assert.deepEqual(announced?.recipients, ["RCPT TO:<shop@example.com>"]);
      const text = latin1(announced?.message ?? new Uint8Array());
      assert.match(text, /^Subject: Stage \[p\/11\/s\/1\] is broken\r$/m);
      assert.doesNotMatch(text, /^Received:/m);
    } finally {
      await server.close();
      await Deno.remove(store, { recursive: true });
    }
  });
}

/** What a process that is killed leaves of a store, once that knows `text`: a copy, in a folder of its own. */
async function leftBehind(store: string, text: string): Promise<string> {
  const left = await Deno.makeTempDir({ prefix: "announcing-" });
  await until(async () => {
    let known = false;
    for await (const { name, isFile } of Deno.readDir(store)) {
      if (!isFile) continue;
      const octets = await Deno.readFile(`${store}/${name}`);
      known ||= latin1(octets).includes(text);
      await Deno.writeFile(`${left}/${name}`, octets);
    }
    return known;
  }, { what: text });
  return left;
}

for (const after of ["a restart", "a kill"]) {
  Deno.test(`GoCD's late mail goes to those whom no announcement reached, after ${after}`, async () => {
    const store = await Deno.makeTempDir({ prefix: "announcing-" });
    const stores = [store];
    await using sink = startRecordingSink();
    const server = startGocdServer({ version: "25.4", groups: { shop: ["p"] } });
    const only = `filter: {events: [BREAKS], function: pipelines.any}
  - actions: [mailto:john@example.com, mailto:shop@example.com]
    when: 'event == "BREAKS" && mail.text.contains("john")'`;
    const wants = "to: gocd@example.com";
    const polled = polling({ url: server.url, sink: sink.port, wants, ack: "relayed", only });
    const feeds = () => server.requests.filter(({ path }) => path === "/cctray.xml").length;
    try {
      {
        await using _relay = await startOwnRelay(polled, { store });
        server.setStages([endedLately("10/1", "Passed")]);
        await until(() => feeds() >= 3, { what: "polls" });
        server.setStages([endedLately("11/1", "Failed")]);
        await until(() => sink.mails.length > 0, { what: "the announcement" });
        const before = feeds();
        await until(() => feeds() >= before + 3, { what: "polls" });
        const told = '"announced":[["p/11/s/1","BREAKS"]],"alerted":[["p/11/s/1",["shop@';
        if (after === "a kill") stores.unshift(await leftBehind(store, told));
      }
      const before = feeds();
      await using relay = await startOwnRelay(polled, { store: stores[0] ?? store });
      await until(() => feeds() > before, { what: "what is known" });
      const message = "Subject: Stage [p/11/s/1] failed\r\n\r\nmodified by john\r\n";
      const mail = { from: "noreply@example.com", to: ["gocd@example.com"], message };
      assert.match(await sendRaw(relay.port, mail), /^250/);
      assert.deepEqual(sink.mails.map(({ recipients }) => recipients), [
        ["RCPT TO:<shop@example.com>"],
        ["RCPT TO:<john@example.com>"],
      ]);
    } finally {
      await server.close();
      for (const one of stores) await Deno.remove(one, { recursive: true });
    }
  });
}

for (const ack of ["relayed", "queued"]) {
  Deno.test(`GoCD's late mail is sent whose announcement went to nobody, ack: ${ack}`, async () => {
    const store = await Deno.makeTempDir({ prefix: "announcing-" });
    await using sink = startRecordingSink();
    const server = startGocdServer({ version: "25.4", groups: { shop: ["p"] } });
    const only = `when: 'event == "BREAKS" && mail.text.contains("john")'`;
    const wants = "to: gocd@example.com";
    const configuration = polling({ url: server.url, sink: sink.port, wants, ack, only });
    const feeds = () => server.requests.filter(({ path }) => path === "/cctray.xml").length;
    const polls = async () => {
      const before = feeds();
      await until(() => feeds() >= before + 3, { what: "three polls" });
    };
    const lines: string[] = [];
    try {
      await using relay = await startOwnRelay(configuration, { store });
      startLog("INFO", (line) => lines.push(line));
      server.setStages([endedLately("10/1", "Passed")]);
      await polls();
      server.setStages([endedLately("11/1", "Failed")]);
      await until(() => lines.some((line) => line.includes("no mail came about a stage")), {
        what: "the announcement that nobody gets",
      });
      const message = "Subject: Stage [p/11/s/1] is broken\r\n\r\njohn\r\n";
      const mail = { from: "noreply@example.com", to: ["gocd@example.com"], message };
      assert.match(await sendRaw(relay.port, mail), /^250/);
      await until(() => sink.mails.length > 0, { what: "GoCD's own mail" });
      await polls();
      assert.equal(sink.mails.length, 1);
    } finally {
      stopLog();
      await server.close();
      await Deno.remove(store, { recursive: true });
    }
  });
}

Deno.test("a stage that passes without a mail is announced where a rule names PASSES", async () => {
  const store = await Deno.makeTempDir({ prefix: "announcing-" });
  await using sink = startRecordingSink();
  const server = startGocdServer({ version: "25.4", groups: { shop: ["p"] } });
  const only = "filter: {events: [PASSES], function: pipelines.any}";
  const configuration = polling({
    url: server.url,
    sink: sink.port,
    wants: "to: gocd@example.com",
    ack: "relayed",
    only,
  });
  const feeds = () => server.requests.filter(({ path }) => path === "/cctray.xml").length;
  try {
    await using _relay = await startOwnRelay(configuration, { store });
    server.setStages([endedLately("10/1", "Passed")]);
    await until(() => feeds() >= 3, { what: "the first polls" });
    server.setStages([endedLately("11/1", "Passed")]);
    await until(() => sink.mails.length > 0, { what: "the announcement" });
    const text = latin1(sink.mails[0]?.message ?? new Uint8Array());
    assert.match(text, /^Subject: Stage \[p\/11\/s\/1\] passed\r$/m);
  } finally {
    await server.close();
    await Deno.remove(store, { recursive: true });
  }
});

Deno.test("a stage without a mail is announced when the relay can take it again", async () => {
  await using sink = startRecordingSink();
  const server = startGocdServer({ version: "25.4", groups: { shop: ["p"] } });
  const base = polling({
    url: server.url,
    sink: sink.port,
    wants: "to: gocd@example.com",
    ack: "relayed",
  });
  const store = await Deno.makeTempDir({ prefix: "announcing-" });
  try {
    server.setStages([endedLately("10/1", "Passed")]);
    const full = { ...base, store: { path: store, minFreeOctets: Number.MAX_SAFE_INTEGER } };
    const feeds = () => server.requests.filter(({ path }) => path === "/cctray.xml").length;
    {
      await using _relay = await startOwnRelay(full, { store });
      await until(() => feeds() >= 3, { what: "polls" });
      server.setStages([endedLately("11/1", "Failed")]);
      const before = feeds();
      await until(() => feeds() >= before + 3, { what: "polls" });
    }
    assert.equal(sink.mails.length, 0);
    await using _relay = await startOwnRelay(base, { store });
    await until(() => sink.mails.length === 1, { what: "the announcement" });
  } finally {
    await server.close();
    await Deno.remove(store, { recursive: true });
  }
});
