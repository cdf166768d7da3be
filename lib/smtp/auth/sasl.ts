/**
 * The mechanisms by which a client authenticates (RFC 4954, RFC 4422), as the server sees them.
 * Pure: what comes in are lines, what comes out is what to say, or the credentials.
 *
 * @module
 */

import type { Reply } from "../../mail/reply.ts";
import type { Credentials } from "./authenticator.ts";
import { AUTH_REPLY } from "./replies.ts";

/** Mechanisms that are offered. */
export const MECHANISMS = ["PLAIN", "LOGIN"] as const;

/** Longest line of an exchange, CR LF included, in octets (RFC 4954 §4). */
export const MAX_AUTH_LINE_OCTETS = 12_288;

/** What follows a line of the client. */
export type SaslStep =
  | {
    /** Ask for more: `334 challenge`. */
    readonly kind: "challenge";
    /** Base64; may be empty. */
    readonly challenge: string;
  }
  | { readonly kind: "credentials"; readonly credentials: Credentials }
  | {
    /** The exchange is over: cancelled (501), not base64 (501 5.5.2), too long (500 5.5.6). */
    readonly kind: "refused";
    readonly reply: Reply;
  };

/** One exchange. */
export interface SaslExchange {
  /** Begins; `initial` is the initial response as written, `=` for an empty one. */
  start(initial: string | undefined): SaslStep;
  /** Takes the next line of the client. */
  next(line: string): SaslStep;
}

/** Takes a response, decoded. */
type Taker = (response: string) => SaslStep;

/** How a mechanism begins, and what takes the first response. */
interface Beginning {
  /** What asks for it, in base64. */
  readonly challenge: string;
  /** Whether an empty initial response is one; else it counts as none. */
  readonly takesEmpty: boolean;
  readonly take: Taker;
}

/** "Username:" and "Password:": clients of LOGIN wait for these very words. */
const ASK_USER = "VXNlcm5hbWU6";
const ASK_PASSWORD = "UGFzc3dvcmQ6";

const LONGEST_CHARACTERS = MAX_AUTH_LINE_OCTETS - "\r\n".length;

/** Groups of four digits, the last one perhaps padded (RFC 4648 §4). */
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Begins an exchange. Total: whatever the client sends, each call gives a step.
 *
 * @param mechanism In capitals.
 * @returns `null` when there is no such mechanism (504).
 */
export function saslExchange(mechanism: string): SaslExchange | null {
  switch (mechanism) {
    case "PLAIN":
      return exchange({ challenge: "", takesEmpty: true, take: takePlain });
    case "LOGIN":
      return loginExchange();
    default:
      return null;
  }
}

/** LOGIN has no standard; devices give the user with the command or when asked. */
function loginExchange(): SaslExchange {
  let user: string | undefined;
  const take: Taker = (response) => {
    if (response === "" || response.includes("\0")) return refuse(AUTH_REPLY.malformedLogin);
    if (user !== undefined) {
      return { kind: "credentials", credentials: { user, password: response } };
    }
    user = response;
    return { kind: "challenge", challenge: ASK_PASSWORD };
  };
  return exchange({ challenge: ASK_USER, takesEmpty: false, take });
}

function exchange({ challenge, takesEmpty, take }: Beginning): SaslExchange {
  let over = true;
  const step = (line: string): SaslStep => {
    const taken = takeLine(line, take);
    over = taken.kind !== "challenge";
    return taken;
  };
  return {
    start: (initial) => {
      // RFC 4954 §4: "=" is how an empty response is written in the command itself.
      if (initial === "=" && takesEmpty) return step("");
      if (initial !== undefined && initial !== "=") return step(initial);
      over = false;
      return { kind: "challenge", challenge };
    },
    next: (line) => {
      if (over) return refuse(AUTH_REPLY.notAsked);
      if (line !== "*") return step(line);
      over = true;
      return refuse(AUTH_REPLY.cancelled);
    },
  };
}

function takeLine(line: string, take: Taker): SaslStep {
  if (line.length > LONGEST_CHARACTERS) return refuse(AUTH_REPLY.lineTooLong);
  // No device is known that leaves the padding out, and RFC 4954 §4 wants it.
  if (!BASE64.test(line)) return refuse(AUTH_REPLY.notBase64);
  const octets = Uint8Array.from(atob(line), (character) => character.charCodeAt(0));
  let response: string;
  try {
    response = utf8.decode(octets);
  } catch {
    // The only error of a decoder that is `fatal`: not UTF-8.
    return refuse(AUTH_REPLY.notUtf8);
  }
  return take(response);
}

/** RFC 4616 §2: authzid, NUL, authcid, NUL, passwd. */
function takePlain(response: string): SaslStep {
  const [identity = "", user = "", password = "", ...more] = response.split("\0");
  if (user === "" || password === "" || more.length > 0) return refuse(AUTH_REPLY.malformedPlain);
  if (identity !== "" && identity !== user) return refuse(AUTH_REPLY.otherIdentity);
  return { kind: "credentials", credentials: { user, password } };
}

function refuse(reply: Reply): SaslStep {
  return { kind: "refused", reply };
}
