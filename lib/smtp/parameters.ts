/**
 * The parameters after the address in MAIL FROM and RCPT TO: SIZE (RFC 1870), BODY (RFC 6152,
 * RFC 3030), SMTPUTF8 (RFC 6531), REQUIRETLS (RFC 8689), AUTH (RFC 4954 §5), and those of delivery
 * status notifications (RFC 3461). All are understood always; whether one was offered is the
 * session's business.
 *
 * @module
 */

import type { DsnEvent, Envelope, RecipientDsn } from "../mail/envelope.ts";
import type { Reply } from "../mail/reply.ts";
import { decodeXtext, MAX_ENVID_CHARACTERS, MAX_ORCPT_CHARACTERS } from "../mail/xtext.ts";

/** What MAIL FROM may say beyond the address. */
export interface MailParameters {
  /** Announced size of the message in octets; 0 when the client did not say. */
  readonly sizeOctets: number;
  /** What the client says the body is (RFC 6152, RFC 3030). */
  readonly body: Envelope["body"];
  /** Whether addresses or header fields may be UTF-8. */
  readonly smtpUtf8: boolean;
  /** Whether the mail may go on over verified TLS only (RFC 8689). */
  readonly requireTls?: true;
  /** How much a notification returns (RFC 3461 §4.3). */
  readonly ret?: "FULL" | "HDRS";
  /** The envelope identifier, decoded (RFC 3461 §4.4). */
  readonly envid?: string;
  /** Whether AUTH= was there (RFC 4954 §5). Whom it names is not kept: nobody vouches for it. */
  readonly auth?: true;
}

/** What a MAIL FROM without parameters means. */
export const NO_PARAMETERS: MailParameters = { sizeOctets: 0, body: "7BIT", smtpUtf8: false };

/** The parameters of one command as the client wrote them: keyword in capitals to value. */
export type RawParameters = ReadonlyMap<string, string | undefined>;

type Draft<Parameters> = { -readonly [Name in keyof Parameters]: Parameters[Name] };

/** Understands the value of one parameter; returns what is wrong with it, for people. */
type Reader<Parameters> = (draft: Draft<Parameters>, value?: string) => string | void;

const NONE: RawParameters = new Map();
const PARAMETER = /^([A-Za-z0-9][A-Za-z0-9-]*)(?:=([!-<>-~\u{a0}-\u{10ffff}]+))?$/u;

const OF_SENDER: ReadonlyMap<string, Reader<MailParameters>> = new Map([
  ["SIZE", readSize],
  ["BODY", readBody],
  ["SMTPUTF8", readSmtpUtf8],
  ["RET", readRet],
  ["ENVID", readEnvid],
  ["REQUIRETLS", readRequireTls],
  ["AUTH", readAuth],
]);
const OF_RECIPIENT: ReadonlyMap<string, Reader<RecipientDsn>> = new Map([
  ["NOTIFY", readNotify],
  ["ORCPT", readOrcpt],
]);

/**
 * Splits ` SIZE=1000 BODY=8BITMIME` into keywords and values.
 *
 * @param text What follows the `>`; empty for no parameters.
 * @returns The parameters, or the reply that refuses them.
 */
export function splitParameters(text: string): RawParameters | Reply {
  if (text === "") return NONE;
  if (!text.startsWith(" ")) return wrong("After the '>' comes a blank, then parameters");
  const parameters = new Map<string, string | undefined>();
  for (const word of text.slice(1).split(" ")) {
    const [whole, keyword, value] = PARAMETER.exec(word) ?? [];
    if (whole === undefined || keyword === undefined) {
      return wrong("Parameters are KEYWORD or KEYWORD=value, one blank before each");
    }
    const name = keyword.toUpperCase();
    if (parameters.has(name)) return wrong("A parameter is given twice");
    parameters.set(name, value);
  }
  return parameters;
}

/** Understands the parameters of MAIL FROM, or says why not. */
export function mailParameters(raw: RawParameters): MailParameters | Reply {
  if (raw.size === 0) return NO_PARAMETERS;
  const draft: Draft<MailParameters> = { sizeOctets: 0, body: "7BIT", smtpUtf8: false };
  for (const [keyword, value] of raw) {
    const read = OF_SENDER.get(keyword);
    if (!read) return unknown("MAIL FROM", OF_SENDER);
    const reason = read(draft, value);
    if (reason !== undefined) return wrong(reason);
  }
  return draft;
}

