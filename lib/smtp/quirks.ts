/**
 * What devices do that the standards forbid, and what the lenient profile makes of it. Each has a
 * name, under which the log tells of it, and words for the operator.
 *
 * @module
 */

/** What one quirk is about. */
export interface QuirkText {
  /** What the device does: "says MAIL before EHLO or HELO". */
  readonly does: string;
  /** What accepts it, and what becomes of it. */
  readonly remedy: string;
}

/** Every quirk by name. */
export const QUIRKS = {
  "no-hello": {
    does: "says MAIL without having said HELO or EHLO",
    remedy: "profile: lenient takes it as if it had said HELO",
  },
  "hello-without-name": {
    does: "says HELO or EHLO without a name, or with one that is none",
    remedy: "profile: lenient takes it, under the name unknown",
  },
  "second-mail": {
    does: "says MAIL while a mail is open",
    remedy: "profile: lenient forgets the mail that was open, as if it had said RSET",
  },
  "blank-before-address": {
    does: "puts a blank between the colon of MAIL FROM: or RCPT TO: and the address",
    remedy: "profile: lenient leaves the blank out",
  },
  "name-before-address": {
    does: "puts a name before the address of MAIL FROM: or RCPT TO:",
    remedy: "profile: lenient leaves the name out",
  },
  "no-brackets": {
    does: "gives an address without angle brackets",
    remedy: "profile: lenient takes it as if it stood in brackets",
  },
  "unqualified-address": {
    does: "gives an address without a domain, such as root",
    remedy: "profile: lenient adds the hostname of this relay",
  },
  "odd-dots": {
    does: "gives an address with a dot too many, such as user.@example.com",
    remedy: "profile: lenient takes it as if the local part were quoted",
  },
  "parameters-after-helo": {
    does: "gives parameters with MAIL FROM after HELO, which knows none",
    remedy: "profile: lenient takes them",
  },
  "bare-newline": {
    does: "ends command lines with LF alone instead of CR LF",
    remedy: "profile: lenient takes such command lines; a message must still end with " +
      "<CR><LF>.<CR><LF>",
  },
  "bare-newline-end": {
    does: "ends its message with <LF>.<LF> instead of <CR><LF>.<CR><LF>",
    remedy:
      "no setting takes that: it is how mail gets smuggled; look for a setting or an update " +
      "of the device, or send through a local sendmail",
  },
  "talks-early": {
    does: "speaks before it has been greeted",
    remedy: "profile: lenient takes it",
  },
  "auth-before-tls": {
    does: "authenticates before TLS, so that its password can be read on the way",
    remedy: "let it use TLS, or give the listener auth: {without-tls: true}",
  },
  "old-tls": {
    does: "speaks TLS 1.1 or older only, or SSL",
    remedy: "give it a listener without tls, in clear, with allow for its address alone",
  },
} as const satisfies Record<string, QuirkText>;

/** The name of a quirk. */
export type Quirk = keyof typeof QUIRKS;
