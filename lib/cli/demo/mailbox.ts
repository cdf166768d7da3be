/**
 * The demo's mail server: takes mail for everybody but those it is told to refuse, and shows it.
 *
 * It speaks with the relay's own parts of the protocol. What it adds is what a relay never does
 * and a mail server always: refusing a recipient (550) in the middle of a transaction.
 *
 * @module
 */

import type { Reply } from "../../mail/reply.ts";
import type { Limits } from "../../config/types.ts";
import { type Command, parseCommand, unreadable } from "../../smtp/command.ts";
import { DataReader } from "../../smtp/data_reader.ts";
import { Deadline } from "../../smtp/deadline.ts";
import { Inbox } from "../../smtp/inbox.ts";
import { LineReader } from "../../smtp/line_reader.ts";
import { formatReply, REPLY } from "../../smtp/reply.ts";
import { greet, step } from "../../smtp/session.ts";
import type {
  SessionOptions,
  SessionState,
  Standing,
  Transaction,
} from "../../smtp/session_state.ts";
import { plainWire, type Wire } from "../../smtp/wire.ts";

/** A mail as it arrived. */
export interface Arrival {
  /** Whom it is from; empty: it is a notice of a mail server. */
  readonly reversePath: string;
  /** Who it is for: the recipients that were not refused. */
  readonly recipients: readonly string[];
  /** Its octets, dots unstuffed. */
  readonly message: Uint8Array;
}

/** What the mail server is told at its start. */
export interface MailboxOptions {
  /** Recipients that it refuses. */
  readonly unknown: readonly string[];
  /** Told of each mail before it is answered with 250. */
  onArrived(arrival: Arrival): void;
  /** Told of each recipient that is refused, and with which words. */
  onRefused(recipient: string, reply: Reply): void;
}

/** The running mail server. */
export interface Mailbox {
  /** Its loopback port. */
  readonly port: number;
  /** Closes all connections. */
  close(): Promise<void>;
}

const LIMITS: Pick<
  Limits,
  "messageSizeOctets" | "recipients" | "mailsPerConnection" | "errors" | "idleMs" | "connections"
> = {
  // What the relay takes from a notifier by default, and room for its Received field.
  messageSizeOctets: 26_000_000,
  recipients: 1_000,
  mailsPerConnection: 1_000,
  errors: 10,
  idleMs: 300_000,
  // More than the relay's pool opens.
  connections: 50,
};

/** Longest command line, in octets. */
const LINE_OCTETS = 2_048;

const OPTIONS: SessionOptions = {
  hostname: "mail.example.com",
  protocol: "smtp",
  basic: true,
  tls: "none",
  auth: "none",
  limits: LIMITS,
};

const STANDING: Standing = {
  secure: false,
  mustAuthenticate: false,
  lenient: false,
  mayXclient: false,
};

const NO_SUCH_USER: Reply = { code: 550, status: "5.1.1", lines: ["No such user here"] };

/** Starts the mail server. */
export function startMailbox(options: MailboxOptions): Mailbox {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const open = new Map<Wire, Promise<void>>();
  const accepting = (async () => {
    for await (const conn of listener) {
      // Replies are small and many: held back for one another, each would cost 40 ms.
      conn.setNoDelay(true);
      const wire = plainWire(conn);
      wire.hurry();
      if (open.size >= LIMITS.connections) wire.close();
      else open.set(wire, new Session(wire, options).run().finally(() => open.delete(wire)));
    }
  })();
  return {
    port: listener.addr.port,
    async close(): Promise<void> {
      listener.close();
      await accepting;
      const running = [...open];
      for (const [wire] of running) wire.close();
      await Promise.all(running.map(([, session]) => session));
    },
  };
}

/** One connection. */
class Session {
  readonly #wire: Wire;
  readonly #options: MailboxOptions;
  readonly #inbox: Inbox;
  readonly #lines: LineReader;
  readonly #silence = new Deadline();

  constructor(wire: Wire, options: MailboxOptions) {
    this.#wire = wire;
    this.#options = options;
    this.#inbox = new Inbox(wire, LINE_OCTETS);
    this.#lines = new LineReader(this.#inbox, LINE_OCTETS);
  }

  /** Speaks until the client quits, goes away, or is silent for too long. */
  async run(): Promise<void> {
    this.#limitSilence();
    const { state, reply } = greet({ allowed: true, standing: STANDING }, OPTIONS);
    let now: SessionState | null = await this.#say(reply) ? state : null;
    while (now !== null && now.phase !== "closed") now = await this.#turn(now);
    this.#silence.stop();
    this.#wire.close();
  }

  /** One command and its reply; `null` once the client is gone. */
  async #turn(state: SessionState): Promise<SessionState | null> {
    const command = await this.#command();
    if (command === null) return null;
    const next = step(state, command, OPTIONS);
    if (!await this.#say(next.reply)) return null;
    if (next.task?.kind !== "data") return next.state;
    const reply = await this.#receive(next.task.message.transaction);
    return reply !== null && await this.#say(reply) ? next.state : null;
  }

  /** The next command; a recipient that is nobody here becomes one that deserves a refusal. */
  async #command(): Promise<Command | null> {
    let line = this.#lines.next();
    for (; line === null; line = this.#lines.next()) if (!await this.#fill()) return null;
    if (line.kind !== "line") return unreadable(line);
    const command = parseCommand(line.text);
    const refused = command.verb === "RCPT" && this.#options.unknown.includes(command.forwardPath);
    if (!refused) return command;
    this.#options.onRefused(command.forwardPath, NO_SUCH_USER);
    return { verb: "MALFORMED", recipient: true, reply: NO_SUCH_USER };
  }

  /** Reads a message to its end; `null` once the client is gone. */
  async #receive({ reversePath, forwardPaths }: Transaction): Promise<Reply | null> {
    const reader = new DataReader(LIMITS.messageSizeOctets);
    const pieces: Uint8Array<ArrayBuffer>[] = [];
    while (!reader.ended) {
      if (this.#inbox.empty && !await this.#fill()) return null;
      pieces.push(reader.push(this.#inbox.octets).slice());
      this.#inbox.use(reader.used);
    }
    if (reader.oversize) return REPLY.messageTooBig;
    const message = new Uint8Array(await new Blob(pieces).arrayBuffer());
    this.#options.onArrived({ reversePath, recipients: forwardPaths, message });
    return { code: 250, status: "2.0.0", lines: ["In the mailbox"] };
  }

  #fill(): Promise<boolean> {
    this.#limitSilence();
    return this.#inbox.fill();
  }

  /** From now on: it also ends a reply that the client does not read. */
  #limitSilence(): void {
    this.#silence.set(LIMITS.idleMs, () => this.#wire.close());
  }

  #say(reply: Reply): Promise<boolean> {
    return this.#wire.write(new TextEncoder().encode(formatReply(reply)));
  }
}
