/**
 * Plays a generated client against a server, and judges what the server says and does.
 *
 * @module
 */

import { connectOver } from "../support/dialog_transport.ts";
import { latin1, octets } from "../support/octets.ts";
import { ignoreLostPeer } from "../support/tls_fault_wire.ts";
import type { Script } from "./client_script.ts";
import { Dice } from "./dice.ts";
import { differenceOf, type Failure, HANG_MS, lateness } from "./failure.ts";
import { IDLE_MS, type ServerStages } from "./server_stages.ts";
import { type Said, transcriptOf } from "./transcript.ts";

/** The reply to STARTTLS. */
const BEGINS_TLS = /^220 2\.0\.0 Begin[^\n]*\n/m;

/** How a session went. */
export interface Played {
  /** Everything the server said. */
  readonly output: string;
  /** What was wrong; empty when nothing was. */
  readonly problems: readonly string[];
  /** What took longer than it should. */
  readonly slow: readonly string[];
  /** What was said, in order. */
  readonly said: readonly Said[];
}

/** How the client's octets are cut into packets. */
export type Cut = "whole" | "turns" | "random";

/** Longest that the server may take to close, once the client has nothing more to say, in ms. */
const CLOSE_MS = IDLE_MS + 1_000;

/** Longest that it may take to greet, in ms. */
const GREET_MS = 1_000;

/** Longest reply line, in octets. */
const LINE_OCTETS = 512;

/**
 * Plays a session twice, its octets cut in two ways: the server must say the same.
 *
 * @returns What was wrong; `null` when all was well.
 */
export async function tryClient(script: Script, stages: ServerStages): Promise<Failure | null> {
  const dice = new Dice(script.seed ^ 0x5eed);
  const cut = dice.pick(["turns", "random"] as const);
  const played = await playClient(script, { stages, cut });
  const problems = [...played.problems];
  const slow = [...played.slow];
  const odd: string[] = [];
  // Whoever is cut off, or speaks around a handshake, may hear less.
  const tells = !script.early && script.ending !== "drop" && !BEGINS_TLS.test(played.output);
  if (problems.length === 0 && tells) {
    const other = await playClient(script, { stages, cut: "whole" });
    problems.push(...other.problems);
    slow.push(...other.slow);
    if (other.output !== played.output) {
      const difference = `in one packet the replies are ${
        JSON.stringify(other.output.slice(-300))
      }`;
      if (differenceOf(played.output, other.output) === "odd") odd.push(difference);
      else slow.push(difference);
    }
  }
  const all = [...problems, ...odd, ...slow];
  if (all.length === 0) return null;
  const transcript = transcriptOf({
    comment: `client, seed ${script.seed}, ${script.stage}: ${all.join("; ")}`,
    wishes: stages.of(script.stage).wishes,
    said: played.said,
  });
  return { kind: problems.length > 0 ? "wrong" : odd.length > 0 ? "odd" : "slow", transcript };
}

/** Plays a session once. */
export async function playClient(
  script: Script,
  { stages, cut }: { readonly stages: ServerStages; readonly cut: Cut },
): Promise<Played> {
  const stage = stages.of(script.stage);
  const { conn, said: greeting } = await connectOver(stage.transport, stage.port, stages.trust);
  if ("setNoDelay" in conn) (conn as Deno.TcpConn).setNoDelay(true);
  const said: Said[] = [];
  const ears = new Ears(conn, (text) => said.push({ who: "S", text }));
  if (greeting) ears.note(greeting);
  const greetedMs = script.early ? 0 : await ears.heard(/\n/);
  for (const packet of packetsOf(script, cut)) {
    said.push({ who: "C", text: packet });
    const { length } = ears.output;
    if (!await write(conn, packet)) break;
    if (cut !== "whole") await ears.moment(length);
  }
  if (script.ending === "close-write") await conn.closeWrite().catch(ignoreLostPeer);
  const closedMs = script.ending === "drop" ? 0 : await closedAfter(conn, ears);
  conn.close();
  await ears.over;
  const greeted = lateness("greeted", { tookMs: greetedMs, mayMs: GREET_MS });
  const closed = lateness("closed", { tookMs: closedMs, mayMs: CLOSE_MS });
  const problems = [...greeted.wrong, ...closed.wrong];
  return {
    output: ears.output,
    said,
    // What was still to come when we gave up is missing, and nothing worse.
    problems: problems.length > 0 ? problems : problemsOf(ears.output),
    slow: [...greeted.slow, ...closed.slow],
  };
}

