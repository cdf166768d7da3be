/**
 * A mail server that takes mails of any size, by DATA and by BDAT, and keeps a digest of each body.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import type { Certificate } from "./certificates.ts";
import { closeQuietly, connectionsTo } from "./lost_peer.ts";
import { writeAll } from "./octet_input.ts";
import { octets } from "./octets.ts";

/** A mail that it took. */
export interface BulkArrival {
  /** SHA-256 of the body in hexadecimal. */
  readonly digest: string;
  /** How it came. */
  readonly command: "DATA" | "BDAT";
}

/** A server at work. */
export interface BulkSink extends AsyncDisposable {
  /** Its loopback port. */
  readonly port: number;
  /** What it took, in the order of the ends. */
  readonly arrivals: readonly BulkArrival[];
}

const END_OF_DATA = Buffer.from("\r\n.\r\n");
const END_OF_HEADER = "\r\n\r\n";
const READ_OCTETS = 65_536;
const EHLO = ["sink.test", "8BITMIME", "CHUNKING", "BINARYMIME", "ENHANCEDSTATUSCODES"]
  .map((word, index, all) => `250${index < all.length - 1 ? "-" : " "}${word}`).join("\r\n");

/** Starts a server; with a certificate TLS begins with the first octet (RFC 8314). */
export function startBulkSink(certificate?: Certificate): BulkSink {
  const address = { hostname: "127.0.0.1", port: 0 };
  const listener: Deno.Listener<Deno.Conn> = certificate
    ? Deno.listenTls({ ...address, cert: certificate.certificate, key: certificate.key })
    : Deno.listen(address);
  const arrivals: BulkArrival[] = [];
  const conns = new Set<Deno.Conn>();
  const work = new Set<Promise<void>>();
  const accepting = (async () => {
    for await (const conn of connectionsTo(listener)) {
      conns.add(conn);
      const served = new Session(conn, arrivals).serve().finally(() => {
        conns.delete(conn);
        work.delete(served);
        closeQuietly(conn);
      });
      work.add(served);
    }
  })();
  return {
    port: (listener.addr as Deno.NetAddr).port,
    arrivals,
    async [Symbol.asyncDispose]() {
      listener.close();
      conns.forEach(closeQuietly);
      await Promise.all([accepting, ...work]);
    },
  };
}

class Session {
  readonly #conn: Deno.Conn;
  readonly #arrivals: BulkArrival[];
  readonly #buffer = Buffer.alloc(READ_OCTETS);
  /** What has come and is not used: a view of the buffer. */
  #unread = Buffer.alloc(0);
  #body = new BodyDigest();

  constructor(conn: Deno.Conn, arrivals: BulkArrival[]) {
    this.#conn = conn;
    this.#arrivals = arrivals;
  }

  async serve(): Promise<void> {
    await this.#say("220 sink.test ESMTP");
    for (let line; (line = await this.#line()) !== null;) {
      const [verb, octets = "0", last] = line.toUpperCase().split(" ");
      if (verb === "BDAT") {
        if (!await this.#chunk(Number(octets))) return;
        if (last === "LAST") this.#take("BDAT");
      }
      await this.#say(verb === "EHLO" ? EHLO : verb === "DATA" ? "354 go on" : "250 2.0.0 fine");
      if (verb === "QUIT") return;
      if (verb !== "DATA") continue;
      if (!await this.#data()) return;
      this.#take("DATA");
      await this.#say("250 2.0.0 taken");
    }
  }

  #take(command: BulkArrival["command"]): void {
    this.#arrivals.push({ digest: this.#body.end(), command });
    this.#body = new BodyDigest();
  }

  /** The client waits for the reply, so the end of data is the end of what has come. */
  async #data(): Promise<boolean> {
    let tail = Buffer.alloc(0);
    for (;;) {
      const come = Buffer.concat([tail, this.#unread]);
      this.#unread = this.#unread.subarray(this.#unread.length);
      if (come.subarray(-END_OF_DATA.length).equals(END_OF_DATA)) {
        this.#body.add(come.subarray(0, come.length - 3));
        return true;
      }
      const certain = Math.max(0, come.length - END_OF_DATA.length);
      this.#body.add(come.subarray(0, certain));
      tail = come.subarray(certain);
      if (!await this.#more()) return false;
    }
  }

  async #chunk(octets: number): Promise<boolean> {
    for (let left = octets; left > 0;) {
      if (this.#unread.length === 0 && !await this.#more()) return false;
      const piece = this.#unread.subarray(0, left);
      this.#body.add(piece);
      this.#unread = this.#unread.subarray(piece.length);
      left -= piece.length;
    }
    return true;
  }

  async #line(): Promise<string | null> {
    for (let text = "";;) {
      const end = this.#unread.indexOf("\n");
      text += this.#unread.subarray(0, end < 0 ? undefined : end).toString("latin1");
      this.#unread = this.#unread.subarray(end < 0 ? this.#unread.length : end + 1);
      if (end >= 0) return text.trimEnd();
      if (!await this.#more()) return null;
    }
  }

  /** Reads over what was there, which must have been used. */
  async #more(): Promise<boolean> {
    const count = await this.#conn.read(this.#buffer).catch(() => null);
    this.#unread = this.#buffer.subarray(0, count ?? 0);
    return count !== null;
  }

  async #say(text: string): Promise<void> {
    await writeAll(this.#conn, octets(`${text}\r\n`));
  }
}

/** What follows the header section. */
class BodyDigest {
  readonly #hash = createHash("sha256");
  /** The header section while it is not whole. */
  #head: Buffer | null = Buffer.alloc(0);

  add(piece: Buffer): void {
    if (this.#head === null) return void this.#hash.update(piece);
    const head = Buffer.concat([this.#head, piece]);
    const end = head.indexOf(END_OF_HEADER);
    this.#head = end < 0 ? head : null;
    if (end >= 0) this.#hash.update(head.subarray(end + END_OF_HEADER.length));
  }

  end(): string {
    return this.#hash.digest("hex");
  }
}
