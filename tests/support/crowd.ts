/**
 * A crowd of clients that want nothing: some are silent, some send an octet a second, half of these
 * in a command and half in a message.
 *
 * @module
 */

import { needOpenFiles } from "./figures.ts";
import { closeQuietly } from "./lost_peer.ts";
import { OctetInput, writeAll } from "./octet_input.ts";
import { latin1, octets } from "./octets.ts";
import { within } from "./wait.ts";

/** How large, and how to connect. */
export interface CrowdOptions {
  /** Silent clients. */
  readonly idle: number;
  /** Clients that drip. */
  readonly drips: number;
  /** Connects one client; its greeting is still to come. */
  connect(): Promise<Deno.Conn>;
}

/** What the server said at last to one client, until it closed. */
export interface LastWords {
  /** What the client did. */
  readonly kind: "idle" | "command" | "message";
  /** Without the end of the line; empty: nothing. */
  readonly words: string;
}

/** Clients that are there. */
export interface Crowd extends AsyncDisposable {
  /** Resolves once the server has closed all connections. */
  readonly dismissed: Promise<readonly LastWords[]>;
  /** How many the server has closed so far. */
  readonly gone: number;
}

const DRIP_MS = 1_000;
/** Files that both sides have open besides. */
const OTHER_FILES = 200;
/** Clients that connect at a time: fewer than wait in the kernel's queue of a listener. */
const AT_ONCE = 50;
const CRLF = octets("\r\n");
const COMMANDS: Readonly<Record<LastWords["kind"], readonly string[]>> = {
  idle: ["EHLO crowd.test"],
  command: ["EHLO crowd.test"],
  message: ["EHLO crowd.test", "MAIL FROM:<>", "RCPT TO:<operator@proof.test>", "DATA"],
};

/** Lets everybody connect, and say what comes before the silence. */
export async function gather({ idle, drips, connect }: CrowdOptions): Promise<Crowd> {
  needOpenFiles(idle + drips + OTHER_FILES);
  const kinds = Array.from({ length: idle + drips }, (_, index) => {
    if (index < idle) return "idle";
    return index % 2 === 0 ? "command" : "message";
  });
  const members: Member[] = [];
  const arriving = kinds.values();
  await Promise.all(Array.from({ length: AT_ONCE }, async () => {
    for (const kind of arriving) members.push(await arrive(await connect(), kind));
  }));
  const dripping = members.filter(({ kind }) => kind !== "idle");
  const octet = octets("x");
  const timer = setInterval(() => dripping.forEach(({ conn }) => writeAll(conn, octet)), DRIP_MS);
  let gone = 0;
  const dismissed = Promise.all(members.map(async ({ kind, input }) => {
    const words = latin1(await input.readUntil(CRLF) ?? new Uint8Array());
    // Nobody says more than one line for a farewell.
    await input.readUntil(CRLF);
    gone++;
    return { kind, words };
  }));
  return {
    dismissed,
    get gone() {
      return gone;
    },
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      for (const { conn } of members) closeQuietly(conn);
      await dismissed;
    },
  };
}

interface Member {
  readonly kind: LastWords["kind"];
  readonly conn: Deno.Conn;
  readonly input: OctetInput;
}

async function arrive(conn: Deno.Conn, kind: LastWords["kind"]): Promise<Member> {
  const input = new OctetInput(conn);
  const wait = { what: "a reply to one of the crowd", withinMs: 120_000 };
  await within(input.readUntil(CRLF), wait);
  for (const command of COMMANDS[kind]) {
    await writeAll(conn, octets(`${command}\r\n`));
    while ((await within(input.readUntil(CRLF), wait))?.[3] === 0x2d);
  }
  return { kind, conn, input };
}
