/**
 * What the configuration says about listeners, made into what they work with: certificates, users,
 * networks. Listeners with the same certificate have the same server; those with the same users have
 * the same authenticator, which remembers right logins. Who guesses is paused on all listeners,
 * whatever their users, and whatever a reload changes: the wrong logins of a peer are counted once.
 *
 * @module
 */

import { join } from "node:path";
import type { Configuration, ListenerConfig } from "../config/types.ts";
import { type Authenticator, createAuthenticator } from "../smtp/auth/authenticator.ts";
import { Failures } from "../smtp/auth/failures.ts";
import { SYSTEM_CLOCK } from "../smtp/deadline.ts";
import type { ListenerSettings } from "../smtp/listener.ts";
import { openTlsServer } from "../smtp/tls/open_tls_server.ts";
import type { TlsServer } from "../smtp/tls/tls_server.ts";
import { said } from "./said.ts";

/** Where in the store a certificate is kept that we made ourselves. */
const CERTIFICATE_FOLDER = "tls";

type Authenticators = Map<string, Authenticator>;

/** The part of the configuration that all listeners share. */
export type ListenersShare = Pick<Configuration, "hostname" | "limits" | "store">;

/** Makes settings, and keeps what several of them share. */
export class ListenerMaker {
  /**
   * Kept until the end, also what a reload leaves behind: a session that began before may ask for
   * TLS an hour later.
   */
  readonly #tlsServers = new Map<string, Promise<TlsServer>>();
  /** Those that the newest settings use. */
  #tlsInUse = new Set<string>();
  #authenticators: Authenticators = new Map();
  readonly #failures = new Failures(SYSTEM_CLOCK);

  /**
   * Makes the settings of all listeners.
   *
   * @throws {RelayError} `config-invalid` for a certificate; nothing in use has changed then.
   */
  async make(
    configs: readonly ListenerConfig[],
    configuration: ListenersShare,
  ): Promise<readonly ListenerSettings[]> {
    const used = new Set<string>();
    const authenticators: Authenticators = new Map();
    const settings: ListenerSettings[] = [];
    for (const config of configs) {
      const tls = await this.#tlsOf(config, { configuration, used });
      const auth = this.#authOf(config, authenticators);
      settings.push({
        hostname: configuration.hostname,
        limits: configuration.limits,
        allow: config.allow,
        lenient: config.lenient,
        proxy: config.proxy,
        xclient: config.xclient,
        ...tls && { tls },
        ...auth && { auth },
      });
    }
    this.#tlsInUse = used;
    this.#authenticators = authenticators;
    return settings;
  }

  /** Reads the certificates in use again, also those that have not changed. Never rejects. */
  async reload(): Promise<void> {
    const inUse = [...this.#tlsServers].filter(([key]) => this.#tlsInUse.has(key));
    await Promise.all(inUse.map(async ([, server]) => await (await server).reload()));
  }

  /** Lets go of everything. Never rejects. */
  async close(): Promise<void> {
    await Promise.all(
      [...this.#tlsServers.values()].map(async (server) => await (await server).close()),
    );
  }

  async #tlsOf(
    { tls }: ListenerConfig,
    { configuration: { store, hostname }, used }: {
      readonly configuration: ListenersShare;
      readonly used: Set<string>;
    },
  ): Promise<ListenerSettings["tls"]> {
    if (!tls) return undefined;
    const { certificate, mode, required } = tls;
    const key = said(certificate === "self-signed" ? [certificate, hostname] : certificate);
    const folder = join(store.path, CERTIFICATE_FOLDER);
    const opening = this.#tlsServers.get(key) ??
      openTlsServer({ certificate, folder, hostname });
    const server = await opening;
    this.#tlsServers.set(key, opening);
    used.add(key);
    return { server, mode, required };
  }

  #authOf(
    { auth }: ListenerConfig,
    authenticators: Authenticators,
  ): ListenerSettings["auth"] {
    if (!auth) return undefined;
    const { users, required, withoutTls } = auth;
    const key = said(users);
    const authenticator = authenticators.get(key) ?? this.#authenticators.get(key) ??
      createAuthenticator({ users, failures: this.#failures });
    authenticators.set(key, authenticator);
    return { authenticator, required, withoutTls };
  }
}
