/** What `explain ID` says where the journal has not kept all rules. @module */

import assert from "node:assert/strict";
import { runCommandLine } from "../../lib/cli/command_line.ts";
import type { HistoryConfig } from "../../lib/config/types.ts";
import type { JournalEvent } from "../../lib/mail/journal.ts";
import type { RouteTrace } from "../../lib/routing/trace.ts";
import { capturedTerminal } from "../support/captured_terminal.ts";
import { newMail, withStore } from "../support/filled_store.ts";
import { fillJournal, pastId, type PastMail } from "../support/replay_stage.ts";

const ID = pastId(0);
const LEFT = { count: 10, telling: 0 } as const;

function routed(trace: Partial<RouteTrace>): JournalEvent {
  const usual = { claims: [], fields: {}, notes: [], lookups: [], rules: [], reason: "because" };
  const whole = { ...usual, decision: "matched", ...trace };
  return { kind: "routed", at: 0, reason: "because", deliveries: [], trace: whole };
}

/** What it says of such a mail; the folder of the store is `STORE`, the time `TIME`. */
async function said(mail: PastMail, text?: HistoryConfig["text"]): Promise<string> {
  const folder = await Deno.makeTempDir({ prefix: "mail2alert-left-" });
  const terminal = capturedTerminal();
  try {
    await fillJournal(folder, [mail], text);
    assert.equal(await runCommandLine(["explain", ID, "--store", folder], terminal), 0);
    return terminal.stdout().replaceAll(folder, "STORE").replace(/--at \S+/, "--at TIME");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const EXPLAIN = "mail2alert explain - --from go@example.com --to alerts@example.com --at TIME";
const HISTORY = `mail2alert history --id ${ID} --message --store STORE`;
const FROM_GO = { reversePath: "go@example.com" } as const;

interface Row {
  readonly name: string;
  readonly envelope?: PastMail["envelope"];
  readonly text?: HistoryConfig["text"];
  readonly trace?: Partial<RouteTrace>;
  readonly says: string;
}

const rows: readonly Row[] = [
  {
    name: "how many, and how to see them",
    text: "full",
    says: `
  … 10 more rules, none of which held: the journal keeps no more of them
decision: matched – because
not sent
what every rule says by the configuration as it is now:
  ${HISTORY} | ${EXPLAIN}
`,
  },
  {
    name: "that some of them held",
    text: "full",
    trace: { rulesLeft: { count: 7, telling: 3 } },
    says: "7 more rules, 3 of which held, were muted or could not be decided: the journal keeps",
  },
  {
    name: "that it is one",
    text: "full",
    trace: { rulesLeft: { count: 1, telling: 0 } },
    says: "  … 1 more rule, none of which held: the journal",
  },
  {
    name: "that a second manager has more",
    text: "full",
    trace: {
      manager: "first",
      further: [{
        manager: "second",
        fields: {},
        notes: [],
        lookups: [],
        rules: [],
        rulesLeft: LEFT,
        decision: "matched",
        reason: "so",
      }],
    },
    says: `| ${EXPLAIN}\n`,
  },
  {
    name: "that only the header can be looked at",
    text: "headers",
    says:
      `as it is now (only the header is kept: mail.text is empty):\n  ${HISTORY} | ${EXPLAIN}\n`,
  },
  {
    name: "that the mail is not kept",
    text: "none",
    says:
      "what the other rules said is not kept, nor is the mail: `mail2alert explain FILE` tells " +
      "of every rule for one like it; `history: full` keeps mails\n",
  },
  {
    name: "how to name nobody",
    text: "full",
    envelope: { reversePath: "" },
    says: "explain - --from '<>' --to alerts@",
  },
  {
    name: "no address that a shell would obey",
    text: "full",
    envelope: { reversePath: "`id`@example.com", forwardPaths: ["a@b.example", "$x@b.example"] },
    says: "explain - --from ADDRESS --to ADDRESSES --at TIME\n",
  },
  {
    name: "no option that an address begins",
    text: "full",
    envelope: { reversePath: "-x@example.com", forwardPaths: ["a@b.example", "-c@b.example"] },
    says: "explain - --from ADDRESS --to ADDRESSES --at TIME\n",
  },
  {
    name: "several recipients",
    text: "full",
    envelope: { ...FROM_GO, forwardPaths: ["a@b.example", "c@b.example"] },
    says: "--from go@example.com --to a@b.example,c@b.example --at TIME\n",
  },
  {
    name: "no end of recipients",
    text: "full",
    envelope: {
      ...FROM_GO,
      forwardPaths: Array.from({ length: 6 }, (_, index) => `r${index}@b.example`),
    },
    says: "--from go@example.com --to ADDRESSES --at TIME\n",
  },
];

for (const { name, envelope, text, trace = { rulesLeft: LEFT }, says } of rows) {
  Deno.test(`explain ID says of rules left out ${name}`, async () => {
    const mail = { envelope: envelope ?? FROM_GO, events: [routed(trace)] };
    const told = await said(mail, text);
    assert.ok(told.includes(says), told);
  });
}

Deno.test("explain ID says nothing of that where all rules are there", async () => {
  assert.doesNotMatch(await said({ events: [routed({})] }), /more rule|every rule/);
});

Deno.test("explain ID takes the mail from the queue while it is there, and names the file", async () => {
  const folder = await Deno.makeTempDir({ prefix: "mail2alert-left-" });
  const terminal = capturedTerminal();
  try {
    const config = `${folder}/it's.yml`;
    await Deno.writeTextFile(
      config,
      `local-smtp: 127.0.0.1:0\nremote-smtp: 127.0.0.1:9\nstore: {path: ${folder}/store}\n`,
    );
    await withStore(`${folder}/store`, async (store) => {
      await store.accept([newMail({ queueId: ID, events: [routed({ rulesLeft: LEFT })] })]);
    });
    assert.equal(await runCommandLine(["explain", ID, "--config", config], terminal), 0);
    const quoted = `'${folder}/it'\\''s.yml'`;
    assert.ok(
      terminal.stdout().includes(
        `now:\n  mail2alert queue export ${ID} --config ${quoted} | mail2alert explain - ` +
          `--config ${quoted} --from `,
      ),
      terminal.stdout(),
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
