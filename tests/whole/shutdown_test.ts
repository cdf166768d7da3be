/**
 * How the whole program ends: no mail that it acknowledged is lost.
 *
 * @module
 */

import assert from "node:assert/strict";
import { passThrough } from "../support/configuration.ts";
import { isLostPeer } from "../support/lost_peer.ts";
import { latin1 } from "../support/octets.ts";
import { isListening } from "../support/ports.ts";
import { type Program, startProgram } from "../support/program.ts";
import { connectRaw, MESSAGE, sendRaw } from "../support/raw_client.ts";
import { startRecordingSink } from "../support/recording_sink.ts";
import { queueIdIn, queueOf, waitingIn } from "../support/store_reading.ts";
import { until } from "../support/wait.ts";

/** Longest wait for the end, in ms: less than any limit of what it must not wait for. */
const END_MS = 120_000;
const NOTIFIERS = 20;

for (const signal of ["SIGTERM", "SIGINT"] as const) {
  Deno.test(`${signal} ends an idle program with exit code 0`, async () => {
    await using sink = startRecordingSink();
    await using program = await startProgram(passThrough(sink.port));
    program.signal(signal);
    assert.equal(await program.exit(END_MS), 0);
  });
}

Deno.test("SIGTERM lets a message under way finish and turns the others away", async () => {
  await using sink = startRecordingSink();
  await using program = await startProgram(passThrough(sink.port));
  using idle = await connectRaw(program.port);
  using busy = await connectRaw(program.port);
  for (const command of ["EHLO x.test", "MAIL FROM:<a@x.test>", "RCPT TO:<b@x.test>", "DATA"]) {
    assert.match(await busy.say(command) ?? "", /^[23]/);
  }
  await busy.write("Subject: half");
  program.signal("SIGTERM");
  // The idle session hears of it, which shows that the program has begun to stop.
  assert.match(await idle.reply() ?? "", /^421 4\.\d\.\d /);
  await until(async () => !await isListening(program.port), { what: "the port to be closed" });
  await busy.write(" a mail\r\n\r\nbody\r\n.\r\n");
  assert.match(await busy.reply() ?? "", /^250 2\.0\.0 /);
  assert.equal(await program.exit(END_MS), 0);
  assert.equal(sink.mails.length, 1);
  assert.match(latin1(sink.mails[0]?.message ?? new Uint8Array()), /\nSubject: half a mail\r\n/);
});

Deno.test("SIGTERM while the mail server is slow answers once it has answered", async () => {
  const { promise: released, resolve: release } = Promise.withResolvers<null>();
  await using sink = startRecordingSink((command) => command === "." ? released : null);
  await using program = await startProgram(passThrough(sink.port));
  const reply = sendRaw(program.port);
  const sent = () => sink.wire().some((wire) => latin1(wire).endsWith("\r\n.\r\n"));
  await until(sent, { what: "the mail at the mail server" });
  program.signal("SIGTERM");
  await until(() => / app stopping /.test(program.log()), { what: "the program stopping" });
  release(null);
  assert.match(await reply, /^250 2\.0\.0 /);
  assert.equal(await program.exit(END_MS), 0);
  assert.equal(sink.mails.length, 1);
});

const silences = [
  { name: "to every command", mutes: () => true, heard: "EHLO " },
  {
    name: "to the end of data",
    mutes: (command: string) => command === ".",
    heard: "\r\n.\r\n",
  },
] as const;

for (const { name, mutes, heard } of silences) {
  Deno.test(`SIGTERM ends, everyone answered, though the mail server is mute ${name}`, async () => {
    const { promise: silence, resolve: endSilence } = Promise.withResolvers<string>();
    let mute = true;
    await using sink = startRecordingSink((command) => mute && mutes(command) ? silence : null);
    const folder = await Deno.makeTempDir({ prefix: "mail2alert-mute-" });
    const configuration = passThrough(sink.port, "ack-budget: 5m\nqueue: {first-retry: 1s}");
    const subjects = ["one", "two", "three"];
    try {
      await using program = await startProgram(configuration, { folder });
      const sent = subjects.map((subject) =>
        sendRaw(program.port, { message: MESSAGE.replace("hello", subject) })
      );
      const begun = () => sink.wire().filter((wire) => latin1(wire).includes(heard)).length === 3;
      await until(begun, { what: "three mails at the mail server" });
      program.signal("SIGTERM");
      assert.equal(await program.exit(END_MS), 0);
      const replies = await Promise.all(sent);
      for (const reply of replies) assert.match(reply, /^250 2\.0\.0 queued as /);
      assert.deepEqual(waitingIn(program.store).toSorted(), replies.map(queueIdIn).toSorted());
      mute = false;
      await using next = await startProgram(configuration, { folder });
      await until(() => waitingIn(next.store).length === 0, { what: "the queue to be empty" });
      assert.equal(await next.stop(), 0);
      const arrived = sink.mails.map(({ message }) => subjectOf(latin1(message)));
      assert.deepEqual(arrived.toSorted(), subjects.toSorted());
    } finally {
      endSilence("drop");
      await Deno.remove(folder, { recursive: true });
    }
  });
}

