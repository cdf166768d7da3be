/** What is said of a device in the end. @module */

import assert from "node:assert/strict";
import { newRecord, type SessionRecord } from "../../../lib/cli/doctor/record.ts";
import { verdict } from "../../../lib/cli/doctor/verdict.ts";
import { paint } from "../../../lib/cli/paint.ts";
import type { Quirk } from "../../../lib/smtp/quirks.ts";

interface Case {
  readonly name: string;
  readonly quirks?: readonly Quirk[];
  readonly change?: Partial<SessionRecord>;
  readonly verdict: string;
  /** Whether a listener is proposed. */
  readonly listener: boolean;
}

const cases: readonly Case[] = [
  {
    name: "a mail, and another one without an end",
    quirks: ["bare-newline-end"],
    change: { mails: 1, unfinished: true },
    verdict: "some mail came, and a message that it did not end",
    listener: true,
  },
  {
    name: "a mail after a mechanism that is not offered",
    quirks: ["auth-mechanism"],
    change: { mails: 1 },
    verdict: "works with the strict profile",
    listener: true,
  },
  {
    name: "nothing but a mechanism that is not offered",
    quirks: ["auth-mechanism"],
    verdict: "no setting of mail2alert makes this work",
    listener: false,
  },
  {
    name: "leniency that is not enough",
    quirks: ["bare-newline", "bare-newline-end"],
    verdict: "no setting of mail2alert makes this work",
    listener: false,
  },
  {
    name: "mails, leniency and a login in clear",
    quirks: ["no-hello", "auth-before-tls"],
    change: { mails: 2, login: "PLAIN" },
    verdict: "works with profile: lenient and the setting that is named above",
    listener: true,
  },
  {
    name: "a message that was not ended",
    change: { unfinished: true },
    verdict: "no mail came: it went away in the middle of its message",
    listener: false,
  },
  {
    name: "a refusal",
    change: { refusal: "552 5.3.4 Message is larger than SIZE allows" },
    verdict:
      "no mail came; the last that it was refused: 552 5.3.4 Message is larger than SIZE allows",
    listener: false,
  },
];

for (const { name, quirks = [], change, verdict: expected, listener } of cases) {
  Deno.test(`verdict() on ${name}`, () => {
    const record = { ...newRecord("192.0.2.7"), spoke: true, ...change };
    for (const quirk of quirks) record.quirks.set(quirk, false);
    const text = verdict(record, { listen: "0.0.0.0:25", tls: "starttls" }, paint(false));
    const [told = "", proposed = ""] = text.split("\nlocal-smtp:");
    assert.ok(told.replace(/\s+/g, " ").trimEnd().endsWith(`verdict ${expected}`), text);
    assert.equal(proposed !== "", listener);
  });
}
