/** `queue`, on a store that no relay works on. @module */

import assert from "node:assert/strict";
import {
  BINARY,
  DEAD,
  fillQueue as fill,
  inFilledStore,
  WAITING,
} from "../support/filled_store.ts";

const UNKNOWN = "01JD0000000000000000000009";
Deno.test("queue list tells of every queued mail, oldest first, and counts them", () =>
  inFilledStore(fill, async ({ run, terminal }) => {
    assert.equal(await run("queue", "list"), 0, terminal.stderr());
    const lines = terminal.stdout().split("\n");
    assert.match(lines[0] ?? "", /^ID +AGE +SIZE +STATE +NEXT TRY +FROM +TO$/);
    assert.match(lines[1] ?? "", new RegExp(`^${WAITING} .* waiting +in (59 min|1 h) +go@example`));
    assert.equal(lines[2], "    smarthost: mx.example.com:25: 451 4.3.0 try later");
    assert.match(
      lines[3] ?? "",
      new RegExp(`^${DEAD} .* dead +- +<> +cat@example.com$`),
    );
    assert.match(lines[5] ?? "", /^2 mails: 1 waiting, 1 dead; 0\.3 kB$/);
  }));

Deno.test("queue list --json tells programs the same", () =>
  inFilledStore(fill, async ({ run, terminal }) => {
    assert.equal(await run("queue", "list", "--json"), 0);
    const [first, second] = JSON.parse(terminal.stdout());
    assert.deepEqual([first.queueId, first.state, first.octets], [
      WAITING,
      "waiting",
      BINARY.length,
    ]);
    assert.ok(first.nextTryInMs > 3_500_000 && first.nextTryInMs <= 3_600_000);
    assert.equal(first.deliveries[0].reason, "mx.example.com:25: 451 4.3.0 try later");
    assert.deepEqual([second.queueId, second.state, second.nextTryAt], [DEAD, "dead", null]);
  }));

Deno.test("queue list says that the queue is empty", () =>
  inFilledStore(async () => {}, async ({ run, terminal, folder }) => {
    assert.equal(await run("queue", "list"), 0);
    assert.equal(await run("queue", "list", "--json"), 0);
    assert.equal(terminal.stdout(), `the queue in ${folder} is empty\n[]\n`);
  }));

Deno.test("queue show tells all about a mail, its id in any case", () =>
  inFilledStore(fill, async ({ run, terminal }) => {
    assert.equal(await run("queue", "show", WAITING.toLowerCase()), 0, terminal.stderr());
    const said = terminal.stdout();
    assert.match(said, new RegExp(`^${WAITING}  waiting, `));
    assert.match(said, /^ {2}subject {5}every octet$/m);
    assert.match(said, /^ {2}smarthost: waiting, tried once, next try in /m);
    assert.match(said, /answered the notifier after 1\.2 s: 250 2\.0\.0 queued as 01JD$/m);
  }));

Deno.test("queue show --json joins what queue and journal know", () =>
  inFilledStore(fill, async ({ run, terminal }) => {
    assert.equal(await run("queue", "show", WAITING, "--json"), 0);
    const { queueId, deliveries, journal } = JSON.parse(terminal.stdout());
    assert.deepEqual([queueId, deliveries.length, journal.queueId], [WAITING, 1, WAITING]);
    assert.deepEqual(journal.events.map(({ kind }: { kind: string }) => kind), [
      "routed",
      "attempt",
      "answered",
    ]);
  }));

Deno.test("queue export prints the octets of the message, and nothing else", () =>
  inFilledStore(fill, async ({ run, terminal }) => {
    assert.equal(await run("queue", "export", WAITING), 0, terminal.stderr());
    assert.equal(terminal.octets(), BINARY);
    assert.equal(terminal.stdout() + terminal.stderr(), "");
  }));

for (const command of ["show", "export", "retry", "drop"]) {
  Deno.test(`queue ${command} of a mail that is not queued exits 1 and says where it looked`, () =>
    inFilledStore(fill, async ({ run, terminal, folder }) => {
      assert.equal(await run("queue", command, UNKNOWN), 1);
      assert.equal(
        terminal.stderr(),
        `${UNKNOWN} is not in the queue: neither queue nor journal in ${folder} know it\n`,
      );
      assert.equal(terminal.stdout(), "");
    }));
}
