/**
 * Configurations for tests.
 *
 * @module
 */

import { parseConfiguration } from "../../lib/config/load.ts";
import { value } from "../../lib/config/reading.ts";
import type { Configuration } from "../../lib/config/types.ts";

/** The least that a configuration must say. */
export const BASE = "local-smtp: localhost:1025\nremote-smtp: localhost:8025\n";

/**
 * Parses a configuration on a host that is called `here.example.com` and whose secret files hold
 * their own names; its PEM files are in `/etc/mail2alert`, and all right.
 */
export function parseHere(text: string, variables: Record<string, string> = {}): Configuration {
  return parseConfiguration("config.yaml", text, (name) => variables[name], {
    readSecret: (path) => value(`content of ${path}`.replaceAll(" ", "-")),
    readPem: (path) => value(`/etc/mail2alert/${path}`),
    findSample: (path) => value(`/etc/mail2alert/${path}`),
    hostname: "here.example.com",
  });
}

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
