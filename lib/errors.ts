/**
 * The failures this program names. Every expected failure that crosses a module
 * boundary as an exception is a {@link RelayError}; anything else that escapes is a bug.
 *
 * @module
 */

/** What went wrong, as a word that logs, metrics and tests can match on. */
export type ErrorCode =
  | "aborted"
  | "auth-refused"
  | "auth-unavailable"
  | "bare-newline"
  | "config-invalid"
  | "connect-failed"
  | "control-failed"
  | "header-too-large"
  | "listen-failed"
  | "lookup-failed"
  | "peer-closed"
  | "peer-refused"
  | "reply-invalid"
  | "store-failed"
  | "store-full"
  | "store-in-use"
  | "timeout"
  | "tls-failed"
  | "tls-refused"
  | "tls-unavailable"
  | "token-failed"
  | "usage";

/** A failure that the caller is expected to deal with. Match on `code`, never on `message`. */
export class RelayError extends Error {
  /** Tells it from other errors in logs. */
  override readonly name = "RelayError";

  /**
   * Names a failure.
   *
   * @param code The kind of failure.
   * @param message What could not be done, and why: "Cannot read line: over 512 octets".
   * @param options The underlying error, as `cause`.
   */
  constructor(readonly code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
  }
}

/** What an error says, for the log: without the word that names its kind. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Where a failure that nobody expected came from, for the log: a bug is mended from that. */
export function stackOf(error: unknown): string {
  return error instanceof Error ? error.stack ?? error.message : String(error);
}
