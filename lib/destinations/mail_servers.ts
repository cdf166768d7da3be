/**
 * Several mail servers that stand in for each other, the preferred one first.
 *
 * A mail goes to the first that can be had. The next one is tried only where nothing has been said
 * about the mail yet: there was no connection, or no login, or the server lacks what the mail needs.
 * What a server says of the mail is the answer, and a dialog that breaks in the middle is for the
 * queue: a server that has half a mail may have all of it.
 *
 * Those that failed are passed over for a while, and tried only when nobody else is left.
 *
 * @module
 */

import { RelayError } from "../errors.ts";
import { log } from "../log.ts";
import type { Outcome } from "../mail/outcome.ts";
import { retryHintMs } from "../mail/retry_hint.ts";
import { deferred, type SmtpClient, type SubmissionResult } from "../smtp/client/client.ts";
import { PeerRefused } from "../smtp/client/dialog.ts";
import type { SmtpPool } from "../smtp/client/pool.ts";
import type { Submission } from "../smtp/client/submission.ts";
import type { Clock } from "../smtp/deadline.ts";
import { attribute } from "./attribution.ts";
import { type Attempt, type Failure, Standing } from "./standing.ts";

const records = log("smarthost");

/** Longest wait until a connection is ready for mail, while another server is left; in ms. */
const PATIENCE_MS = 5_000;

/** One server. */
export interface MailServer {
  /** Its name in reasons and logs: `smtp.example.com:25`. */
  readonly peer: string;
  /** Its host name, for reports. */
  readonly host: string;
  /** Its connections. */
  readonly pool: SmtpPool;
  /** Opens one; rejects with a `RelayError` when there is none to be had. */
  open(signal: AbortSignal): Promise<SmtpClient>;
}

/** One server's turn at a mail. */
interface Turn {
  readonly server: MailServer;
  readonly standing: Standing;
  readonly attempt: Attempt;
  /** Whether it is nobody's turn after this one. */
  readonly last: boolean;
}

/** What a turn came to: an answer, or why it is the next one's turn. */
type TurnEnd =
  | { readonly kind: "answer"; readonly result: SubmissionResult }
  | { readonly kind: "next"; readonly why: Outcome; readonly unsuited?: SubmissionResult };

/** The servers, and what is known of each. */
export class MailServers {
  readonly #servers: readonly MailServer[];
  readonly #standings: ReadonlyMap<MailServer, Standing>;
  readonly #clock: Clock;

