/**
 * Queue ids: ULIDs, so that sorting them sorts the mails by arrival.
 *
 * @module
 */

// @ts-types="./_ulid.d.ts"
import { ulid } from "@std/ulid";

/**
 * Makes a queue id: 26 characters of Crockford's base 32.
 *
 * @param time When the mail came, in milliseconds since the epoch.
 */
export function newQueueId(time: number): string {
  return ulid(time);
}
