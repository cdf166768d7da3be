/**
 * Postfix' `smtp-sink`: a mail server made for tests, with faults to choose.
 *
 * @module
 */

import { join } from "node:path";
import { latin1 } from "./octets.ts";
import { freePort, isListening } from "./ports.ts";
import { toolPath } from "./tools.ts";
import { until } from "./wait.ts";

/** A mail as `smtp-sink -d` keeps it. */
export interface DumpedMail {
  /** The argument of MAIL: reverse-path and parameters, without `FROM:`. */
  readonly mail: string;
  /** The arguments of RCPT, without `TO:`. */
  readonly recipients: readonly string[];
  /** The message with CR LF line ends, one character an octet. */
  readonly message: string;
}

/** A running sink. */
export interface SmtpSink extends AsyncDisposable {
  /** Its loopback port. */
  readonly port: number;
  /** Mails whose end of data it has seen, refused ones too; for a sink that counts. */
  count(): number;
  /** The mails it dumped; for a sink started with `dump`. */
  mails(): DumpedMail[];
}

/** How to start it. */
export interface SinkOptions {
  /** Its own options, such as `["-r", "RCPT"]`. */
  readonly args?: readonly string[];
  /** Whether it keeps the mails; that makes it slow. */
  readonly dump?: boolean;
  /** Whether it counts, which costs it some octets of output a mail; true when absent. */
  readonly counts?: boolean;
  /** Its port; a free one when absent. */
  readonly port?: number;
}

/** Starts a sink and waits until it listens. */
export async function startSmtpSink(
  { args = [], dump = false, counts = true, port = freePort() }: SinkOptions = {},
): Promise<SmtpSink> {
  const folder = await Deno.makeTempDir({ prefix: "smtp-sink-" });
  // As root it demands another user to run as, who must be able to write here.
  const user = Deno.uid() === 0 ? ["-u", "nobody"] : [];
  await Deno.chmod(folder, 0o777);
  const counters = join(folder, "counters");
  const child = new Deno.Command("/bin/sh", {
    args: [
      "-c",
      'counters=$1; shift; exec "$@" >"$counters"',
      "sh",
      counters,
      toolPath("smtp-sink"),
      ...user,
      ...(counts ? ["-c"] : []),
      ...(dump ? ["-d", join(folder, "mail.")] : []),
      ...args,
      `127.0.0.1:${port}`,
      "1000",
    ],
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  const dispose = async () => {
    child.kill("SIGKILL");
    await child.status;
    await Deno.remove(folder, { recursive: true });
  };
  try {
    await until(() => isListening(port), { what: `smtp-sink on port ${port}` });
  } catch (error) {
    await dispose();
    throw error;
  }
  return {
    port,
    count: () => lastCount(counters),
    mails: () => readDumps(folder),
    [Symbol.asyncDispose]: dispose,
  };
}

/** The counters are one line that is written over and over: `sess=3 quit=3 mesg=3` and CR. */
function lastCount(path: string): number {
  using file = Deno.openSync(path);
  const { size } = file.statSync();
  const tail = new Uint8Array(Math.min(size, 200));
  file.seekSync(size - tail.length, Deno.SeekMode.Start);
  file.readSync(tail);
  const found = [...new TextDecoder().decode(tail).matchAll(/mesg=(\d+)\r/g)];
  return Number(found.at(-1)?.[1] ?? 0);
}

function readDumps(folder: string): DumpedMail[] {
  return [...Deno.readDirSync(folder)]
    .filter(({ name }) => name.startsWith("mail."))
    .map(({ name }) => latin1(Deno.readFileSync(join(folder, name))))
    .filter((text) => text.endsWith("\n\n"))
    .map(parseDump);
}

/** Its own headers end with a `Received` of three lines; an empty line follows the message. */
function parseDump(text: string): DumpedMail {
  const [own = "", ...rest] = text.slice(0, -1).split(/(?<=\nReceived: .*\n\t.*\n\t.*\n)/);
  const argument = (name: string) =>
    [...own.matchAll(new RegExp(`^X-${name}-Args: (.*)$`, "gm"))].map(([, value = ""]) => value);
  return {
    mail: argument("Mail").join(),
    recipients: argument("Rcpt"),
    message: rest.join("").replaceAll("\n", "\r\n"),
  };
}
