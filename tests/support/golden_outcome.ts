/**
 * What came of a mail, as a golden file has it: text for people, an exact record for the test.
 *
 * Octets that go out are one line a line; what is not printable ASCII is written `\xff`, a
 * backslash `\\`, so that editors and diffs show what is there.
 *
 * @module
 */

import type { Delivery } from "../../lib/mail/delivery.ts";
import type { Envelope } from "../../lib/mail/envelope.ts";
import type { RouteTrace, Routing } from "../../lib/routing/trace.ts";
import { latin1 } from "./octets.ts";
import type { RecordedMail } from "./recording_sink.ts";

/** Everything that became of one mail. */
export interface GoldenOutcome {
  /** The envelope that was routed. */
  readonly envelope: Envelope;
  /** What routing decided. */
  readonly routing: Routing;
  /** What the notifier was told. */
  readonly reply: string;
  /** What the mail server got. */
  readonly sent: readonly RecordedMail[];
  /** The base URL of the GoCD server, whose port differs from run to run. */
  readonly gocdUrl: string;
}

/** Our own field, up to the id, what stands between it and the date, and the date. */
const TRACE =
  /^(Received: from [^\r]*\r\n\tby relay\.example\.com \(mail2alert\) with \w+ id )[0-9A-Z]{26}((?:\r\n\tfor [^\r]*)?;\r\n\t)\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d \+0000\r\n/;

/** Writes an outcome down. */
export function describeOutcome(outcome: GoldenOutcome): string {
  const { envelope, routing, reply, sent, gocdUrl } = outcome;
  const lines = [
    ...describeEnvelope(envelope),
    ...describeTrace(routing.trace),
    ...routing.deliveries.map(describeDelivery),
    `reply: ${reply.replace(/ as [0-9A-Z]{26}$/, " as QUEUE-ID")}`,
    ...sent.length === 0 ? ["", "Nothing goes out."] : [],
  ];
  const text = lines.map((line) => `${line}\n`).join("").replaceAll(gocdUrl, "http://GOCD/go");
  return text + sent.map(describeMail).join("");
}

function describeEnvelope({ reversePath, forwardPaths, smtpUtf8, body }: Envelope): string[] {
  return [
    `from: <${reversePath}>`,
    ...forwardPaths.map((path) => `to: <${path}>`),
    `body: ${body}${smtpUtf8 ? " SMTPUTF8" : ""}`,
  ];
}

/** How old an answer is, and how long it took, is left out; so is which of two mails asked first. */
function describeTrace(trace: RouteTrace): string[] {
  return [
    ...trace.claims.map(({ manager, wants, claimed }) =>
      `claim: ${manager} wants ${wants}: ${claimed ? "yes" : "no"}`
    ),
    ...Object.entries(trace.fields).map(([name, value]) => `field ${name}: ${value}`),
    ...trace.notes.map((note) => `note: ${note}`),
    ...trace.lookups.map(({ name, url, source, detail }) =>
      `lookup: ${name} at ${url}: ${source === "cached" ? "fresh" : source}: ${detail}`
    ),
    ...trace.rules.map(({ rule, verdict, reason, actions }) =>
      `rule: ${rule}: ${verdict}: ${reason}${actions.map((action) => `; ${action}`).join("")}`
    ),
    `decision: ${trace.decision}`,
    `reason: ${trace.reason}`,
  ];
}

function describeDelivery({ destination, recipients, rewrite }: Delivery): string {
  const how = rewrite === undefined ? "as it came" : [
    ...rewrite.to === undefined ? [] : [`To: ${rewrite.to.join(", ")}`],
    ...rewrite.from === undefined ? [] : [`From: ${rewrite.from}`],
  ]
    .join("; ");
  return `delivery: ${destination}: ${recipients.join(", ")}: ${how}`;
}

function describeMail({ mail, recipients, message }: RecordedMail): string {
  const octets = latin1(message).replace(TRACE, "$1QUEUE-ID$2DATE\r\n");
  return ["", mail, ...recipients, "DATA", ""].join("\n") + escape(octets);
}

function escape(octets: string): string {
  return octets.replace(/\\/g, "\\\\").replaceAll("\r\n", "\n").replace(
    /[^\n -~\t]/g,
    (octet) => `\\x${octet.charCodeAt(0).toString(16).padStart(2, "0")}`,
  );
}
