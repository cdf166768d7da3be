/**
 * Opens what the configuration wants to listen on, each listener with its certificate, its users and
 * its profile.
 *
 * @module
 */

import { join } from "node:path";
import type { Configuration, ListenerConfig } from "../config/types.ts";
import { log } from "../log.ts";
import { Admission } from "../smtp/admission.ts";
import { createAuthenticator } from "../smtp/auth/authenticator.ts";
import { refuseIfAlive } from "../smtp/bind_unix.ts";
import { listen, type ListenOptions, type SmtpListener } from "../smtp/listener.ts";
import type { MailService } from "../smtp/service.ts";
import { openTlsServer } from "../smtp/tls/open_tls_server.ts";
import type { TlsServer } from "../smtp/tls/tls_server.ts";

const records = log("app");

/** Where in the store a certificate is kept that we made ourselves. */
const CERTIFICATE_FOLDER = "tls";

/** The listeners of a relay. */
export interface Listeners {
  /** Those that were opened, in the order of the configuration. */
  readonly all: readonly SmtpListener[];
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

/**
 * Opens them all, or none.
 *
 * @throws {RelayError} `listen-failed` for an address, `config-invalid` for a certificate.
 */
export async function openListeners(
  configuration: Configuration,
  options: ListeningOptions,
): Promise<Listeners> {
  const tlsServers = new Map<string, TlsServer>();
  const opened: SmtpListener[] = [];
  const close = async (graceMs: number) => {
    await Promise.all(opened.map((listener) => listener.close(graceMs)));
    await Promise.all([...tlsServers.values()].map((server) => server.close()));
  };
  try {
    await openAll(configuration, { ...options, tlsServers, opened });
  } catch (error) {
    await close(0);
    throw error;
  }
  return {
    all: opened,
    reload: async () => {
      await Promise.all([...tlsServers.values()].map((server) => server.reload()));
    },
    handOver: async (graceMs) => {
      await Promise.all(opened.map((listener) => listener.handOver(graceMs)));
    },
    close,
  };
}

/** Adds each listener to those that are open as soon as it is, so that a failure can close them. */
async function openAll(
  configuration: Configuration,
  { tlsServers, opened, ...options }: ListeningOptions & {
    readonly tlsServers: Map<string, TlsServer>;
    readonly opened: SmtpListener[];
  },
): Promise<void> {
  const { hostname, limits } = configuration;
  const shared = { hostname, limits, ...options, admission: new Admission(limits) };
  const authenticatorOf = sharedAuthenticators();
  for (const config of configuration.listeners) {
    const tls = await tlsOf(config, { configuration, servers: tlsServers });
    const auth = authenticatorOf(config);
    const address = await addressOf(config, options.beside);
    const listener = listen({
      ...shared,
      ...networksOf(config),
      address,
      protocol: config.protocol,
      ...tls && { tls },
      ...auth && { auth },
    });
    opened.push(listener);
    records.info("listening", { ...describe(config, listener) });
  }
}

function networksOf({ allow, lenient, proxy, xclient }: ListenerConfig) {
  return { allow, lenient, proxy, xclient };
}

async function addressOf(
  { hostname, port, unix }: ListenerConfig,
  beside: boolean,
): Promise<ListenOptions["address"]> {
  if (!unix) return { hostname, port };
  if (!beside) await refuseIfAlive(unix.path);
  return unix;
}

/** Listeners with the same certificate have the same server. */
async function tlsOf(
  { tls }: ListenerConfig,
  { configuration: { store, hostname }, servers }: {
    readonly configuration: Configuration;
    readonly servers: Map<string, TlsServer>;
  },
): Promise<ListenOptions["tls"]> {
  if (!tls) return undefined;
  const { certificate, mode, required } = tls;
  const key = JSON.stringify(certificate);
  const folder = join(store.path, CERTIFICATE_FOLDER);
  const server = servers.get(key) ?? await openTlsServer({ certificate, folder, hostname });
  servers.set(key, server);
  return { server, mode, required };
}

/** Listeners with the same users have the same authenticator: who guesses is paused on all of them. */
function sharedAuthenticators(): (config: ListenerConfig) => ListenOptions["auth"] {
  const known = new Map<string, ReturnType<typeof createAuthenticator>>();
  return ({ auth }) => {
    if (!auth) return undefined;
    const { users, required, withoutTls } = auth;
    const key = JSON.stringify([...users]);
    const authenticator = known.get(key) ?? createAuthenticator({ users });
    known.set(key, authenticator);
    return { authenticator, required, withoutTls };
  };
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
