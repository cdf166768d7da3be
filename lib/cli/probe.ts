/**
 * The part of `mail2alert check --probe` that asks others: mail servers and REST APIs.
 *
 * @module
 */

import { smarthostName } from "../config/review_smtp.ts";
import type { Configuration, SmarthostConfig } from "../config/types.ts";
import { RelayError } from "../errors.ts";
import { createReport } from "../routing/report.ts";
import type { SmtpClient } from "../smtp/client/client.ts";
import type { Extensions } from "../smtp/client/extensions.ts";
import { openClient } from "../smtp/client/open_client.ts";

/** What one of those that were asked said. */
export interface ProbeAnswer {
  /** Who was asked. */
  readonly what: string;
  /** Why nothing came of it; absent: it answered. */
  readonly failure?: string;
  /** What there is to say about its answer. */
  readonly facts?: string;
}

/** Longest wait for a mail server, in milliseconds. */
const PROBE_MS = 10_000;

/** Asks all that the configuration names, at the same time. */
export async function probeAll(configuration: Configuration): Promise<readonly ProbeAnswer[]> {
  const { smarthosts, managers, hostname } = configuration;
  return await Promise.all([
    ...smarthosts.map((smarthost) => probeSmarthost(smarthost, hostname)),
    ...managers.filter(({ gocd }) => gocd !== undefined).map(probeGocd),
  ]);
}

/** Goes as far as a mail would: TCP, TLS, EHLO, AUTH; then QUIT. */
async function probeSmarthost(smarthost: SmarthostConfig, helloName: string): Promise<ProbeAnswer> {
  return await probe(smarthostName(smarthost), async () => {
    const signal = AbortSignal.timeout(PROBE_MS);
    const client = await openClient({ ...smarthost, helloName }, signal);
    const facts = describe(smarthost, client.server);
    await client.quit();
    return facts;
  });
}

/** Asks the GoCD server for its pipeline groups. */
async function probeGocd(manager: Configuration["managers"][number]): Promise<ProbeAnswer> {
  return await probe(`manager ${manager.name} ${manager.gocd?.url}`, async () => {
    await createReport([manager]);
    return undefined;
  });
}

async function probe(what: string, ask: () => Promise<string | undefined>): Promise<ProbeAnswer> {
  try {
    const facts = await ask();
    return { what, ...facts !== undefined && { facts } };
  } catch (error) {
    if (!(error instanceof RelayError)) throw error;
    return { what, failure: error.message };
  }
}

const PROTECTION: Readonly<Record<SmtpClient["server"]["secure"], string>> = {
  no: "in clear",
  unverified: "TLS, its certificate not verified",
  verified: "TLS, its certificate verified",
};

function describe(
  { tls, auth }: SmarthostConfig,
  { secure, extensions }: SmtpClient["server"],
): string {
  const unused = secure === "no" && extensions.startTls && tls.mode === "none"
    ? ", although it offers STARTTLS"
    : "";
  return [
    `${PROTECTION[secure]}${unused}`,
    ...auth ? [`logged in as ${auth.user}`] : [],
    `offers ${offers(extensions).join(", ") || "nothing beyond plain SMTP"}`,
  ].join("; ");
}

/** What is of use to us, in the words of EHLO. */
function offers(extensions: Extensions): readonly string[] {
  const { sizeOctets } = extensions;
  const words: readonly (readonly [string, boolean])[] = [
    ["PIPELINING", extensions.pipelining],
    ["8BITMIME", extensions.eightBitMime],
    ["SMTPUTF8", extensions.smtpUtf8],
    ["CHUNKING", extensions.chunking],
    ["BINARYMIME", extensions.binaryMime],
    ["DSN", extensions.dsn],
    ["REQUIRETLS", extensions.requireTls],
  ];
  const size = sizeOctets === undefined ? [] : [`SIZE${sizeOctets === 0 ? "" : ` ${sizeOctets}`}`];
  return [...size, ...words.filter(([, offered]) => offered).map(([word]) => word)];
}
