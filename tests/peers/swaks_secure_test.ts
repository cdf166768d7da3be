/**
 * swaks as a notifier that uses what the relay offers: TLS, logins, LMTP, and what load balancers
 * and mail servers in front of it say.
 *
 * @module
 */

import assert from "node:assert/strict";
import { bodyOf } from "../support/octets.ts";
import {
  PASSWORD,
  type RelayStage,
  type StageWishes,
  startRelayStage,
  USER,
} from "../support/relay_stage.ts";
import { type Ended, runTool } from "../support/tools.ts";

const MAIL = ["-f", "a@example.net", "-t", "b@example.org", "--body", ".first\nsecond\n"];
const BODY = /^\.first\r\nsecond\r\n/;

function swaks(stage: RelayStage, args: readonly string[]): Promise<Ended> {
  const server = ["--server", `127.0.0.1:${stage.port}`];
  const where = args.includes("--socket") ? [] : server;
  return runTool("swaks", [...where, ...MAIL, "--helo", "swaks.test", "--timeout", "120", ...args]);
}

function login(mechanism: string, password = PASSWORD): string[] {
  return ["--auth", mechanism, "--auth-user", USER, "--auth-password", password];
}

function verified(stage: RelayStage): string[] {
  return ["--tls-verify", "--tls-ca-path", stage.caFile];
}

const sent: readonly {
  readonly name: string;
  readonly wishes: StageWishes;
  readonly args: (stage: RelayStage) => string[];
  readonly protocol: string;
  /** What the stamped mail says, where that matters. */
  readonly says?: RegExp;
}[] = [
  {
    name: "after STARTTLS",
    wishes: { tls: "starttls" },
    args: (stage) => ["--tls", ...verified(stage)],
    protocol: "ESMTPS",
  },
  {
    name: "after STARTTLS where no mail is taken in clear, pipelined",
    wishes: { tls: "required" },
    args: (stage) => ["--tls", "--pipeline", ...verified(stage)],
    protocol: "ESMTPS",
  },
  {
    name: "under implicit TLS",
    wishes: { tls: "implicit" },
    args: (stage) => ["--tls-on-connect", ...verified(stage)],
    protocol: "ESMTPS",
  },
  {
    name: "with AUTH PLAIN after STARTTLS",
    wishes: { tls: "starttls", auth: "required" },
    args: (stage) => ["--tls", ...verified(stage), ...login("PLAIN")],
    protocol: "ESMTPSA",
  },
  {
    name: "with AUTH LOGIN after STARTTLS",
    wishes: { tls: "starttls", auth: "required" },
    args: (stage) => ["--tls", ...verified(stage), ...login("LOGIN")],
    protocol: "ESMTPSA",
  },
  {
    name: "with AUTH LOGIN under implicit TLS, pipelined",
    wishes: { tls: "implicit", auth: "required" },
    args: () => ["--tls-on-connect", "--pipeline", ...login("LOGIN")],
    protocol: "ESMTPSA",
  },
  {
    name: "with AUTH PLAIN in clear where that is allowed",
    wishes: { auth: "without-tls" },
    args: () => login("PLAIN"),
    protocol: "ESMTPA",
  },
  {
    name: "by LMTP over TCP",
    wishes: { more: ["protocol: lmtp"] },
    args: () => ["--protocol", "LMTP"],
    protocol: "LMTP",
  },
  {
    name: "by LMTP with AUTH after STARTTLS",
    wishes: { tls: "required", auth: "required", more: ["protocol: lmtp"] },
    args: () => ["--protocol", "LMTP", "--tls", ...login("PLAIN")],
    protocol: "LMTPSA",
  },
  {
    name: "by LMTP through a unix socket",
    wishes: { unix: true, more: ["protocol: lmtp"] },
    args: ({ socket }) => ["--protocol", "LMTP", "--socket", socket],
    protocol: "LMTP",
    says: /^Received: from swaks\.test \(unix socket\)/,
  },
  {
    name: "by SMTP through a unix socket, with TLS",
    wishes: { unix: true, tls: "starttls" },
    args: ({ socket }) => ["--socket", socket, "--tls"],
    protocol: "ESMTPS",
    says: /^Received: from swaks\.test \(unix socket\)/,
  },
  {
    name: "behind a PROXY header of version 1",
    wishes: { more: ["proxy: [127.0.0.1]", "allow: [192.0.2.0/24]"] },
    args: () => [...proxied("TCP4", "1"), "--proxy-source", "192.0.2.7"],
    protocol: "ESMTP",
    says: /^Received: from swaks\.test \(\[192\.0\.2\.7\]\)/,
  },
  {
    name: "behind a PROXY header of version 2, with TLS and AUTH",
    wishes: {
      tls: "required",
      auth: "required",
      more: ["proxy: [127.0.0.1]", "allow: [2001:db8::/32]"],
    },
    args: () => [
      ...proxied("AF_INET6", "2"),
      ...["--proxy-protocol", "STREAM", "--proxy-command", "PROXY"],
      ...["--proxy-source", "2001:db8::7", "--tls", ...login("PLAIN")],
    ],
    protocol: "ESMTPSA",
    says: /\(\[IPv6:2001:db8::7\]\)/,
  },
  {
    name: "for another client by XCLIENT",
    wishes: { more: ["xclient: [127.0.0.1]", "allow: [127.0.0.1, 192.0.2.0/24]"] },
    args: () => [
      ...["--xclient-addr", "192.0.2.9", "--xclient-name", "nas.test"],
      ...["--xclient-helo", "nas.local", "--xclient-proto", "ESMTP"],
    ],
    protocol: "ESMTP",
    says: /^Received: from nas\.local \(\[192\.0\.2\.9\]\)/,
  },
  {
    name: "for another client by XCLIENT under TLS",
    wishes: {
      tls: "required",
      more: ["xclient: [127.0.0.1]", "allow: [127.0.0.1, 192.0.2.0/24]"],
    },
    args: () => ["--tls", "--xclient-addr", "192.0.2.9"],
    protocol: "ESMTPS",
    says: /^Received: from swaks\.test \(\[192\.0\.2\.9\]\)/,
  },
];

