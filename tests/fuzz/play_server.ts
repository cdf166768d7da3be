/**
 * Plays a generated mail server against our client, and judges what the client makes of it.
 *
 * @module
 */

import { RelayError } from "../../lib/errors.ts";
import { compose } from "../../lib/mail/compose.ts";
import type { SmtpClient } from "../../lib/smtp/client/client.ts";
import { type ClientOptions, openClient } from "../../lib/smtp/client/open_client.ts";
import type { Submission } from "../../lib/smtp/client/submission.ts";
import { closeQuietly, connectionsTo, nullWhenLost } from "../support/lost_peer.ts";
import { latin1, octets } from "../support/octets.ts";
import { sampleDelivery, sampleMail } from "../support/sample_mail.ts";
import { within } from "../support/wait.ts";
import { Dice } from "./dice.ts";
import { type Deed, textOf, WrongServer } from "./server_script.ts";
import { type Said, transcriptOf } from "./transcript.ts";

/** Longest wait of the client for anything, in ms. */
const WAIT_MS = 150;

/** Longest attempt, with all its waits, on a machine that is slow or stalls, in ms. */
const ATTEMPT_MS = 60_000;

const WAITS = [
  "connectMs",
  "handshakeMs",
  "greetingMs",
  "helloMs",
  "authMs",
  "mailMs",
  "rcptMs",
  "dataMs",
  "blockMs",
  "endMs",
  "quitMs",
] as const;

const limits = {
  ...Object.fromEntries(WAITS.map((name) => [name, WAIT_MS])),
  connectMs: 2_000,
};

/** What must not be seen where it may not go in clear. */
const PASSWORD = "correct-horse-battery";
const SECRETS = [PASSWORD, btoa(PASSWORD), btoa(`\0relay\0${PASSWORD}`)];

/**
 * Hands a mail or two over to the wrong server of a seed.
 *
 * @returns A transcript that begins with what was wrong; `null` when all was well.
 */
export async function tryServer(seed: number): Promise<string | null> {
  const problems: string[] = [];
  const course: Course = { said: [], heard: "", taken: 0 };
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const serving = serveAll(listener, seed, course);
  const dice = new Dice(seed ^ 0x5eed);
  const options = generateOptions(listener.addr.port, dice);
  try {
    const trying = attempt(options, dice);
    const delivered = await within(trying, { what: "the client", withinMs: ATTEMPT_MS });
    listener.close();
    await within(serving, { what: "the client to hang up", withinMs: 60_000 });
    if (delivered > course.taken) problems.push(`${delivered} delivered, ${course.taken} taken`);
    problems.push(...leaksOf(options, course));
  } catch (error) {
    problems.push(error instanceof Error ? error.stack ?? error.message : String(error));
    closeQuietly(listener);
  }
  if (problems.length === 0) return null;
  const comment = `server, seed ${seed}, tls ${options.tls?.mode}: ${problems.join("; ")}`;
  return transcriptOf({ comment, wishes: "", said: course.said });
}

/** The server has no TLS: what it understands has come in clear. */
function leaksOf({ tls, trustLoopback }: ClientOptions, { heard }: Course): string[] {
  const safe = tls?.mode === "required" || tls?.mode === "implicit";
  const leaks = safe && /^(?:MAIL|AUTH) /m.test(heard) ? ["went on in clear"] : [];
  if ((safe || !trustLoopback) && SECRETS.some((secret) => heard.includes(secret))) {
    leaks.push("the password went in clear");
  }
  return leaks;
}

function generateOptions(port: number, dice: Dice): ClientOptions {
  const auth = { kind: "password", user: "relay", password: PASSWORD } as const;
  return {
    hostname: "127.0.0.1",
    port,
    helloName: "relay.test",
    limits,
    tls: { mode: dice.pick(["none", "none", "none", "opportunistic", "required", "implicit"]) },
    trustLoopback: dice.happens(0.5),
    ...dice.happens(0.4) && { auth },
  };
}

