/**
 * Shows sessions on the terminal, each line as it comes; with its number while several are open.
 *
 * @module
 */

import { type Paint, paint } from "../paint.ts";
import type { Terminal } from "../terminal.ts";
import type { SessionTold } from "./reception.ts";
import type { TlsOffer } from "./snippet.ts";
import { verdict } from "./verdict.ts";

const SIGNS = { device: "->", server: "<-", event: "==" } as const;

/** Where sessions are shown. */
export class Stage {
  /** Where devices are told to send; known once it is bound. */
  listen = "";
  /** Settles when a session is over. */
  readonly first: Promise<void>;
  readonly #terminal: Terminal;
  readonly #brush: Paint;
  readonly #tls: TlsOffer;
  readonly #end: () => void;
  #sessions = 0;
  #open = 0;

  /** Shows nothing yet. */
  constructor(terminal: Terminal, tls: TlsOffer) {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.first = promise;
    this.#end = resolve;
    this.#terminal = terminal;
    this.#brush = paint(terminal.colour);
    this.#tls = tls;
  }

  /** A session begins. */
  open(peer: string): SessionTold {
    const number = ++this.#sessions;
    this.#open++;
    const out = (text: string) => this.#terminal.out(text);
    const mark = () => this.#open > 1 ? `[${number}] ` : "";
    out(`\n${this.#brush(`Session ${number}: ${peer} connects`, "bold")}\n`);
    return {
      show: (line, of) => {
        const text = `${SIGNS[of]} ${line}`;
        const colour = of === "device" ? "cyan" : of === "event" ? "yellow" : undefined;
        out(`${mark()}${colour ? this.#brush(text, colour) : text}\n`);
      },
      over: (record) => {
        const { listen } = this;
        out(`${this.#brush(`Session ${number}: ${peer} is gone`, "bold")}\n`);
        out(verdict(record, { listen, tls: this.#tls }, this.#brush));
        this.#open--;
        this.#end();
      },
    };
  }
}
