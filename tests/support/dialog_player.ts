/**
 * Plays an SMTP dialog from a transcript against a server.
 *
 *     # comment                       = name=value …       (what `dialog_stage.ts` knows)
 *     S: a reply line, exactly        S~ a regular expression that a reply line matches
 *     S* 3 the same line three times
 *     S+ 250  a whole reply           S<  the server closes, having said nothing more
 *     C: a line, CR LF is added       C* octets, with the escapes \r \n \t \0 \\ \xff
 *     C= 3000 x  so many times that   C<  the client closes its side
 *     T> 300000  time passes, in ms   M= 1  so many mails were taken so far
 *     M: the last mail, with escapes  M~ a regular expression that it matches
 *     E: its envelope as JSON, without the session
 *     W= 5  octets of messages that have come by now, or are waited for
 *     X> the server is told to stop   T! the client begins TLS, after the reply to STARTTLS
 *
 * What the client says between two other lines is written at once, as a pipelining client does.
 *
 * @module
 */

import assert from "node:assert/strict";
import {
  type Connected,
  connectOver,
  type Transport,
  type Trust,
  upgrade,
} from "./dialog_transport.ts";
import type { FakeClock } from "./fake_clock.ts";
import { latin1, octets } from "./octets.ts";
import type { RecordingService } from "./recording_service.ts";
import { until, within } from "./wait.ts";

/** One line of a transcript. */
export interface DialogLine {
  /** Its first two characters. */
  readonly mark: string;
  /** What follows the mark and a blank. */
  readonly text: string;
  /** `file:line`, for reports. */
  readonly where: string;
}

/** What the transcript is played against. */
export interface Stage {
  /** Loopback port of the server. */
  readonly port: number;
  /** The server's clock. */
  readonly clock: FakeClock;
  /** Where its mails go. */
  readonly service: RecordingService;
  /** Whom the client believes. */
  readonly trust: Trust;
  /** Begins to stop the server. */
  stop(): void;
}

/** Takes a transcript apart; `name` is what reports call it. */
export function parseDialog(name: string, transcript: string): readonly DialogLine[] {
  return transcript.split("\n")
    .map((line, index) => ({
      mark: line.slice(0, 2),
      text: line.slice(line.startsWith("= ") ? 2 : 3),
      where: `${name}:${index + 1}`,
    }))
    .filter(({ mark }) => mark !== "" && !mark.startsWith("#"));
}

/** Plays a transcript; fails with the place of the first line that does not fit. */
export async function playDialog(
  lines: readonly DialogLine[],
  stage: Stage,
  transport: Transport = "plain",
): Promise<void> {
  const player = new Player(await connectOver(transport, stage.port, stage.trust), stage);
  try {
    for (const line of lines) await player.play(line);
    await player.play({ mark: "--", text: "", where: "end" });
  } finally {
    player.close();
  }
}

class Player {
  readonly #stage: Stage;
  #conn: Deno.Conn;
  #unsent = "";
  #received: string;

  constructor({ conn, said }: Connected, stage: Stage) {
    this.#conn = conn;
    this.#received = said;
    this.#stage = stage;
  }

  close(): void {
    this.#conn.close();
  }

  async play({ mark, text, where }: DialogLine): Promise<void> {
    switch (mark) {
      case "= ":
        return;
      case "C:":
        this.#unsent += `${latin1(new TextEncoder().encode(text))}\r\n`;
        return;
      case "C*":
        this.#unsent += unescape(text);
        return;
      case "C=": {
        const [, count = "0", what = ""] = /^(\d+) (.*)$/.exec(text) ?? [];
        this.#unsent += unescape(what).repeat(Number(count));
        return;
      }
    }
    await this.#send();
    await this.#expect(mark, text, where);
  }

  async #expect(mark: string, text: string, where: string): Promise<void> {
    const { clock, service } = this.#stage;
    switch (mark) {
      case "S:":
        return assert.equal(await this.#line(where), text, where);
      case "S~":
        return assert.match(await this.#line(where) ?? "(closed)", new RegExp(text), where);
      case "S*": {
        const [, count = "0", line = ""] = /^(\d+) (.*)$/.exec(text) ?? [];
        for (let n = 0; n < Number(count); n++) assert.equal(await this.#line(where), line, where);
        return;
      }
      case "S+":
        return await this.#wholeReply(text, where);
      case "S<":
        return assert.equal(await this.#line(where), null, where);
      case "C<":
        return await this.#conn.closeWrite();
      case "T>":
        return clock.advance(Number(text));
      case "T!":
        assert.equal(this.#received, "", `${where}: said before TLS`);
        this.#conn = await upgrade(this.#conn, this.#stage.trust);
        return;
      case "X>":
        return this.#stage.stop();
      case "M=":
        return assert.equal(service.mails.length, Number(text), where);
      case "W=":
        await until(() => service.octets >= Number(text), { what: `octets (${where})` });
        return;
      case "M:":
        return assert.equal(service.mails.at(-1)?.text, unescape(text), where);
      case "M~":
        return assert.match(service.mails.at(-1)?.text ?? "", new RegExp(text), where);
      case "E:": {
        const { session: _, ...envelope } = service.mails.at(-1)?.envelope ?? {};
        return assert.deepEqual(envelope, JSON.parse(text), where);
      }
      case "--":
        return;
    }
    throw new Error(`${where}: unknown mark ${JSON.stringify(mark)}`);
  }

  async #wholeReply(code: string, where: string): Promise<void> {
    for (;;) {
      const line = await this.#line(where) ?? "(closed)";
      assert.match(line, new RegExp(`^${code}[ -]`), where);
      if (line[3] === " ") return;
    }
  }

  /** The next line of the server without CR LF; `null` when it has closed. */
  async #line(where: string): Promise<string | null> {
    const buffer = new Uint8Array(4096);
    for (;;) {
      const end = this.#received.indexOf("\r\n");
      if (end >= 0) {
        const line = this.#received.slice(0, end);
        this.#received = this.#received.slice(end + 2);
        assert.match(line, /^[2-5]\d\d[ -][ -~]*$/, `${where}: not a reply line`);
        assert.ok(line.length <= 510, `${where}: reply line of ${line.length + 2} octets`);
        return line;
      }
      const count = await within(this.#conn.read(buffer), { what: `the server (${where})` });
      if (count === null) return this.#received === "" ? null : this.#received;
      this.#received += latin1(buffer.subarray(0, count));
    }
  }

  async #send(): Promise<void> {
    const all = octets(this.#unsent);
    this.#unsent = "";
    for (let sent = 0; sent < all.length;) sent += await this.#conn.write(all.subarray(sent));
  }
}

/** Octets, one character each, of text with escapes; what is not ASCII becomes UTF-8. */
function unescape(text: string): string {
  const named: Record<string, string> = { r: "\r", n: "\n", t: "\t", "0": "\0", "\\": "\\" };
  return latin1(new TextEncoder().encode(text)).replace(
    /\\(?:x([0-9a-f]{2})|(.))/g,
    (_, hex, name) => hex ? String.fromCharCode(parseInt(hex, 16)) : named[name] ?? name,
  );
}
