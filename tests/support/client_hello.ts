/**
 * What TLS clients say first, octet by octet: also what no library of today would say.
 *
 * @module
 */

/** What a hello offers. */
export interface HelloWishes {
  /** The version in its field: 0x0301 is TLS 1.0. */
  readonly version: number;
  /** Its extensions, each with type and length. */
  readonly extensions?: readonly (readonly number[])[];
  /** Its cipher suites; default two that only old clients have. */
  readonly suites?: readonly number[];
}

/** The handshake message of a ClientHello (RFC 5246 §7.4.1.2). */
export function clientHello(wishes: HelloWishes): Uint8Array<ArrayBuffer> {
  const { version, extensions = [], suites = [0x002f, 0x0035] } = wishes;
  const body = [
    ...two(version),
    ...new Array<number>(32).fill(7),
    0,
    ...counted(suites.flatMap(two)),
    1,
    0,
    ...extensions.length > 0 ? counted(extensions.flat()) : [],
  ];
  return Uint8Array.of(1, 0, ...counted(body));
}

/** Puts a message into records of at most so many octets each. */
export function inRecords(message: Uint8Array, fragment = 16_384): Uint8Array<ArrayBuffer> {
  const records: number[] = [];
  for (let at = 0; at < message.length; at += fragment) {
    records.push(22, 3, 1, ...counted([...message.subarray(at, at + fragment)]));
  }
  return Uint8Array.from(records);
}

/** An extension. */
export function extension(type: number, content: readonly number[]): readonly number[] {
  return [...two(type), ...counted(content)];
}

/** The extension that lists versions (RFC 8446 §4.2.1). */
export function supportedVersions(...versions: readonly number[]): readonly number[] {
  return extension(43, [2 * versions.length, ...versions.flatMap(two)]);
}

function counted(octets: readonly number[]): number[] {
  return [...two(octets.length), ...octets];
}

function two(value: number): number[] {
  return [value >> 8, value & 255];
}
