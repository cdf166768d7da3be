/**
 * Whom this process may not connect to: before a reload, and at the start. These tests run in a
 * process that may connect to no address but those of this machine and of private networks.
 *
 * @module
 */

import assert from "node:assert/strict";
import { SeenFiles } from "../../lib/app/file_states.ts";
import { missingPermissions } from "../../lib/app/permitted.ts";
import { Reloads } from "../../lib/app/reloads.ts";
import type { Configuration } from "../../lib/config/types.ts";
import { startLog, stopLog } from "../../lib/log.ts";
import { parseHere } from "../support/configuration.ts";
import { FakeClock } from "../support/fake_clock.ts";

const REMEDY = "restart it with the flags that `mail2alert permissions` prints";

function relay(smarthost: string, more = ""): Configuration {
  return parseHere(`local-smtp: localhost:1025\nremote-smtp: ${smarthost}\n${more}`);
}

const lookup = (host: string) =>
  `lookups: {owner: {url: "https://${host}/{{fields.host}}", allow: [192.0.2.0/24]}}\n`;

const cases = [
  { name: "a name", configuration: relay("mx.example.com", lookup("x.test")), missing: [] },
  { name: "this machine", configuration: relay("127.0.0.1:8025"), missing: [] },
  {
    name: "a mail server",
    configuration: relay("192.0.2.1:587"),
    missing: ["remote-smtp: this process may not connect to 192.0.2.1:587"],
  },
  {
    name: "one of several mail servers",
    configuration: relay("[localhost:8025, 192.0.2.1, '[::1]:25']"),
    missing: ["remote-smtp: this process may not connect to 192.0.2.1:25"],
  },
  {
    name: "a lookup and GoCD",
    configuration: relay(
      "localhost:8025",
      `${lookup("192.0.2.1")}managers: [{name: gocd, url: "http://192.0.2.1:443/go", ` +
        "messages-we-want: {to: a@example.com}, rules: []}]",
    ),
    missing: ["manager gocd, lookup owner: this process may not connect to 192.0.2.1:443"],
  },
  {
    name: "OAuth",
    configuration: relay(
      "{server: localhost:8025, auth: {user: a, " +
        'oauth: {token-url: "https://192.0.2.1/t", client-id: a, client-secret: b}}}',
    ),
    missing: ["token-url of remote-smtp: this process may not connect to 192.0.2.1:443"],
  },
];

for (const { name, configuration, missing } of cases) {
  Deno.test(`missingPermissions() looks whether ${name} may be connected to`, async () => {
    const found = await missingPermissions(configuration);
    assert.deepEqual(found, missing.map((text) => `${text}: ${REMEDY}`));
  });
}

Deno.test("missingPermissions() does not tell again what was missing before", async () => {
  const before = relay("192.0.2.1");
  assert.deepEqual(await missingPermissions(relay("[192.0.2.1, localhost:8025]"), before), []);
  const [first, ...others] = await missingPermissions(relay("[192.0.2.1, 192.0.2.3]"), before);
  assert.match(first ?? "", /to 192\.0\.2\.3:25:/);
  assert.deepEqual(others, []);
});

Deno.test("Reloads refuses what this process may not do, and tells of it at the start", async () => {
  const lines: string[] = [];
  startLog("DEBUG", (line) => lines.push(line));
  const applied: (Configuration | null)[] = [];
  let written = relay("192.0.2.2");
  const reloads = new Reloads({
    source: { path: "relay.yml", read: () => Promise.resolve(written) },
    configuration: written,
    files: new SeenFiles().states,
    clock: new FakeClock(),
    apply: (configuration) => {
      applied.push(configuration);
      return Promise.resolve();
    },
  });
  try {
    written = relay("192.0.2.3");
    await reloads.reload();
    assert.deepEqual(applied, []);
    const problem = `remote-smtp: this process may not connect to 192.0.2.3:25: ${REMEDY}`;
    assert.deepEqual(reloads.state.refused?.problems, [problem]);
    const log = lines.join("");
    assert.ok(log.includes(`ERROR app configuration refused problem="${problem}"\n`), log);
    assert.match(log, /ERROR app a permission is missing problem="remote-smtp: .*192\.0\.2\.2:25:/);
    written = relay("mx.example.com");
    await reloads.reload();
    assert.deepEqual(applied, [written]);
    assert.equal(reloads.state.refused, undefined);
  } finally {
    await reloads.end();
    stopLog();
  }
});
