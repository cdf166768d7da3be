/**
 * What the demo's world consists of: what its GoCD server knows, and the configuration of its relay.
 *
 * @module
 */

import type { GocdServerOptions } from "./gocd_server.ts";

/** The account that the relay logs in to GoCD with: a user without any administrator's rights. */
const ACCOUNT: Readonly<Record<string, string>> = { GOUSER: "mail2alert", GOPASS: "only-a-demo" };

/** The GoCD server: two pipelines in `my-group`, and a stage that failed when it last ran. */
export const GOCD: GocdServerOptions = {
  version: "26.1",
  groups: {
    "my-group": ["shop", "billing"],
    releases: ["shop-release-1.1", "shop-release-1.2"],
    playground: ["spike"],
  },
  stages: [
    { pipeline: "shop", stage: "build", result: "Passed", counter: 40 },
    { pipeline: "billing", stage: "test", result: "Failed", counter: 117 },
    { pipeline: "shop-release-1.2", stage: "deploy", result: "Passed", counter: 6 },
    { pipeline: "spike", stage: "build", result: "Passed", counter: 7 },
  ],
  users: [{ name: "mail2alert", password: "only-a-demo", admin: false }],
};

/** Looks up the variables of the configuration. */
export function environment(name: string): string | undefined {
  return ACCOUNT[name];
}

/** Where the relay finds the others. */
export interface Places {
  /** The mail server's port. */
  readonly mailPort: number;
  /** GoCD's base URL. */
  readonly gocdUrl: string;
  /** The catalogue's base URL. */
  readonly catalogueUrl: string;
}

/** The relay's configuration, as a file would have it. */
export function configurationText({ mailPort, gocdUrl, catalogueUrl }: Places): string {
  return `local-smtp: 127.0.0.1:0             # notifiers send here; 0: any free port
remote-smtp: 127.0.0.1:${String(mailPort).padEnd(13)}# the mail server
lookups:
  host:                             # asked only when a rule needs it
    url: ${catalogueUrl}/hosts/{{fields.host}}
    allow: [127.0.0.1]              # private addresses must be named
    timeout: 20s                    # no matter how slow this machine is
managers:
  - name: gocd
    url: ${gocdUrl}
    user: $GOUSER                   # from the environment
    passwd: $GOPASS
    messages-we-want: {to: mail2alert@example.com}
    rules:
      - name: my group
        actions: [mailto:team@example.com]
        filter:
          events: [BREAKS, FIXED]
          function: pipelines.in_group
          args: [my-group]
      - name: releases of my group
        actions: [mailto:team@example.com, mailto:release@example.com]
        filter:
          events: [BREAKS, FIXED]
          function: pipelines.name_like_in_group
          args: ["(.+)-release.*", my-group]
      - name: cancelled
        actions: [mailto:op@example.com]
        filter: {events: [CANCELLED], function: pipelines.any}
  - name: mail
    messages-we-want: {from: go@example.com}
    rules:
      - name: backup failed
        actions: [mailto:sys@example.com, mailto:op@example.com]
        filter: {function: mail.in_subject, args: [backup, failed]}
      - name: backup is fine
        actions: [discard]          # on purpose, and recorded
        filter: {function: mail.in_subject, args: [backup, successfully]}
      - name: disk space
        actions: [mailto:sys@example.com]
        filter: {function: mail.in_subject, args: [disk, space]}
  - name: fleet
    messages-we-want: {to: alerts@example.com}
    rules:
      - name: owner of the host
        when: fields.state == "problem" && has(lookup.host.owner)
        actions: ["mailto:{{lookup.host.owner}}"]
    otherwise: [mailto:op@example.com]
`;
}
