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
import { ListenerMaker, type Made } from "./listener_settings.ts";
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
  /** What it serves by now. */
  made: Made;
}

/** A listener and what is to become of it. */
interface Renewal {
  readonly opened: Opened;
  readonly config: ListenerConfig;
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
  let unused: readonly Made[] = [];
  return {
    all: opened.map(({ listener }) => listener),
    prepare: async (next) => {
      const renewals = pairUp(opened, next.listeners);
      const made = await maker.make(renewals.map(({ config }) => config), next);
      // What was prepared before and came to nothing.
      for (const { release } of unused) release();
      unused = made;
      return () => {
        unused = [];
        admission.renew(next.limits);
        renewals.forEach(({ opened }, index) => renew(opened, made[index]));
      };
    },
    reload: async () => {
      const servers = new Set(
        opened.flatMap(({ made: { settings: { tls } } }) => tls?.server ?? []),
      );
      await Promise.all([...servers].map((server) => server.reload()));
    },
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
): readonly Renewal[] {
  const free = [...configs];
  return opened.flatMap((one) => {
    const { hostname, port, unix } = one.config;
    const at = free.findIndex((config) =>
      config.unix?.path === unix?.path && config.hostname === hostname && config.port === port
    );
    return free.splice(at, at < 0 ? 0 : 1).map((config) => ({ opened: one, config }));
  });
}

/** A session from before may ask for TLS an hour later: what it began with stays until it is gone. */
function renew(opened: Opened, made: Made | undefined): void {
  if (made === undefined) return;
  const { release } = opened.made;
  opened.made = made;
  void opened.listener.renew(made.settings).then(release);
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
  const all = await maker.make(listeners, configuration);
  for (const [index, config] of listeners.entries()) {
    const made = all[index];
    if (made === undefined) continue;
    const address = await addressOf(config, beside);
    const { protocol } = config;
    const listener = listen({ ...made.settings, service, admission, beside, address, protocol });
    opened.push({ config, listener, made });
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