/** Understands the parameters of RCPT TO, or says why not. */
export function recipientParameters(raw: RawParameters): RecipientDsn | Reply {
  const draft: Draft<RecipientDsn> = {};
  for (const [keyword, value] of raw) {
    const read = OF_RECIPIENT.get(keyword);
    if (!read) return unknown("RCPT TO", OF_RECIPIENT);
    const reason = read(draft, value);
    if (reason !== undefined) return wrong(reason);
  }
  return draft;
}

function readSize(draft: Draft<MailParameters>, value?: string): string | void {
  // RFC 1870 §3 allows 20 digits: beyond 2^53 the number is inexact, but too large anyway.
  if (!/^\d{1,20}$/.test(value ?? "")) return "SIZE is a number: SIZE=2048";
  draft.sizeOctets = Number(value);
}

function readBody(draft: Draft<MailParameters>, value?: string): string | void {
  const body = value?.toUpperCase();
  if (body !== "7BIT" && body !== "8BITMIME" && body !== "BINARYMIME") {
    return "BODY is 7BIT, 8BITMIME or BINARYMIME";
  }
  draft.body = body;
}

function readSmtpUtf8(draft: Draft<MailParameters>, value?: string): string | void {
  if (value !== undefined) return "SMTPUTF8 takes no value";
  draft.smtpUtf8 = true;
}

function readRequireTls(draft: Draft<MailParameters>, value?: string): string | void {
  if (value !== undefined) return "REQUIRETLS takes no value";
  draft.requireTls = true;
}

function readRet(draft: Draft<MailParameters>, value?: string): string | void {
  const ret = value?.toUpperCase();
  if (ret !== "FULL" && ret !== "HDRS") return "RET is FULL or HDRS";
  draft.ret = ret;
}

function readEnvid(draft: Draft<MailParameters>, value = ""): string | void {
  const envid = value.length > MAX_ENVID_CHARACTERS ? null : decodeXtext(value);
  if (!envid) {
    return `ENVID is xtext, ${MAX_ENVID_CHARACTERS} characters at most, no control characters`;
  }
  draft.envid = envid;
}

function readAuth(draft: Draft<MailParameters>, value = ""): string | void {
  if (value !== "<>" && !decodeXtext(value)) return "AUTH is <> or an address in xtext";
  draft.auth = true;
}

function readNotify(draft: Draft<RecipientDsn>, value?: string): string | void {
  const words = value?.toUpperCase().split(",") ?? [];
  const events = words.filter(isEvent);
  const once = new Set(events).size === words.length;
  if (!once || words.length === 0 || events.includes("NEVER") && events.length > 1) {
    return "NOTIFY is NEVER, or some of SUCCESS,FAILURE,DELAY, each once";
  }
  draft.notify = events;
}

function isEvent(word: string): word is DsnEvent {
  return /^(?:NEVER|SUCCESS|FAILURE|DELAY)$/.test(word);
}

function readOrcpt(draft: Draft<RecipientDsn>, value = ""): string | void {
  const [, type = "", text = ""] = /^([A-Za-z0-9-]+);(.+)$/u.exec(value) ?? [];
  const short = value.length <= MAX_ORCPT_CHARACTERS;
  // What is UTF-8 as it stands is no xtext (RFC 6533 §3); no parameter holds control characters.
  const utf8 = /^utf-8$/i.test(type) && !/^[!-~]*$/.test(text);
  const address = !short ? null : utf8 ? text : decodeXtext(text);
  if (!address) {
    return `ORCPT is a type, ';' and an address in xtext, ${MAX_ORCPT_CHARACTERS} characters at ` +
      "most: ORCPT=rfc822;ops@example.org";
  }
  draft.orcpt = `${type};${address}`;
}

function wrong(text: string): Reply {
  return { code: 501, status: "5.5.4", lines: [text] };
}

function unknown(command: string, known: ReadonlyMap<string, unknown>): Reply {
  const names = [...known.keys()].join(", ").replace(/, ([^,]*)$/, " and $1");
  return {
    code: 555,
    status: "5.5.4",
    lines: [`Parameter of ${command} not recognized; known: ${names}`],
  };
}
