/**
 * The table of destinations: name to constructor. A new kind of destination is one more row.
 *
 * @module
 */

import type { Configuration } from "../config/types.ts";
import type { Destination } from "./destination.ts";
import { discard } from "./discard.ts";
import { smarthost, type SmarthostOptions } from "./smarthost.ts";

/** The part of the configuration that destinations are made from. */
export type DestinationsConfig = Pick<Configuration, "hostname" | "smarthosts">;

/** What destinations are given beyond the configuration. */
export type DestinationsOptions = Omit<SmarthostOptions, "hostname">;

type Make = (config: DestinationsConfig, options: DestinationsOptions) => Destination;

const DESTINATIONS: readonly Make[] = [
  (config, options) => smarthost(config.smarthosts, { ...options, hostname: config.hostname }),
  () => discard(),
];

/**
 * Makes every destination, under the names that deliveries use: `smarthost` and `discard`.
 *
 * @param config Where the mail servers are, and our own name.
 * @param options The maker of our `Received` field; limits and clock for tests.
 */
export function createDestinations(
  config: DestinationsConfig,
  options: DestinationsOptions = {},
): ReadonlyMap<string, Destination> {
  return new Map(DESTINATIONS.map((make) => {
    const destination = make(config, options);
    return [destination.name, destination];
  }));
}
