/**
 * Configurations for whole-program tests.
 *
 * @module
 */

/** A relay without managers: whatever it gets goes to the mail server on a loopback port. */
export function passThrough(smarthostPort: number, more = ""): string {
  return [
    "local-smtp: 127.0.0.1:0",
    `remote-smtp: 127.0.0.1:${smarthostPort}`,
    "managers: []",
    more,
    "",
  ].join("\n");
}
