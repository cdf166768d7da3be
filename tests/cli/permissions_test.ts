/** The flags that a configuration needs. @module */

import assert from "node:assert/strict";
import { permissionFlags, permissions } from "../../lib/cli/permissions.ts";
import { capturedTerminal } from "../support/captured_terminal.ts";
import { parseHere } from "../support/configuration.ts";

const NOTHING = { variables: new Set<string>(), files: new Set<string>() };

/** The values of one flag, without those that every configuration has. */
function valuesOf(name: string, text: string): readonly string[] {
  const flags = permissionFlags(parseHere(`${text}\nstore: {path: /s}\n`), NOTHING);
  const [flag = ""] = flags.filter((flag) => flag.startsWith(`--allow-${name}=`));
  return flag.slice(`--allow-${name}=`.length).split(",")
    .filter((value) => !/^(\/s|unix:\/s\/control\.sock|.*\/lib)$/.test(value));
}

const cases = [
  {
    name: "an address and a mail server",
    text: "local-smtp: '[::1]:25'\nremote-smtp: mx.example.com",
    net: ["[::1]:25", "mx.example.com:25"],
  },
  {
    name: "several mail servers",
    text: "local-smtp: localhost:1025\nremote-smtp: [one.example.com, '[2001:db8::1]:26']",
    net: ["localhost:1025", "one.example.com:25", "[2001:db8::1]:26"],
  },
  {
    name: "TLS on two listeners",
    text: "local-smtp: [{listen: localhost:25, tls: {self-signed: true}}, " +
      "{listen: localhost:26, tls: {certificate: c, key: k}}]\nremote-smtp: mx.example.com",
    net: ["localhost:25", "localhost:26", "mx.example.com:25", "127.0.0.1"],
  },
  {
    name: "OAuth",
    text: "local-smtp: localhost:25\nremote-smtp: {server: mx.example.com, auth: {user: a, " +
      'oauth: {token-url: "https://login.example.com/t", client-id: a, client-secret: b}}}',
    net: ["localhost:25", "mx.example.com:25", "login.example.com:443"],
  },
  {
    name: "lookups",
    text: "local-smtp: localhost:25\nremote-smtp: mx.example.com\nlookups: {" +
      'one: {url: "https://catalog.example.com/{{fields.host}}:1/x"}, ' +
      'two: {url: "http://[::1]:8080?a={{fields.host}}", allow: ["::1"]}}',
    net: ["localhost:25", "mx.example.com:25", "catalog.example.com:443", "[::1]:8080"],
  },
  {
    name: "a unix socket",
    text: "local-smtp: ['unix:/run/m/smtp.sock']\nremote-smtp: mx.example.com",
    net: ["mx.example.com:25", "unix:/run/m/smtp.sock", "unix:/run/m/smtp.sock.new/s"],
    files: ["/run/m/smtp.sock", "/run/m/smtp.sock.new"],
  },
];

for (const { name, text, net, files = [] } of cases) {
  Deno.test(`permissionFlags() names what ${name} needs`, () => {
    assert.deepEqual(valuesOf("net", text), net);
    assert.deepEqual(valuesOf("read", text), files);
    assert.deepEqual(valuesOf("write", text), files);
  });
}

Deno.test("permissions() lets sample mails be read", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const path = `${folder}/configuration.yml`;
    await Deno.writeTextFile(`${folder}/ups.eml`, "Subject: x\n\n");
    await Deno.writeTextFile(
      path,
      `local-smtp: localhost:1025
remote-smtp: mx.example.com
store: {path: ${folder}/store}
tests: [{mail: {file: ups.eml}, expect: {actions: []}}]
`,
    );
    const terminal = capturedTerminal();
    assert.equal(await permissions({ config: path }, terminal), 0);
    assert.ok(/--allow-read=\S+/.exec(terminal.stdout())?.[0].includes(`${folder}/ups.eml`));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
