/**
 * Postfix as a client of our listeners: with TLS and a login, by LMTP through a unix socket, with
 * large mails, and with what its users ask for in the way of notifications.
 *
 * @module
 */

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { bodyOf, latin1, octets } from "../support/octets.ts";
import { startPostfix } from "../support/postfix.ts";
import { sendRaw } from "../support/raw_client.ts";
import {
  offerDsn,
  PASSWORD,
  type RelayStage,
  type StageWishes,
  startRelayStage,
  USER,
} from "../support/relay_stage.ts";
import { runTool } from "../support/tools.ts";
import { until } from "../support/wait.ts";

const BODY = `.\r\n..x\r\nGr\xfc\xdfe \x80\x9f\xff\r\n\r\n${"long ".repeat(190)}\r\n`;
const MESSAGE = `Subject: through Postfix\r\n\r\n${BODY}`;
const LARGE_OCTETS = 20_000_000;

/** TLS with our certificate verified, for the name that it has. */
function verifying({ caFile }: RelayStage): string[] {
  return [
    "smtp_tls_security_level = verify",
    "smtp_tls_verify_cert_match = localhost",
    `smtp_tls_CAfile = ${caFile}`,
    "smtp_tls_loglevel = 1",
  ];
}

function login(mechanism: string, password = PASSWORD): string[] {
  return [
    "smtp_sasl_auth_enable = yes",
    "smtp_sasl_security_options = noanonymous",
    `smtp_sasl_mechanism_filter = ${mechanism}`,
    `smtp_sasl_password_maps = static:${USER}:${password}`,
  ];
}

async function arrival(stage: RelayStage): Promise<void> {
  await until(() => stage.sink.mails.length > 0, { what: "the mail", withinMs: 300_000 });
}

const sent: readonly {
  readonly name: string;
  readonly wishes: StageWishes;
  readonly settings: (stage: RelayStage) => string[];
  readonly protocol: string;
  readonly log: RegExp;
}[] = [
  {
    name: "whatever our certificate is",
    wishes: { tls: "required" },
    settings: () => ["smtp_tls_security_level = encrypt", "smtp_tls_loglevel = 1"],
    protocol: "ESMTPS",
    log: /Untrusted TLS connection established to 127\.0\.0\.1/,
  },
  {
    name: "with our certificate verified, and AUTH PLAIN",
    wishes: { tls: "required", auth: "required" },
    settings: (stage) => [...verifying(stage), ...login("plain")],
    protocol: "ESMTPSA",
    log: /Verified TLS connection established to 127\.0\.0\.1/,
  },
  {
    name: "with our certificate verified, and AUTH LOGIN",
    wishes: { tls: "required", auth: "required" },
    settings: (stage) => [...verifying(stage), ...login("login")],
    protocol: "ESMTPSA",
    log: /Verified TLS connection established to 127\.0\.0\.1/,
  },
  {
    name: "under implicit TLS, with AUTH PLAIN",
    wishes: { tls: "implicit", auth: "required" },
    settings: (stage) => [...verifying(stage), ...login("plain"), "smtp_tls_wrappermode = yes"],
    protocol: "ESMTPSA",
    log: /Verified TLS connection established to 127\.0\.0\.1/,
  },
];

for (const { name, wishes, settings, protocol, log } of sent) {
  Deno.test(`Postfix hands a mail over ${name}`, async () => {
    await using stage = await startRelayStage(wishes);
    await using postfix = await startPostfix({ relayTo: stage.port, settings: settings(stage) });
    const message = MESSAGE.replace(/^\./gm, "..");
    assert.match(await sendRaw(postfix.port, { message, parameters: "BODY=8BITMIME" }), /^250 /);
    await arrival(stage);
    assert.equal(bodyOf(stage.arrived(protocol)), BODY);
    await until(() => log.test(postfix.log()), { what: `${log} in Postfix' log` });
  });
}

Deno.test("Postfix hands a mail of 20 MB over, octet by octet, after a login", async () => {
  await using stage = await startRelayStage({ tls: "required", auth: "required" });
  const settings = [
    ...verifying(stage),
    ...login("plain"),
    "message_size_limit = 30000000",
    "mailbox_size_limit = 0",
  ];
  await using postfix = await startPostfix({ relayTo: stage.port, settings });
  const line = `.${
    latin1(crypto.getRandomValues(new Uint8Array(700))).replace(/[\r\n\0]/g, "x")
  }\r\n`;
  const body = line.repeat(Math.ceil(LARGE_OCTETS / line.length));
  const message = `Subject: large\r\n\r\n${body.replace(/^\./gm, "..")}`;
  assert.match(await sendRaw(postfix.port, { message, parameters: "BODY=8BITMIME" }), /^250 /);
  await arrival(stage);
  assert.equal(digest(bodyOf(stage.arrived("ESMTPSA"))), digest(body));
});

