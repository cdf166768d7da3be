/** The smarthost and a mail server with faults that it delivers to. @module */

import assert from "node:assert/strict";
import type { Destination, Outcomes } from "../../lib/destinations/destination.ts";
import { smarthost, type SmarthostOptions } from "../../lib/destinations/smarthost.ts";
import type { Outcome } from "../../lib/mail/outcome.ts";
import { type FaultOptions, type FaultServer, startFaultServer } from "./fault_smtp_server.ts";
import { sampleDelivery, type SampleMail, sampleMail } from "./sample_mail.ts";
import { within } from "./wait.ts";

/** A server and the destination that delivers to it. */
export interface Pair extends AsyncDisposable {
  readonly server: FaultServer;
  readonly destination: Destination;
  deliver(recipients: string[], sample?: SampleMail, signal?: AbortSignal): Promise<Outcomes>;
}

/** Starts both. */
export function pair(faults: FaultOptions = {}, options: Partial<SmarthostOptions> = {}): Pair {
  const server = startFaultServer(faults);
  const hostname = faults.hostname ?? "127.0.0.1";
  const destination = smarthost(
    [{ hostname, port: server.port, tls: { mode: "none" } }],
    { hostname: "relay.test", ...options },
  );
  return {
    server,
    destination,
    deliver: (recipients, sample = {}, signal = new AbortController().signal) =>
      within(destination.deliver(sampleMail(sample), sampleDelivery(...recipients), signal), {
        what: "outcomes",
      }),
    async [Symbol.asyncDispose]() {
      await destination.close();
      await server[Symbol.asyncDispose]();
    },
  };
}

/** A recipient. */
export const A = "a@example.org";
/** A recipient. */
export const B = "b@example.org";
/** A recipient. */
export const C = "c@example.org";

/** The outcome of {@link A}, which is the only one. */
export function only(outcomes: Outcomes): Outcome {
  assert.equal(outcomes.size, 1);
  return outcomes.get(A) ?? assert.fail("no outcome");
}

/** The kind of each outcome. */
export function kinds(outcomes: Outcomes): Record<string, Outcome["kind"]> {
  return Object.fromEntries([...outcomes].map(([recipient, { kind }]) => [recipient, kind]));
}

/** What an outcome says for people. */
export function reasonOf(outcome: Outcome): string {
  return outcome.kind === "delivered" ? outcome.detail : outcome.reason;
}
