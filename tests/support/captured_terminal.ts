/** A terminal that keeps what a command says. @module */

import type { Terminal } from "../../lib/cli/terminal.ts";
import { latin1 } from "./octets.ts";

/** What a command said so far, beside being its terminal. */
export interface CapturedTerminal extends Terminal {
  /** All of stdout. */
  stdout(): string;
  /** All of stderr. */
  stderr(): string;
  /** What was written to stdout as octets, one character each. */
  octets(): string;
  /** Asks the command to end, as a signal would. */
  end(): void;
}

/** Makes a terminal with nothing but these variables in its environment. */
export function capturedTerminal(
  variables: Readonly<Record<string, string>> = {},
  colour = false,
): CapturedTerminal {
  const said = { out: "", err: "", octets: "" };
  const end = Promise.withResolvers<string>();
  return {
    out: (text) => void (said.out += text),
    err: (text) => void (said.err += text),
    outOctets: (octets) => {
      said.octets += latin1(octets);
      return Promise.resolve(true);
    },
    env: (name) => variables[name],
    colour,
    ended: () => end.promise,
    stdout: () => said.out,
    stderr: () => said.err,
    octets: () => said.octets,
    end: () => end.resolve("SIGTERM"),
  };
}
