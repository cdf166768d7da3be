/**
 * A password that clients send in every shape that there is: it comes to light nowhere, not in the
 * log, not in a reply, a notice, the store, or what the command line tells.
 *
 * @module
 */

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { askEverything } from "../support/ask_everything.ts";
import { CANARY, filesBelow, findSecret } from "../support/canary.ts";
import { makeAuthority, writeCertificate } from "../support/certificates.ts";
import { latin1 } from "../support/octets.ts";
import { type Program, startProgram } from "../support/program.ts";
import { type RawClient, rawClient } from "../support/raw_client.ts";
import { type RecordedMail, startRecordingSink } from "../support/recording_sink.ts";
import { shakeHands } from "../support/tls_client.ts";
import { until } from "../support/wait.ts";

/** What a client says after EHLO, and the codes that it hears. */
interface Shape {
  readonly name: string;
  /** Whether it says so in clear. */
  readonly inClear?: boolean;
  /** Lines, each with the code of its answer; 0: the client goes away in the middle of the line. */
  readonly says: readonly (readonly [line: string, code: number])[];
}

const base64 = (text: string) => Buffer.from(text).toString("base64");
const plain = (user: string) => base64(`\0${user}\0${CANARY}`);
const SECRET = base64(CANARY);

/** A mail to somebody whom the mail server refuses: a notice tells of it. */
const MAIL = [
  [`MAIL FROM:<nas@proof.test> AUTH=${CANARY}`, 250],
  ["RCPT TO:<gone@proof.test>", 250],
  ["DATA", 354],
  ["Subject: x\r\n\r\nbody\r\n.", 250],
] as const;

const shapes: readonly Shape[] = [
  { name: "PLAIN at once", says: [[`AUTH PLAIN ${plain("nas")}`, 235], ...MAIL] },
  { name: "PLAIN at once, unknown user", says: [[`AUTH PLAIN ${plain("nobody")}`, 535]] },
  { name: "PLAIN in two steps", says: [["AUTH PLAIN", 334], [plain("nas"), 235]] },
  { name: "PLAIN in two steps, unknown", says: [["AUTH PLAIN", 334], [plain("x"), 535]] },
  { name: "LOGIN, user at once", says: [[`AUTH LOGIN ${base64("nas")}`, 334], [SECRET, 235]] },
  {
    name: "LOGIN in two steps",
    says: [["AUTH LOGIN", 334], [base64("nas"), 334], [SECRET, 235]],
  },
  {
    name: "LOGIN with the password for a user",
    says: [["AUTH LOGIN", 334], [SECRET, 334], [SECRET, 535]],
  },
  {
    name: "LOGIN with the password as the initial response",
    says: [[`AUTH LOGIN ${SECRET}`, 334], [base64("nas"), 535]],
  },
  {
    name: "mechanisms that are not there",
    says: [
      [`AUTH CRAM-MD5 ${SECRET}`, 504],
      [`AUTH XOAUTH2 ${base64(`user=nas\x01auth=Bearer ${CANARY}\x01\x01`)}`, 504],
    ],
  },
  { name: "base64 cut short", says: [[`AUTH PLAIN ${plain("nas").slice(0, -1)}`, 501]] },
  { name: "no base64 at all", says: [[`AUTH PLAIN ${CANARY}`, 501]] },
  { name: "the user and the password as words", says: [[`AUTH LOGIN nas ${CANARY}`, 501]] },
  {
    name: "after the exchange was cancelled",
    says: [["AUTH LOGIN", 334], ["*", 501], [SECRET, 500], [plain("nas"), 500]],
  },
  { name: "before TLS", inClear: true, says: [[`AUTH PLAIN ${plain("nas")}`, 538]] },
  {
    name: "in the middle of a mail",
    says: [["MAIL FROM:<nas@proof.test>", 250], [`AUTH PLAIN ${plain("nas")}`, 503]],
  },
  {
    name: "with 13 KB around it",
    says: [[`AUTH PLAIN ${base64(`${"x".repeat(5_000)}\0${CANARY}\0${"x".repeat(5_000)}`)}`, 500]],
  },
  {
    name: "as commands",
    says: [[CANARY, 500], [`PASS ${CANARY}`, 500], [SECRET, 500], [`nas ${CANARY}`, 500]],
  },
  {
    name: "where an argument belongs",
    says: [[`MAIL FROM:<${CANARY}>`, 501], [`RSET ${CANARY}`, 501], [`VRFY ${CANARY}`, 252], [
      `NOOP ${CANARY}`,
      250,
    ]],
  },
  { name: "and then it is gone", says: [["AUTH PLAIN", 334], [plain("nas"), 0]] },
];

