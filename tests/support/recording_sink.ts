/**
 * A mail server that keeps every octet a client sent, for tests that ask what was on the wire.
 * It is strict: only CR LF ends a command, and only CR LF . CR LF ends a message.
 *
 * @module
 */

import { closeQuietly, connectionsTo, nullWhenLost } from "./lost_peer.ts";
import { latin1, octets } from "./octets.ts";

/** A mail as it was on the wire. */
export interface RecordedMail {
  /** The MAIL command, without CR LF. */
  readonly mail: string;
  /** The RCPT commands that were accepted, without CR LF. */
  readonly recipients: readonly string[];
  /** What came between DATA and the end of data, dots unstuffed, with its last CR LF. */
  readonly message: Uint8Array;
}

/**
 * Says what to answer a command; `.` stands for the end of data. A reply line without CR LF, `null`
 * for the usual reply, `"drop"` to close without one. A promise holds the session up.
 */
export type Answer = (command: string) => string | null | Promise<string | null>;

/** A running sink. */
export interface RecordingSink extends AsyncDisposable {
  /** Its loopback port. */
  readonly port: number;
  /** Mails that it answered with 250, in that order. */
  readonly mails: readonly RecordedMail[];
  /** What each connection sent, in the order of connecting. */
  wire(): Uint8Array[];
}

const CRLF = "\r\n";
const END_OF_DATA = "\r\n.\r\n";

/** Starts a sink on a free loopback port. */
export function startRecordingSink(answer: Answer = () => null): RecordingSink {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const mails: RecordedMail[] = [];
  const sessions: Session[] = [];
  const served = (async () => {
    const running: Promise<void>[] = [];
    for await (const conn of connectionsTo(listener)) {
      // Three replies to three pipelined commands must not wait for one another.
      conn.setNoDelay(true);
      const session = { conn, received: [] as string[] };
      sessions.push(session);
      running.push(serve(session, { answer, mails }));
    }
    await Promise.all(running);
  })();
  return {
    port: (listener.addr as Deno.NetAddr).port,
    mails,
    wire: () => sessions.map(({ received }) => octets(received.join(""))),
    async [Symbol.asyncDispose]() {
      listener.close();
      for (const { conn } of sessions) closeQuietly(conn);
      await served;
    },
  };
}

interface Session {
  readonly conn: Deno.Conn;
  /** What came so far; one character an octet. */
  readonly received: string[];
}

interface Course {
  readonly answer: Answer;
  readonly mails: RecordedMail[];
}

async function serve(session: Session, { answer, mails }: Course): Promise<void> {
  const { conn } = session;
  const next = reader(session);
  const say = async (line: string) => {
    const reply = octets(line + CRLF);
    for (let sent = 0; sent < reply.length;) sent += await conn.write(reply.subarray(sent));
  };
  let mail = "";
  let recipients: string[] = [];
  try {
    await say("220 sink.test ESMTP");
    for (;;) {
      const command = await next(CRLF);
      if (command === null) return;
      const verb = command.slice(0, 4).toUpperCase();
      const reply = await answer(command) ?? usual(verb);
      if (reply === "drop") return;
      await say(reply);
      if (verb === "QUIT") return;
      if (verb === "MAIL") [mail, recipients] = [command, []];
      if (verb === "RCPT" && reply.startsWith("2")) recipients.push(command);
      if (verb !== "DATA" || !reply.startsWith("3")) continue;
      const message = await next(END_OF_DATA, CRLF);
      if (message === null) return;
      const verdict = await answer(".") ?? "250 2.0.0 taken";
      if (verdict === "drop") return;
      if (verdict.startsWith("2")) mails.push({ mail, recipients, message: unstuff(message) });
      await say(verdict);
    }
  } catch (error) {
    // The client went away, or the test did: what was recorded stands.
    nullWhenLost(error);
  } finally {
    closeQuietly(conn);
  }
}

function usual(verb: string): string {
  switch (verb) {
    case "EHLO":
      return ["sink.test", "8BITMIME", "SMTPUTF8", "PIPELINING", "ENHANCEDSTATUSCODES"]
        .map((line, index, all) => `250${index < all.length - 1 ? "-" : " "}${line}`).join(CRLF);
    case "DATA":
      return "354 go on";
    case "QUIT":
      return "221 2.0.0 bye";
    default:
      return "250 2.0.0 fine";
  }
}

/** Reads up to an end mark; `before` is text to put in front, as if it had been read already. */
function reader(
  { conn, received }: Session,
): (end: string, before?: string) => Promise<string | null> {
  let rest = "";
  const buffer = new Uint8Array(65_536);
  return async (end, before = "") => {
    rest = before + rest;
    for (let from = 0;;) {
      const at = rest.indexOf(end, from);
      if (at >= 0) {
        const found = rest.slice(0, at);
        rest = rest.slice(at + end.length);
        return found.slice(before.length) + (before && found.length >= before.length ? CRLF : "");
      }
      from = Math.max(0, rest.length - end.length);
      const count = await conn.read(buffer);
      if (count === null) return null;
      const chunk = latin1(buffer.subarray(0, count));
      received.push(chunk);
      rest += chunk;
    }
  };
}

function unstuff(message: string): Uint8Array {
  return octets(message.replace(/(^|\r\n)\./g, "$1"));
}
