/**
 * Python's smtplib as a notifier that uses TLS, logins, LMTP and SMTPUTF8.
 *
 * @module
 */

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { fileURLToPath } from "node:url";
import { bodyOf, octets } from "../support/octets.ts";
import {
  PASSWORD,
  type RelayStage,
  type StageWishes,
  startRelayStage,
  USER,
} from "../support/relay_stage.ts";
import { runTool } from "../support/tools.ts";

const SCRIPT = fileURLToPath(new URL("python/smtplib_secure.py", import.meta.url));

/** What the script prints. */
async function smtplib(stage: RelayStage, [how = "", ...login]: string[]): Promise<string> {
  const server = stage.port === 0 ? stage.socket : `${stage.port}`;
  const { code, stdout, stderr } = await runTool("python3", [
    SCRIPT,
    how,
    server,
    stage.caFile,
    ...login,
  ]);
  assert.equal(code, 0, stderr);
  return stdout.trim();
}

const sent: readonly {
  readonly name: string;
  readonly wishes: StageWishes;
  readonly args: string[];
  readonly protocol: string;
}[] = [
  {
    name: "after STARTTLS",
    wishes: { tls: "required" },
    args: ["starttls"],
    protocol: "ESMTPS",
  },
  {
    name: "after STARTTLS and a login",
    wishes: { tls: "required", auth: "required" },
    args: ["starttls", USER, PASSWORD],
    protocol: "ESMTPSA",
  },
  {
    name: "under implicit TLS, with a login",
    wishes: { tls: "implicit", auth: "required" },
    args: ["implicit", USER, PASSWORD],
    protocol: "ESMTPSA",
  },
  {
    name: "with internationalised addresses, after STARTTLS and a login",
    wishes: { tls: "required", auth: "required" },
    args: ["smtputf8", USER, PASSWORD],
    protocol: "UTF8SMTPSA",
  },
  {
    name: "by LMTP over TCP, after STARTTLS and a login",
    wishes: { tls: "required", auth: "required", more: ["protocol: lmtp"] },
    args: ["lmtp-starttls", USER, PASSWORD],
    protocol: "LMTPSA",
  },
  {
    name: "by LMTP through a unix socket",
    wishes: { unix: true, more: ["protocol: lmtp"] },
    args: ["lmtp"],
    protocol: "LMTP",
  },
];

for (const { name, wishes, args, protocol } of sent) {
  Deno.test(`smtplib sends a mail ${name}`, async () => {
    await using stage = await startRelayStage(wishes);
    const sha256 = await smtplib(stage, args);
    const body = octets(bodyOf(stage.arrived(protocol)));
    assert.equal(createHash("sha256").update(body).digest("hex"), sha256);
  });
}

const refused: readonly {
  readonly name: string;
  readonly args: string[];
  readonly says: RegExp;
}[] = [
  {
    name: "a wrong password",
    args: ["starttls", USER, "canary-84"],
    says: /^535 5\.7\.8 User name or password is wrong$/,
  },
  {
    name: "a user that is not there, in the same words",
    args: ["starttls", "nobody", PASSWORD],
    says: /^535 5\.7\.8 User name or password is wrong$/,
  },
  {
    name: "a mail without a login",
    args: ["starttls"],
    says: /^530 5\.7\.0 Authenticate first/,
  },
  {
    name: "a mail in clear",
    args: ["in-clear"],
    says: /^530 5\.7\.0 Say STARTTLS first/,
  },
  {
    name: "a login in clear",
    args: ["in-clear", USER, PASSWORD],
    says: /^SMTP AUTH extension not supported by server\.$/,
  },
];

for (const { name, args, says } of refused) {
  Deno.test(`smtplib is refused ${name}`, async () => {
    await using stage = await startRelayStage({ tls: "required", auth: "required" });
    assert.match(await smtplib(stage, args), says);
    stage.nothingArrived();
  });
}
