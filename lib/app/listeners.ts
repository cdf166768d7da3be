/**
 * Opens what the configuration wants to listen on, and has those that are open serve by another
 * configuration.
 *
 * @module
 */

import type { Configuration, ListenerConfig } from "../config/types.ts";
import { log } from "../log.ts";
import { Admission } from "../smtp/admission.ts";
import { refuseIfAlive } from "../smtp/bind_unix.ts";
import { listen, type ListenOptions, type SmtpListener } from "../smtp/listener.ts";
import type { MailService } from "../smtp/service.ts";
import { ListenerMaker } from "./listener_settings.ts";
import { said } from "./said.ts";

const records = log("app");

/** The listeners of a relay. */
export interface Listeners {
  /** Those that were opened, in the order of the configuration. */
  readonly all: readonly SmtpListener[];
  /**
   * Makes ready what another configuration says of them. Nothing changes before the result is
   * called, and nothing can go wrong then: sessions that are open go on by what they began with, and
   * addresses stay as they are.
   *
   * @throws {RelayError} `config-invalid` for a certificate.
   */
  prepare(configuration: Configuration): Promise<() => void>;
  /** Reads certificates again, also those that have not changed. Never rejects. */
  reload(): Promise<void>;
  /** See {@link SmtpListener.handOver}. */
  handOver(graceMs: number): Promise<void>;
  /** See {@link SmtpListener.close}. */
  close(graceMs: number): Promise<void>;
}

/** What listeners need beyond the configuration. */
export interface ListeningOptions {
  /** Takes the mails. */
  readonly service: MailService;
  /** Whether another process of ours listens there and is about to hand over. */
  readonly beside: boolean;
}

/** A listener and what it was opened for. */
interface Opened {
  readonly config: ListenerConfig;
  readonly listener: SmtpListener;
}

/**
 * Opens them all, or none.
 *
 * @throws {RelayError} `listen-failed` for an address, `config-invalid` for a certificate.
 */
export async function openListeners(
  configuration: Configuration,
  options: ListeningOptions,
): Promise<Listeners> {
  const maker = new ListenerMaker();
  const admission = new Admission(configuration.limits);
  const opened: Opened[] = [];
  const close = async (graceMs: number) => {
    await Promise.all(opened.map(({ listener }) => listener.close(graceMs)));
    await maker.close();
  };
  try {
    await openAll(configuration, { ...options, maker, admission, opened });
  } catch (error) {
    await close(0);
    throw error;
  }
  return {
    all: opened.map(({ listener }) => listener),
    prepare: async (next) => {
      const pairs = pairUp(opened, next.listeners);
      const settings = await maker.make(pairs.map(({ config }) => config), next);
      return () => {
        admission.renew(next.limits);
        pairs.forEach(({ listener }, index) => {
          const renewed = settings[index];
          if (renewed !== undefined) listener.renew(renewed);
        });
      };
    },
    reload: () => maker.reload(),
    handOver: async (graceMs) => {
      await Promise.all(opened.map(({ listener }) => listener.handOver(graceMs)));
    },
    close,
  };
}

/**
 * What a configuration wants to listen on that cannot be had without a new process: another set of
 * addresses, another protocol, another mode of a file.
 */
export function listensElsewhere(
  before: readonly ListenerConfig[],
  after: readonly ListenerConfig[],
): boolean {
  return said(before.map(placeOf).sort()) !== said(after.map(placeOf).sort());
}

function placeOf({ hostname, port, unix, protocol }: ListenerConfig): string {
  return said([hostname, port, unix, protocol]);
}

/** The open listeners that a configuration has something to say of, each with that. */
function pairUp(
  opened: readonly Opened[],
  configs: readonly ListenerConfig[],
): readonly Opened[] {
  const free = [...configs];
  return opened.flatMap(({ config: { hostname, port, unix }, listener }) => {
    const at = free.findIndex((config) =>
      config.unix?.path === unix?.path && config.hostname === hostname && config.port === port
    );
    return free.splice(at, at < 0 ? 0 : 1).map((config) => ({ config, listener }));
  });
}

/** Adds each listener to those that are open as soon as it is, so that a failure can close them. */
async function openAll(
  configuration: Configuration,
  { maker, opened, admission, service, beside }: ListeningOptions & {
    readonly maker: ListenerMaker;
    readonly admission: Admission;
    readonly opened: Opened[];
  },
): Promise<void> {
  const { listeners } = configuration;
  const settings = await maker.make(listeners, configuration);
  for (const [index, config] of listeners.entries()) {
    const own = settings[index];
    if (own === undefined) continue;
    const address = await addressOf(config, beside);
    const { protocol } = config;
    const listener = listen({ ...own, service, admission, beside, address, protocol });
    opened.push({ config, listener });
    records.info("listening", { ...describe(config, listener) });
  }
}

async function addressOf(
  { hostname, port, unix }: ListenerConfig,
  beside: boolean,
): Promise<ListenOptions["address"]> {
  if (!unix) return { hostname, port };
  if (!beside) await refuseIfAlive(unix.path);
  return unix;
}

/** What the log tells of a listener. */
function describe(
  { protocol, tls, auth, unix }: ListenerConfig,
  { address, name }: SmtpListener,
): Readonly<Record<string, string | number>> {
  return {
    ...unix ? { address: name } : address,
    ...protocol === "lmtp" && { protocol },
    ...tls && { tls: tls.required ? `${tls.mode}, required` : tls.mode },
    ...auth && { auth: auth.required ? "required" : "offered" },
  };
}
