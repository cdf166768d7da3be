/**
 * Delivers to the mail servers that take our outbound mail (`remote-smtp`).
 *
 * @module
 */

import type { SmarthostConfig } from "../config/types.ts";
import { compose, type Content } from "../mail/compose.ts";
import type { Delivery } from "../mail/delivery.ts";
import { dsnFor } from "../mail/dsn.ts";
import type { Envelope } from "../mail/envelope.ts";
import type { Mail } from "../mail/message.ts";
import type { Outcome } from "../mail/outcome.ts";
import type { SubmissionResult } from "../smtp/client/client.ts";
import type { ClientLimits } from "../smtp/client/dialog.ts";
import { withOriginals } from "../smtp/client/dsn_parameters.ts";
import { clientOpener, peerName } from "../smtp/client/open_client.ts";
import { SmtpPool } from "../smtp/client/pool.ts";
import type { Submission } from "../smtp/client/submission.ts";
import { type Clock, SYSTEM_CLOCK } from "../smtp/deadline.ts";
import { createLogin } from "./client_auth.ts";
import type { Destination, Outcomes } from "./destination.ts";
import { type MailServer, MailServers } from "./mail_servers.ts";

/** What the smarthost needs beyond its part of the configuration. */
export interface SmarthostOptions {
  /** Our own name, for EHLO. */
  readonly hostname: string;
  /** Makes our `Received` field, CR LF included; absent: none is added. */
  readonly traceField?: (mail: Mail) => Uint8Array;
  /** Longest waits for the server; those of RFC 5321 §4.5.3.2 where nothing is said. */
  readonly limits?: Partial<ClientLimits>;
  /** Most connections to one server at a time; default 20. */
  readonly maxConnections?: number;
  /** How long an unused connection is kept, in milliseconds; default 30 s. */
  readonly idleMs?: number;
  /** Where time comes from. */
  readonly clock?: Clock;
}

/**
 * Makes the destination; nothing is connected before the first mail.
 *
 * @param configs The servers, the preferred one first.
 * @param options Our name; limits and clock for tests.
 */
export function smarthost(
  configs: readonly SmarthostConfig[],
  options: SmarthostOptions,
): Destination {
  const servers = configs.map((config) => serverOf(config, options));
  const choice = new MailServers(servers, options.clock ?? SYSTEM_CLOCK);
  return {
    name: "smarthost",
    deliver: (mail, delivery, signal) => {
      const content = compose(mail, delivery, options.traceField?.(mail));
      const submission = submissionOf(mail.envelope, delivery, content);
      return submit(submission, (part) => choice.send(part, signal));
    },
    close: async () => {
      await Promise.all(servers.map((server) => server.close()));
    },
  };
}

/** A server, and what has to be closed when it is not used any more. */
interface OwnServer extends MailServer {
  close(): Promise<void>;
}

function serverOf(config: SmarthostConfig, options: SmarthostOptions): OwnServer {
  const { hostname: helloName, limits = {}, clock, maxConnections, idleMs } = options;
  const { hostname, port, tls } = config;
  const { auth, close } = createLogin(config.auth);
  const open = clientOpener({
    hostname,
    port,
    helloName,
    tls,
    limits,
    ...auth && { auth },
    ...clock && { clock },
  });
  const pool = new SmtpPool({
    open,
    ...maxConnections !== undefined && { maxConnections },
    ...idleMs !== undefined && { idleMs },
  });
  return {
    peer: peerName(config),
    host: hostname,
    pool,
    open,
    close: () => {
      close();
      return pool.close();
    },
  };
}

function submissionOf(envelope: Envelope, delivery: Delivery, content: Content): Submission {
  const { reversePath, smtpUtf8, body, requireTls, forwardPaths } = envelope;
  const recipients = [...new Set(delivery.recipients)];
  const dsn = dsnFor(envelope, recipients);
  return {
    reversePath,
    recipients,
    smtpUtf8,
    body: content.body ?? body,
    content,
    ...requireTls && { requireTls },
    ...dsn && { dsn: withOriginals(dsn, forwardPaths) },
  };
}

/** As many transactions as the server's limits ask for; each settles at least one recipient. */
async function submit(
  submission: Submission,
  send: (part: Submission) => Promise<SubmissionResult>,
): Promise<Outcomes> {
  const outcomes = new Map<string, Outcome>();
  let { recipients } = submission;
  while (recipients.length > 0) {
    const result = await send({ ...submission, recipients });
    for (const [recipient, outcome] of result.outcomes) outcomes.set(recipient, outcome);
    recipients = result.leftover;
  }
  return outcomes;
}
