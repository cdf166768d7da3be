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
import { said } from "./said.ts";
import { TlsServers } from "./tls_servers.ts";

/** Where in the store a certificate is kept that we made ourselves. */
const CERTIFICATE_FOLDER = "tls";

type Authenticators = Map<string, Authenticator>;

/** The part of the configuration that all listeners share. */
export type ListenersShare = Pick<Configuration, "hostname" | "limits" | "store">;

/** What one listener works with. */
export interface Made {
  /** Its settings. */
  readonly settings: ListenerSettings;
  /** Gives back what they hold; once nobody is served by them any more. */
  release(): void;
}

/** Makes settings, and keeps what several of them share. */
export class ListenerMaker {
  readonly #tlsServers = new TlsServers();
  #authenticators: Authenticators = new Map();
  readonly #failures = new Failures(SYSTEM_CLOCK);

  /**
   * Makes the settings of all listeners, in their order.
   *
   * @throws {RelayError} `config-invalid` for a certificate; nothing in use has changed then.
   */
  async make(
    configs: readonly ListenerConfig[],
    configuration: ListenersShare,
  ): Promise<readonly Made[]> {
    const authenticators: Authenticators = new Map();
    const made: Made[] = [];
    try {
      for (const config of configs) {
        const { tls, release } = await this.#tlsOf(config, configuration);
        const auth = this.#authOf(config, authenticators);
        const settings = {
          hostname: configuration.hostname,
          limits: configuration.limits,
          allow: config.allow,
          lenient: config.lenient,
          proxy: config.proxy,
          xclient: config.xclient,
          ...tls && { tls },
          ...auth && { auth },
        };
        made.push({ settings, release });
      }
    } catch (error) {
      for (const { release } of made) release();
      throw error;
    }
    this.#authenticators = authenticators;
    return made;
  }

  /** Lets go of everything. Never rejects. */
  async close(): Promise<void> {
    await this.#tlsServers.close();
  }

  async #tlsOf(
    { tls }: ListenerConfig,
    { store, hostname }: ListenersShare,
  ): Promise<{ readonly tls?: ListenerSettings["tls"]; release(): void }> {
    if (!tls) return { release: () => {} };
    const { certificate, mode, required } = tls;
    const key = said(certificate === "self-signed" ? [certificate, hostname] : certificate);
    const folder = join(store.path, CERTIFICATE_FOLDER);
    const { server, end } = await this.#tlsServers.lease(
      key,
      () => openTlsServer({ certificate, folder, hostname }),
    );
    return { tls: { server, mode, required }, release: end };
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
