/**
 * Postfix as the mail server that we use, with TLS, logins and client certificates.
 *
 * @module
 */

import assert from "node:assert/strict";
import { bodyOf } from "../support/octets.ts";
import { freePort } from "../support/ports.ts";
import type { Postfix } from "../support/postfix.ts";
import {
  PASSWORD,
  type SecurePostfix,
  type SecurePostfixWishes,
  startSecurePostfix,
  USER,
} from "../support/secure_postfix.ts";
import { type SendingRelay, startSendingRelay } from "../support/sending_relay.ts";
import { until } from "../support/wait.ts";

const BODY = ".\r\n..x\r\nGr\xfc\xdfe\r\n";
const MAIL = {
  message: `Subject: to Postfix\r\n\r\n${BODY.replace(/^\./gm, "..")}`,
  parameters: "BODY=8BITMIME",
} as const;

/** How the relay reaches it. */
function server({ port, caFile }: SecurePostfix, tls = "required"): string {
  return `server: "127.0.0.1:${port}", tls: ${tls}, tls-ca-file: ${caFile}`;
}

function login(more = "", password = PASSWORD): string {
  return `, auth: {user: ${USER}, password: "${password}"${more}}`;
}

/** The end of a session in which somebody has said something; by then its log tells all of it. */
const GREETED = /disconnect from \S+ ehlo=/;

async function arrival(postfix: Postfix): Promise<string> {
  const mail = await until(() => postfix.mails()[0], { what: "the mail" });
  return mail.replaceAll("\n", "\r\n");
}

function keepsSecret(relay: SendingRelay): void {
  assert.ok(!relay.log().includes("canary"), "the password is in the log");
}

const taken: readonly {
  readonly name: string;
  readonly wishes: SecurePostfixWishes;
  readonly server: (postfix: SecurePostfix) => string;
  /** What its own log says of the session. */
  readonly log: RegExp;
}[] = [
  {
    name: "after STARTTLS",
    wishes: {},
    server: (postfix) => server(postfix),
    log: /Anonymous TLS connection established from [^\n]*TLSv1\.3/,
  },
  {
    name: "under implicit TLS",
    wishes: { implicit: true },
    server: (postfix) => server(postfix, "implicit"),
    log: /Anonymous TLS connection established from [^\n]*TLSv1\.3/,
  },
  {
    name: "after STARTTLS with TLS 1.2",
    wishes: { settings: ["smtpd_tls_mandatory_protocols = TLSv1.2"] },
    server: (postfix) => server(postfix),
    log: /Anonymous TLS connection established from [^\n]*TLSv1\.2/,
  },
  {
    name: "under the name that its certificate has",
    wishes: { names: ["mx.test"] },
    server: (postfix) => `${server(postfix)}, tls-server-name: mx.test`,
    log: /TLS connection established/,
  },
  {
    name: "opportunistically, whatever its certificate is",
    wishes: { names: ["mx.test"] },
    server: ({ port }) => `server: "127.0.0.1:${port}", tls: opportunistic`,
    log: /TLS connection established/,
  },
  {
    name: "with the best mechanism, which is PLAIN",
    wishes: { mechanisms: "CRAM-MD5 LOGIN PLAIN" },
    server: (postfix) => server(postfix) + login(),
    log: /sasl_method=PLAIN, sasl_username=relay/,
  },
  {
    name: "with LOGIN, the only one that is offered",
    wishes: { mechanisms: "LOGIN" },
    server: (postfix) => server(postfix) + login(),
    log: /sasl_method=LOGIN, sasl_username=relay/,
  },
  {
    name: "with CRAM-MD5, the only one that is offered",
    wishes: { mechanisms: "CRAM-MD5" },
    server: (postfix) => server(postfix) + login(),
    log: /sasl_method=CRAM-MD5, sasl_username=relay/,
  },
  {
    name: "with CRAM-MD5 by choice, under implicit TLS",
    wishes: { mechanisms: "PLAIN LOGIN CRAM-MD5", implicit: true },
    server: (postfix) => server(postfix, "implicit") + login(", mechanism: cram-md5"),
    log: /sasl_method=CRAM-MD5, sasl_username=relay/,
  },
  {
    name: "with the client certificate that it asks for",
    wishes: { clientCertificate: true },
    server: (postfix) => {
      const { certificateFile, keyFile } = postfix.client;
      return `${server(postfix)}, tls-certificate: ${certificateFile}, tls-key: ${keyFile}`;
    },
    log: /Trusted TLS connection established from/,
  },
];

