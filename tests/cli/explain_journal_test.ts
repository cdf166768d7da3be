/** `explain QUEUE-ID`, on a journal that no relay works on. @module */

import assert from "node:assert/strict";
import { runCommandLine } from "../../lib/cli/command_line.ts";
import type { JournalEvent } from "../../lib/mail/journal.ts";
import type { RouteTrace } from "../../lib/routing/trace.ts";
import { capturedTerminal } from "../support/captured_terminal.ts";
import { inWorld } from "../support/command_world.ts";
import { type FilledStore, newMail, withStore } from "../support/filled_store.ts";
import { CAME, LIFE } from "../support/queued_mails.ts";
import { fillJournal, pastId, type PastMail } from "../support/replay_stage.ts";

const ID = pastId(0);
const SENT = [{ destination: "smarthost", recipients: ["cat@example.com"] }];

/** A routing of which not everything is usual. */
function routed(trace: Partial<RouteTrace>, deliveries = SENT): JournalEvent {
  const usual = { claims: [], fields: {}, notes: [], lookups: [], rules: [], reason: "because" };
  const whole = { ...usual, decision: "matched", ...trace };
  return { kind: "routed", at: CAME, reason: "because", deliveries, trace: whole };
}

async function inJournal(
  mails: readonly PastMail[],
  test: (filled: FilledStore) => Promise<void>,
  colour = false,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "mail2alert-explain-" });
  const terminal = capturedTerminal({}, colour);
  try {
    await fillJournal(folder, mails);
    const run = (...args: string[]) => runCommandLine([...args, "--store", folder], terminal);
    await test({ folder, terminal, run });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("explain ID tells what was decided, and what happened", () =>
  inJournal([{ events: LIFE.slice(0, 3) }], async ({ run, terminal }) => {
    assert.equal(await run("explain", ID), 0, terminal.stderr());
    assert.equal(
      terminal.stdout(),
      `\
${ID} is delivered
from <go@example.com> to <alerts@example.com>
manager gocd wants mail to mail2alert@example.com: claimed
  pipeline: up42
  ✔ my group: matched – up42 is in my-group
      → mailto:cat@example.com
decision: matched – my group matched
smarthost → cat@example.com, dog@example.com

what happened
2026-11-22T18:30:00.036Z  tried smarthost for 35 ms
    deferred for dog@example.com: mx: 451 4.2.0 greylisted (asked not to be tried again for 5 min)
    delivered to cat@example.com: 250 2.0.0 Ok
2026-11-22T18:30:00.040Z  answered the notifier after 1.2 s: 250 2.0.0 queued as 01JD
`,
    );
    assert.equal(terminal.stderr(), "");
  }));

const rows: readonly { readonly name: string; readonly mail: PastMail; readonly says: RegExp }[] = [
  {
    name: "a mail that nobody gets",
    mail: {
      state: "no-delivery",
      events: [routed({ decision: "no-rule-matched", notSent: "no-rule-matched" }, [])],
    },
    says: /is no-delivery\n[^]*^not sent: no-rule-matched – no rule held/m,
  },
  {
    name: "a mail that is discarded",
    mail: {
      events: [
        routed({ notSent: "discarded" }, [{ destination: "discard", recipients: ["a@b.c"] }]),
      ],
    },
    says: /because\nnot sent: discarded – it is discarded on purpose\n$/,
  },
  {
    name: "a mail that bounced",
    mail: { state: "bounced", events: LIFE.filter(({ kind }) => kind !== "came-again") },
    says:
      /is bounced\n[^]*told go@example\.com of the delay[^]*gave up smarthost for dog@example\.com/,
  },
  {
    name: "a mail that came again",
    mail: { events: LIFE.slice(0, 4) },
    says: /the notifier came again with the same mail and was told: 250 2\.0\.0 queued/,
  },
  {
    name: "a mail that passed through",
    mail: { events: [routed({ decision: "passed-through", reason: "no manager wants it" })] },
    says: /^decision: passed-through – no manager wants it\nsmarthost → cat@example\.com\n$/m,
  },
  {
    name: "a mail routed by an earlier version, which named no reason by a word",
    mail: { events: [routed({ decision: "no-rule-matched" }, [])] },
    says: /^decision: no-rule-matched – because\nnot sent\n$/m,
  },
  {
    name: "a mail whose trace cannot be read",
    mail: { events: [{ ...LIFE[0], trace: { rules: 3 } } as JournalEvent] },
    says: /^decision: my group matched\nsmarthost → cat@example\.com, dog@example\.com\n$/m,
  },
  {
    name: "a mail that has not been routed",
    mail: { state: "refused", events: LIFE.slice(2, 3) },
    says: /is refused\n.*\nit has not been routed\n\nwhat happened\n.* answered the notifier/,
  },
  {
    name: "a mail that was routed again",
    mail: { events: [routed({ reason: "at first" }), ...LIFE.slice(0, 1), ...LIFE.slice(2, 3)] },
    says: /^routed 2 times, the last time 2026-11-22T18:30:00\.001Z\n[^]*– my group matched\n/m,
  },
  {
    name: "what came before the routing",
    mail: { events: [...LIFE.slice(2, 3), routed({})] },
    says: /\n\nwhat happened\n.* answered the notifier after 1\.2 s/,
  },
];

for (const { name, mail, says } of rows) {
  Deno.test(`explain ID tells of ${name}`, () =>
    inJournal([mail], async ({ run, terminal }) => {
      assert.equal(await run("explain", ID), 0, terminal.stderr());
      assert.match(terminal.stdout(), says);
    }));
}

Deno.test("explain ID tells of a mail that waits in the queue", () =>
  inJournal([], async ({ run, folder, terminal }) => {
    await withStore(folder, async (store) => {
      await store.accept([newMail({ queueId: ID, events: LIFE.slice(0, 2) })]);
    });
    assert.equal(await run("explain", ID), 0, terminal.stderr());
    assert.match(terminal.stdout(), /is open\n[^]*deferred for dog@example\.com: mx: 451/);
  }));

Deno.test("explain ID takes an id in any case, with blanks around it", () =>
  inJournal([{}], async ({ run, terminal }) => {
    assert.equal(await run("explain", ` ${ID.toLowerCase()}\n`), 0, terminal.stderr());
    assert.ok(terminal.stdout().startsWith(`${ID} is delivered\n`));
  }));

for (const form of [[], ["--json"]]) {
  Deno.test(`explain ID ${form} of an unknown mail exits 1 and says where it looked`, () =>
    inJournal([{}], async ({ run, terminal, folder }) => {
      assert.equal(await run("explain", pastId(9), ...form), 1);
      assert.equal(
        terminal.stderr(),
        `the journal in ${folder} knows no such mail as ${pastId(9)}\n`,
      );
      assert.equal(terminal.stdout(), "");
    }));
}

Deno.test("explain ID exits 1 where no relay has ever run", async () => {
  const terminal = capturedTerminal();
  assert.equal(await runCommandLine(["explain", ID, "--store", "/nowhere"], terminal), 1);
  assert.match(terminal.stderr(), /^there is no store in \/nowhere: no relay has run there yet\n$/);
});

for (const option of ["--from", "--to"]) {
  Deno.test(`explain ID ${option} is wrong usage`, () =>
    inJournal([{}], async ({ run, terminal }) => {
      assert.equal(await run("explain", ID, option, "a@example.com"), 2);
      assert.match(terminal.stderr(), /are for a mail in a file/);
      assert.equal(terminal.stdout(), "");
    }));
}

Deno.test("explain ID colours for a terminal, and shows what a mail says without obeying it", () => {
  const wicked = routed({ fields: { subject: "\x1b[2J\u202e" }, reason: "\r\nx" });
  return inJournal([{ events: [wicked] }], async ({ run, terminal }) => {
    assert.equal(await run("explain", ID), 0);
    const said = terminal.stdout();
    assert.ok(said.startsWith(`\x1b[1m${ID}\x1b[0m is delivered\n`), said);
    assert.ok(said.includes("  subject: \\u{1b}[2J\\u{202e}\n"), said);
    assert.ok(said.includes(": matched – \\u{d}\\u{a}x\n"), said);
  }, true);
});

Deno.test("explain --json has the same keys for a file and an id, where both know them", () =>
  inJournal([{ events: [routed({}), ...LIFE] }], async ({ run, terminal }) => {
    assert.equal(await run("explain", ID, "--json"), 0);
    const told = JSON.parse(terminal.stdout());
    assert.deepEqual(told.envelope, {
      reversePath: "go@example.com",
      forwardPaths: ["alerts@example.com"],
    });
    const [first] = LIFE;
    assert.ok(first?.kind === "routed");
    assert.deepEqual(told.trace, first.trace);
    assert.deepEqual(told.deliveries, first.deliveries);
    assert.deepEqual([told.queueId, told.state, told.events.length], [ID, "delivered", 10]);
    await inWorld(async (world) => {
      const args = ["--json", "--config", world.configuration];
      assert.equal(await world.run("explain", `${world.folder}/broken.eml`, ...args), 0);
      const file = JSON.parse(world.terminal.stdout());
      assert.deepEqual(Object.keys(file), ["envelope", "deliveries", "trace"]);
      assert.deepEqual(Object.keys(file.envelope), Object.keys(told.envelope));
      for (const key of Object.keys(file)) assert.ok(Object.hasOwn(told, key), key);
    });
  }));