/** @returns How many mails have been delivered to anybody. */
async function attempt(options: ClientOptions, dice: Dice): Promise<number> {
  const signal = new AbortController().signal;
  let client: SmtpClient;
  try {
    client = await openClient(options, signal);
  } catch (error) {
    if (!(error instanceof RelayError)) throw error;
    if (SECRETS.some((secret) => error.message.includes(secret))) throw new Error("tells secrets");
    return 0;
  }
  let delivered = 0;
  for (let mails = 1 + dice.below(2); mails > 0 && client.usable; mails--) {
    const submission = generateSubmission(dice);
    const { outcomes, leftover } = await client.send(submission, signal);
    for (const recipient of submission.recipients) {
      if (outcomes.has(recipient) === leftover.includes(recipient)) {
        throw new Error(`${recipient} has not one outcome`);
      }
    }
    if ([...outcomes.values()].some(({ kind }) => kind === "delivered")) delivered++;
  }
  await client.quit();
  return delivered;
}

function generateSubmission(dice: Dice): Submission {
  const count = 1 + dice.below(4);
  const recipients = Array.from(
    { length: count },
    (_, index) =>
      dice.happens(0.1) ? `\u00fc${index}@example.org` : `r${index}@example${index % 2}.org`,
  );
  const rest = `\r\n${dice.pick(["It broke.\r\n", ".\r\n..\r\n", "x".repeat(100_000)])}`;
  return {
    reversePath: dice.pick(["", "a@example.org"]),
    recipients,
    smtpUtf8: dice.happens(0.1),
    body: dice.pick(["7BIT", "7BIT", "8BITMIME", "BINARYMIME"]),
    ...dice.happens(0.1) && { requireTls: true },
    content: compose(sampleMail({ rest, pieceOctets: 30_000 }), sampleDelivery(...recipients)),
  };
}

interface Course {
  readonly said: Said[];
  /** All that the client has said, but for most of long messages. */
  heard: string;
  /** Replies 2xx that were said to a whole message. */
  taken: number;
}

/** Serves whoever connects until the socket is closed: a client may try again without TLS. */
async function serveAll(listener: Deno.TcpListener, seed: number, course: Course): Promise<void> {
  const serving: Promise<void>[] = [];
  for await (const conn of connectionsTo(listener)) {
    serving.push(serve(conn, new WrongServer(seed + serving.length), course));
  }
  await Promise.all(serving);
}

/** Serves one connection until the client hangs up. */
async function serve(conn: Deno.TcpConn, server: WrongServer, course: Course): Promise<void> {
  const act = async (deeds: readonly Deed[]) => {
    for (const deed of deeds) {
      if (deed.kind === "hang-up") conn.close();
      if (deed.kind !== "say") return false;
      course.said.push({ who: "S", text: deed.text.slice(0, 2_000) });
      await writeAll(conn, deed.text);
    }
    return true;
  };
  try {
    let willing = await act(server.greet());
    for await (const heard of messagesOf(conn, () => server.inMessage)) {
      if (!willing) continue;
      course.said.push({ who: "C", text: heard.slice(0, 2_000) });
      course.heard += heard.slice(0, 20_000);
      const whole = server.inMessage;
      const deeds = server.hear(heard);
      if (whole && /2\d\d/.test(textOf(deeds))) course.taken++;
      if (/^BDAT \d+ LAST/i.test(heard)) course.taken++;
      willing = await act(deeds);
    }
  } catch (error) {
    nullWhenLost(error);
  } finally {
    closeQuietly(conn);
  }
}

/** Commands, and messages with their end; chunks come out as whatever they look like. */
async function* messagesOf(conn: Deno.TcpConn, inMessage: () => boolean): AsyncGenerator<string> {
  const buffer = new Uint8Array(65_536);
  let text = "";
  for (let count; (count = await conn.read(buffer)) !== null;) {
    text += latin1(buffer.subarray(0, count));
    for (;;) {
      const end = inMessage() ? /(?:^|\r\n)\.\r\n/.exec(text) : /\r\n/.exec(text);
      if (!end) break;
      const length = end.index + end[0].length;
      yield text.slice(0, length);
      text = text.slice(length);
    }
  }
}

async function writeAll(conn: Deno.TcpConn, text: string): Promise<void> {
  const all = octets(text);
  for (let sent = 0; sent < all.length;) sent += await conn.write(all.subarray(sent));
}
