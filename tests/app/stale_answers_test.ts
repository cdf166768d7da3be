/**
 * A server that has answered once and hangs since: the mail leaves all the same, by the last answer,
 * and the journal says how old that is and why it is no newer.
 *
 * @module
 */

import assert from "node:assert/strict";
import { startGocdServer } from "../../lib/cli/demo/gocd_server.ts";
import type { LookupTrace, RouteTrace } from "../../lib/routing/trace.ts";
import { type OwnRelay, startOwnRelay } from "../support/own_relay.ts";
import { sendRaw } from "../support/raw_client.ts";
import { type RecordingSink, startRecordingSink } from "../support/recording_sink.ts";
import { startRest } from "../support/rest_stage.ts";
import { queueIdIn, readStore } from "../support/store_reading.ts";
import { until } from "../support/wait.ts";

function configurationOf(sink: RecordingSink, rest: string): string {
  return `
local-smtp: 127.0.0.1:0
remote-smtp: 127.0.0.1:${sink.port}
${rest}`;
}

/** Sends a mail, sees it delivered, and gives what the journal says of how it was routed. */
async function send(relay: OwnRelay, subject: string): Promise<RouteTrace> {
  const message = `Subject: ${subject}\r\n\r\nx\r\n`;
  const reply = await sendRaw(relay.port, { to: ["alerts@example.com"], message });
  const queueId = queueIdIn(reply);
  const record = await until(
    () =>
      readStore(relay.store, (reader) => reader.search({ queueId, limit: 1 }))
        .find(({ state }) => state === "delivered"),
    { what: "the journal to know the mail as delivered" },
  );
  const routed = record.events.find(({ kind }) => kind === "routed");
  assert.ok(routed?.kind === "routed");
  return routed.trace as RouteTrace;
}

/** The only lookup of a mail on which a rule held. */
function onlyLookup({ decision, lookups: [lookup, ...more] }: RouteTrace): LookupTrace {
  assert.equal(decision, "matched");
  assert.ok(lookup !== undefined && more.length === 0);
  return lookup;
}

function recipientsAt({ mails }: RecordingSink): readonly string[] {
  return mails.flatMap(({ recipients }) =>
    recipients.map((command) => command.split(" ")[1] ?? "")
  );
}

Deno.test("a mail leaves by GoCD's last answer while GoCD hangs, marked stale", async () => {
  await using sink = startRecordingSink();
  const server = startGocdServer({ version: "26.1", groups: { fleet: ["shop"] } });
  const configuration = configurationOf(
    sink,
    `
managers:
- name: gocd
  url: ${server.url}
  messages-we-want: {to: alerts@example.com}
  rules:
  - actions: ["mailto:fleet@example.com"]
    filter: {events: [BREAKS], function: pipelines.in_group, args: [fleet]}
  otherwise: ["mailto:nobody-knows@example.com"]
`,
  );
  try {
    // The wait is the one that is configured when nobody says another.
    await using relay = await startOwnRelay(configuration, { lookups: { cacheMs: 1 } });
    const answered = (path: string) => server.requests.some((request) => request.path === path);
    await until(() => answered("/api/dashboard") && answered("/cctray.xml"), {
      what: "GoCD to be asked",
    });
    await send(relay, "Stage [shop/7/unit/1] is broken");
    const { length } = server.requests;
    server.setFault("hang");
    const lookup = onlyLookup(await send(relay, "Stage [shop/7/build/1] is broken"));
    assert.equal(server.requests.length, length, "GoCD has answered");
    assert.equal(recipientsAt(sink).at(-1), "TO:<fleet@example.com>");
    assert.equal(lookup.source, "stale");
    assert.ok((lookup.ageMs ?? 0) >= 1, JSON.stringify(lookup));
    assert.equal(
      lookup.detail,
      "1 group, 1 pipeline (dashboard); not newer: no answer within 1500 ms",
    );
  } finally {
    await server.close();
  }
});

Deno.test("a mail leaves by the last answer of a lookup whose server hangs, marked stale", async () => {
  await using sink = startRecordingSink();
  await using rest = startRest((_request, count, end) =>
    count === 1 ? Response.json({ email: "team@example.com" }) : end
  );
  const configuration = configurationOf(
    sink,
    `
lookups:
  owner: {url: "${rest.origin}/owner", cache: 0s, allow: [127.0.0.0/8]}
managers:
- name: fleet
  type: mail
  messages-we-want: {to: alerts@example.com}
  rules:
  - {when: 'has(lookup.owner.email)', actions: ["mailto:{{lookup.owner.email}}"]}
  otherwise: ["mailto:nobody-knows@example.com"]
`,
  );
  await using relay = await startOwnRelay(configuration);
  await send(relay, "one");
  const lookup = onlyLookup(await send(relay, "two"));
  assert.equal(rest.requests.length, 2);
  assert.equal(recipientsAt(sink).at(-1), "TO:<team@example.com>");
  assert.equal(lookup.source, "stale");
  assert.equal(lookup.detail, "HTTP 200, 1 key; not newer: no answer within 2000 ms");
});
