/**
 * A REST API that hangs, or a mail server that takes a minute: the notifier does not wait for them
 * with `ack: queued`, and with `ack: relayed` no longer than its budget.
 *
 * @module
 */

import assert from "node:assert/strict";
import { startCountingSink } from "../support/counting_sink.ts";
import { passThrough } from "../support/configuration.ts";
import { percentile } from "../support/figures.ts";
import { sendLoad } from "../support/load_sender.ts";
import { startProgram } from "../support/program.ts";
import { openDeafServer } from "../support/deaf_server.ts";
import { holdsInARound, most } from "../support/rounds.ts";
import { until } from "../support/wait.ts";

/** What is to hold, in ms; otherwise so many times what quick remotes need in the same round. */
const QUEUED_MS = 100;
const BUDGET_MS = 2_000;
/** For a machine that does other things, too. */
const MARGIN_MS = 500;
const TIMES_QUICK = 5;
const MAILS = 200;
const SENDERS = 10;

/** Takes every mail after a minute, as far as anybody waits for that. */
const MINUTE = { slow: 1, slowMs: [60_000, 60_000] } as const;

const remotes = ["a REST API that hangs", "a mail server that takes 60 s"] as const;

for (const remote of remotes) {
  Deno.test(`ack: queued answers within ${QUEUED_MS} ms at p99 beside ${remote}`, () =>
    holdsInARound(async () => {
      const setting = { ack: "queued", mails: MAILS } as const;
      const quick = percentile(await answersOf("quick remotes", setting), 0.99);
      const took = percentile(await answersOf(remote, setting), 0.99);
      return [{ name: "p99, ms", value: took, most: most(QUEUED_MS, quick, TIMES_QUICK) }];
    }));

  Deno.test(`ack: relayed answers within ack-budget beside ${remote}`, () =>
    holdsInARound(async () => {
      const setting = { ack: "relayed", mails: 4 * SENDERS } as const;
      const quick = Math.max(...await answersOf("quick remotes", setting));
      const took = Math.max(...await answersOf(remote, setting));
      const margin = most(MARGIN_MS, quick, TIMES_QUICK);
      return [{ name: "longest, ms", value: took, most: BUDGET_MS + margin }];
    }));
}

interface Setting {
  readonly ack: "queued" | "relayed";
  readonly mails: number;
}

/** How long each answer to the end of data took, in ms. */
async function answersOf(
  remote: typeof remotes[number] | "quick remotes",
  { ack, mails }: Setting,
): Promise<number[]> {
  const hangs = remote === "a REST API that hangs";
  using api = openDeafServer();
  const slow = remote === "a mail server that takes 60 s";
  await using sink = await startCountingSink({ course: slow ? MINUTE : {} });
  const common = passThrough(sink.port, `ack: ${ack}\nack-budget: ${BUDGET_MS}ms`);
  await using program = await startProgram(
    hangs ? common.replace("managers: []", managers(api.port)) : common,
  );
  const took: number[] = [];
  let number = 0;
  await sendLoad({
    port: program.port,
    senders: SENDERS,
    next: () => {
      if (number === mails) return null;
      const id = `slow-${++number}`;
      return { id, ...hangs && { subject: `Stage [${id}/1/build/1] is broken` } };
    },
    answered: (mail, answer) => {
      assert.equal(answer.kind, "answered", mail.id);
      if (answer.kind !== "answered") return;
      assert.match(answer.reply, /^250 /);
      took.push(answer.tookMs);
    },
  });
  // Otherwise nobody was asked, and there was nothing to wait for.
  if (hangs) assert.ok(api.connections > 0, "nobody asked the REST API");
  if (slow) {
    // However slow this machine is: nobody waited for the mail server.
    assert.equal((await sink.counts()).mails, 0, "the mail server has taken a mail");
    const asked = async () => (await sink.counts()).attempts > 0;
    await until(asked, { what: "the mail server to be asked" });
  }
  return took;
}

function managers(port: number): string {
  return `managers:
  - name: gocd
    url: http://127.0.0.1:${port}/go
    messages-we-want: {to: operator@proof.test}
    rules:
      - actions: [mailto:team@proof.test]
        filter: {events: [BREAKS], function: pipelines.in_group, args: [a-group]}
`;
}
