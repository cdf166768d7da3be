/**
 * A control socket in a folder of its own, with handlers that write down what they were asked.
 *
 * @module
 */

import type { ControlStatus } from "../../lib/control/protocol.ts";
import {
  type ControlHandlers,
  type ControlLimits,
  type ControlServer,
  startControl,
} from "../../lib/control/server.ts";
import { closeQuietly, isLostPeer } from "./lost_peer.ts";
import { HANG_MS, within } from "./wait.ts";

/** What the stage's relay says of itself. */
export const STATUS: ControlStatus = {
  pid: 4711,
  version: "0.1.0",
  startedAt: 1_700_000_000_000,
  healthy: true,
  store: "ready",
  listening: ["127.0.0.1:1025"],
  queue: { waiting: 3, dead: 1, damaged: 0 },
  destinations: [{ name: "smarthost" }, { name: "chat", paused: "503 since 10:00" }],
};

/** No limit strikes but the one that a test is about. */
const PATIENT = { peerMs: HANG_MS, answerMs: HANG_MS, closeMs: HANG_MS };

/** What a test may use. */
export interface ControlStage {
  /** The socket. */
  readonly path: string;
  /** Who listens there. */
  readonly server: ControlServer;
  /** What was asked for, besides the status. */
  readonly asked: readonly string[];
  /** Starts another server with the same handlers. */
  start(path: string): Promise<ControlServer>;
}

/** A peer that says what it likes. */
export interface ControlPeer extends Disposable {
  /** Sends text as it is. */
  write(text: string): Promise<void>;
  /** Everything that comes until the other side closes. */
  rest(): Promise<string>;
}

/** Runs a test beside a control socket. */
export async function withControl(
  changes: Partial<ControlHandlers>,
  test: (stage: ControlStage) => Promise<void>,
  limits: Partial<ControlLimits> = {},
): Promise<void> {
  const folder = await Deno.makeTempDir();
  const path = `${folder}/control.sock`;
  const asked: string[] = [];
  const handlers = recording(changes, asked);
  const start = (at: string) => startControl(at, handlers, { ...PATIENT, ...limits });
  const server = await start(path);
  try {
    await test({ path, server, asked, start });
  } finally {
    await server.close();
    await Deno.remove(folder, { recursive: true });
  }
}

/** Connects without saying anything. */
export async function connectControl(path: string): Promise<ControlPeer> {
  const conn = await Deno.connect({ transport: "unix", path });
  const read = async () => {
    const pieces: Uint8Array[] = [];
    for await (const piece of conn.readable) pieces.push(piece);
    return new TextDecoder().decode(new Uint8Array(pieces.flatMap((piece) => [...piece])));
  };
  return {
    write: async (text) => {
      const octets = new TextEncoder().encode(text);
      for (let sent = 0; sent < octets.length;) sent += await conn.write(octets.subarray(sent));
    },
    rest: () => within(read().catch(nothingWhenLost), { what: "the other side to close" }),
    // Reading to the end has closed it.
    [Symbol.dispose]: () => closeQuietly(conn),
  };
}

function recording(changes: Partial<ControlHandlers>, asked: string[]): ControlHandlers {
  const handlers: ControlHandlers = {
    status: () => STATUS,
    drain: () => Promise.resolve(),
    retry: (queueId) => Promise.resolve({ queueIds: queueId ? [queueId] : ["A", "B"] }),
    drop: () => Promise.resolve({ found: true, underWay: false }),
    ...changes,
  };
  return {
    status: () => handlers.status(),
    drain: () => {
      asked.push("drain");
      return handlers.drain();
    },
    retry: (queueId) => {
      asked.push(`retry ${queueId ?? "all"}`);
      return handlers.retry(queueId);
    },
    drop: (queueId) => {
      asked.push(`drop ${queueId}`);
      return handlers.drop(queueId);
    },
  };
}

function nothingWhenLost(error: unknown): string {
  if (isLostPeer(error)) return "";
  throw error;
}
