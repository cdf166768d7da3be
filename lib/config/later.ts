/**
 * Keys that the configuration will have. They are refused, not ignored: who writes `tls: required`
 * must not get clear text.
 *
 * @module
 */

/** Keys of one mapping, and what each is about, as a message begins: "TLS is". */
export type LaterKeys = Readonly<Record<string, string>>;

/** The keys to come, by the mapping that will hold them. */
export const LATER: Readonly<
  Record<"file" | "listener" | "smarthost" | "rule", LaterKeys>
> = {
  file: {
    status: "the status page is",
    lookups: "lookups are",
    destinations: "destinations other than mail are",
  },
  listener: {
    tls: "TLS is",
    auth: "authentication is",
    profile: "profiles of devices are",
  },
  smarthost: {
    tls: "TLS is",
    "tls-ca-file": "TLS is",
    "tls-server-name": "TLS is",
    "tls-certificate": "TLS is",
    "tls-key": "TLS is",
    auth: "authentication is",
  },
  rule: { when: "conditions other than filter are" },
};
