/**
 * A session on a wire and a clock that the test moves.
 *
 * @module
 */

import { Connection } from "../../lib/smtp/connection.ts";
import type { ConnectionOptions } from "../../lib/smtp/connection_options.ts";
import { FakeClock } from "./fake_clock.ts";
import { recordingService } from "./recording_service.ts";
import { type ScriptedWire, scriptedWire } from "./scripted_wire.ts";
import { STANDING } from "./session_stage.ts";
import { LIMITS } from "./test_listener.ts";

/** A peer and its session. */
export interface ClockedVisit {
  /** What the session said, and whether it is over. */
  readonly wire: ScriptedWire;
  /** The clock of its limits. */
  readonly clock: FakeClock;
  /** Mails that were taken so far. */
  readonly taken: number;
  /** Resolves when the session is over. */
  readonly served: Promise<void>;
  /** The peer says something; resolves when the session has done all that this leads to. */
  say(text: string): Promise<void>;
}

/** Serves a peer that takes whatever it is told, and says nothing by itself. */
export function clockedVisit(offers: Partial<ConnectionOptions> = {}): ClockedVisit {
  const clock = new FakeClock();
  const service = recordingService();
  const wire = scriptedWire({ says: "", takes: Infinity });
  const options = { hostname: "relay.test", limits: LIMITS, service, clock, ...offers };
  const treatment = { allowed: true, standing: STANDING };
  const welcome = { ...treatment, listenFirst: false, treatmentOf: () => treatment };
  return {
    wire,
    clock,
    get taken() {
      return service.mails.length;
    },
    served: new Connection(wire, options, welcome).serve(),
    say: async (text) => {
      wire.say(text);
      // All that this leads to is done by then: nothing here waits for a disk or a network.
      for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setTimeout(resolve));
    },
  };
}
