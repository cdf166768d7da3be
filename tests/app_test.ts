/** The relay as a whole, in this process: real sockets on both sides. @module */

import assert from "node:assert/strict";
import { startRelay } from "../lib/app.ts";
import { startGocdServer } from "../lib/cli/demo/gocd_server.ts";
import { parseConfiguration } from "../lib/config/load.ts";
import type { Configuration } from "../lib/config/types.ts";
import { RelayError } from "../lib/errors.ts";
import type { Routing } from "../lib/routing/trace.ts";
import { latin1 } from "./support/octets.ts";
import { sendRaw } from "./support/raw_client.ts";
import { startRecordingSink } from "./support/recording_sink.ts";

function configurationOf(smarthostPort: number, more = ""): Configuration {
  const text = `local-smtp: 127.0.0.1:0\nremote-smtp: 127.0.0.1:${smarthostPort}\n${more}`;
  return parseConfiguration("configuration.yml", text, () => undefined);
}

Deno.test("startRelay() takes a mail, asks GoCD, and hands it to whom the rules say", async () => {
  const gocd = startGocdServer({ version: "26.1", groups: { "my-group": ["shop"] } });
  await using sink = startRecordingSink();
  const routings: Routing[] = [];
  const relay = await startRelay(
    configurationOf(
      sink.port,
      `managers:
  - name: gocd
    url: ${gocd.url}
    messages-we-want: {to: mail2alert@example.com}
    rules:
      - actions: [mailto:team@example.com]
        filter: {events: [BREAKS], function: pipelines.in_group, args: [my-group]}
`,
    ),
    { onRouted: (_mail, routing) => routings.push(routing) },
  );
  try {
    const reply = await sendRaw(relay.addresses[0]?.port ?? 0, {
      to: ["mail2alert@example.com"],
      from: "go@example.com",
      message:
        "Subject: Stage [shop/1/build/1] is broken\r\nTo: <x@example.com>\r\n\r\nSee details\r\n",
    });
    assert.match(reply, /^250 2\.0\.0 Accepted as [0-9A-Z]{26}$/);
    const [mail] = sink.mails;
    assert.deepEqual(mail?.recipients, ["RCPT TO:<team@example.com>"]);
    assert.match(
      latin1(mail?.message ?? new Uint8Array()),
      /^Received: [^]*\r\nSubject: Stage \[shop\/1\/build\/1\] is broken\r\nTo: team@example\.com\r\nFrom: go@example\.com\r\n\r\nSee details\r\n$/,
    );
    assert.deepEqual(routings.map(({ trace }) => trace.decision), ["matched"]);
  } finally {
    await relay.close();
    await gocd.close();
  }
});

Deno.test("startRelay() listens on every address, IPv4 and IPv6, or on none", async () => {
  await using sink = startRecordingSink();
  const both = configurationOf(sink.port, "");
  const listeners = [
    { hostname: "127.0.0.1", port: 0, allow: ["127.0.0.0/8"] },
    { hostname: "::1", port: 0, allow: ["::1/128"] },
  ];
  const relay = await startRelay({ ...both, listeners });
  const ports = relay.addresses.map(({ port }) => port);
  assert.match(await sendRaw(ports[0] ?? 0, {}), /^250 /);
  const taken = { hostname: "127.0.0.1", port: ports[0] ?? 0, allow: [] };
  await assert.rejects(
    () => startRelay({ ...both, listeners: [...listeners, taken] }),
    (error) => error instanceof RelayError && error.code === "listen-failed",
  );
  await relay.close();
});

Deno.test("startRelay() refuses a mail that it has sent itself", async () => {
  await using sink = startRecordingSink();
  const relay = await startRelay(configurationOf(sink.port));
  try {
    const port = relay.addresses[0]?.port ?? 0;
    assert.match(await sendRaw(port, {}), /^250 /);
    const message = latin1(sink.mails[0]?.message ?? new Uint8Array());
    assert.match(await sendRaw(port, { message }), /^554 5\.4\.6 Mail loop/);
  } finally {
    await relay.close();
  }
});
