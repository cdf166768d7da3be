/**
 * The whole program's `queue` and `history`: beside a relay whose mail server is down, and after it
 * has ended.
 *
 * @module
 */

import assert from "node:assert/strict";
import { join } from "node:path";
import { passThrough } from "../support/configuration.ts";
import { freePort } from "../support/ports.ts";
import { commandLine, type Program, runProgram, startProgram } from "../support/program.ts";
import { MESSAGE, sendRaw } from "../support/raw_client.ts";
import type { Ended } from "../support/tools.ts";

const LARGE = `Subject: large\r\n\r\n${`${"0123456789".repeat(9)}\r\n`.repeat(40_000)}`;

/** A relay with these messages in its queue, and their queue ids. */
async function startWithQueue(
  messages: readonly string[],
): Promise<Program & { readonly queueIds: readonly string[] }> {
  const program = await startProgram(passThrough(freePort(), "ack-budget: 1m"));
  const queueIds: string[] = [];
  for (const message of messages) {
    const reply = await sendRaw(program.port, { message });
    queueIds.push(/^250 2\.0\.0 .*\b([0-9A-HJKMNP-TV-Z]{26})$/.exec(reply)?.[1] ?? reply);
  }
  return { ...program, queueIds };
}

/** Runs a command in the folder of the relay. */
function run(program: Program, ...args: readonly string[]): Promise<Ended> {
  return runProgram(args, { cwd: program.folder });
}

/** The ids of the queued mails. */
async function listed(program: Program): Promise<string[]> {
  const { stdout, stderr } = await run(program, "queue", "list", "--json");
  assert.equal(stderr, "");
  return JSON.parse(stdout).map(({ queueId }: { queueId: string }) => queueId);
}

Deno.test("queue and history look into the store while the relay runs and after it", async () => {
  await using program = await startWithQueue([MESSAGE, LARGE]);
  const [small = "", large = ""] = program.queueIds;
  for (const state of ["runs", "has ended"]) {
    assert.deepEqual(await listed(program), [small, large], state);
    const list = await run(program, "queue", "list");
    assert.match(list.stdout, /smarthost: 127\.0\.0\.1:\d+: Connection refused/);
    assert.match(list.stdout, /2 mails: 2 waiting, 0 dead; 3\.7 MB\n$/);
    const show = await run(program, "queue", "show", small);
    assert.match(show.stdout, new RegExp(`: 250 2\\.0\\.0 queued as ${small}\n`));
    const exported = await run(program, "queue", "export", large);
    assert.deepEqual([exported.code, exported.stderr], [0, ""]);
    assert.ok(exported.stdout === LARGE, `${exported.stdout.length} of ${LARGE.length} octets`);
    const history = await run(program, "history", "--subject", "HELLO", "--json");
    assert.deepEqual(JSON.parse(history.stdout).map(idAndState), [`${small} open`]);
    if (state === "runs") assert.equal(await program.stop(), 0);
  }
});

Deno.test("queue retry and drop go through the relay while it runs", async () => {
  await using program = await startWithQueue([MESSAGE, `Subject: two\r\n\r\n`]);
  const [first = "", second = ""] = program.queueIds;
  const retry = await run(program, "queue", "retry", "--all", "--json");
  assert.deepEqual(JSON.parse(retry.stdout).queueIds.sort(), [first, second].sort());
  assert.equal(JSON.parse(retry.stdout).relayRuns, true);
  const drop = await run(program, "queue", "drop", first);
  assert.equal(drop.code, 0, drop.stderr);
  assert.match(drop.stdout, /^dropped .* from <a@example\.net> to b@example\.org, about "hello"\n/);
  assert.deepEqual(await listed(program), [second]);
  const life = await run(program, "history", "--id", first, "--json");
  const [{ state, events }] = JSON.parse(life.stdout);
  const kinds = events.map(({ kind }: { kind: string }) => kind);
  assert.equal(state, "dropped");
  assert.ok(kinds.includes("retried") && kinds.at(-1) === "dropped", kinds.join());
  assert.equal(await program.stop(), 0);
});

Deno.test("queue retry and drop change the store themselves once the relay is gone", async () => {
  await using program = await startWithQueue([MESSAGE, `Subject: two\r\n\r\n`]);
  const [first = "", second = ""] = program.queueIds;
  program.signal("SIGKILL");
  await program.exit();
  const retry = await run(program, "queue", "retry", first);
  assert.deepEqual(
    [retry.code, retry.stdout],
    [0, "1 mail will be tried as soon as the relay runs\n"],
    retry.stderr,
  );
  const drop = await run(program, "queue", "drop", second, "--json");
  assert.equal(JSON.parse(drop.stdout).underWay, false);
  const [left, ...others] = JSON.parse((await run(program, "queue", "list", "--json")).stdout);
  assert.deepEqual([left.queueId, others], [first, []]);
  assert.ok(left.nextTryInMs <= 0, `in ${left.nextTryInMs} ms`);
  const store = join(program.folder, "mail2alert-store");
  const again = await run(program, "queue", "show", second, "--store", store);
  assert.deepEqual([again.code, again.stdout], [1, ""]);
  assert.match(again.stderr, /its state is dropped; `mail2alert history --id /);
});

Deno.test("queue export ends quietly when nobody reads it any more", async () => {
  await using program = await startWithQueue([LARGE]);
  assert.equal(await program.stop(), 0);
  const [command, ...args] = ["/bin/sh", "-c", '"$@" | head -c 5', "sh", ...exportOf(program)];
  const { code, stdout, stderr } = await new Deno.Command(command ?? "", {
    args,
    cwd: program.folder,
  }).output();
  assert.equal(new TextDecoder().decode(stderr), "");
  assert.deepEqual([code, new TextDecoder().decode(stdout)], [0, "Subje"]);
});

function exportOf({ queueIds }: { readonly queueIds: readonly string[] }): string[] {
  return [...commandLine(), "queue", "export", queueIds[0] ?? ""];
}

function idAndState({ queueId, state }: { queueId: string; state: string }): string {
  return `${queueId} ${state}`;
}
