/**
 * Answers what the database's thread is asked. `sqlite_worker.ts` runs it; so may a test, with a
 * database of its own.
 *
 * @module
 */

import { stackOf } from "../errors.ts";
import { DatabaseKeeper, type DatabaseSource } from "./database_keeper.ts";
import type { WorkerRecord, WorkerReply, WorkerRequest } from "./worker_messages.ts";

/** A worker as it sees itself. */
export interface WorkerPort {
  /** Called with each request. */
  onmessage: ((event: MessageEvent<WorkerRequest>) => void) | null;
  /** Sends a reply, or a record. */
  postMessage(message: WorkerReply | WorkerRecord, transfer: Transferable[]): void;
}

/** Told what belongs into the log. */
export type Tell = (record: Omit<WorkerRecord, "kind">) => void;

/** How the databases of a store are had. */
export type SourceOf = (store: string, tell: Tell) => DatabaseSource;

/** From here on octets are handed over and not copied. */
const LARGE_OCTETS = 16_384;

/** Answers all that comes to a worker. */
export function serveDatabase(port: WorkerPort, sourceOf: SourceOf): void {
  const tell: Tell = (record) => port.postMessage({ kind: "record", ...record }, []);
  const service = new DatabaseService(sourceOf, tell);
  port.onmessage = ({ data }) => {
    try {
      const reply = service.answer(data);
      port.postMessage(reply, largeOctetsOf(reply));
      service.tidy();
    } catch (error) {
      // A bug. Who knows what state it left behind: the other side starts another thread.
      const reason = stackOf(error);
      port.postMessage({ kind: "crashed", reason }, []);
    }
  };
}

/** Answers requests, one after the other. */
export class DatabaseService {
  readonly #sourceOf: SourceOf;
  readonly #tell: Tell;
  #keeper: DatabaseKeeper | null = null;

  /** Opens nothing yet. */
  constructor(sourceOf: SourceOf, tell: Tell) {
    this.#sourceOf = sourceOf;
    this.#tell = tell;
  }

  /** Does what is asked; blocks while the disk is at work. */
  answer(request: WorkerRequest): WorkerReply {
    switch (request.kind) {
      case "open":
        this.#keeper ??= new DatabaseKeeper(
          request.store,
          this.#sourceOf(request.store, this.#tell),
          this.#tell,
        );
        return { kind: "state", problem: this.#keeper.open() };
      case "commit":
        return this.#keeper?.commit(request.operations) ??
          { kind: "crashed", reason: "the database has not been opened" };
      case "prune":
        return { kind: "done", more: this.#keeper?.prune(request.limits) ?? false };
      case "shorten":
        this.#keeper?.shorten(request.scarce);
        return { kind: "done", more: false };
      case "close":
        this.#keeper?.close();
        return { kind: "done", more: false };
    }
  }

  /** What may wait until the caller has its answer. */
  tidy(): void {
    this.#keeper?.tidy();
  }
}

/** Memory of large messages in a reply: nobody needs it on this side any more. */
function largeOctetsOf(reply: WorkerReply): Transferable[] {
  if (reply.kind !== "committed") return [];
  const large = new Set<ArrayBuffer>();
  for (const result of reply.results) {
    if (result.kind !== "done" || !Array.isArray(result.answer)) continue;
    for (const row of result.answer) {
      if (typeof row !== "object" || !("mail" in row)) continue;
      const { fields, rest } = row.mail.message;
      for (const octets of [fields, rest]) {
        const buffer = octets?.buffer;
        if (buffer instanceof ArrayBuffer && buffer.byteLength >= LARGE_OCTETS) large.add(buffer);
      }
    }
  }
  return [...large];
}