function proxied(family: string, version: string): string[] {
  const destination = family === "AF_INET6" ? "2001:db8::1" : "192.0.2.1";
  return [
    ...["--proxy-version", version, "--proxy-family", family, "--proxy-source-port", "4711"],
    ...["--proxy-dest", destination, "--proxy-dest-port", "25"],
  ];
}

for (const { name, wishes, args, protocol, says } of sent) {
  Deno.test(`swaks sends a mail ${name}`, async () => {
    await using stage = await startRelayStage(wishes);
    const { code, stdout, stderr } = await swaks(stage, args(stage));
    assert.equal(code, 0, stdout + stderr);
    const message = stage.arrived(protocol);
    assert.match(bodyOf(message), BODY);
    assert.match(message, says ?? /^Received: from swaks\.test \(\[127\.0\.0\.1\]\)/);
  });
}

const refused: readonly {
  readonly name: string;
  readonly wishes: StageWishes;
  readonly args: readonly string[];
  readonly reply: RegExp;
}[] = [
  {
    name: "a wrong password with AUTH PLAIN",
    wishes: { tls: "starttls", auth: "required" },
    args: ["--tls", ...login("PLAIN", "canary-84")],
    reply: /<~\* +535 5\.7\.8 User name or password is wrong/,
  },
  {
    name: "a wrong password with AUTH LOGIN",
    wishes: { tls: "implicit", auth: "optional" },
    args: ["--tls-on-connect", ...login("LOGIN", "canary-84")],
    reply: /<~\* +535 5\.7\.8 User name or password is wrong/,
  },
  {
    name: "a login in clear",
    wishes: { tls: "starttls", auth: "optional" },
    args: login("PLAIN"),
    reply: /Host did not advertise authentication/,
  },
  {
    name: "a mail in clear where TLS is required",
    wishes: { tls: "required" },
    args: [],
    reply: /<\*\* +530 5\.7\.0 Say STARTTLS first/,
  },
  {
    name: "a mail without a login where one is required",
    wishes: { tls: "starttls", auth: "required" },
    args: ["--tls"],
    reply: /<~\* +530 5\.7\.0 Authenticate first/,
  },
  {
    name: "a client behind a load balancer that is not allowed",
    wishes: { more: ["proxy: [127.0.0.1]"] },
    args: [...proxied("TCP4", "1"), "--proxy-source", "192.0.2.7"],
    reply: /<\*\* +554 5\.7\.1 Your address may not send mail here/,
  },
  {
    name: "a client that XCLIENT names and that is not allowed",
    wishes: { more: ["xclient: [127.0.0.1]"] },
    args: ["--xclient-addr", "192.0.2.9"],
    reply: /<\*\* +554 5\.7\.1 Your address may not send mail here/,
  },
  {
    name: "XCLIENT of one who may not say it",
    wishes: {},
    args: ["--xclient-addr", "127.0.0.9"],
    reply: /Host did not advertise XCLIENT/,
  },
];

for (const { name, wishes, args, reply } of refused) {
  Deno.test(`swaks is refused ${name}`, async () => {
    await using stage = await startRelayStage(wishes);
    const { code, stdout, stderr } = await swaks(stage, args);
    assert.notEqual(code, 0);
    assert.match(stdout + stderr, reply);
    stage.nothingArrived();
  });
}