Deno.test("Postfix with a wrong password keeps its mail", async () => {
  await using stage = await startRelayStage({ tls: "required", auth: "required" });
  const settings = [...verifying(stage), ...login("plain", "canary-84")];
  await using postfix = await startPostfix({ relayTo: stage.port, settings });
  assert.match(await sendRaw(postfix.port), /^250 /);
  const why = /status=deferred \(SASL authentication failed; .*535 5\.7\.8 User name or password/;
  await until(() => why.test(postfix.log()), { what: "the deferral" });
  stage.nothingArrived();
});

Deno.test("Postfix that does not trust our certificate keeps its mail", async () => {
  await using stage = await startRelayStage({ tls: "required", auth: "required" });
  const settings = [
    ...verifying(stage),
    ...login("plain"),
    "smtp_tls_verify_cert_match = relay.elsewhere.test",
  ];
  await using postfix = await startPostfix({ relayTo: stage.port, settings });
  assert.match(await sendRaw(postfix.port), /^250 /);
  const why = /status=deferred \(Server certificate not verified\)/;
  await until(() => why.test(postfix.log()), { what: "the deferral" });
  stage.nothingArrived();
});

const notifications = [
  { asked: "success,failure", told: /^RCPT TO:<b@example\.org> NOTIFY=SUCCESS,FAILURE\b/ },
  { asked: "never", told: /^RCPT TO:<b@example\.org> NOTIFY=NEVER\b/ },
] as const;

for (const { asked, told } of notifications) {
  Deno.test(`Postfix' sendmail -N ${asked} is heard by the mail server behind us`, async () => {
    await using stage = await startRelayStage({ tls: "required", answer: offerDsn });
    await using postfix = await startPostfix({ relayTo: stage.port, settings: verifying(stage) });
    const options = ["-C", postfix.etc, "-N", asked, "-R", "hdrs", "-V", "order66"];
    const addresses = ["-f", "a@example.net", "b@example.org"];
    const input = "Subject: x\n\nfrom sendmail\n";
    const { code, stderr } = await runTool("sendmail", [...options, ...addresses], { input });
    assert.equal(code, 0, stderr);
    await arrival(stage);
    stage.arrived("ESMTPS");
    const [mail] = stage.sink.mails;
    assert.match(mail?.recipients.join() ?? "", told);
    assert.match(mail?.recipients.join() ?? "", / ORCPT=rfc822;b@example\.org$/);
    assert.match(mail?.mail ?? "", / RET=HDRS ENVID=order66\b/);
  });
}

const utf8 = latin1(new TextEncoder().encode("jürgen@example.net"));

for (const from of ["a@example.net", utf8]) {
  const name = from === utf8 ? "an internationalised mail" : "a mail";
  Deno.test(`Postfix hands ${name} over by LMTP through a unix socket`, async () => {
    await using stage = await startRelayStage({ unix: true, more: ["protocol: lmtp"] });
    const settings = [`default_transport = lmtp:unix:${stage.socket}`];
    await using postfix = await startPostfix({ settings });
    const international = from === utf8;
    const parameters = `BODY=8BITMIME${international ? " SMTPUTF8" : ""}`;
    const message = MESSAGE.replace(/^\./gm, "..");
    const mail = { from, to: ["b@far.test", "c@far.test"], message, parameters };
    assert.match(await sendRaw(postfix.port, mail), /^250 /);
    await arrival(stage);
    assert.equal(bodyOf(stage.arrived(international ? "UTF8LMTP" : "LMTP")), BODY);
    assert.equal(stage.sink.mails[0]?.recipients.length, 2);
    const handed = () => postfix.log().match(/relay=postfix\.test\[\S*smtp\.sock\].* status=sent/g);
    await until(() => handed()?.length === 2, { what: "both replies" });
  });
}

function digest(text: string): string {
  return createHash("sha256").update(octets(text)).digest("hex");
}
