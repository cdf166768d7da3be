/**
 * Delivers to the mail server that takes our outbound mail (`remote-smtp`).
 *
 * @module
 */

import type { SmarthostConfig } from "../config/types.ts";
import { RelayError } from "../errors.ts";
import { compose } from "../mail/compose.ts";
import type { Delivery } from "../mail/delivery.ts";
import type { Mail } from "../mail/message.ts";
import type { Outcome } from "../mail/outcome.ts";
import { deferred } from "../smtp/client/client.ts";
import type { Clock } from "../smtp/deadline.ts";
import type { ClientLimits } from "../smtp/client/dialog.ts";
import { openClient, peerName } from "../smtp/client/open_client.ts";
import { SmtpPool } from "../smtp/client/pool.ts";
import type { Destination, Outcomes } from "./destination.ts";

/** What the smarthost needs beyond its part of the configuration. */
export interface SmarthostOptions {
  /** Our own name, for EHLO. */
  readonly hostname: string;
  /** Makes our `Received` field, CR LF included; absent: none is added. */
  readonly traceField?: (mail: Mail) => Uint8Array;
  /** Longest waits for the server; those of RFC 5321 §4.5.3.2 where nothing is said. */
  readonly limits?: Partial<ClientLimits>;
  /** Most connections at a time; default 20. */
  readonly maxConnections?: number;
  /** How long an unused connection is kept, in milliseconds; default 30 s. */
  readonly idleMs?: number;
  /** Where time comes from. */
  readonly clock?: Clock;
}

/** Makes the destination; nothing is connected before the first mail. */
export function smarthost(config: SmarthostConfig, options: SmarthostOptions): Destination {
  const { hostname, port } = config;
  const { hostname: helloName, traceField, limits = {}, clock, ...poolOptions } = options;
  const client = { hostname, port, helloName, limits, ...(clock && { clock }) };
  const pool = new SmtpPool({ ...poolOptions, open: (signal) => openClient(client, signal) });
  return {
    name: "smarthost",
    deliver: (mail, delivery, signal) =>
      submit(mail, delivery, { pool, signal, peer: peerName(config), traceField }),
    close: () => pool.close(),
  };
}

/** How one mail reaches the server. */
interface Route {
  readonly pool: SmtpPool;
  readonly signal: AbortSignal;
  readonly peer: string;
  readonly traceField: SmarthostOptions["traceField"];
}

/** As many transactions as the server's limits ask for; each settles at least one recipient. */
async function submit(mail: Mail, delivery: Delivery, route: Route): Promise<Outcomes> {
  const { reversePath, smtpUtf8, body } = mail.envelope;
  const content = compose(mail, delivery, route.traceField?.(mail));
  const outcomes = new Map<string, Outcome>();
  let recipients: readonly string[] = [...new Set(delivery.recipients)];
  try {
    while (recipients.length > 0) {
      const submission = { reversePath, recipients, smtpUtf8, body, content };
      const result = await route.pool.send(submission, route.signal);
      for (const [recipient, outcome] of result.outcomes) outcomes.set(recipient, outcome);
      recipients = result.leftover;
    }
  } catch (error) {
    if (!(error instanceof RelayError)) throw error;
    for (const recipient of recipients) outcomes.set(recipient, deferred(route.peer, error));
  }
  return outcomes;
}
