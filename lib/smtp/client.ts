/**
 * A connection to a mail server, as the side that sends: greeting, EHLO, any number of mail
 * transactions, QUIT (RFC 5321 §3).
 *
 * Invariants: what can be expected of a mail server (refusals, silence, nonsense, hanging up) ends
 * in outcomes, never in a rejection. A dialog that has gone out of step is cut, not mended. Once
 * the end of data is sent, only the server's answer or its time limit ends the wait: giving up
 * earlier could mean a second copy.
 *
 * TLS and authentication belong between EHLO and the first transaction ({@link greet}).
 *
 * @module
 */

import { RelayError } from "../errors.ts";
import type { Outcome } from "../mail/outcome.ts";
import type { Reply } from "../mail/reply.ts";
import { aborted, connectWire } from "./client_wire.ts";
import { BLOCK_OCTETS } from "./data_writer.ts";
import type { Clock } from "./deadline.ts";
import {
  answer,
  type ClientLimits,
  DEFAULT_LIMITS,
  type Dialog,
  PeerRefused,
  readReply,
  sendCommands,
} from "./dialog.ts";
import { NO_EXTENSIONS, parseExtensions } from "./extensions.ts";
import { ReplyReader } from "./reply_reader.ts";
import { planTransaction, type Submission } from "./submission.ts";
import { Transaction } from "./transaction.ts";

/** Which server, and how to talk to it. The place of TLS and credentials, once they are built. */
export interface ClientOptions {
  /** Name, IPv4 or IPv6 address of the server. */
  readonly hostname: string;
  /** Its port, 1 to 65535. */
  readonly port: number;
  /** What we call ourselves in EHLO: a domain or an address literal (RFC 5321 §4.1.1.1). */
  readonly helloName: string;
  /** Longest waits; {@link DEFAULT_LIMITS} where nothing is said. */
  readonly limits?: Partial<ClientLimits>;
  /** Where time comes from. */
  readonly clock?: Clock;
}

/** What one call of {@link SmtpClient.send} came to. */
export interface SubmissionResult {
  /** One outcome for each recipient, those in `leftover` excepted. */
  readonly outcomes: ReadonlyMap<string, Outcome>;
  /** Recipients that the server takes only in another transaction, which may follow at once. */
  readonly leftover: readonly string[];
  /** The connection had been used before, and died before the server answered: worth a fresh one. */
  readonly stale: boolean;
}

/**
 * Connects, waits for the greeting and says EHLO, or HELO to a server that knows no EHLO.
 *
 * @throws {RelayError} `connect-failed`, `timeout`, `aborted`, `peer-closed`, `reply-invalid` or, as
 * {@link PeerRefused}, `peer-refused`; nothing stays open then.
 */
