/** The demo's verdict on its mails: it must be able to say no. @module */

import assert from "node:assert/strict";
import { type Course, problemsOf, stateOf } from "../../../lib/cli/demo/course.ts";
import type { Arrival } from "../../../lib/cli/demo/mailbox.ts";
import { isFine, summarize } from "../../../lib/cli/demo/summary.ts";
import { paint } from "../../../lib/cli/paint.ts";
import { octets } from "../../support/octets.ts";

const SENT = "Subject: x\r\nTo: list@example.com\r\nFrom: F <f@example.com>\r\n\r\nbody \xff\r\n";
const RECEIVED = "Received: from a ([127.0.0.1])\r\n\tby b; now\r\n";
const READDRESSED = RECEIVED +
  "Subject: x\r\nTo: a@example.com\r\nFrom: f@example.com\r\n\r\nbody \xff\r\n";

/** A course that is as it should be, but for what `change` says. */
function courseOf(
  change: {
    arrived?: string;
    unchanged?: boolean;
    to?: readonly string[];
    told?: string;
    notices?: readonly string[];
  },
): Course {
  const { arrived = RECEIVED + SENT, unchanged = false, to = ["a@example.com"] } = change;
  const { told, notices = [] } = change;
  const expected = { code: 250, recipients: ["a@example.com"], unchanged, ...told && { told } };
  const sample = { title: "t", from: "f@example.com", to: ["list@example.com"], expected };
  return {
    sample: { ...sample, message: octets(SENT) },
    arrivals: [
      ...to.map((recipient) => arrivalOf("f@example.com", recipient, arrived)),
      ...notices.map((recipient) => arrivalOf("", recipient, "Subject: Not delivered\r\n\r\n")),
    ],
    refusals: [],
    answer: { kind: "reply", reply: { code: 250, lines: ["ok"] }, tookMs: 1 },
  };
}

function arrivalOf(reversePath: string, recipient: string, text: string): Arrival {
  return { reversePath, recipients: [recipient], message: octets(text) };
}

const COURSES: readonly {
  readonly name: string;
  readonly change: Parameters<typeof courseOf>[0];
  readonly problems: number;
}[] = [
  { name: "nothing when only Received was added", change: { unchanged: true }, problems: 0 },
  { name: "nothing when To and From may change", change: { arrived: READDRESSED }, problems: 0 },
  {
    name: "To and From where they may not change",
    change: { arrived: READDRESSED, unchanged: true },
    problems: 1,
  },
  {
    name: "a To that names somebody else",
    change: { arrived: READDRESSED.replace("To: a@", "To: b@") },
    problems: 1,
  },
  {
    name: "another field",
    change: { arrived: READDRESSED.replace("Subject: x", "Subject: y") },
    problems: 1,
  },
  {
    name: "a second Received field",
    change: { arrived: RECEIVED + RECEIVED + SENT },
    problems: 1,
  },
  {
    name: "one octet of the body",
    change: { arrived: READDRESSED.replace("\xff", "\xfe") },
    problems: 1,
  },
  {
    name: "a mail that arrives twice",
    change: { to: ["a@example.com", "a@example.com"] },
    problems: 1,
  },
  { name: "a mail that does not arrive", change: { to: [] }, problems: 1 },
  {
    name: "nothing when there is a notice to whom it must go",
    change: { told: "f@example.com", notices: ["f@example.com"] },
    problems: 0,
  },
  { name: "a notice that is missing", change: { told: "f@example.com" }, problems: 1 },
  { name: "a notice that nobody expects", change: { notices: ["f@example.com"] }, problems: 1 },
];

for (const { name, change, problems } of COURSES) {
  Deno.test(`problemsOf() finds ${name}`, () => {
    assert.equal(problemsOf(courseOf(change)).length, problems);
  });
}

Deno.test("problemsOf() finds that there was no reply", () => {
  const course = { ...courseOf({}), answer: { kind: "silence", reason: "too late" } } as const;
  assert.deepEqual(problemsOf(course), ["expected reply 250, got none: too late"]);
});

Deno.test("stateOf() wants every recipient named in To", () => {
  const arrival = arrivalOf("f@example.com", "a@example.com", READDRESSED);
  assert.equal(stateOf(arrival, octets(SENT)), "readdressed");
  const both = { ...arrival, recipients: ["a@example.com", "b@example.com"] };
  assert.equal(stateOf(both, octets(SENT)), "altered");
});

Deno.test("summarize() counts a mail that nobody had sent against the demo", () => {
  const result = { courses: [courseOf({})], strays: 1, requests: [], tookMs: 1 };
  assert.equal(isFine(result), false);
  assert.match(summarize(result, paint(false)), /✘ 1 arrived that nobody had sent\n$/);
});
