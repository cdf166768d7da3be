/** A scope for conditions and templates, and one of anything at all. @module */

import fc from "fast-check";
import type { Answered, LookupKnown, MailFacts, Names, Scope } from "../../lib/language/scope.ts";

/** The names of the tests. */
export const NAMES: Names = {
  fields: new Set(["host", "pipeline", "stage", "empty", "job-name", "constructor"]),
  lookups: new Set(["owner", "calendar", "service-owner", "down", "unasked"]),
};

/** A mail. */
export const MAIL: MailFacts = {
  id: "01JD0000000000000000000000",
  reversePath: "gocd@ci.example.org",
  recipients: ["ops@example.org", "qa@example.org"],
  subject: "Stage [release/7] failed {{event}}",
  headers: new Map([["x-mailer", ["Device 1", "Device 2"]], ["subject", ["Stage failed"]]]),
  text: "line one\nERROR disk full\n",
  size: 4_096,
  attachments: [{ name: "report.pdf", type: "application/pdf", size: 900 }],
};

/** What the lookups say. */
export const LOOKUPS: ReadonlyMap<string, LookupKnown> = new Map<string, LookupKnown>([
  ["owner", {
    kind: "answer",
    value: {
      tier: "gold",
      level: 3,
      ratio: 0.5,
      email: "team@example.org",
      emails: ["a@example.org", "b@example.org"],
      both: "a@example.org, b@example.org",
      groups: [{ name: "core", members: [1, 2] }, { name: "web", members: [] }],
      active: true,
      nothing: null,
      blank: "",
      until: "2026-12-01T00:00:00Z",
    },
  }],
  ["down", { kind: "missing", why: "no answer within 2 s" }],
  ["unasked", { kind: "not-asked" }],
]);

/** A scope of the tests; 22 November 2026 is a Sunday, 10:30 in Berlin. */
export function scope(changes: Partial<Scope> = {}): Scope {
  return {
    mail: MAIL,
    fields: { host: "db1", pipeline: "release", stage: "build" },
    event: "BREAKS",
    lookups: LOOKUPS,
    nowMs: Date.UTC(2026, 10, 22, 9, 30, 15),
    ...changes,
  };
}

const text = fc.oneof(fc.string({ unit: "binary", maxLength: 40 }), fc.string({ maxLength: 40 }));
const hostile = fc.constantFrom(
  "{{event}}",
  "\r\nBcc: x@evil.example",
  "../..",
  "..",
  "a@b.example,c@d.example",
  "<x@evil.example>",
  "http://evil.example/",
  "__proto__",
  "\u202eabc\u0000",
  "\ud800",
  "%2e%2e",
);

/** Any text that a mail or an answer may hold, hostile ones often. */
export const anyText: fc.Arbitrary<string> = fc.oneof(text, hostile);

const anyAnswer: fc.Arbitrary<Answered> = fc.oneof(
  anyText,
  fc.jsonValue({ maxDepth: 3 }) as fc.Arbitrary<Answered>,
  fc.record({ tier: anyText, level: fc.double(), emails: fc.array(anyText, { maxLength: 5 }) }),
);

const anyKnown: fc.Arbitrary<LookupKnown> = fc.oneof(
  anyAnswer.map((value): LookupKnown => ({ kind: "answer", value })),
  anyText.map((why): LookupKnown => ({ kind: "missing", why })),
  fc.constant<LookupKnown>({ kind: "not-asked" }),
);

/** Any scope over {@link NAMES}. */
export const anyScope: fc.Arbitrary<Scope> = fc.record({
  mail: fc.record({
    id: anyText,
    reversePath: anyText,
    recipients: fc.array(anyText, { maxLength: 5 }),
    subject: anyText,
    headers: fc.array(fc.tuple(anyText, fc.array(anyText, { maxLength: 3 })), { maxLength: 4 })
      .map((entries) => new Map(entries)),
    text: anyText,
    size: fc.nat(),
    attachments: fc.array(fc.record({ name: anyText, type: anyText, size: fc.nat() }), {
      maxLength: 3,
    }),
  }),
  fields: fc.dictionary(fc.constantFrom("host", "pipeline", "stage", "__proto__"), anyText),
  event: anyText,
  lookups: fc.dictionary(fc.constantFrom("owner", "calendar", "down"), anyKnown)
    .map((entries) => new Map(Object.entries(entries))),
  nowMs: fc.integer({ min: 0, max: 4_000_000_000_000 }),
});
