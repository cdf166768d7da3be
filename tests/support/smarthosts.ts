/** Several mail servers and the destination that delivers to the first of them that can be had. @module */

import type { SmarthostConfig } from "../../lib/config/types.ts";
import type { Outcomes } from "../../lib/destinations/destination.ts";
import { smarthost, type SmarthostOptions } from "../../lib/destinations/smarthost.ts";
import { startLog, stopLog } from "../../lib/log.ts";
import { FakeClock } from "./fake_clock.ts";
import {
  type FaultOptions,
  type FaultServer,
  type Moment,
  startFaultServer,
} from "./fault_smtp_server.ts";
import { sampleDelivery, type SampleMail, sampleMail } from "./sample_mail.ts";
import { within } from "./wait.ts";

/** The servers, the destination, and its log. */
export interface Smarthosts extends AsyncDisposable {
  readonly servers: readonly FaultServer[];
  /** How each is called in reasons. */
  readonly peers: readonly string[];
  readonly clock: FakeClock;
  /** What the log says. */
  readonly lines: readonly string[];
  deliver(recipients: string[], sample?: SampleMail, signal?: AbortSignal): Promise<Outcomes>;
  /** How many mails each server has taken. */
  taken(): number[];
}

/** Starts them, in their order; time stands still. */
export function startSmarthosts(
  faults: readonly FaultOptions[],
  options: Partial<SmarthostOptions> = {},
): Smarthosts {
  const lines: string[] = [];
  startLog("INFO", (line) => lines.push(line.replace(/^\S+ /, "").trimEnd()));
  const servers = faults.map(startFaultServer);
  const clock = new FakeClock();
  const configs = servers.map(({ port }, index): SmarthostConfig => ({
    hostname: faults[index]?.hostname ?? "127.0.0.1",
    port,
    tls: { mode: "none" },
  }));
  const destination = smarthost(configs, { hostname: "relay.test", clock, ...options });
  return {
    servers,
    peers: configs.map(({ hostname, port }) => `${hostname}:${port}`),
    clock,
    lines,
    deliver: (recipients, sample = {}, signal = new AbortController().signal) =>
      within(destination.deliver(sampleMail(sample), sampleDelivery(...recipients), signal), {
        what: "outcomes",
      }),
    taken: () => servers.map(({ mails }) => mails.length),
    async [Symbol.asyncDispose]() {
      await destination.close();
      for (const server of servers) await server[Symbol.asyncDispose]();
      stopLog();
    },
  };
}

/** A fault that can be switched off. */
export interface Fault extends FaultOptions {
  active: boolean;
}

/** A server that reacts to one moment while `active`. */
export function faulty(moment: Moment, reply: string): Fault {
  const fault: Fault = {
    active: true,
    react: (at) =>
      fault.active && (at === moment || (moment === "EHLO" && at === "HELO")) ? reply : undefined,
  };
  return fault;
}
