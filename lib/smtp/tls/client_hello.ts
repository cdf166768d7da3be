/**
 * Reads what a TLS client says first, to tell the operator of a peer that is too old what it offered:
 * ClientHello (RFC 8446 §4.1.2, RFC 5246 §7.4.1.2) in its records, and the hello of SSL 2.0 that old
 * clients begin with (RFC 5246 appendix E.2). Pure; it never throws, whatever the octets.
 *
 * @module
 */

/** What a ClientHello says. */
export interface ClientHello {
  /** The newest version on offer as on the wire: 0x0303 is TLS 1.2, 0x0002 SSL 2.0; 0: none known. */
  readonly newest: number;
  /** The name of the server that the peer wants (RFC 6066 §3), printable ASCII. */
  readonly serverName?: string;
}

/** What octets are that came first. */
export type Opening =
  | {
    readonly kind: "hello";
    /** What it says. */
    readonly hello: ClientHello;
  }
  /** The beginning of one, as far as can be seen. */
  | { readonly kind: "incomplete" }
  /** The beginning of a TLS record, with something in it that is no ClientHello. */
  | { readonly kind: "broken" }
  /** Nothing of TLS. */
  | { readonly kind: "other" };

/** Longest ClientHello that is read, with its records, in octets. */
export const MAX_HELLO_OCTETS = 16_384;

/** TLS 1.2, the oldest version that is spoken here. */
export const TLS_1_2 = 0x0303;

/** TLS 1.3, the newest. */
export const TLS_1_3 = 0x0304;

const HANDSHAKE = 22;
const CLIENT_HELLO = 1;
const SERVER_NAME = 0;
const SUPPORTED_VERSIONS = 43;
const RECORD_HEADER_OCTETS = 5;
const MESSAGE_HEADER_OCTETS = 4;
const RANDOM_OCTETS = 32;

/** A ClientHello has at least a version and a random value. */
const LEAST_OCTETS = MESSAGE_HEADER_OCTETS + 2 + RANDOM_OCTETS;

const NAMES: ReadonlyMap<number, string> = new Map([
  [0x0002, "SSL 2.0"],
  [0x0300, "SSL 3.0"],
  [0x0301, "TLS 1.0"],
  [0x0302, "TLS 1.1"],
  [TLS_1_2, "TLS 1.2"],
  [TLS_1_3, "TLS 1.3"],
]);

/** What a version is called. */
export function versionName(version: number): string {
  return NAMES.get(version) ?? `version 0x${version.toString(16).padStart(4, "0")}`;
}

/** Says what the first octets of a connection are. */
export function readOpening(octets: Uint8Array): Opening {
  const [first = HANDSHAKE] = octets;
  if (first >= 0x80) return readOldHello(octets);
  if (first !== HANDSHAKE) return { kind: "other" };
  const message = collect(octets);
  if (!(message instanceof Uint8Array)) return message;
  return { kind: "hello", hello: readHello(new Cursor(message)) };
}

/** SSL 2.0: two octets of length, the first with its highest bit set, the type, the version. */
function readOldHello(octets: Uint8Array): Opening {
  const [, , type = CLIENT_HELLO, major = 0x03, minor = 0] = octets;
  if (type !== CLIENT_HELLO) return { kind: "other" };
  const newest = major << 8 | minor;
  if (newest !== 0x0002 && major !== 0x03) return { kind: "other" };
  if (octets.length < 5) return { kind: "incomplete" };
  return { kind: "hello", hello: { newest } };
}

/** The body of the ClientHello, put together from its records. */
function collect(octets: Uint8Array): Uint8Array | Opening {
  const message = new Uint8Array(Math.min(octets.length, MAX_HELLO_OCTETS));
  let used = 0;
  for (let at = 0; at < octets.length;) {
    const [type, major = 3, , high, low] = octets.subarray(at, at + RECORD_HEADER_OCTETS);
    if (type !== HANDSHAKE || major !== 3) return { kind: "broken" };
    if (high === undefined || low === undefined) break;
    const start = at + RECORD_HEADER_OCTETS;
    const fragment = octets.subarray(start, start + (high << 8 | low));
    if (high === 0 && low === 0) return { kind: "broken" }; // RFC 8446 §5.1
    const room = message.length - used;
    message.set(fragment.subarray(0, room), used);
    used += Math.min(fragment.length, room);
    at = start + (high << 8 | low);
  }
  return body(message.subarray(0, used));
}

function body(message: Uint8Array): Uint8Array | Opening {
  const [type = CLIENT_HELLO, high = 0, middle, low] = message;
  if (type !== CLIENT_HELLO || high !== 0) return { kind: "broken" };
  if (middle === undefined || low === undefined) return { kind: "incomplete" };
  const end = MESSAGE_HEADER_OCTETS + (middle << 8 | low);
  if (end > MAX_HELLO_OCTETS || end < LEAST_OCTETS) return { kind: "broken" };
  if (message.length < end) return { kind: "incomplete" };
  return message.subarray(MESSAGE_HEADER_OCTETS, end);
}

function readHello(cursor: Cursor): ClientHello {
  const legacy = cursor.number(2);
  cursor.take(RANDOM_OCTETS);
  cursor.vector(1); // Session
  cursor.vector(2); // Cipher suites
  cursor.vector(1); // Compression methods
  // Without the extension that says it, TLS 1.3 is not on offer (RFC 8446 §4.2.1).
  let newest = Math.min(legacy, TLS_1_2);
  let serverName: string | undefined;
  for (const extensions = cursor.vector(2); !extensions.done;) {
    const type = extensions.number(2);
    const content = extensions.vector(2);
    if (type === SUPPORTED_VERSIONS) newest = newestOf(content.vector(1));
    if (type === SERVER_NAME) serverName = hostName(content.vector(2));
  }
  return { newest, ...(serverName !== undefined && { serverName }) };
}

/** Values that mean nothing (GREASE, RFC 8701) and drafts are passed over. */
function newestOf(versions: Cursor): number {
  let newest = 0;
  while (!versions.done) {
    const version = versions.number(2);
    if (NAMES.has(version)) newest = Math.max(newest, version);
  }
  return newest;
}

function hostName(names: Cursor): string | undefined {
  if (names.number(1) !== 0) return undefined;
  const name = String.fromCharCode(...names.vector(2).take(255));
  return /^[\x21-\x7e]+$/.test(name) ? name : undefined;
}

/** Goes through octets; what is beyond their end reads as 0 and as nothing. */
class Cursor {
  readonly #octets: Uint8Array;
  #at = 0;

  constructor(octets: Uint8Array) {
    this.#octets = octets;
  }

  get done(): boolean {
    return this.#at >= this.#octets.length;
  }

  take(count: number): Uint8Array {
    const taken = this.#octets.subarray(this.#at, this.#at + count);
    this.#at += count;
    return taken;
  }

  number(octets: number): number {
    return this.take(octets).reduce((value, octet) => value << 8 | octet, 0);
  }

  /** What follows a length of so many octets. */
  vector(lengthOctets: number): Cursor {
    return new Cursor(this.take(this.number(lengthOctets)));
  }
}
