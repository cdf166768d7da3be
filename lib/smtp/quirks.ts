/**
 * What devices do that the standards forbid, and what the lenient profile makes of it; and what they
 * do that a listener is not set up for. Each has a name, under which the log tells of it, and words
 * for the operator.
 *
 * @module
 */

/** What one quirk is about. */
export interface QuirkText {
  /** What the device does: "says MAIL before EHLO or HELO". */
  readonly does: string;
  /** What accepts it, and what becomes of it. */
  readonly remedy: string;
  /** What that is: `profile: lenient`, another setting, or nothing but another device. */
  readonly accepts: "lenient" | "setting" | "nothing";
}

/** Every quirk by name. */
export const QUIRKS = {
  "no-hello": {
    does: "says MAIL FROM without having said HELO or EHLO",
    remedy: "profile: lenient takes it as if it had said HELO",
    accepts: "lenient",
  },
  "hello-without-name": {
    does: "says HELO or EHLO without a name, or with blanks or other characters that no name has",
    remedy: "profile: lenient takes it, under the name unknown",
    accepts: "lenient",
  },
  "second-mail": {
    does: "says MAIL FROM again before the mail that it began is finished",
    remedy: "profile: lenient forgets the one that it began, as if it had said RSET",
    accepts: "lenient",
  },
  "blank-before-address": {
    does: "puts a blank between the colon of MAIL FROM: or RCPT TO: and the address",
    remedy: "profile: lenient leaves the blank out",
    accepts: "lenient",
  },
  "stray-blanks": {
    does:
      "puts blanks into MAIL FROM or RCPT TO: before the colon, inside the brackets, or several " +
      "where one belongs",
    remedy: "profile: lenient leaves them out",
    accepts: "lenient",
  },
  "name-before-address": {
    does: "puts a name before the address of MAIL FROM: or RCPT TO:",
    remedy: "profile: lenient leaves the name out",
    accepts: "lenient",
  },
  "no-brackets": {
    does: "gives an address without angle brackets",
    remedy: "profile: lenient takes it as if it stood in brackets",
    accepts: "lenient",
  },
  "unqualified-address": {
    does: "gives an address without a domain, such as root",
    remedy: "profile: lenient adds the hostname of this relay; better give the device a whole " +
      "address",
    accepts: "lenient",
  },
  "odd-dots": {
    does: "gives an address with a dot too many, such as user.@example.com or user@example.com.",
    remedy: "profile: lenient takes it: with quotes around what stands before the @, and without " +
      "a dot at the end",
    accepts: "lenient",
  },
  "parameters-after-helo": {
    does: "gives parameters such as SIZE= with MAIL FROM after HELO, which allows none",
    remedy: "profile: lenient takes them",
    accepts: "lenient",
  },
  "bare-newline": {
    does: "ends command lines with LF alone instead of CR LF",
    remedy: "profile: lenient takes such command lines; a message must still end with " +
      "<CR><LF>.<CR><LF>",
    accepts: "lenient",
  },
  "bare-newline-end": {
    does: "ends its message with <LF>.<LF> instead of <CR><LF>.<CR><LF>",
    remedy:
      "no setting takes that: it is how mail gets smuggled; look for a setting or an update " +
      "of the device, or send through a local sendmail",
    accepts: "nothing",
  },
  "talks-early": {
    does: "speaks before it has been greeted",
    remedy: "profile: lenient takes it",
    accepts: "lenient",
  },
  "proxy-header": {
    does: "begins with a PROXY header, which this listener does not expect of it",
    remedy: "if it is your load balancer, name its address in proxy of the listener; else switch " +
      "the header off there (send-proxy, proxy_protocol)",
    accepts: "setting",
  },
  "tls-at-once": {
    does: "begins with TLS at once, where SMTP begins in clear",
    remedy: "set it to STARTTLS, or give it a listener with tls: {mode: implicit}",
    accepts: "setting",
  },
  "tls-not-offered": {
    does: "asks for TLS with STARTTLS, which this listener does not offer",
    remedy: "give the listener tls: {certificate, key}, or switch TLS off in the device",
    accepts: "setting",
  },
  "no-tls": {
    does: "sends mail in clear, which this listener refuses",
    remedy: "set it to STARTTLS, or take required: true out of the listener's tls",
    accepts: "setting",
  },
  "old-tls": {
    does: "speaks TLS 1.1 or older only, or SSL",
    remedy: "give it a listener without tls, in clear, with allow for its address alone",
    accepts: "setting",
  },
  "no-login": {
    does: "sends mail without having logged in, as it must here",
    remedy: "give it a user and password of the listener's auth; or add its address to allow, " +
      "where auth does not say required: true",
    accepts: "setting",
  },
  "auth-before-tls": {
    does: "logs in before TLS, so that its password can be read on the way",
    remedy: "set it to TLS, or give the listener auth: {without-tls: true}",
    accepts: "setting",
  },
  "auth-not-offered": {
    does: "logs in, which this listener does not offer",
    remedy:
      "give the listener auth: {users}, or take user and password out of the device's settings",
    accepts: "setting",
  },
  "auth-mechanism": {
    does: "logs in by a mechanism that is not offered",
    remedy: "set it to PLAIN or LOGIN, with TLS; nothing else is offered",
    accepts: "nothing",
  },
  "other-protocol": {
    does: "speaks another protocol than SMTP",
    remedy: "look which protocol and port it is set to; a browser or a scanner is no device",
    accepts: "nothing",
  },
} as const satisfies Record<string, QuirkText>;

/** The name of a quirk. */
export type Quirk = keyof typeof QUIRKS;
