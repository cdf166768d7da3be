/**
 * A relay in the test's own process, on a store in a folder of its own that goes when it does.
 *
 * @module
 */

import { type Relay, type RelayOptions, startRelay } from "../../lib/app.ts";
import { parseConfiguration } from "../../lib/config/load.ts";
import type { Configuration } from "../../lib/config/types.ts";

/** A relay with its store. */
export interface OwnRelay extends AsyncDisposable, Pick<Relay, "addresses"> {
  /** The port of its first listener. */
  readonly port: number;
  /** The store's folder. */
  readonly store: string;
  /** Ends it; the store stays until it is disposed of. */
  close(): Promise<void>;
}

/** How to start it. */
export interface OwnRelayOptions extends RelayOptions {
  /** A store that stays; one of its own, removed with it, when absent. */
  readonly store?: string;
}

/** Starts a relay; whatever its configuration says of the store's folder does not count. */
export async function startOwnRelay(
  configuration: Configuration | string,
  { store: given, ...options }: OwnRelayOptions = {},
): Promise<OwnRelay> {
  const store = given ?? await Deno.makeTempDir({ prefix: "mail2alert-own-" });
  const remove = async () => {
    if (given === undefined) await Deno.remove(store, { recursive: true });
  };
  try {
    const relay = await startRelay(onStore(configuration, store), options);
    let closed: Promise<void> | undefined;
    const close = () => closed ??= relay.close();
    return {
      addresses: relay.addresses,
      port: relay.addresses[0]?.port ?? 0,
      store,
      close,
      async [Symbol.asyncDispose]() {
        await close();
        await remove();
      },
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** A configuration, or the text of one, with its store in that folder. */
export function onStore(configuration: Configuration | string, path: string): Configuration {
  const parsed = typeof configuration === "string"
    ? parseConfiguration("configuration.yml", configuration, () => undefined)
    : configuration;
  return { ...parsed, store: { ...parsed.store, path } };
}
