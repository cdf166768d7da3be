/**
 * msmtp, the `sendmail` of many small machines, with TLS and logins.
 *
 * @module
 */

import assert from "node:assert/strict";
import { join } from "node:path";
import { bodyOf } from "../support/octets.ts";
import {
  offerDsn,
  PASSWORD,
  type RelayStage,
  type StageWishes,
  startRelayStage,
  USER,
} from "../support/relay_stage.ts";
import { type Ended, runTool } from "../support/tools.ts";

const MAIL = "Subject: x\nFrom: <a@example.net>\n\n.from msmtp\n";

/** Runs it with the settings of an account, as its own configuration file has them. */
async function msmtp(stage: RelayStage, settings: readonly string[]): Promise<Ended> {
  const file = join(stage.folder, "msmtprc");
  const account = [
    "account default",
    "host localhost",
    `port ${stage.port}`,
    "from a@example.net",
    "timeout 120",
    `tls_trust_file ${stage.caFile}`,
    ...settings,
    "",
  ];
  await Deno.writeTextFile(file, account.join("\n"), { mode: 0o600 });
  return await runTool("msmtp", ["-C", file, "b@example.org"], { input: MAIL });
}

function login(mechanism: string, password = PASSWORD): string[] {
  return [`auth ${mechanism}`, `user ${USER}`, `password "${password}"`];
}

const sent: readonly {
  readonly name: string;
  readonly wishes: StageWishes;
  readonly settings: readonly string[];
  readonly protocol: string;
}[] = [
  {
    name: "after STARTTLS",
    wishes: { tls: "required" },
    settings: ["tls on"],
    protocol: "ESMTPS",
  },
  {
    name: "after STARTTLS, with AUTH PLAIN",
    wishes: { tls: "required", auth: "required" },
    settings: ["tls on", ...login("plain")],
    protocol: "ESMTPSA",
  },
  {
    name: "after STARTTLS, with AUTH LOGIN",
    wishes: { tls: "required", auth: "required" },
    settings: ["tls on", ...login("login")],
    protocol: "ESMTPSA",
  },
  {
    name: "after STARTTLS, with the mechanism that it likes best",
    wishes: { tls: "required", auth: "required" },
    settings: ["tls on", ...login("on")],
    protocol: "ESMTPSA",
  },
  {
    name: "under implicit TLS, with AUTH PLAIN",
    wishes: { tls: "implicit", auth: "required" },
    settings: ["tls on", "tls_starttls off", ...login("plain")],
    protocol: "ESMTPSA",
  },
  {
    name: "under implicit TLS, with AUTH LOGIN",
    wishes: { tls: "implicit", auth: "required" },
    settings: ["tls on", "tls_starttls off", ...login("login")],
    protocol: "ESMTPSA",
  },
  {
    name: "by LMTP after STARTTLS",
    wishes: { tls: "required", more: ["protocol: lmtp"] },
    settings: ["tls on", "protocol lmtp"],
    protocol: "LMTPS",
  },
];

for (const { name, wishes, settings, protocol } of sent) {
  Deno.test(`msmtp sends a mail ${name}`, async () => {
    await using stage = await startRelayStage(wishes);
    const { code, stderr } = await msmtp(stage, settings);
    assert.equal(code, 0, stderr);
    assert.equal(bodyOf(stage.arrived(protocol)), ".from msmtp\r\n");
  });
}

Deno.test("msmtp asks for notifications, and the mail server is told", async () => {
  await using stage = await startRelayStage({ tls: "required", answer: offerDsn });
  const { code, stderr } = await msmtp(stage, [
    "tls on",
    "dsn_notify failure,delay",
    "dsn_return headers",
  ]);
  assert.equal(code, 0, stderr);
  stage.arrived("ESMTPS");
  const [mail] = stage.sink.mails;
  assert.match(mail?.mail ?? "", /^MAIL FROM:<a@example\.net>.* RET=HDRS\b/);
  assert.match(mail?.recipients.join() ?? "", /^RCPT TO:<b@example\.org> NOTIFY=FAILURE,DELAY\b/);
});

const refused: readonly {
  readonly name: string;
  readonly settings: readonly string[];
  readonly says: RegExp;
}[] = [
  {
    name: "a wrong password",
    settings: ["tls on", ...login("plain", "canary-84")],
    says: /authentication failed [^]*535 5\.7\.8 User name or password is wrong/,
  },
  {
    name: "a mail in clear",
    settings: ["tls off"],
    says: /530 5\.7\.0 Say STARTTLS first/,
  },
];

for (const { name, settings, says } of refused) {
  Deno.test(`msmtp is refused ${name}`, async () => {
    await using stage = await startRelayStage({ tls: "required", auth: "required" });
    const { code, stderr } = await msmtp(stage, settings);
    assert.notEqual(code, 0);
    assert.match(stderr, says);
    stage.nothingArrived();
  });
}
