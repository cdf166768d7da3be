/**
 * One mail transaction as a client (RFC 5321 §3.3): MAIL, RCPT for each recipient, DATA or BDAT.
 *
 * With PIPELINING (RFC 2920) the commands go out in groups, DATA last, all in one write as long
 * as they are few; without it one at a time. BDAT (RFC 3030) waits for the replies to RCPT.
 *
 * Invariants: each recipient gets exactly one outcome. A reply counts for the command it answers
 * and no other; a reply that the command cannot have ends the dialog.
 *
 * @module
 */

import type { Outcome } from "../../mail/outcome.ts";
import { describeReply, type Reply } from "../../mail/reply.ts";
import { sendChunks } from "./chunk_phase.ts";
import { type DataEnd, sendMessage } from "./data_phase.ts";
import {
  answer,
  type Dialog,
  type PeerRefused,
  postponed,
  readReply,
  sendCommands,
  unexpected,
} from "./dialog.ts";
import { wantsSuccess } from "./dsn_parameters.ts";
import { groupsOf, type Step, stepsOf } from "./steps.ts";
import type { Plan, Submission } from "./submission.ts";
import { isAboutUs, unwelcome } from "./unwelcome.ts";

/** One transaction: made, run once, then read. */
export class Transaction {
  readonly #dialog: Dialog;
  readonly #submission: Submission;
  readonly #plan: Plan;
  readonly #steps: readonly Step[];
  readonly #accepted: string[] = [];
  readonly #overLimit = new Map<string, Reply>();
  #mailRefusal: Reply | undefined;
  #dataReply: Reply | undefined;
  /** The server wants TLS or a login of us before it takes mail, and has none of this mail. */
  #unwelcome: PeerRefused | undefined;
  #outOfStep = false;

  /** What became of each recipient so far. */
  readonly outcomes = new Map<string, Outcome>();
  /** Whether the server has answered anything but 421: before that, nothing has happened. */
  answered = false;
  /** Whether the server may have taken the mail. */
  endSent = false;
  /** Whether the server may still have half a transaction in mind: RSET before the next. */
  unfinished = true;
  /** Whether the dialog can go on. */
  usable = false;

  /**
   * Prepares a transaction.
   *
   * @param dialog The dialog; nothing else uses it meanwhile.
   * @param submission The mail.
   * @param options The plan for this server, and whether to begin with RSET.
   */
  constructor(dialog: Dialog, submission: Submission, options: { plan: Plan; reset: boolean }) {
    this.#dialog = dialog;
    this.#submission = submission;
    this.#plan = options.plan;
    this.#steps = stepsOf(options.plan, options.reset);
  }