Deno.test("a password in every shape of AUTH comes to light nowhere", async () => {
  const authority = await makeAuthority();
  const folder = await Deno.makeTempDir({ prefix: "mail2alert-canary-" });
  try {
    await writeCertificate(folder, await authority.issue(), "relay");
    await using sink = startRecordingSink((command) =>
      command.includes("<gone@") ? "550 5.1.1 nobody of that name" : null
    );
    const env = { CANARY, LOGLEVEL: "DEBUG" };
    await using program = await startProgram(configurationOf(sink.port), { folder, env });
    const replies: string[] = [];
    for (const [index, shape] of shapes.entries()) {
      using client = await meet(program, { ...shape, peer: index, ca: authority.certificate });
      replies.push(...await play(client, shape));
    }
    const isNotice = ({ message }: RecordedMail) => latin1(message).includes("multipart/report");
    await until(() => sink.mails.some(isNotice), { what: "the notice" });
    const told = await askEverything(folder, env);
    assert.equal(await program.stop(), 0);
    const log = program.log();
    assert.ok((log.match(/ login failed /g) ?? []).length >= 4, log);
    assert.match(log, / DEBUG /);
    const places = new Map<string, string | Uint8Array>([
      ...filesBelow(program.store),
      ["the log", log],
      ["the replies", replies.join("\n")],
      ["what the mail server got", sink.wire().map(latin1).join("\n")],
      ...told,
    ]);
    assert.ok([...places.keys()].some((place) => place.endsWith("/queue.db")));
    assert.deepEqual(findSecret(places), []);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

/** Everybody comes through a load balancer: who fails too often is somebody else each time. */
function configurationOf(smarthostPort: number): string {
  return `
local-smtp:
  - listen: 127.0.0.1:0
    allow: [127.0.0.0/8, 10.0.0.0/8]
    proxy: [127.0.0.1]
    tls: {certificate: relay.pem, key: relay.key}
    auth: {users: {nas: $CANARY}}
remote-smtp: 127.0.0.1:${smarthostPort}
ack: queued
history: full
managers: []
`;
}

async function meet(
  { port }: Program,
  { peer, ca, inClear }: { readonly peer: number; readonly ca: string; readonly inClear?: boolean },
): Promise<RawClient> {
  const conn = await Deno.connect({ hostname: "127.0.0.1", port });
  const clear = rawClient(conn);
  await clear.write(`PROXY TCP4 10.0.0.${peer + 1} 127.0.0.1 50000 25\r\n`);
  assert.match(await clear.reply() ?? "", /^220 /);
  assert.match(await clear.say("EHLO nas.test") ?? "", /^250-/);
  if (inClear) return clear;
  assert.match(await clear.say("STARTTLS") ?? "", /^220 /);
  const secure = rawClient(await shakeHands(conn, { ca, name: "localhost" }));
  assert.match(await secure.say("EHLO nas.test") ?? "", /^250-/);
  return secure;
}

/** Says everything; what was answered. */
async function play(client: RawClient, { name, says }: Shape): Promise<string[]> {
  const replies: string[] = [];
  for (const [line, code] of says) {
    if (code === 0) {
      await client.write(line);
      break;
    }
    const reply = await client.say(line) ?? "(closed)";
    assert.ok(reply.startsWith(`${code}`), `${name}: ${code} expected, ${reply}`);
    replies.push(reply);
  }
  return replies;
}
