/**
 * Sessions as the pure state machine has them, for its tests.
 *
 * @module
 */

import { parseCommand } from "../../lib/smtp/command.ts";
import { greet, step } from "../../lib/smtp/session.ts";
import type { SessionOptions, Standing, Step } from "../../lib/smtp/session_state.ts";

/** A listener that offers nothing. */
export const OPTIONS: SessionOptions = {
  hostname: "relay.test",
  protocol: "smtp",
  tls: "none",
  auth: "none",
  limits: { messageSizeOctets: 1000, recipients: 3, mailsPerConnection: 4, errors: 5 },
};

/** A peer of whom nothing is known. */
export const STANDING: Standing = {
  secure: false,
  mustAuthenticate: false,
  lenient: false,
  mayXclient: false,
};

/** A session that has been greeted. */
export function begin(standing: Partial<Standing> = {}, allowed = true): Step {
  return greet({ allowed, standing: { ...STANDING, ...standing } }, OPTIONS);
}

/** Takes a session through command lines. */
export function run(lines: readonly string[], from: Step, options: SessionOptions = OPTIONS): Step {
  return lines.reduce((before, line) => step(before.state, parseCommand(line), options), from);
}
