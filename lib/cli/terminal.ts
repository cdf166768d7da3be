/**
 * What a command may ask of the world around it, so that tests can be that world.
 *
 * @module
 */

/** Output, environment and signals of one run of the program. */
export interface Terminal {
  /** Writes to stdout: data, and nothing but data. */
  out(text: string): void;
  /**
   * Writes octets to stdout as they are, at the pace of whoever reads them.
   *
   * @returns Whether anybody still reads.
   */
  outOctets(octets: Uint8Array): Promise<boolean>;
  /** Writes to stderr: messages for people. */
  err(text: string): void;
  /** The value of an environment variable. */
  env(name: string): string | undefined;
  /** Whether stdout is a terminal that wants colours. */
  readonly colour: boolean;
  /** How many columns stdout has, where it is a terminal. */
  readonly columns?: number;
  /** Settles when the operator asks the program to end: SIGTERM or SIGINT. */
  readonly ended: () => Promise<string>;
}

/** The real world. */
export function systemTerminal(): Terminal {
  return {
    out: (text) => writeAll(Deno.stdout, text),
    outOctets: writeOctets,
    err: (text) => writeAll(Deno.stderr, text),
    env: (name) => Deno.env.get(name),
    colour: Deno.stdout.isTerminal() && !Deno.noColor,
    ...Deno.stdout.isTerminal() && { columns: Deno.consoleSize().columns },
    ended: untilSignal,
  };
}

function writeAll(stream: { writeSync(octets: Uint8Array): number }, text: string): void {
  const octets = new TextEncoder().encode(text);
  try {
    for (let sent = 0; sent < octets.length;) sent += stream.writeSync(octets.subarray(sent));
  } catch (error) {
    // Whoever read it has seen enough (`| head`).
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
}

async function writeOctets(octets: Uint8Array): Promise<boolean> {
  try {
    for (let sent = 0; sent < octets.length;) {
      sent += await Deno.stdout.write(octets.subarray(sent));
    }
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.BrokenPipe) return false;
    throw error;
  }
}

function untilSignal(): Promise<string> {
  return new Promise((resolve) => {
    const signals = ["SIGTERM", "SIGINT"] as const;
    const listeners = signals.map((signal) => ({ signal, listener: () => end(signal) }));
    const end = (name: string) => {
      for (const { signal, listener } of listeners) Deno.removeSignalListener(signal, listener);
      resolve(name);
    };
    for (const { signal, listener } of listeners) Deno.addSignalListener(signal, listener);
  });
}
