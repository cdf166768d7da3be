import assert from "node:assert/strict";
import { serveDatabase, type WorkerPort } from "../../lib/store/database_service.ts";
import { sqliteSource } from "../../lib/store/sqlite_source.ts";
import type { WorkerRecord, WorkerReply, WorkerRequest } from "../../lib/store/worker_messages.ts";
import { mailRow, queueIdOf } from "../support/stored_mails.ts";

/** A port on the test's own thread. */
class Port implements WorkerPort {
  onmessage: WorkerPort["onmessage"] = null;
  readonly sent: (WorkerReply | WorkerRecord)[] = [];
  transferred: Transferable[] = [];

  postMessage(message: WorkerReply | WorkerRecord, transfer: Transferable[]): void {
    this.sent.push(message);
    this.transferred = transfer;
  }

  ask(request: WorkerRequest): void {
    this.onmessage?.(new MessageEvent("message", { data: request }));
  }
}

Deno.test("serveDatabase() hands large messages over, and copies small ones", async () => {
  const store = await Deno.makeTempDir({ prefix: "mail2alert-store-" });
  const port = new Port();
  serveDatabase(port, sqliteSource);
  try {
    port.ask({ kind: "open", store });
    for (const [number, octets] of [100, 100_000].entries()) {
      const usual = mailRow(queueIdOf(number));
      const mail = { ...usual, message: { ...usual.message, rest: new Uint8Array(octets) } };
      port.ask({ kind: "commit", operations: [{ kind: "accept", mails: [mail] }] });
      const due = { kind: "due", destination: "smarthost", now: 10_000 } as const;
      const request = { ...due, limit: 9, maxOctets: 1_000_000 };
      port.ask({ kind: "commit", operations: [{ kind: "claim", request }] });
      assert.equal(port.transferred.length, octets > 16_384 ? 1 : 0);
    }
  } finally {
    port.ask({ kind: "close" });
    await Deno.remove(store, { recursive: true });
  }
});

Deno.test("serveDatabase() tells of a bug in place of an answer", () => {
  const port = new Port();
  serveDatabase(port, () => {
    throw new TypeError("x is not a function");
  });
  port.ask({ kind: "open", store: "/store" });
  const [crash] = port.sent;
  assert.ok(crash?.kind === "crashed" && crash.reason.includes("x is not a function"));
});
