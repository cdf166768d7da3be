/**
 * Several managers' decisions about one mail made one: nobody is served twice, the first manager's
 * word counts. Pure.
 *
 * @module
 */

import { addressKey } from "../mail/address.ts";
import type { Delivery } from "../mail/delivery.ts";
import { NOT_SENT } from "../mail/not_sent.ts";
import type { ManagerRouted } from "./manager_route.ts";
import type { RouteTrace } from "./trace.ts";

/** Where the mail goes, and the trace without its claims. */
export interface Merged {
  /** Where it goes. */
  readonly deliveries: readonly Delivery[];
  /** The first manager's steps, and those of the others in `further`. */
  readonly trace: Omit<RouteTrace, "claims">;
}

/** Puts them together. There is at least one. */
export function mergeRoutes(parts: readonly ManagerRouted[]): Merged {
  const [first, ...others] = parts;
  if (first === undefined) throw new TypeError("Cannot merge: no manager claimed the mail");
  const all = parts.flatMap((part) => part.deliveries);
  const sent = serveOnce(all);
  // What one sends to somebody is sent, whatever the others discard or leave.
  const notSent = sent.length > 0
    ? undefined
    : NOT_SENT.find((reason) => parts.some((part) => part.notSent === reason));
  return {
    // One wish is no reason to discard what another would have sent.
    deliveries: notSent === "discarded" ? all.slice(0, 1) : sent,
    trace: {
      ...first.steps,
      ...others.length > 0 && { further: others.map(({ steps }) => steps) },
      ...notSent !== undefined && { notSent },
    },
  };
}

/** Whoever has been served by an earlier delivery is left out; what is discarded serves nobody. */
function serveOnce(deliveries: readonly Delivery[]): readonly Delivery[] {
  const served = new Set<string>();
  const sent: Delivery[] = [];
  for (const delivery of deliveries) {
    if (delivery.destination === "discard") continue;
    const recipients = delivery.recipients.filter((recipient) =>
      !served.has(addressKey(recipient))
    );
    recipients.forEach((recipient) => served.add(addressKey(recipient)));
    if (recipients.length === delivery.recipients.length) sent.push(delivery);
    else if (recipients.length > 0) sent.push(narrowed(delivery, recipients));
  }
  return sent;
}

/** The same delivery for fewer; `To` names only them. */
export function narrowed(delivery: Delivery, recipients: readonly string[]): Delivery {
  const { rewrite } = delivery;
  if (rewrite?.to === undefined) return { ...delivery, recipients };
  return { ...delivery, recipients, rewrite: { ...rewrite, to: recipients } };
}
