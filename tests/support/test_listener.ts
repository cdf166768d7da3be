/**
 * The SMTP server on a free loopback port with a clock that stands still, for tests.
 *
 * @module
 */

import type { Limits } from "../../lib/config/types.ts";
import { Admission } from "../../lib/smtp/admission.ts";
import type { Clock } from "../../lib/smtp/deadline.ts";
import { listen, type ListenOptions, type SmtpListener } from "../../lib/smtp/listener.ts";
import { FakeClock } from "./fake_clock.ts";
import { recordingService } from "./recording_service.ts";

/** Limits as the configuration's defaults have them, but for the size: tests send that much. */
export const LIMITS: Limits = {
  messageSizeOctets: 1_000_000,
  recipients: 1000,
  mailsPerConnection: 1000,
  commandLineOctets: 2048,
  errors: 10,
  connections: 500,
  connectionsPerPeer: 50,
  connectionsPerMinute: 3000,
  idleMs: 300_000,
  transactionMs: 1_200_000,
};

/** What a test may change. */
export type TestListenerOptions =
  & Partial<Omit<ListenOptions, "limits" | "clock">>
  & { readonly limits?: Partial<Limits>; readonly clock?: Clock };

/** A listener that ends with the test. */
export interface TestListener extends SmtpListener, AsyncDisposable {
  /** The shared count, to wait for sessions to end. */
  readonly admission: Admission;
}

/** Starts `relay.test` on a free port of 127.0.0.1; time stands still unless a clock is given. */
export function startTestListener(options: TestListenerOptions = {}): TestListener {
  const limits = { ...LIMITS, ...options.limits };
  const admission = options.admission ?? new Admission(limits, options.clock);
  const listener = listen({
    address: { hostname: "127.0.0.1", port: 0 },
    allow: ["127.0.0.0/8", "::1"],
    hostname: "relay.test",
    service: recordingService(),
    clock: new FakeClock(),
    ...options,
    admission,
    limits,
  });
  let closed: Promise<void> | undefined;
  const close = (graceMs: number) => closed ??= listener.close(graceMs);
  return { ...listener, admission, close, [Symbol.asyncDispose]: () => close(0) };
}