  /** Makes the choice among servers; at least one, the preferred one first. */
  constructor(servers: readonly MailServer[], clock: Clock) {
    this.#servers = servers;
    this.#standings = new Map(
      servers.map((server) => [server, new Standing({ now: () => clock.now() })]),
    );
    this.#clock = clock;
  }

  /** Hands one mail over, in one transaction. Never rejects for what a mail server may do. */
  async send(submission: Submission, signal: AbortSignal): Promise<SubmissionResult> {
    const reasons: Outcome[] = [];
    const unsuited: SubmissionResult[] = [];
    for (const turn of this.#turns()) {
      const end = await this.#take(turn, submission, signal);
      if (end.kind === "answer") return end.result;
      reasons.push(end.why);
      if (end.unsuited) unsuited.push(end.unsuited);
    }
    const [first] = unsuited;
    // One that could not be asked may have what the mail needs: it is worth another try.
    if (first !== undefined && unsuited.length === reasons.length) return first;
    return resultOf(submission, allOf(reasons));
  }

  /** In order; those that are passed over come last, and only if nobody before had it. */
  *#turns(): Generator<Turn> {
    const passed: (readonly [MailServer, Standing])[] = [];
    let left = this.#servers.length;
    for (const [server, standing] of this.#standings) {
      const attempt = standing.begin();
      if (attempt === null) passed.push([server, standing]);
      else yield { server, standing, attempt, last: --left === 0 };
    }
    for (const [server, standing] of passed) {
      yield { server, standing, attempt: standing.insist(), last: --left === 0 };
    }
  }

  async #take(turn: Turn, submission: Submission, signal: AbortSignal): Promise<TurnEnd> {
    const { server } = turn;
    let result: SubmissionResult;
    try {
      result = await this.#sendSoon(turn, submission, signal);
    } catch (error) {
      this.#report(turn, failureOf(error));
      if (!(error instanceof RelayError)) throw error;
      const why = deferred(server.peer, error);
      if (error.code !== "aborted") return { kind: "next", why };
      return { kind: "answer", result: resultOf(submission, why) };
    }
    this.#report(turn, result.broken ? failureOf(result.broken) : "fine");
    const [why] = result.outcomes.values();
    const told = attribute(result, this.#servers.length === 1 ? undefined : server.host);
    if (result.unsuited && why) return { kind: "next", why, unsuited: told };
    if (why && isUnwelcome(result)) return { kind: "next", why };
    return { kind: "answer", result: this.#retell(turn, told) };
  }

  /**
   * While another server is left, a connection must be ready soon: one that has to come free as well
   * as a new one. A server that takes connections and then says nothing keeps them all for minutes.
   */
  async #sendSoon(
    turn: Turn,
    submission: Submission,
    signal: AbortSignal,
  ): Promise<SubmissionResult> {
    const { pool } = turn.server;
    if (turn.last) {
      return await pool.send(submission, signal, { open: (stop) => this.#open(turn, stop) });
    }
    const patience = new AbortController();
    const clear = this.#clock.set(() => patience.abort(new Late()), PATIENCE_MS);
    try {
      return await pool.send(submission, signal, {
        open: (stop) => this.#open(turn, AbortSignal.any([stop, patience.signal])),
        patience: patience.signal,
      });
    } catch (error) {
      throw lateOf(error) ?? error;
    } finally {
      clear();
    }
  }

  async #open(turn: Turn, signal: AbortSignal): Promise<SmtpClient> {
    const { server, standing: { pause }, attempt, last } = turn;
    // It failed while this mail waited for a connection to come free: no need to find out again.
    if (pause && !attempt.pause && !last) throw new RelayError("connect-failed", pause.reason);
    try {
      return await server.open(signal);
    } catch (error) {
      // Said here and not by `#take`: before that, the next mail in line may connect.
      this.#report(turn, failureOf(lateOf(error) ?? error));
      throw error;
    }
  }

  #report({ server: { peer }, standing, attempt }: Turn, result: Failure | "fine" | null): void {
    const change = standing.report(attempt, result);
    // A server without others is never passed over; the queue tells of its absence.
    if (this.#servers.length === 1) return;
    if (change === "away") {
      records.warning("mail server passed over", { server: peer, reason: standing.pause?.reason });
    }
    if (change === "back") records.info("mail server back", { server: peer });
  }

  /** Says who had it, and does not ask the queue to wait for one server while there is another. */
  #retell({ server, standing }: Turn, result: SubmissionResult): SubmissionResult {
    if (this.#servers.length === 1) return result;
    const others = [...this.#standings.values()].some((other) =>
      other !== standing && other.pause === null
    );
    const outcomes = [...result.outcomes].map(([recipient, outcome]) => {
      if (outcome.kind === "delivered") {
        return [recipient, { ...outcome, detail: `${server.peer}: ${outcome.detail}` }] as const;
      }
      return [recipient, others && result.broken ? withoutHint(outcome) : outcome] as const;
    });
    return { ...result, outcomes: new Map(outcomes) };
  }
}

/** Our patience with one server, while there is another, is over. */
class Late extends RelayError {
  constructor() {
    super("timeout", `not ready for mail within ${PATIENCE_MS} ms`);
  }
}

/** That it was, where that is why an attempt was given up. */
function lateOf(error: unknown): Late | undefined {
  return error instanceof RelayError && error.cause instanceof Late ? error.cause : undefined;
}

/** Whether the server wants us to log in before it says anything of the mail, for anybody. */
function isUnwelcome({ broken, outcomes }: SubmissionResult): boolean {
  return broken?.code === "auth-refused" &&
    [...outcomes.values()].every(({ kind }) => kind === "deferred");
}

/** What a server is to blame for; `null`: we gave up ourselves, or could not read the message. */
function failureOf(error: unknown): Failure | null {
  if (!(error instanceof RelayError)) return null;
  if (error.code === "aborted" || error.code === "store-failed") return null;
  const hint = error instanceof PeerRefused ? retryHintMs(error.reply.lines.join(" ")) : null;
  return { reason: error.message, ...hint !== null && { retryAfterMs: hint } };
}

/** The same outcome for everybody. */
function resultOf({ recipients }: Submission, outcome: Outcome): SubmissionResult {
  const outcomes = new Map(recipients.map((recipient) => [recipient, outcome]));
  return { outcomes, leftover: [], stale: false, unsuited: false };
}

/** What all servers said; only if each asked to be left alone, the queue need not ask before. */
function allOf(outcomes: readonly Outcome[]): Outcome {
  const [only] = outcomes;
  if (only !== undefined && outcomes.length === 1) return only;
  const hints = outcomes.map((outcome) =>
    outcome.kind === "deferred" ? outcome.retryAfterMs ?? 0 : 0
  );
  const retryAfterMs = Math.min(...hints);
  return {
    kind: "deferred",
    reason: outcomes.flatMap((outcome) => "reason" in outcome ? [outcome.reason] : []).join("; "),
    ...retryAfterMs > 0 && { retryAfterMs },
  };
}

function withoutHint(outcome: Outcome): Outcome {
  if (outcome.kind !== "deferred") return outcome;
  const { retryAfterMs: _, ...rest } = outcome;
  return rest;
}
