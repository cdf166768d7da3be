/**
 * Mail servers whose TLS is wicked, and those who sit in front of them: whatever they do, no
 * credentials and no mail go out in clear, the mail is deferred, and the reason is the one that
 * it is.
 *
 * @module
 */

import { makeAuthority, selfSigned } from "../../support/certificates.ts";
import { authority, good, type HostileCase, playHostile } from "../../support/hostile_stage.ts";

const cases: readonly HostileCase[] = [
  {
    name: "strips STARTTLS",
    faults: { inClear: ["PIPELINING", "AUTH PLAIN"] },
    code: "tls-unavailable",
    reason: /does not offer STARTTLS although tls is required; somebody may be stripping it$/,
  },
  {
    name: "knows no EHLO",
    faults: { react: (line) => line.startsWith("EHLO") ? "500 What?" : undefined },
    code: "tls-unavailable",
    reason: /does not offer STARTTLS/,
  },
  {
    name: "answers STARTTLS with 454",
    faults: { certificate: good, startTls: "454 4.7.0 TLS not available\r\n" },
    code: "tls-refused",
    reason: /STARTTLS answered with 454 4\.7\.0 TLS not available/,
  },
  {
    name: "answers STARTTLS with 502",
    faults: { certificate: good, startTls: "502 5.5.1 Not implemented\r\n" },
    code: "tls-refused",
    reason: /STARTTLS answered with 502 5\.5\.1 Not implemented/,
  },
  {
    name: "answers STARTTLS with 250",
    faults: { certificate: good, startTls: "250 Fine\r\n" },
    code: "reply-invalid",
    reason: /STARTTLS answered with 250 Fine, which makes no sense/,
  },
  {
    name: "injects in the packet of the reply to STARTTLS",
    faults: { certificate: good, startTls: "220 Go ahead\r\n250-fault.test\r\n250 AUTH PLAIN\r\n" },
    code: "tls-failed",
    reason: /something in clear after its reply to STARTTLS: injection/,
  },
  {
    name: "injects half a line",
    faults: { certificate: good, startTls: "220 Go ahead\r\n2" },
    code: "tls-failed",
    reason: /injection/,
  },
  {
    name: "injects a moment later",
    faults: {
      certificate: good,
      startTls: "220 Go ahead\r\n250 AUTH PLAIN\r\n",
      injectLater: true,
    },
    code: "tls-failed",
    reason: /something in clear after its reply to STARTTLS: injection/,
  },
  {
    name: "shows a certificate for other names",
    faults: { certificate: await authority.issue({ names: ["mx.example.net", "192.0.2.1"] }) },
    code: "tls-failed",
    reason:
      /certificate is for other names \(.*mx\.example\.net.*192\.0\.2\.1\), not for 127\.0\.0\.1/,
  },
  {
    name: "shows an expired certificate",
    faults: { certificate: await authority.issue({ days: [-10, -2] }) },
    code: "tls-failed",
    reason: /certificate has expired since 20\d\d-\d\d-\d\dT\d\d:\d\dZ/,
  },
  {
    name: "shows a certificate of tomorrow",
    faults: { certificate: await authority.issue({ days: [2, 10] }) },
    code: "tls-failed",
    reason: /certificate is not valid before 20\d\d-/,
  },
  {
    name: "shows a self-signed certificate",
    faults: { certificate: await selfSigned() },
    code: "tls-failed",
    reason: /certificate is self-signed; trusted are \S+\.pem/,
  },
  {
    name: "shows a certificate of another authority",
    faults: { certificate: await (await makeAuthority("Evil Authority")).issue() },
    code: "tls-failed",
    reason: /certificate was issued by Evil Authority, an unknown authority/,
  },
  {
    name: "says that the version of TLS is too new",
    faults: { handshake: "alert-protocol-version" },
    code: "tls-failed",
    reason: /speaks only TLS older than 1\.2/,
  },
  {
    name: "speaks TLS 1.0",
    faults: { handshake: "server-hello-1.0" },
    code: "tls-failed",
    reason: /speaks only TLS older than 1\.2/,
  },
  {
    name: "closes in the handshake",
    faults: { handshake: "close" },
    code: "tls-failed",
    reason: /closed the connection in the TLS handshake/,
  },
  {
    name: "hangs in the handshake",
    faults: { handshake: "hang" },
    code: "tls-failed",
    reason: /TLS handshake not finished within 300 ms/,
  },
  {
    name: "talks in clear on the port of implicit TLS",
    faults: { implicit: true, handshake: "clear" },
    tls: { mode: "implicit" },
    code: "tls-failed",
    reason: /talks in clear on this port: it may want STARTTLS/,
  },
  {
    name: "shows a self-signed certificate at once to somebody without credentials",
    faults: { implicit: true, certificate: await selfSigned() },
    tls: { mode: "implicit" },
    auth: "nobody",
    code: "tls-failed",
    reason: /certificate is self-signed/,
  },
  {
    name: "shows a self-signed certificate at once",
    faults: { implicit: true, certificate: await selfSigned() },
    tls: { mode: "implicit" },
    code: "tls-failed",
    reason: /certificate is self-signed/,
  },
];

for (const hostile of cases) {
  Deno.test(`openClient() defers, and betrays nothing, when a server ${hostile.name}`, () =>
    playHostile(hostile));
}
