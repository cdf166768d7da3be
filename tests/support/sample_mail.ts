/** Mails held in memory, for tests of what delivers them. @module */

import { Buffer } from "node:buffer";
import type { Delivery } from "../../lib/mail/delivery.ts";
import type { Envelope } from "../../lib/mail/envelope.ts";
import type { Mail } from "../../lib/mail/message.ts";
import { fleeting } from "./fleeting.ts";

/** What may differ from a plain mail. */
export interface SampleMail {
  /** Header fields, one character an octet. */
  readonly fields?: string;
  /** Blank line and body, one character an octet. */
  readonly rest?: string;
  /** Octets of each piece of the rest. */
  readonly pieceOctets?: number;
  /** Envelope. */
  readonly envelope?: Partial<Envelope>;
}

/** Makes a mail. */
export function sampleMail(sample: SampleMail = {}): Mail {
  const fields = Buffer.from(sample.fields ?? "Subject: Build failed\r\n", "latin1");
  const rest = Buffer.from(sample.rest ?? "\r\nIt broke.\r\n", "latin1");
  const size = sample.pieceOctets ?? 65_536;
  return {
    queueId: "01ARZ3NDEKTSV4RRFFQ69G5FAV",
    envelope: {
      reversePath: "gocd@example.org",
      forwardPaths: ["mail2alert@example.org"],
      smtpUtf8: false,
      body: "7BIT",
      session: { peer: "127.0.0.1", helo: "ci.test", protocol: "ESMTP" },
      ...sample.envelope,
    },
    message: {
      octets: fields.length + rest.length,
      digest: "",
      fields,
      rest: () => fleeting(rest, size),
    },
    receivedAt: 0,
  };
}

/** Makes a delivery to the smarthost. */
export function sampleDelivery(...recipients: string[]): Delivery {
  return {
    destination: "smarthost",
    recipients: recipients.length > 0 ? recipients : ["team@example.org"],
  };
}
