/**
 * The demo's world: a mail server, two REST APIs and the relay, all in this process, each on a
 * loopback port of its own. Nothing of it reaches beyond this machine.
 *
 * @module
 */

import { type Relay, startRelay } from "../../app.ts";
import { parseConfiguration } from "../../config/load.ts";
import type { Mail } from "../../mail/message.ts";
import type { Answer } from "../../queue/intake.ts";
import type { Reply } from "../../mail/reply.ts";
import type { Routing } from "../../routing/trace.ts";
import { type Catalogue, startCatalogue } from "./catalogue.ts";
import { type GocdServer, startGocdServer } from "./gocd_server.ts";
import { type Arrival, type Mailbox, startMailbox } from "./mailbox.ts";
import { RETIRED } from "./samples.ts";
import { configurationText, environment, GOCD } from "./setting.ts";

/** Something that happened to a mail. */
export type Happening =
  | {
    /** The relay has decided where a mail goes. */
    readonly kind: "routed";
    /** The mail. */
    readonly mail: Mail;
    /** Where it goes, and why. */
    readonly routing: Routing;
  }
  | {
    /** A mail has arrived at the mail server. */
    readonly kind: "arrived";
    /** For whom, and its octets. */
    readonly arrival: Arrival;
  }
  | {
    /** The relay has answered a notifier. */
    readonly kind: "answered";
    /** Which mail, with what, and when. */
    readonly answer: Answer;
  }
  | {
    /** The mail server has refused a recipient. */
    readonly kind: "refused";
    /** Which one. */
    readonly recipient: string;
    /** With these words. */
    readonly reply: Reply;
  };

/** The running world. */
export interface World {
  /** Where the relay takes mail. */
  readonly relayPort: number;
  /** Where the mail server listens. */
  readonly mailPort: number;
  /** GoCD's REST API. */
  readonly gocd: GocdServer;
  /** The catalogue of hosts. */
  readonly catalogue: Catalogue;
  /** The relay's configuration, as a file would have it. */
  readonly configurationText: string;
  /** The folder with the relay's queue and journal. */
  readonly store: string;
  /** Takes what has happened since it was asked last. */
  take(): readonly Happening[];
  /** Waits until something like that has happened and not been taken; for 5 s at most. */
  wait(like: (happening: Happening) => boolean): Promise<void>;
  /** From now on everything is told to `listener`, as it happens, and to nobody else. */
  watch(listener: (happening: Happening) => void): void;
  /** Stops everything, and leaves nothing behind. */
  close(): Promise<void>;
}

/** Longest wait for something to happen, in milliseconds. */
const PATIENCE_MS = 5_000;

/** How long the relay waits for GoCD, in ms: what the demo shows must not depend on a slow machine. */
const LOOKUP_WAIT_MS = 20_000;

/**
 * Starts everything, or nothing.
 *
 * @throws {RelayError} When the relay cannot listen; a `Deno.errors` one when another part cannot.
 */
export async function openWorld(): Promise<World> {
  const { tell, ...chronicle } = createChronicle();
  const mailbox = startMailbox({
    unknown: [RETIRED],
    onArrived: (arrival) => tell({ kind: "arrived", arrival }),
    onRefused: (recipient, reply) => tell({ kind: "refused", recipient, reply }),
  });
  const catalogue = startCatalogue();
  let gocd: GocdServer | undefined;
  let store: string | undefined;
  try {
    // A demo's queue is nobody's mail: it goes where it bothers nobody, and with the demo.
    store = await Deno.makeTempDir({ prefix: "mail2alert-demo-" });
    gocd = startGocdServer(GOCD);
    const text = configurationText({
      mailPort: mailbox.port,
      gocdUrl: gocd.url,
      catalogueUrl: catalogue.url,
    });
    const configuration = parseConfiguration("demo", text, environment);
    const ownStore = { ...configuration.store, path: store };
    const relay = await startRelay({ ...configuration, store: ownStore }, {
      lookups: { waitMs: LOOKUP_WAIT_MS },
      onRouted: (mail, routing) => tell({ kind: "routed", mail, routing }),
      onAnswered: (answer) => tell({ kind: "answered", answer }),
    });
    const parts = { mailbox, gocd, catalogue, relay, store };
    return {
      relayPort: relay.addresses[0]?.port ?? 0,
      mailPort: mailbox.port,
      gocd,
      catalogue,
      configurationText: text,
      store,
      ...chronicle,
      close: () => closeAll(parts),
    };
  } catch (error) {
    await Promise.all([mailbox.close(), catalogue.close(), gocd?.close()]);
    if (store !== undefined) await Deno.remove(store, { recursive: true });
    throw error;
  }
}

/** What happens is kept until it is taken, or told to whoever watches. */
function createChronicle(): Pick<World, "take" | "wait" | "watch"> & {
  readonly tell: (happening: Happening) => void;
} {
  const happenings: Happening[] = [];
  const waiting = new Set<() => void>();
  let listener = (happening: Happening): void => {
    happenings.push(happening);
    for (const look of waiting) look();
  };
  return {
    tell: (happening) => listener(happening),
    take: () => happenings.splice(0),
    wait: async (like) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      const look = () => happenings.some(like) && resolve();
      const timer = setTimeout(resolve, PATIENCE_MS);
      waiting.add(look);
      look();
      await promise;
      clearTimeout(timer);
      waiting.delete(look);
    },
    watch: (watcher) => void (listener = watcher),
  };
}

async function closeAll({ mailbox, gocd, catalogue, relay, store }: {
  readonly mailbox: Mailbox;
  readonly gocd: GocdServer;
  readonly catalogue: Catalogue;
  readonly relay: Relay;
  readonly store: string;
}): Promise<void> {
  await relay.close();
  await Promise.all([mailbox.close(), gocd.close(), catalogue.close()]);
  await Deno.remove(store, { recursive: true });
}