export async function openClient(
  options: ClientOptions,
  signal: AbortSignal,
): Promise<SmtpClient> {
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const wire = await connectWire({ ...options, connectMs: limits.connectMs, signal });
  const onAbort = () => wire.cut(aborted(signal));
  signal.addEventListener("abort", onAbort);
  try {
    const dialog: Dialog = {
      peer: peerName(options),
      wire,
      reader: new ReplyReader(wire),
      extensions: NO_EXTENSIONS,
      limits,
      buffer: new Uint8Array(BLOCK_OCTETS),
    };
    return new SmtpClient(await greet(dialog, options.helloName));
  } catch (error) {
    wire.cut(error instanceof RelayError ? error : new RelayError("aborted", "client broke"));
    throw error;
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

/** How a server is named in reasons and logs: `smtp.example.com:25`, `[::1]:25`. */
export function peerName({ hostname, port }: { hostname: string; port: number }): string {
  return hostname.includes(":") && !hostname.startsWith("[")
    ? `[${hostname}]:${port}`
    : `${hostname}:${port}`;
}

/** A connection that is ready for mail. Runs one transaction at a time. */
export class SmtpClient {
  readonly #dialog: Dialog;
  #transactions = 0;
  #reset = false;
  #gone = false;
  #onIdleEnd: (() => void) | undefined;

  /** Takes over a dialog that has seen EHLO. */
  constructor(dialog: Dialog) {
    this.#dialog = dialog;
  }

  /** How many transactions it has begun. */
  get transactions(): number {
    return this.#transactions;
  }

  /** Whether it is fit for another transaction. */
  get usable(): boolean {
    const { wire, reader, extensions } = this.#dialog;
    return !this.#gone && wire.cutReason === undefined && !reader.hasMore &&
      this.#transactions < extensions.maxMails;
  }

  /**
   * Hands a mail over, in one transaction.
   *
   * @param submission The mail.
   * @param signal Ends the attempt, until the end of data is sent.
   * @throws Whatever reading the message throws that is no `RelayError`.
   */
  async send(submission: Submission, signal: AbortSignal): Promise<SubmissionResult> {
    this.#onIdleEnd = undefined;
    const plan = planTransaction(submission, this.#dialog.extensions);
    const transaction = new Transaction(this.#dialog, submission, { plan, reset: this.#reset });
    const failure = plan.recipients.length === 0 ? undefined : await this.#run(transaction, signal);
    const outcomes = new Map([...plan.refused, ...transaction.outcomes]);
    if (failure === undefined) return { outcomes, leftover: transaction.leftover, stale: false };
    const outcome = deferred(this.#dialog.peer, failure, transaction.endSent);
    for (const recipient of submission.recipients) {
      if (!outcomes.has(recipient)) outcomes.set(recipient, outcome);
    }
    const died = failure.code === "peer-closed" || failure.code === "peer-refused";
    return {
      outcomes,
      leftover: [],
      stale: died && !transaction.answered && this.#transactions > 1,
    };
  }

  /**
   * Keeps the connection for later, and listens meanwhile.
   *
   * @param idleMs How long, in milliseconds.
   * @param onEnd Called once when the time is over or the server has hung up; not called once the
   * connection is used again.
   */
  idle(idleMs: number, onEnd: () => void): void {
    const { wire, reader } = this.#dialog;
    const end = () => {
      const callOnce = this.#onIdleEnd;
      this.#onIdleEnd = undefined;
      callOnce?.();
    };
    this.#onIdleEnd = onEnd;
    wire.idle(idleMs, end);
    reader.fill().catch(() => false).then(() => {
      // An end of stream, or a farewell (421) that nobody asked for.
      this.#gone ||= this.#onIdleEnd !== undefined;
      end();
    });
  }

  /** Says QUIT and closes; waits for the farewell, but not long. Never rejects. */
  async quit(): Promise<void> {
    this.#onIdleEnd = undefined;
    const { wire, limits } = this.#dialog;
    try {
      if (!this.#gone && wire.cutReason === undefined) {
        await sendCommands(this.#dialog, "QUIT\r\n");
        await readReply(this.#dialog, "QUIT", limits.quitMs);
      }
    } catch (error) {
      // The dialog is over whether or not the server said goodbye.
      if (!(error instanceof RelayError)) throw error;
    } finally {
      this.cut("connection closed");
    }
  }

  /** Closes at once; a transaction under way ends in `deferred`. */
  cut(reason: string): void {
    this.#dialog.wire.cut(new RelayError("aborted", reason));
  }

  async #run(transaction: Transaction, signal: AbortSignal): Promise<RelayError | undefined> {
    if (signal.aborted) return aborted(signal);
    const { wire } = this.#dialog;
    const onAbort = () => wire.cut(aborted(signal));
    const letGo = () => signal.removeEventListener("abort", onAbort);
    signal.addEventListener("abort", onAbort);
    this.#transactions++;
    try {
      await transaction.run(letGo);
    } catch (error) {
      this.cut("dialog broken off");
      if (!(error instanceof RelayError)) throw error;
      return error;
    } finally {
      letGo();
    }
    this.#reset = transaction.unfinished;
    if (!transaction.usable) this.cut("dialog out of step");
    return undefined;
  }
}

/** From the greeting to the extensions; STARTTLS and AUTH will find their place at its end. */
async function greet(dialog: Dialog, helloName: string): Promise<Dialog> {
  const { limits } = dialog;
  welcome("greeting", await readReply(dialog, "connection", limits.greetingMs));
  await sendCommands(dialog, `EHLO ${helloName}\r\n`);
  const reply = await readReply(dialog, "EHLO", limits.helloMs);
  if (reply.code < 500) return { ...dialog, extensions: parseExtensions(welcome("EHLO", reply)) };
  await sendCommands(dialog, `HELO ${helloName}\r\n`);
  welcome("HELO", await readReply(dialog, "HELO", limits.helloMs));
  return dialog;
}

function welcome(command: string, reply: Reply): Reply {
  if (reply.code < 300) return reply;
  throw new PeerRefused(answer(command, reply), reply);
}

/**
 * Why there is no answer yet. A 5xx that refuses us and not the mail (greeting, HELO) is no
 * answer about the mail: the operator can mend it, and the mail must still be there then.
 */
export function deferred(peer: string, failure: RelayError, endSent = false): Outcome {
  const doubt = endSent ? " after end of data; the server may have taken it" : "";
  const reason = `${peer}: ${failure.message}${doubt}`;
  return failure instanceof PeerRefused && failure.reply.code < 500
    ? { kind: "deferred", reason, reply: failure.reply }
    : { kind: "deferred", reason };
}
