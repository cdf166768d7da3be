/**
 * `mail2alert doctor device`: listens, shows what a device says and is told, and says in plain words
 * what it does wrong and which setting accepts it. Takes every mail and delivers none.
 *
 * Any user and password are let in, so that the dialogue goes on: neither is checked, shown or kept.
 * AUTH is offered in clear, too, unless `strict`: what a device does then is what is looked for.
 *
 * DIAGNOSTICS. Exit 0 after SIGTERM or SIGINT, and with `once` after the first session, whatever it
 * was like. Exit 1 when the address cannot be bound. Exit 2 for an address that is none.
 *
 * @module
 */

import { readEndpoint } from "../../config/endpoint.ts";
import { parseConfiguration } from "../../config/parse.ts";
import { VALUE } from "../../config/reading.ts";
import { reasonOf, RelayError } from "../../errors.ts";
import { startLog } from "../../log.ts";
import type { ListenAddress } from "../../smtp/bind.ts";
import { openTlsServer } from "../../smtp/tls/open_tls_server.ts";
import type { TlsServer } from "../../smtp/tls/tls_server.ts";
import { wrap } from "../demo/layout.ts";
import { paint } from "../paint.ts";
import type { Terminal } from "../terminal.ts";
import { openReception, type Reception } from "./reception.ts";
import type { TlsOffer } from "./snippet.ts";
import { Stage } from "./stage.ts";

/** What the command line asks for. */
export interface DeviceOptions {
  /** Where to listen: `host:port`. */
  readonly listen: string;
  /** Whether nothing is tolerated. */
  readonly strict?: boolean;
  /** Whether everything is that can be; as without either. */
  readonly lenient?: boolean;
  /** How TLS is offered. */
  readonly tls: TlsOffer;
  /** Whether to end after the first session. */
  readonly once?: boolean;
}

/** A relay that is configured no further: its limits are the ones that devices meet. */
const BARE = "local-smtp: 127.0.0.1:0\nremote-smtp: 127.0.0.1:1\nmanagers: []\n";

/** Runs the command; the exit code. */
export async function doctorDevice(options: DeviceOptions, terminal: Terminal): Promise<number> {
  if (options.strict && options.lenient) {
    throw new RelayError("usage", "--strict and --lenient exclude each other: take one of them");
  }
  const address = addressOf(options.listen);
  // The dialogue tells the story itself; the log is for whoever asks for it.
  const level = terminal.env("LOGLEVEL");
  if (level) startLog(level);
  const ended = terminal.ended();
  const folder = options.tls === "none" ? undefined : await temporaryFolder();
  const { hostname, limits } = parseConfiguration("doctor", BARE, () => undefined);
  let tls: TlsServer | undefined;
  let reception: Reception | undefined;
  try {
    if (folder !== undefined) {
      tls = await openTlsServer({ certificate: "self-signed", folder, hostname });
    }
    const stage = new Stage(terminal, options.tls);
    const strict = options.strict ?? false;
    const visit = { hostname, limits, strict, offer: options.tls, ...tls && { tls } };
    reception = openReception({ address, visit, onOpen: (peer) => stage.open(peer) });
    stage.listen = reception.name;
    terminal.out(introduction(reception.name, { ...options, strict }, terminal.colour));
    await (options.once ? Promise.race([ended, stage.first]) : ended);
    return 0;
  } finally {
    await reception?.close();
    await tls?.close();
    if (folder !== undefined) await Deno.remove(folder, { recursive: true });
  }
}

function addressOf(text: string): ListenAddress {
  const reading = readEndpoint(text, 0);
  if (reading.kind === "value") return reading.value;
  throw new RelayError(
    "usage",
    `--listen ${reading.text.replaceAll(VALUE, JSON.stringify(text))}`,
  );
}

/** Where the certificate is, for as long as this runs. */
async function temporaryFolder(): Promise<string> {
  try {
    return await Deno.makeTempDir({ prefix: "mail2alert-doctor-" });
  } catch (error) {
    throw new RelayError(
      "listen-failed",
      `Cannot keep a certificate for TLS: ${
        reasonOf(error)
      }; let TMPDIR name a folder that can be ` +
        "written to, or do without TLS: --tls none",
      { cause: error },
    );
  }
}

function introduction(
  name: string,
  { strict, tls }: { readonly strict: boolean; readonly tls: TlsOffer },
  colour: boolean,
): string {
  const brush = paint(colour);
  const profile = strict ? "as the strict profile does" : "as leniently as can be";
  const offer = tls === "none"
    ? "TLS is not offered;"
    : tls === "implicit"
    ? "TLS comes first, with a certificate that nobody has signed;"
    : "STARTTLS is offered, with a certificate that nobody has signed;";
  const paragraphs = [
    `Listening on ${name} for every device that comes, ${profile}. Let the device send its test ` +
    "mail to this host and port.",
    `Its mail is taken and delivered nowhere. ${offer} any user and password are let in, and neither ` +
    "checked nor shown: use made-up ones. Everybody may connect while this runs; Control-C ends it.",
  ];
  return `${paragraphs.map((text) => `${wrap(text, 80).join("\n")}\n`).join("\n")}\n${
    brush("-> what the device says    <- what it is told", "dim")
  }\n`;
}
