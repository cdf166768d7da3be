/**
 * What polling GoCD's cctray needs of the relay: a place for what it remembers, and somebody who takes
 * the mails that it makes of stages without one. Such a mail comes in by the intake like any other, so
 * that it is safe on disk, or delivered, before it counts as announced.
 *
 * @module
 */

import type { Configuration, ManagerConfig } from "../config/types.ts";
import { describeReply } from "../mail/reply.ts";
import { log } from "../log.ts";
import type { Intake } from "../queue/intake.ts";
import { announcedEvents } from "../routing/announcer.ts";
import { GocdContext, type LookupSettings } from "../routing/gocd_context.ts";
import type { Polling } from "../routing/gocd_poll.ts";
import type { GocdSource } from "../routing/gocd_source.ts";
import type { SilentStage } from "../routing/silent_stages.ts";
import { stageAddresses, stageEnvelope, stageMail } from "../routing/stage_mail.ts";
import type { Store } from "../store/store.ts";

const records = log("app");

/** The parts of the relay that are asked. */
export interface AnnouncingParts {
  /** Keeps what polling remembers. */
  readonly store: Pick<Store, "readState" | "writeState">;
  /** Takes the mails. */
  readonly intake: Pick<Intake, "begin">;
  /** What is in force at this moment. */
  readonly configuration: Configuration;
  /** Whether this process works on the queue: of two beside each other only one announces. */
  readonly working: boolean;
}

/** The GoCD servers of a relay; of each only one is polled at a time. */
export class GocdServers {
  readonly #parts: () => AnnouncingParts;
  readonly #settings: LookupSettings;
  /** By the name of what they remember: the servers that are polled. */
  readonly #polled = new Map<string, GocdContext>();

  /** Makes it; `parts` is asked when there is something to load, keep or announce. */
  constructor(parts: () => AnnouncingParts, settings: LookupSettings = {}) {
    this.#parts = parts;
    this.#settings = settings;
  }

  /**
   * Makes a manager's server; its polling lasts through reloads that leave the server as it is, so
   * everything else about the manager is looked up when it is needed. Where a reload changes how the
   * server is asked, the one before tells what it knows first, and learns nothing more.
   */
  make(manager: ManagerConfig): GocdSource {
    const { name, gocd } = manager;
    if (gocd === undefined) throw new TypeError(`${name} has no GoCD server`);
    const parts = this.#parts;
    const key = `cctray ${name} ${gocd.url}`;
    const before = this.#polled.get(key)?.endPolling();
    const polling: Polling = {
      ready: () => parts().working,
      announce: (stage) => announce(stage, name, parts()),
      events: () => announcedEvents(managerOf(name, parts().configuration)?.rules ?? []),
      memory: {
        load: async () => {
          await before;
          return await parts().store.readState(key);
        },
        save: (text) => parts().store.writeState(key, text),
      },
    };
    const server = new GocdContext(gocd, { ...this.#settings, polling }, log("routing"));
    this.#polled.set(key, server);
    return server;
  }

  /** Ends polling, for the process that replaces us: what is known is saved. Never rejects. */
  async handOver(): Promise<void> {
    await Promise.all([...this.#polled.values()].map((server) => server.endPolling()));
  }
}

/** The manager as it is in force now; absent: a reload has taken it away. */
function managerOf(name: string, { managers }: Configuration): ManagerConfig | undefined {
  return managers.find((one) => one.name === name);
}

async function announce(
  stage: SilentStage,
  name: string,
  { configuration, intake, working }: AnnouncingParts,
): Promise<boolean> {
  const manager = managerOf(name, configuration);
  if (manager === undefined || !working) return false;
  const { hostname } = configuration;
  const sink = intake.begin(stageEnvelope(manager.wants, hostname));
  await sink.write(stageMail(stage, stageAddresses(manager.wants, hostname)));
  const reply = await sink.accept();
  if (reply.code < 300) return true;
  records.warning("a stage without a mail is not announced yet", {
    manager: name,
    url: stage.url,
    reply: describeReply(reply),
  });
  return false;
}
