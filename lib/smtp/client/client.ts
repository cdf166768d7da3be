/**
 * A connection to a mail server, as the side that sends: any number of mail transactions, then
 * QUIT (RFC 5321 §3.3, §3.8). How it begins stands in `open_client.ts`.
 *
 * Invariants: what can be expected of a mail server (refusals, silence, nonsense, hanging up) ends
 * in outcomes, never in a rejection. A dialog that has gone out of step is cut, not mended. Once
 * the end of data is sent, only the server's answer or its time limit ends the wait: giving up
 * earlier could mean a second copy.
 *
 * @module
 */

import { RelayError } from "../../errors.ts";
import type { Outcome } from "../../mail/outcome.ts";
import type { Reply } from "../../mail/reply.ts";
import { isFitForData } from "./binary.ts";
import { aborted } from "./client_wire.ts";
import { type Dialog, PeerRefused, postponed, readReply, sendCommands } from "./dialog.ts";
import { planTransaction, type Submission, takesBinary } from "./submission.ts";
import { Transaction } from "./transaction.ts";
import { tryMail } from "./try_mail.ts";

/** What one call of {@link SmtpClient.send} came to. */
export interface SubmissionResult {
  /** One outcome for each recipient, those in `leftover` excepted. */
  readonly outcomes: ReadonlyMap<string, Outcome>;
  /** Recipients that the server takes only in another transaction, which may follow at once. */
  readonly leftover: readonly string[];
  /** The connection had been used before, and died before the server answered: worth a fresh one. */
  readonly stale: boolean;
  /** The server lacks what the mail needs and has heard nothing of it: another may take it. */
  readonly unsuited: boolean;
  /** How the dialog broke, if it did; the outcomes say so too. */
  readonly broken?: RelayError;
}

/** A connection that is ready for mail. Runs one transaction at a time. */
export class SmtpClient {
  readonly #dialog: Dialog;
  #transactions = 0;
  #reset = false;
  #onIdleEnd: (() => void) | undefined;

  /** Takes over a dialog that has seen EHLO. */
  constructor(dialog: Dialog) {
    this.#dialog = dialog;
  }

  /** How many transactions it has begun. */
  get transactions(): number {
    return this.#transactions;
  }

  /** What the server offers, and whether TLS protects the connection. */
  get server(): Pick<Dialog, "extensions" | "secure" | "certificate"> {
    return this.#dialog;
  }

  /** Whether it is fit for another transaction. */
  get usable(): boolean {
    const { wire, reader, extensions } = this.#dialog;
    return wire.cutReason === undefined && !reader.hasMore &&
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
    const fitted = submission.body === "BINARYMIME" ? await this.#fit(submission) : submission;
    if (fitted instanceof RelayError) return this.#broken(submission, fitted, {});
    const plan = planTransaction(fitted, this.#dialog);
    const transaction = new Transaction(this.#dialog, fitted, { plan, reset: this.#reset });
    const unsuited = plan.recipients.length === 0;
    const failure = unsuited ? undefined : await this.#run(transaction, signal);
    const outcomes = new Map([...plan.refused, ...transaction.outcomes]);
    if (failure) return this.#broken(submission, failure, { outcomes, transaction });
    return { outcomes, leftover: transaction.leftover, stale: false, unsuited };
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
    // What comes now is the end of the stream, or a farewell (421) that nobody asked for.
    reader.fill().catch(() => false).then(end);
  }

  /** Asks whether the server would take a mail; see {@link tryMail}. Only QUIT may follow. */
  async tryMail(): Promise<Reply> {
    return await tryMail(this.#dialog);
  }

  /** Says QUIT and closes; waits for the farewell, but not long. Never rejects. */
  async quit(): Promise<void> {
    this.#onIdleEnd = undefined;
    const { wire, limits } = this.#dialog;
    try {
      if (wire.cutReason === undefined) {
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

  /** A message called binary that is text may go where nothing binary is taken. */
  async #fit(submission: Submission): Promise<Submission | RelayError> {
    if (takesBinary(this.#dialog.extensions)) return submission;
    try {
      return await isFitForData(submission.content)
        ? { ...submission, body: "8BITMIME" }
        : submission;
    } catch (error) {
      if (!(error instanceof RelayError)) throw error;
      return error;
    }
  }

  /** Defers whoever has no outcome. */
  #broken(
    { recipients }: Submission,
    failure: RelayError,
    { outcomes, transaction }: {
      readonly outcomes?: ReadonlyMap<string, Outcome>;
      readonly transaction?: Transaction;
    },
  ): SubmissionResult {
    const outcome = deferred(this.#dialog.peer, failure, transaction?.endSent);
    const died = failure.code === "peer-closed" || failure.code === "peer-refused";
    return {
      outcomes: new Map(
        recipients.map((recipient) => [recipient, outcomes?.get(recipient) ?? outcome]),
      ),
      leftover: [],
      stale: died && transaction?.answered === false && this.#transactions > 1,
      unsuited: false,
      broken: failure,
    };
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

/**
 * The outcome of a broken dialog. What refuses us and not the mail (greeting, HELO, TLS, AUTH) is no
 * answer about the mail, and does not stand for one: the operator can mend a 5xx, and the mail must
 * still be there then; and a 4xx would meet the next mail too, so that the queue waits with all. A
 * message that we cannot read is no fault of the server's.
 */
export function deferred(peer: string, failure: RelayError, endSent = false): Outcome {
  const reason = `${peer}: ${failure.message}`;
  if (failure instanceof PeerRefused) {
    const { reply } = failure;
    if (reply.code >= 500) return { kind: "deferred", reason };
    const { reply: _, ...outcome } = postponed(reason, reply);
    return reply.code === 421 ? { ...outcome, reply } : outcome;
  }
  if (failure.code === "store-failed") return { kind: "deferred", reason, ownFault: true };
  const doubt = endSent ? " (end of data was sent; the server may have taken it)" : "";
  return { kind: "deferred", reason: `${reason}${doubt}` };
}
