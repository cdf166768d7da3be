/** A terminal that keeps what a command says. @module */

import type { Terminal } from "../../lib/cli/terminal.ts";

/** What a command said so far, beside being its terminal. */
export interface CapturedTerminal extends Terminal {
  /** All of stdout. */
  stdout(): string;
  /** All of stderr. */
  stderr(): string;
  /** Asks the command to end, as a signal would. */
  end(): void;
}

/** Makes a terminal with nothing but these variables in its environment. */
export function capturedTerminal(
  variables: Readonly<Record<string, string>> = {},
  colour = false,
): CapturedTerminal {
  const said = { out: "", err: "" };
  const end = Promise.withResolvers<string>();
  return {
    out: (text) => void (said.out += text),
    err: (text) => void (said.err += text),
    env: (name) => variables[name],
    colour,
    ended: () => end.promise,
    stdout: () => said.out,
    stderr: () => said.err,
    end: () => end.resolve("SIGTERM"),
  };
}