for (const { name, wishes, server, log } of taken) {
  Deno.test(`Postfix takes our mail ${name}`, async () => {
    await using postfix = await startSecurePostfix(wishes);
    await using relay = await startSendingRelay([server(postfix)]);
    assert.match(await relay.send(MAIL), /^250 2\.0\.0 Accepted as /);
    const mail = await arrival(postfix);
    assert.equal(bodyOf(mail), BODY);
    const protocol = wishes.mechanisms === undefined ? "ESMTPS" : "ESMTPSA";
    assert.match(mail, new RegExp(`by postfix\\.test \\(Postfix\\) with ${protocol} id `));
    await until(() => log.test(postfix.log()), { what: `${log} in Postfix' log` });
    keepsSecret(relay);
  });
}

const deferred: readonly {
  readonly name: string;
  readonly wishes: SecurePostfixWishes;
  readonly server: (postfix: SecurePostfix) => string;
  readonly reason: RegExp;
}[] = [
  {
    name: "refuses our password (PLAIN)",
    wishes: { mechanisms: "PLAIN" },
    server: (postfix) => server(postfix) + login("", "canary-92"),
    reason: /AUTH.* 535 5\.7\.8 Error: authentication failed/,
  },
  {
    name: "refuses our password (LOGIN)",
    wishes: { mechanisms: "LOGIN" },
    server: (postfix) => server(postfix) + login("", "canary-92"),
    reason: /AUTH.* 535 5\.7\.8 Error: authentication failed/,
  },
  {
    name: "refuses our password (CRAM-MD5)",
    wishes: { mechanisms: "CRAM-MD5" },
    server: (postfix) => server(postfix) + login("", "canary-92"),
    reason: /AUTH.* 535 5\.7\.8 Error: authentication failed/,
  },
  {
    name: "offers no login",
    wishes: {},
    server: (postfix) => server(postfix) + login(),
    reason: /authentication expects .*, but the server offers no authentication$/,
  },
  {
    name: "offers other mechanisms than the one that we are to use",
    wishes: { mechanisms: "PLAIN LOGIN" },
    server: (postfix) => server(postfix) + login(", mechanism: cram-md5"),
    reason: /authentication expects CRAM-MD5, but the server offers .*PLAIN/,
  },
  {
    name: "has a certificate for another name",
    wishes: { names: ["mx.test"], mechanisms: "PLAIN" },
    server: (postfix) => server(postfix) + login(),
    reason: /certificate is for other names \(DNS:mx\.test\), not for 127\.0\.0\.1/,
  },
  {
    name: "has a certificate of an authority that is not the system's",
    wishes: { mechanisms: "PLAIN" },
    server: ({ port }) => `server: "127.0.0.1:${port}", tls: required${login()}`,
    reason: /certificate was issued by Test Authority, an unknown authority/,
  },
  {
    name: "asks for the client certificate that we have not",
    wishes: { clientCertificate: true },
    server: (postfix) => server(postfix),
    reason: /certificate/,
  },
];

for (const { name, wishes, server, reason } of deferred) {
  Deno.test(`a Postfix that ${name}: deferred, and it gets nothing`, async () => {
    await using postfix = await startSecurePostfix(wishes);
    await using relay = await startSendingRelay([server(postfix)]);
    assert.match(await relay.send(MAIL), /^250 2\.0\.0 queued as /);
    const [why, ...others] = relay.reasons();
    assert.match(why ?? "", reason);
    assert.deepEqual(others, []);
    assert.deepEqual(postfix.mails(), []);
    await until(() => GREETED.test(postfix.log()), { what: "the session's end in Postfix' log" });
    assert.doesNotMatch(postfix.log(), /client=/);
    keepsSecret(relay);
  });
}

Deno.test("a dead mail server: Postfix, the second one, gets the mail", async () => {
  await using postfix = await startSecurePostfix({ mechanisms: "PLAIN" });
  const dead = `server: "127.0.0.1:${freePort()}", tls: required, tls-ca-file: ${postfix.caFile}`;
  const servers = [dead + login(), server(postfix) + login()];
  await using relay = await startSendingRelay(servers);
  assert.match(await relay.send(MAIL), /^250 2\.0\.0 Accepted as /);
  assert.equal(bodyOf(await arrival(postfix)), BODY);
  assert.match(relay.log(), /WARNING smarthost mail server passed over server=127\.0\.0\.1/);
  keepsSecret(relay);
});
