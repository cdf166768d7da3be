/**
 * Whether the smarthost is ourselves, as far as names tell without asking the resolver.
 *
 * @module
 */

import type { Endpoint } from "./endpoint.ts";

const EVERY_ADDRESS = ["0.0.0.0", "::"];
const LOOPBACK = ["127.0.0.1", "::1", "localhost"];

/** Whether connecting to `smarthost` would reach `listener` on this machine. */
export function isOwnListener(smarthost: Endpoint, listener: Endpoint): boolean {
  if (smarthost.port !== listener.port) return false;
  const [there, here] = [smarthost.hostname.toLowerCase(), listener.hostname.toLowerCase()];
  if (there === here) return true;
  if (EVERY_ADDRESS.includes(here)) return isLoopback(there) || EVERY_ADDRESS.includes(there);
  // `localhost` may mean either family; 127.0.0.1 and ::1 are two doors.
  return (there === "localhost" && LOOPBACK.includes(here)) ||
    (here === "localhost" && LOOPBACK.includes(there)) ||
    (EVERY_ADDRESS.includes(there) && LOOPBACK.includes(here));
}

/** Whether a host is this machine by its loopback interface. */
export function isLoopback(hostname: string): boolean {
  return /^127(\.\d+){3}$/.test(hostname) ||
    LOOPBACK.includes(hostname.toLowerCase());
}
