/** `replay` where a configuration claims an address that the other does not. @module */

import assert from "node:assert/strict";
import { inReplay, managing } from "../../support/replay_stage.ts";

const TO_OPS = managing("{when: 'true', actions: [mailto:ops@example.com]}");
const NOTHING_HOLDS = managing("{when: 'false', actions: [mailto:ops@example.com]}");
const MISTYPED = TO_OPS.replace("to: alerts@", "to: alert@");
const ALSO_TEAM = `${TO_OPS}  - name: second
    type: mail
    messages-we-want: {to: team@example.com}
    rules: [{when: 'true', actions: [mailto:boss@example.com]}]
`;
const TEAM_ONLY = ALSO_TEAM.replace("to: alerts@", "to: alert@");
const BY_SENDER = TO_OPS.replace("to: alerts@example.com", "from: go@example.com")
  .replace("mailto:ops@", "mailto:alerts@");

interface Row {
  readonly name: string;
  readonly before: string;
  readonly after: string;
  readonly code: 0 | 3;
  /** The heading that people read; none: nothing would change. */
  readonly says?: string;
  /** Whom the mail is for besides `alerts@example.com`. */
  readonly others?: readonly string[];
}

const rows: readonly Row[] = [
  {
    name: "the manager that claims a mail is gone",
    before: TO_OPS,
    after: "",
    code: 3,
    says: "1 mail would go to nobody any more (no longer to ops@example.com)",
  },
  {
    name: "the address that it claims is mistyped",
    before: TO_OPS,
    after: MISTYPED,
    code: 3,
    says: "1 mail would go to nobody any more (no longer to ops@example.com)",
  },
  {
    name: "the address is mistyped, and another manager claims the mail by its own",
    before: ALSO_TEAM,
    after: TEAM_ONLY,
    others: ["team@example.com"],
    code: 0,
    says: "1 mail: no longer to ops@example.com; now to boss@example.com",
  },
  {
    name: "nobody gets a claimed mail, and the manager is gone",
    before: NOTHING_HOLDS,
    after: "",
    code: 0,
  },
  {
    name: "the mail is for somebody else, too, and the manager is gone",
    before: TO_OPS,
    after: "",
    others: ["carl@example.com"],
    code: 0,
    says: "1 mail: no longer to ops@example.com",
  },
  {
    name: "the new one claims by sender, and sends on to the address that was claimed",
    before: TO_OPS,
    after: BY_SENDER,
    code: 0,
    says: "1 mail: no longer to ops@example.com; now to alerts@example.com",
  },
  {
    name: "it does so without a word changed",
    before: TO_OPS,
    after: BY_SENDER.replace("    rules:", "    rewrite-headers: false\n    rules:"),
    code: 0,
    says: "1 mail: no longer to ops@example.com; now to alerts@example.com",
  },
  // A mailbox may well have been behind it so far.
  {
    name: "only the new one claims a mail, and sends it on",
    before: "",
    after: TO_OPS,
    code: 0,
    says: "1 mail: no longer to alerts@example.com; now to ops@example.com",
  },
  {
    name: "only the new one claims a mail, and sends it to nobody",
    before: "",
    after: NOTHING_HOLDS,
    code: 3,
    says: "1 mail would go to nobody any more (no longer to alerts@example.com)",
  },
  { name: "neither claims a mail", before: "", after: MISTYPED, code: 0 },
];

for (const { name, before, after, code, says, others = [] } of rows) {
  Deno.test(`replay exits ${code} where ${name}`, () => {
    const forwardPaths = ["alerts@example.com", ...others];
    const mails = [{ envelope: { reversePath: "go@example.com", forwardPaths } }];
    return inReplay({ mails, before, after }, async ({ replay, terminal }) => {
      assert.equal(await replay(), code, terminal.stderr());
      const [first] = terminal.stdout().split("\n");
      if (says === undefined) assert.match(first ?? "", /^1 mail since \S+: 0 would change, /);
      else assert.equal(first, says);
    });
  });
}

Deno.test("replay says why a mail that passes through is lost", () =>
  inReplay({ mails: [{}], before: TO_OPS, after: MISTYPED }, async ({ json }) => {
    const { code, found } = await json();
    assert.deepEqual([code, found.lastLost], [3, 1]);
    const [change] = found.changes;
    assert.deepEqual([change?.lost, change?.gained], [["ops@example.com"], []]);
    assert.equal(
      change?.after,
      "no manager wants this envelope; passed through unchanged; no mailbox: alerts@example.com, " +
        "which a manager of the configuration in force claims; look at messages-we-want",
    );
  }));
