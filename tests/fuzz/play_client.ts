/**
 * Plays a generated client against a server, and judges what the server says and does.
 *
 * @module
 */

import { connectOver } from "../support/dialog_transport.ts";
import { latin1, octets } from "../support/octets.ts";
import type { Script } from "./client_script.ts";
import { Dice } from "./dice.ts";
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
  /** What was said, in order. */
  readonly said: readonly Said[];
}

/** How the client's octets are cut into packets. */
export type Cut = "whole" | "turns" | "random";

/** Longest that the server may take to close, once the client has nothing more to say, in ms. */
const CLOSE_MS = IDLE_MS + 1_000;

/** Longest reply line, in octets. */
const LINE_OCTETS = 512;

/**
 * Plays a session twice, its octets cut in two ways: the server must say the same.
 *
 * @returns A transcript that begins with what was wrong; `null` when all was well.
 */
export async function tryClient(script: Script, stages: ServerStages): Promise<string | null> {
  const dice = new Dice(script.seed ^ 0x5eed);
  const cut = dice.pick(["turns", "random"] as const);
  const played = await playClient(script, { stages, cut });
  const problems = [...played.problems];
  // Whoever is cut off, or speaks around a handshake, may hear less.
  const tells = !script.early && script.ending !== "drop" && !BEGINS_TLS.test(played.output);
  if (problems.length === 0 && tells) {
    const other = await playClient(script, { stages, cut: "whole" });
    problems.push(...other.problems);
    if (other.output !== played.output) {
      problems.push(`in one packet the replies are ${JSON.stringify(other.output.slice(-300))}`);
    }
  }
  if (problems.length === 0) return null;
  return transcriptOf({
    comment: `client, seed ${script.seed}, ${script.stage}: ${problems.join("; ")}`,
    wishes: stages.of(script.stage).wishes,
    said: played.said,
  });
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
  if (!script.early) await ears.heard(/\n/);
  for (const packet of packetsOf(script, cut)) {
    said.push({ who: "C", text: packet });
    const { length } = ears.output;
    if (!await write(conn, packet)) break;
    if (cut !== "whole") await ears.moment(length);
  }
  if (script.ending === "close-write") await conn.closeWrite().catch(ignoreGone);
  const closed = script.ending === "drop" || await closedInTime(conn, ears);
  conn.close();
  await ears.over;
  const problems = closed ? problemsOf(ears.output) : [`not closed after ${CLOSE_MS} ms`];
  return { output: ears.output, said, problems };
}

/** A handshake that never comes is waited for longer than a command: there the client gives up. */
async function closedInTime(conn: Deno.Conn, ears: Ears): Promise<boolean> {
  if (await ears.closed(CLOSE_MS, BEGINS_TLS)) return true;
  if (!BEGINS_TLS.test(ears.output)) return false;
  await conn.closeWrite().catch(ignoreGone);
  return await ears.closed(CLOSE_MS);
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

  /** Waits until something has been said; at most a second. */
  async heard(what: RegExp): Promise<void> {
    await this.#until(() => what.test(this.output), 1_000);
  }

  /** Waits for a reply that goes beyond the length given, but not long: there may be none. */
  async moment(length: number): Promise<void> {
    await this.#until(() => this.output.length > length, 3);
  }

  /** Whether the other side closes in time, and before it says something. */
  async closed(withinMs: number, before?: RegExp): Promise<boolean> {
    await this.#until(() => before?.test(this.output) ?? false, withinMs);
    return this.#ended;
  }

  async #listen(conn: Deno.Conn): Promise<void> {
    const buffer = new Uint8Array(4_096);
    try {
      for (let count; (count = await conn.read(buffer)) !== null;) {
        this.note(latin1(buffer.subarray(0, count)));
      }
    } catch (error) {
      ignoreGone(error);
    }
    this.#ended = true;
    this.#wake();
  }

  async #until(reached: () => boolean, limitMs: number): Promise<void> {
    const end = performance.now() + limitMs;
    while (!this.#ended && !reached()) {
      const restMs = end - performance.now();
      if (restMs <= 0) return;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, restMs);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }
}

async function write(conn: Deno.Conn, text: string): Promise<boolean> {
  const all = octets(text);
  try {
    for (let sent = 0; sent < all.length;) sent += await conn.write(all.subarray(sent));
    return true;
  } catch (error) {
    ignoreGone(error);
    return false;
  }
}

/** A peer that is gone is no surprise here; anything else is. */
function ignoreGone(error: unknown): void {
  const { name = "" } = error instanceof Error ? error : {};
  const names = [
    "BrokenPipe",
    "ConnectionReset",
    "ConnectionAborted",
    "BadResource",
    "Interrupted",
  ];
  const expected = [...names, "NotConnected", "UnexpectedEof", "InvalidData"];
  if (!expected.includes(name)) throw error;
}