Deno.test("SIGTERM ends kept connections to a mute mail server", async () => {
  const { promise: silence, resolve: endSilence } = Promise.withResolvers<null>();
  const { promise: five, resolve: allFive } = Promise.withResolvers<null>();
  let mute = false;
  let dots = 0;
  await using sink = startRecordingSink((command) => {
    if (command === "." && ++dots === 5) allFive(null);
    return mute ? silence : command === "." ? five : null;
  });
  await using program = await startProgram(passThrough(sink.port, "ack-budget: 5m"));
  // Five at a time make five kept connections, of which two will wait for a farewell.
  const send = (number: number, to: string) =>
    sendRaw(program.port, { to: [to], message: MESSAGE.replace("hello", `${number}`) });
  await Promise.all([1, 2, 3, 4, 5].map((number) => send(number, "b@y.test")));
  mute = true;
  const replies = [6, 7, 8].map((number) => send(number, "x@y.test"));
  const begun = () =>
    sink.wire().filter((wire) => latin1(wire).includes("<x@y.test>")).length === 3;
  await until(begun, { what: "three mails at the mail server" });
  program.signal("SIGTERM");
  const exit = await program.exit(END_MS).finally(() => endSilence(null));
  assert.equal(exit, 0);
  const ids = (await Promise.all(replies)).map(queueIdIn);
  assert.deepEqual(waitingIn(program.store).toSorted(), ids.toSorted());
});

for (const ack of ["relayed", "queued"] as const) {
  Deno.test(`SIGTERM under load, ack: ${ack}: what was acknowledged has arrived or is stored`, async () => {
    const { promise: stopping, resolve: stopped } = Promise.withResolvers<null>();
    // With the mail server held up until then, there is something left to store.
    await using sink = startRecordingSink((command) =>
      ack === "queued" && command === "." ? stopping : null
    );
    await using program = await startProgram(passThrough(sink.port, `ack: ${ack}`));
    const acknowledged: string[] = [];
    const notifiers = Array.from(
      { length: NOTIFIERS },
      (_, number) => sendUntilTurnedAway(program, `n${number}`, acknowledged),
    );
    try {
      await until(() => acknowledged.length > 300, { what: "300 mails", withinMs: 120_000 });
      program.signal("SIGTERM");
      await until(() => / app stopping /.test(program.log()), { what: "the program stopping" });
    } finally {
      stopped(null);
    }
    assert.equal(await program.exit(END_MS), 0);
    await Promise.all(notifiers);
    const arrived = sink.mails.map(({ message }) => subjectOf(latin1(message)));
    const stored = queueOf(program.store).map(({ subject }) => subject ?? "");
    // Each once, and nothing that nobody was told of: that would come twice.
    assert.deepEqual([...arrived, ...stored].toSorted(), acknowledged.toSorted());
    if (ack === "queued") assert.ok(stored.length > 0, "nothing was left to store");
  });
}

/** Sends one mail after the other, each on a connection of its own, until the program refuses. */
async function sendUntilTurnedAway(
  { port }: Program,
  name: string,
  acknowledged: string[],
): Promise<void> {
  for (let number = 0;; number++) {
    const subject = `${name}-${number}`;
    const reply = await sendRaw(port, { message: MESSAGE.replace("hello", subject) })
      .catch(nullWhenGone);
    if (reply === null || reply === "(closed)" || reply.startsWith("421")) return;
    assert.match(reply, /^250 2\.0\.0 /);
    acknowledged.push(subject);
  }
}

function subjectOf(message: string): string {
  return /^Subject: (.*)\r$/m.exec(message)?.[1] ?? "";
}

function nullWhenGone(error: unknown): null {
  if (error instanceof Deno.errors.ConnectionRefused || isLostPeer(error)) return null;
  throw error;
}
