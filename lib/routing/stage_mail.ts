/**
 * The mail that announces a stage without a mail: as GoCD would have written it, without check-ins,
 * and with a line that says who wrote it. Pure; the same run gives the same octets, so that an
 * announcement that is made twice is seen to be one mail that came again.
 *
 * INVARIANT. Our own announcement is known by the peer of its envelope, a word that is no address:
 * no SMTP session can have it, and the store keeps it, so that it is known as ours whenever it is
 * routed. What stands in a header could be written by anybody.
 *
 * @module
 */

import { createHash } from "node:crypto";
import type { ManagerConfig } from "../config/types.ts";
import type { Envelope } from "../mail/envelope.ts";
import { formatDate } from "../mail/received.ts";
import type { StageEvent } from "./packs/gocd.ts";
import { runKey, type SilentStage } from "./silent_stages.ts";

/** The peer of our announcements; no address, so that nobody else can be it. */
const PEER = "cctray";

/** GoCD's words. */
const VERBS: Readonly<Record<StageEvent, string>> = {
  BREAKS: "is broken",
  CANCELLED: "is cancelled",
  FAILS: "failed",
  FIXED: "is fixed",
  PASSES: "passed",
};

/** Who an announcement is from and for. */
export interface StageMailOptions {
  /** Address in `From`. */
  readonly from: string;
  /** Address in `To`. */
  readonly to: string;
  /** Our own name. */
  readonly hostname: string;
}

/** Writes the message (RFC 5322), CR LF throughout, lines of at most 998 octets. */
export function stageMail(
  stage: SilentStage,
  { from, to, hostname }: StageMailOptions,
): Uint8Array {
  const run = runKey(stage);
  const identity = JSON.stringify([stage.url, run, stage.event, stage.endedAt, from, to]);
  const digest = createHash("sha256").update(identity).digest("hex").slice(0, 32);
  const lines = [
    `Date: ${formatDate(stage.endedAt)}`,
    `From: ${oneLine(from)}`,
    `To: ${oneLine(to)}`,
    `Subject: Stage [${run}] ${VERBS[stage.event]}`,
    `Message-ID: <stage.${digest}@${oneLine(hostname)}>`,
    "Auto-Submitted: auto-generated",
    "MIME-Version: 1.0",
    "Content-Type: text/plain; charset=UTF-8",
    "Content-Transfer-Encoding: 7bit",
    "",
    `See details: ${stage.url}`,
    "",
    "No mail came from GoCD about this run. mail2alert made this one from GoCD's cctray feed,",
    "which knows nothing of check-ins.",
    "",
  ];
  return new TextEncoder().encode(lines.join("\r\n"));
}

/**
 * The addresses with which a manager claims the announcements of its server.
 *
 * @param wants Which mails it claims.
 * @param hostname Our own name.
 */
export function stageAddresses(wants: ManagerConfig["wants"], hostname: string): StageMailOptions {
  const own = `mail2alert@${hostname}`;
  if ("to" in wants) return { from: wants.from ?? own, to: wants.to, hostname };
  return { from: wants.from, to: own, hostname };
}

/**
 * The envelope of an announcement. The reverse-path is null unless the manager wants another: a
 * failure is told by `on-failure`, for nobody reads what is sent to us.
 *
 * @param wants Which mails the manager claims.
 * @param hostname Our own name.
 */
export function stageEnvelope(wants: ManagerConfig["wants"], hostname: string): Envelope {
  const { to } = stageAddresses(wants, hostname);
  const ascii = [to, wants.from ?? ""].every((address) => /^[ -~]*$/.test(address));
  return {
    reversePath: wants.from ?? "",
    forwardPaths: [to],
    smtpUtf8: !ascii,
    body: ascii ? "7BIT" : "8BITMIME",
    session: { peer: PEER, helo: hostname, protocol: "ESMTP" },
  };
}

/** Whether a mail is an announcement that we have made, by its envelope. */
export function isAnnouncement({ session }: Envelope): boolean {
  return session.peer === PEER;
}

/** A line end in an address would begin a field of its own. */
function oneLine(text: string): string {
  return text.replace(/\p{Cc}/gu, "?");
}
