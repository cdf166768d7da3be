/**
 * Mail servers that are after credentials, or lose them: none go out in clear, and none come back
 * in a reason.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import type { ClientAuth } from "../../../lib/smtp/client/authenticate.ts";
import { selfSigned } from "../../support/certificates.ts";
import {
  CHALLENGE,
  good,
  type HostileCase,
  PASSWORD,
  playHostile,
  TOKEN,
} from "../../support/hostile_stage.ts";

const oauth: ClientAuth = { kind: "oauth", user: "relay", token: () => Promise.resolve(TOKEN) };

const onAuth = (reply: string) => (line: string) => line.startsWith("AUTH") ? reply : undefined;

const cases: readonly HostileCase[] = [
  {
    name: "offers AUTH only in clear",
    faults: { certificate: good, inClear: ["STARTTLS", "AUTH PLAIN LOGIN"], underTls: [] },
    code: "auth-unavailable",
    reason: /expects PLAIN or LOGIN or CRAM-MD5, but the server offers no authentication/,
  },
  {
    name: "offers AUTH in clear, and refuses EHLO under TLS",
    faults: {
      certificate: good,
      inClear: ["STARTTLS", "AUTH PLAIN"],
      react: (line, { lines }) =>
        line.startsWith("EHLO") && lines.length > 0 ? "500 What?" : undefined,
    },
    code: "auth-unavailable",
    reason: /but the server offers no authentication/,
  },
  {
    name: "offers only mechanisms that nobody here knows",
    faults: { certificate: good, underTls: ["AUTH NTLM GSSAPI"] },
    code: "auth-unavailable",
    reason: /but the server offers only NTLM, GSSAPI/,
  },
  {
    name: "offers AUTH in clear, no TLS, and tls is none",
    faults: { inClear: ["AUTH PLAIN"] },
    tls: { mode: "none" },
    code: "auth-unavailable",
    reason: /no verified TLS, and credentials are never sent without/,
  },
  {
    name: "strips STARTTLS, and tls is opportunistic",
    faults: { inClear: ["AUTH PLAIN"] },
    tls: { mode: "opportunistic" },
    code: "auth-unavailable",
    reason: /no verified TLS, and credentials are never sent without/,
  },
  {
    name: "shows a self-signed certificate, and tls is opportunistic",
    faults: { certificate: await selfSigned() },
    tls: { mode: "opportunistic" },
    code: "tls-failed",
    reason: /certificate is self-signed/,
  },
  {
    name: "injects, and tls is opportunistic without credentials",
    faults: { certificate: good, startTls: "220 Go ahead\r\n250 Ok\r\n", injectLater: true },
    tls: { mode: "opportunistic" },
    auth: "nobody",
    code: "tls-failed",
    reason: /injection/,
  },
  {
    name: "refuses the credentials",
    faults: { certificate: good, react: onAuth("535 5.7.8 Authentication failed") },
    code: "auth-refused",
    reason: /AUTH PLAIN answered with 535 5\.7\.8 Authentication failed/,
  },
  {
    name: "has no authentication for now",
    faults: { certificate: good, react: onAuth("454 4.7.0 Later") },
    code: "auth-refused",
    reason: /AUTH PLAIN answered with 454 4\.7\.0 Later/,
  },
  {
    name: "says 421 to AUTH",
    faults: { certificate: good, react: onAuth("421 4.7.0 Too many") },
    code: "peer-refused",
    reason: /AUTH PLAIN answered with 421 4\.7\.0 Too many/,
  },
  {
    name: "hangs up on AUTH",
    faults: { certificate: good, react: onAuth("DROP") },
    code: "peer-closed",
    reason: /instead of a reply to AUTH PLAIN/,
  },
  {
    name: "sends back what it got, as a refusal",
    faults: {
      certificate: good,
      react: (line) => line.startsWith("AUTH") ? echo(line, PASSWORD) : undefined,
    },
    code: "auth-refused",
    reason: /AUTH PLAIN answered with 535 5\.7\.8 .*\[hidden\]/,
  },
  {
    name: "sends back what it got, as nonsense",
    faults: {
      certificate: good,
      react: (line) => line.startsWith("AUTH") ? `${PASSWORD} ${line}` : undefined,
    },
    code: "reply-invalid",
    reason: /Cannot read reply: got "\[hidden\]/,
  },
  {
    name: "sends back what it got, as a challenge",
    faults: {
      certificate: good,
      react: (line) => line.includes("AUTH") ? `334 ${PASSWORD}` : undefined,
    },
    code: "reply-invalid",
    reason: /AUTH PLAIN answered with a challenge that is not base64/,
  },
  {
    name: "asks and asks",
    faults: { certificate: good, underTls: ["AUTH LOGIN"], react: asksForEver },
    code: "reply-invalid",
    reason: /AUTH LOGIN answered with one challenge too many/,
  },
  {
    name: "sends a challenge without end",
    faults: {
      certificate: good,
      underTls: ["AUTH CRAM-MD5"],
      react: onAuth(`334 ${"A".repeat(3_000)}`),
    },
    code: "reply-invalid",
    reason: /AUTH CRAM-MD5 answered with a challenge that is not base64/,
  },
  {
    name: "sends back a CRAM-MD5 digest",
    faults: { certificate: good, underTls: ["AUTH CRAM-MD5"], react: cramEcho },
    code: "auth-refused",
    reason: /AUTH CRAM-MD5 answered with 535 5\.7\.8 .*\[hidden\]/,
  },
  {
    name: "sends back an access token",
    faults: {
      certificate: good,
      react: (line) => line.startsWith("AUTH") ? echo(line, TOKEN) : undefined,
    },
    auth: oauth,
    code: "auth-refused",
    reason: /AUTH OAUTHBEARER answered with 535 5\.7\.8 .*\[hidden\]/,
  },
  {
    name: "greets us with the password of last time",
    faults: { react: (line) => line.startsWith("EHLO") ? `451 you are ${PASSWORD}` : undefined },
    code: "peer-refused",
    reason: /EHLO answered with 451 you are \[hidden\]/,
  },
];

for (const hostile of cases) {
  Deno.test(`openClient() defers, and betrays nothing, when a server ${hostile.name}`, () =>
    playHostile(hostile));
}

/** All that a server can make of an AUTH command and the secret in it. */
function echo(line: string, secret: string): string {
  const blob = line.split(" ").at(-1) ?? "";
  const clear = Buffer.from(blob, "base64").toString("latin1").replaceAll("\0", " ");
  const encodings = [secret, `x${secret}x`, `xy${secret}xy`].flatMap((text) => [
    Buffer.from(text).toString("base64"),
    Buffer.from(text).toString("base64url"),
    Buffer.from(text).toString("hex"),
    encodeURIComponent(text),
  ]);
  return `535 5.7.8 ${blob} ${clear} ${encodings.join(" ")}`.slice(0, 4_000);
}

function asksForEver(line: string): string | undefined {
  return /^(EHLO|QUIT|STARTTLS)/.test(line) ? undefined : "334 VXNlcm5hbWU6";
}

function cramEcho(line: string): string | undefined {
  if (line.startsWith("AUTH")) return `334 ${btoa(CHALLENGE)}`;
  if (/^(EHLO|QUIT|STARTTLS)/.test(line)) return undefined;
  return `535 5.7.8 ${line} ${atob(line)}`;
}
