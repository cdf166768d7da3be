/**
 * Takes mail on purpose and keeps nothing of it: the action `discard`. That it was taken, and why,
 * stands in the log and the trace.
 *
 * @module
 */

import type { Destination } from "./destination.ts";

/** Makes the destination. */
export function discard(): Destination {
  return {
    name: "discard",
    deliver: (_mail, { recipients }) =>
      Promise.resolve(
        new Map(
          recipients.map((recipient) => [
            recipient,
            { kind: "delivered", detail: "discarded on purpose" } as const,
          ]),
        ),
      ),
    close: () => Promise.resolve(),
  };
}