/** A handshake that never comes is waited for longer than a command: there the client gives up. */
async function closedAfter(conn: Deno.Conn, ears: Ears): Promise<number> {
  const tookMs = await ears.closed(BEGINS_TLS);
  if (!BEGINS_TLS.test(ears.output)) return tookMs;
  await conn.closeWrite().catch(ignoreLostPeer);
  return await ears.closed();
}

function packetsOf({ turns, seed }: Script, cut: Cut): readonly string[] {
  if (cut === "turns") return turns.filter(Boolean);
  const text = turns.join("");
  if (cut === "whole" || text === "") return [text];
  const dice = new Dice(seed ^ 0xc07);
  const packets: string[] = [];
  for (let at = 0; at < text.length;) {
    const length = 1 + dice.below(dice.pick([3, 30, 300]) + (text.length >> 3));
    packets.push(text.slice(at, at += length));
  }
  return packets;
}

/** What is wrong with what a server has said. After a reply that begins TLS nobody can tell. */
export function problemsOf(output: string): string[] {
  const begins = BEGINS_TLS.exec(output);
  const text = begins ? output.slice(0, begins.index + begins[0].length) : output;
  const lines = text.split("\r\n");
  const rest = lines.pop();
  const problems = rest ? [`half a line: ${JSON.stringify(rest)}`] : [];
  let open: string | undefined;
  for (const line of lines) {
    if (!/^[2-5]\d\d[ -][ -~]*$/.test(line) || line.length + 2 > LINE_OCTETS) {
      problems.push(`no reply line: ${JSON.stringify(line.slice(0, 200))}`);
    }
    if (open !== undefined && !line.startsWith(open)) problems.push(`reply ${open} not ended`);
    open = line[3] === "-" ? line.slice(0, 3) : undefined;
  }
  if (open !== undefined) problems.push(`reply ${open} not ended`);
  return problems;
}

/** Hears what the other side says until it closes. */
class Ears {
  output = "";
  readonly over: Promise<void>;
  readonly #tell: (text: string) => void;
  #wake = () => {};
  #ended = false;

  constructor(conn: Deno.Conn, tell: (text: string) => void) {
    this.#tell = tell;
    this.over = this.#listen(conn);
  }

  note(text: string): void {
    this.output += text;
    this.#tell(text);
    this.#wake();
  }

  /** Waits until something has been said, or nothing will be. @returns How long, in ms. */
  async heard(what: RegExp): Promise<number> {
    return await this.#until(() => what.test(this.output), HANG_MS);
  }

  /** Waits for a reply that goes beyond the length given, but not long: there may be none. */
  async moment(length: number): Promise<void> {
    await this.#until(() => this.output.length > length, 3);
  }

  /** Waits until the other side closes, or says something. @returns How long, in ms. */
  async closed(before?: RegExp): Promise<number> {
    return await this.#until(() => before?.test(this.output) ?? false, HANG_MS);
  }

  async #listen(conn: Deno.Conn): Promise<void> {
    const buffer = new Uint8Array(4_096);
    try {
      for (let count; (count = await conn.read(buffer)) !== null;) {
        this.note(latin1(buffer.subarray(0, count)));
      }
    } catch (error) {
      ignoreLostPeer(error);
    }
    this.#ended = true;
    this.#wake();
  }

  async #until(reached: () => boolean, limitMs: number): Promise<number> {
    const begun = performance.now();
    while (!this.#ended && !reached()) {
      const restMs = begun + limitMs - performance.now();
      if (restMs <= 0) break;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, restMs);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    return performance.now() - begun;
  }
}

async function write(conn: Deno.Conn, text: string): Promise<boolean> {
  const all = octets(text);
  try {
    for (let sent = 0; sent < all.length;) sent += await conn.write(all.subarray(sent));
    return true;
  } catch (error) {
    ignoreLostPeer(error);
    return false;
  }
}
