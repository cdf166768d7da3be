/**
 * A notifier that sends exactly the octets it is told to, and reads whole replies.
 *
 * @module
 */

import { isLostPeer } from "./lost_peer.ts";
import { latin1, octets } from "./octets.ts";
import { HANG_MS, within } from "./wait.ts";

/** An open connection to a mail server. */
export interface RawClient extends Disposable {
  /** Writes octets, given as one character each. */
  write(text: string): Promise<void>;
  /**
   * The next reply, its lines joined with `\n`; `null` when the server has closed.
   * An error when neither comes within `withinMs` (a minute when absent).
   */
  reply(withinMs?: number): Promise<string | null>;
  /**
   * Writes a command and gives its reply: where the server has closed meanwhile, what it had said
   * before, or `null`.
   */
  say(command: string): Promise<string | null>;
}

/** What to send as a mail. */
export interface RawMail {
  /** Reverse-path, without `<` and `>`. */
  readonly from?: string;
  /** Forward-paths, without `<` and `>`. */
  readonly to?: readonly string[];
  /** The message, dot-stuffed where it must be, without the end of data. */
  readonly message?: string;
  /** Parameters of MAIL, such as `BODY=8BITMIME`. */
  readonly parameters?: string;
}

/** A short message that every server takes. */
export const MESSAGE = "Subject: hello\r\nFrom: <a@example.net>\r\n\r\nbody\r\n";

/** Connects and reads the greeting. */
export async function connectRaw(
  port: number,
  hostname = "127.0.0.1",
): Promise<RawClient & { readonly greeting: string }> {
  const conn = await Deno.connect({ hostname, port });
  // Each write is a packet of its own, and none waits for the acknowledgement of the one before.
  conn.setNoDelay(true);
  const client = rawClient(conn);
  try {
    return { ...client, greeting: await client.reply() ?? "" };
  } catch (error) {
    conn.close();
    throw error;
  }
}

/**
 * Sends one mail on a connection of its own.
 *
 * @returns The reply that decided: to the end of data, or the first refusal before it.
 */
export async function sendRaw(port: number, mail: RawMail = {}): Promise<string> {
  using client = await connectRaw(port);
  return await sendOn(client, mail);
}

/** Sends one mail on an open connection; see {@link sendRaw}. Every RCPT must be accepted. */
export async function sendOn(client: RawClient, mail: RawMail = {}): Promise<string> {
  const { from = "a@example.net", to = ["b@example.org"], message = MESSAGE, parameters } = mail;
  const commands = [
    "EHLO notifier.test",
    `MAIL FROM:<${from}>${parameters ? ` ${parameters}` : ""}`,
    ...to.map((path) => `RCPT TO:<${path}>`),
    "DATA",
  ];
  for (const command of commands) {
    const reply = await client.say(command);
    if (reply === null || !/^[23]/.test(reply)) return reply ?? "(closed)";
  }
  return await client.say(`${message}.`) ?? "(closed)";
}

/** A client on a connection that is open already; the greeting is still to come. */
export function rawClient(conn: Deno.Conn): RawClient {
  let rest = "";
  const buffer = new Uint8Array(16_384);
  const write = async (text: string) => {
    const all = octets(text);
    for (let sent = 0; sent < all.length;) sent += await conn.write(all.subarray(sent));
  };
  const readReply = async () => {
    for (;;) {
      const whole = /^(?:\d{3}-[^\n]*\n)*\d{3} [^\n]*\n/.exec(rest)?.[0];
      if (whole !== undefined) {
        rest = rest.slice(whole.length);
        return whole.trimEnd().replaceAll("\r\n", "\n");
      }
      const count = await conn.read(buffer).catch(lost);
      if (count === null) return null;
      rest += latin1(buffer.subarray(0, count));
    }
  };
  const reply = (withinMs = HANG_MS) => within(readReply(), { what: "a reply", withinMs });
  return {
    write,
    reply,
    say: async (command) => {
      await write(`${command}\r\n`).catch(lost);
      return await reply();
    },
    [Symbol.dispose]: () => conn.close(),
  };
}

/** A connection that the test has closed itself is the test's mistake. */
function lost(error: unknown): null {
  if (isLostPeer(error)) return null;
  throw error;
}