  /** Recipients without an outcome only because there were too many: they may try again at once. */
  get leftover(): readonly string[] {
    const waiting = [...this.#overLimit.keys(), ...this.#plan.surplus];
    return waiting.filter((recipient) => !this.outcomes.has(recipient));
  }

  /**
   * Runs it.
   *
   * @param onEnd Called when the end of data is sent.
   * @throws {RelayError} When the dialog breaks; who has no outcome by then is deferred. Also
   * `auth-refused` when the server takes nothing of us, all outcomes being known.
   */
  async run(onEnd: () => void): Promise<void> {
    for (const group of groupsOf(this.#steps, this.#dialog.extensions.pipelining)) {
      if (this.#mailRefusal || (group[0]?.verb === "DATA" && this.#accepted.length === 0)) break;
      await sendCommands(this.#dialog, group.map(({ line }) => line).join(""));
      for (const step of group) this.#settle(step, await this.#replyTo(step));
    }
    if (this.#unwelcome && this.#accepted.length === 0) throw this.#unwelcome;
    await this.#finish(onEnd);
    if (this.#accepted.length === 0) this.#settleOverLimit();
    this.usable = !this.#outOfStep;
  }

  async #replyTo({ verb }: Step): Promise<Reply> {
    const { limits } = this.#dialog;
    const limitMs = {
      RSET: limits.mailMs,
      MAIL: limits.mailMs,
      RCPT: limits.rcptMs,
      DATA: limits.dataMs,
    };
    const reply = await readReply(this.#dialog, verb, limitMs[verb]);
    this.answered = true;
    return reply;
  }

  #settle({ verb, recipient = "" }: Step, reply: Reply): void {
    if (verb === "DATA") {
      this.#dataReply = reply;
      return;
    }
    if (classOf(reply) === 3 || (verb === "RSET" && classOf(reply) !== 2)) {
      throw unexpected(verb, reply);
    }
    if (verb === "MAIL" && classOf(reply) !== 2) this.#refuseMail(reply);
    if (verb !== "RCPT") return;
    if (this.#mailRefusal) {
      // A server that takes recipients of a mail it refused would take the lone dot for the mail.
      this.#outOfStep ||= classOf(reply) === 2;
      return;
    }
    if (classOf(reply) === 2) this.#accepted.push(recipient);
    else if (isTooMany(reply)) this.#overLimit.set(recipient, reply);
    else this.outcomes.set(recipient, this.#refused("RCPT", reply));
  }

  #refuseMail(reply: Reply): void {
    this.#mailRefusal = reply;
    const outcome = this.#refused("MAIL", reply);
    for (const recipient of this.#plan.recipients) this.outcomes.set(recipient, outcome);
    for (const recipient of this.#plan.surplus) this.outcomes.set(recipient, outcome);
  }

  /**
   * Whoever must log in first may be everybody or, at RCPT, only some: the others have the mail, and
   * the server is there.
   */
  #refused(command: "MAIL" | "RCPT", reply: Reply): Outcome {
    const { peer } = this.#dialog;
    if (!isAboutUs(reply)) return refused(peer, command, reply);
    const refusal = unwelcome(command, reply, this.#dialog);
    this.#unwelcome ??= refusal;
    return { kind: "deferred", reason: `${peer}: ${refusal.message}` };
  }

  async #finish(onEnd: () => void): Promise<void> {
    const reply = this.#dataReply;
    if (this.#plan.framing === "chunks") {
      if (this.#accepted.length > 0) await this.#send(onEnd, sendChunks);
      return;
    }
    if (reply?.code === 354) {
      if (this.#accepted.length > 0) await this.#send(onEnd, sendMessage);
      else if (!this.#outOfStep) await this.#sendNothing();
    } else if (reply && (this.#accepted.length > 0 || classOf(reply) < 4)) {
      // 2xx to DATA, even with nobody to send to, says that the two sides are out of step.
      if (classOf(reply) < 4) throw unexpected("DATA", reply);
      this.#settleAccepted("DATA", reply);
    }
  }

  async #send(onEnd: () => void, send: typeof sendMessage): Promise<void> {
    const { reply, early, command }: DataEnd = await send(
      this.#dialog,
      this.#submission.content,
      () => {
        this.endSent = true;
        onEnd();
      },
    );
    this.#settleAccepted(command, reply);
    this.#outOfStep = early;
    this.unfinished = classOf(reply) !== 2;
  }

  /** All recipients refused, and yet 354: a lone dot ends it (RFC 2920 §3.1). */
  async #sendNothing(): Promise<void> {
    await sendCommands(this.#dialog, ".\r\n");
    await readReply(this.#dialog, "an empty message", this.#dialog.limits.endMs);
  }

  #settleAccepted(command: string, reply: Reply): void {
    const outcome: Outcome = classOf(reply) === 2
      ? { kind: "delivered", detail: describeReply(reply), reply }
      : refused(this.#dialog.peer, command, reply);
    for (const recipient of this.#accepted) {
      const ours = outcome.kind === "delivered" && this.#staysOurs(recipient);
      this.outcomes.set(recipient, ours ? { ...outcome, relayed: "without-dsn" } : outcome);
    }
  }

  /** Whether it is still for us to tell the reverse-path that this recipient has the mail. */
  #staysOurs(recipient: string): boolean {
    return this.#plan.dsn === undefined && wantsSuccess(this.#submission.dsn, recipient);
  }

  #settleOverLimit(): void {
    for (const [recipient, reply] of this.#overLimit) {
      const { peer } = this.#dialog;
      this.outcomes.set(recipient, postponed(`${peer}: ${answer("RCPT", reply)}`, reply));
    }
  }
}

function classOf({ code }: Reply): number {
  return Math.floor(code / 100);
}

/** 4xx is for later, 5xx for never (RFC 5321 §4.2.1). */
function refused(peer: string, command: string, reply: Reply): Outcome {
  const reason = `${peer}: ${answer(command, reply)}`;
  return classOf(reply) === 4 ? postponed(reason, reply) : { kind: "failed", reason, reply };
}

/** RFC 5321 §4.5.3.1.10: 452 says that there are too many recipients, and so does an old 552. */
function isTooMany({ code, status }: Reply): boolean {
  if (status !== undefined) return /^[45]\.5\.3$/.test(status);
  return code === 452 || code === 552;
}
