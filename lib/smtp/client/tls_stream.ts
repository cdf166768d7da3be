/**
 * TLS as a stream over another stream, for the client: `node:tls` over a `Duplex` of our own.
 * (`Deno.startTls` adds authorities to the system's instead of replacing them, and shows no
 * certificate of ours.)
 *
 * Invariants: nothing is read from the stream below unless someone waits for it here, so what a
 * server can make us hold is bounded. A stream that was asked to verify is not handed out before
 * the certificate was found good. `close()` ends everything that is under way, at once.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { isIP } from "node:net";
import { Duplex } from "node:stream";
import { connect, type ConnectionOptions, type PeerCertificate, type TLSSocket } from "node:tls";
import type { Stream } from "./client_wire.ts";
import { beginOldTls, IS_OLD_RUNTIME } from "./old_tls_stream.ts";
import { HandshakeFailed, type ShownCertificate } from "./tls_reason.ts";

/** Most octets in a TLS record (RFC 8446 §5.1), and read from below at a time. */
const RECORD_OCTETS = 16_384;

/** What the handshake is to bring about. */
export interface TlsWishes {
  /** Whether a certificate that is not good ends the handshake. */
  readonly verify: boolean;
  /** The name or address that the certificate must be for. */
  readonly serverName: string;
  /** PEM certificates of the authorities to trust instead of the system's. */
  readonly authorities?: readonly string[];
  /** The certificate to show with its chain, and its key; PEM. */
  readonly certificate?: { readonly certificate: string; readonly key: string };
}

/** A stream under TLS. */
export interface SecureStream extends Stream {
  /** The server's certificate; absent where the runtime does not show it (before Deno 2.9). */
  readonly certificate: ShownCertificate | undefined;
}

/** TLS over a stream; made by {@link beginTls}. */
class TlsStream implements SecureStream {
  readonly #below: Stream;
  readonly #duplex: Duplex;
  readonly #socket: TLSSocket;
  #wanted = true;
  #fetching = false;
  #firstOctet: number | undefined;
  #certificate: ShownCertificate | undefined;
  #flushed: Promise<void> = Promise.resolve();
  #rest: Uint8Array | undefined;
  #ended = false;
  #failure: Error | undefined;
  #wake: () => void = () => {};
  #failWrite: (reason: Error) => void = () => {};

  constructor(below: Stream, wishes: TlsWishes) {
    this.#below = below;
    this.#duplex = new Duplex({
      read: () => this.#fetch(),
      write: (chunk: Uint8Array, _encoding, done) => {
        this.#flushed = writeAll(below, chunk).then(() => free(chunk));
        this.#flushed.then(() => done(), (error) => this.#fail(error));
      },
    });
    this.#socket = connect({ ...connectOptions(wishes), socket: this.#duplex });
    // Heard before the library's own listener, which destroys what it does not trust.
    this.#socket.prependListener("secure", () => this.#note());
    for (const stream of [this.#duplex, this.#socket]) {
      stream.on("error", (error) => this.#fail(error));
    }
    this.#socket.on("readable", () => this.#wake());
    this.#socket.on("end", () => this.#end());
    this.#socket.on("close", () => this.#end());
  }

  get certificate(): ShownCertificate | undefined {
    return this.#certificate;
  }

  /** Resolves once the handshake is done, and rejects with {@link HandshakeFailed}. */
  async handshake(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#socket.once("secureConnect", resolve);
    this.#wake = () => {
      if (this.#over) resolve();
    };
    await promise;
    if (this.#over) {
      this.close();
      throw new HandshakeFailed(this.#failure, this.#certificate, this.#firstOctet);
    }
    this.#wanted = false;
  }

  async read(buffer: Uint8Array): Promise<number | null> {
    for (;;) {
      const chunk: Uint8Array | null = this.#rest ?? this.#socket.read();
      if (chunk !== null) {
        const taken = chunk.subarray(0, buffer.length);
        buffer.set(taken);
        this.#rest = taken.length < chunk.length ? chunk.subarray(taken.length) : undefined;
        return taken.length;
      }
      if (this.#failure) throw this.#failure;
      if (this.#ended) return null;
      await this.#more();
    }
  }

  /** Takes one record at a time, and is done when it has been passed on: back-pressure. */
  async write(octets: Uint8Array): Promise<number> {
    const record = octets.subarray(0, RECORD_OCTETS);
    await new Promise<void>((resolve, reject) => {
      this.#failWrite = reject;
      if (this.#failure) return reject(this.#failure);
      this.#socket.write(record, (error) => error ? reject(error) : resolve());
    });
    await this.#flushed;
    return record.length;
  }

  close(): void {
    this.#fail(new Deno.errors.BadResource("connection closed"));
    this.#socket.destroy();
    try {
      this.#below.close();
    } catch (error) {
      // Closed before, by whoever cut the connection in the handshake.
      if (!(error instanceof Deno.errors.BadResource)) throw error;
    }
  }

  get #over(): boolean {
    return this.#ended || this.#failure !== undefined;
  }

  async #more(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wake = resolve;
    this.#wanted = true;
    this.#fetch();
    await promise;
    this.#wanted = false;
  }

  /** Reads from below what the TLS library asks for, if anybody asks for it here. */
  #fetch(): void {
    if (!this.#wanted || this.#fetching || this.#duplex.destroyed) return;
    this.#fetching = true;
    const buffer = new Uint8Array(RECORD_OCTETS);
    this.#below.read(buffer).then((count) => {
      this.#fetching = false;
      this.#firstOctet ??= count ? buffer[0] : undefined;
      this.#duplex.push(count === null ? null : Buffer.from(buffer.buffer, 0, count));
    }, (error) => this.#fail(error));
  }

  #note(): void {
    this.#certificate = shown(this.#socket.getPeerCertificate());
  }

  #end(): void {
    this.#ended = true;
    this.#wake();
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    this.#failWrite(this.#failure);
    this.#wake();
  }
}

/**
 * Begins TLS over an open stream, which belongs to it from then on.
 *
 * @throws {HandshakeFailed} The stream is closed then.
 */
export async function beginTls(below: Stream, wishes: TlsWishes): Promise<SecureStream> {
  if (IS_OLD_RUNTIME) return await beginOldTls(below, wishes);
  const stream = new TlsStream(below, wishes);
  await stream.handshake();
  return stream;
}

function connectOptions({ verify, serverName, authorities, certificate }: TlsWishes) {
  const options: ConnectionOptions = {
    rejectUnauthorized: verify,
    host: serverName,
    minVersion: "TLSv1.2",
    ...(authorities && { ca: [...authorities] }),
    ...(certificate && { cert: certificate.certificate, key: certificate.key }),
  };
  // RFC 6066 §3: a server name is a DNS name; an address is compared all the same.
  return isIP(serverName) ? options : { ...options, servername: serverName };
}

function shown(certificate: PeerCertificate): ShownCertificate {
  const { subject, issuer, subjectaltname: names = "", valid_from, valid_to } = certificate;
  return {
    names: names || `CN:${subject?.CN}`,
    issuer: String(issuer?.CN ?? issuer?.O),
    selfSigned: JSON.stringify(issuer) === JSON.stringify(subject),
    validFrom: Date.parse(valid_from),
    validTo: Date.parse(valid_to),
  };
}

/**
 * Frees the memory of a record that has gone out; the runtime makes new memory for each. The
 * collector is in no hurry, and a mail of 50 MB would pile up as much again.
 */
function free({ byteLength, buffer }: Uint8Array): void {
  // A part of something larger may have other users.
  if (byteLength === buffer.byteLength && buffer instanceof ArrayBuffer) buffer.transfer(0);
}

async function writeAll(stream: Stream, octets: Uint8Array): Promise<void> {
  for (let sent = 0; sent < octets.length;) sent += await stream.write(octets.subarray(sent));
}
