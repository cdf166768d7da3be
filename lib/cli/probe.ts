/**
 * The part of `mail2alert check --probe` that asks others: mail servers and REST APIs.
 *
 * @module
 */

import { smarthostName } from "../config/review_smtp.ts";
import type {
  Configuration,
  LookupConfig,
  ManagerConfig,
  SmarthostConfig,
} from "../config/types.ts";
import { RelayError } from "../errors.ts";
import type { Reply } from "../mail/reply.ts";
import { probeLookup } from "../routing/lookups/rest_probe.ts";
import { readGroups } from "../routing/report.ts";
import { createTokenSource, type TokenSource } from "../destinations/oauth_token.ts";
import type { ClientAuth } from "../smtp/client/authenticate.ts";
import type { SmtpClient } from "../smtp/client/client.ts";
import { answer, type ClientLimits } from "../smtp/client/dialog.ts";
import type { Extensions } from "../smtp/client/extensions.ts";
import { type ClientOptions, openClient } from "../smtp/client/open_client.ts";
import { type Clock, SYSTEM_CLOCK } from "../smtp/deadline.ts";

/** What one of those that were asked said. */
export interface ProbeAnswer {
  /** Who was asked. */
  readonly what: string;
  /** What came of it, where it is less than an answer. */
  readonly did?: "connects";
  /** Why nothing came of it; absent: it answered. */
  readonly failure?: string;
  /** What there is to say about its answer. */
  readonly facts?: string;
}

/** Longest wait for one answer of a mail server, in milliseconds. */
const PROBE_MS = 10_000;

/** Longest wait until it is ready for mail, in milliseconds. */
const READY_MS = 2 * PROBE_MS;

/** The wait for each answer, so that what is told of a silent server is what it did not answer. */
const LIMITS: Partial<ClientLimits> = {
  connectMs: PROBE_MS,
  handshakeMs: PROBE_MS,
  greetingMs: PROBE_MS,
  helloMs: PROBE_MS,
  authMs: PROBE_MS,
  mailMs: PROBE_MS,
  blockMs: PROBE_MS,
};

/**
 * Asks all that the configuration names, at the same time.
 *
 * @param clock Where the time comes from that mail servers may take.
 */
export async function probeAll(
  configuration: Configuration,
  clock: Clock = SYSTEM_CLOCK,
): Promise<readonly ProbeAnswer[]> {
  const { smarthosts, managers, lookups, hostname } = configuration;
  const answers = await Promise.all([
    ...smarthosts.map((smarthost) => probeSmarthost(smarthost, hostname, clock)),
    ...managers.map(probeGocd),
    ...lookups.map(askLookup),
  ]);
  return answers.flat();
}

/** Goes as far as a mail would before anybody is named: TCP, TLS, EHLO, AUTH, MAIL; then QUIT. */
async function probeSmarthost(
  smarthost: SmarthostConfig,
  helloName: string,
  clock: Clock,
): Promise<ProbeAnswer> {
  const { hostname, port, tls, auth } = smarthost;
  const tokens = auth?.kind === "oauth" ? createTokenSource(auth.token) : undefined;
  try {
    return await probe(smarthostName(smarthost), async () => {
      const login = clientAuth(auth, tokens);
      const server = { hostname, port, tls, ...login && { auth: login } };
      const client = await openSoon({ ...server, helloName, limits: LIMITS, clock });
      try {
        return describe(smarthost, client.server, await client.tryMail());
      } finally {
        await client.quit();
      }
    });
  } finally {
    tokens?.close();
  }
}

/** Opens a connection while one can wait for it: a server may be slow each time it answers. */
async function openSoon(options: ClientOptions & { readonly clock: Clock }): Promise<SmtpClient> {
  const late = new AbortController();
  const ring = () => {
    late.abort(new RelayError("timeout", `not ready for mail within ${READY_MS} ms`));
  };
  const clear = options.clock.set(ring, READY_MS);
  try {
    return await openClient(options, late.signal);
  } finally {
    clear();
  }
}

/** Who we say we are, with access tokens from where the configuration says. */
function clientAuth(
  auth: SmarthostConfig["auth"],
  tokens: TokenSource | undefined,
): ClientAuth | undefined {
  if (auth?.kind !== "oauth" || tokens === undefined) {
    return auth?.kind === "password" ? auth : undefined;
  }
  const { kind, user, mechanism } = auth;
  return {
    kind,
    user,
    ...mechanism && { mechanism },
    token: (options, signal) => tokens.token(options, signal),
  };
}

/** Asks the GoCD server for its pipeline groups. */
async function probeGocd({ name, gocd }: ManagerConfig): Promise<readonly ProbeAnswer[]> {
  if (gocd === undefined) return [];
  const what = `manager ${name} ${gocd.url}`;
  const read = await readGroups(gocd);
  if (read.kind === "groups") return [{ what }];
  return [{ what, failure: `does not tell its pipeline groups: ${read.why}` }];
}

/** Asks the REST API of a lookup what it would be asked for any mail. */
async function askLookup(lookup: LookupConfig): Promise<ProbeAnswer> {
  const { kind, url, detail } = await probeLookup(lookup);
  const what = `lookup ${lookup.name}: ${url}`;
  if (kind === "fails") return { what, failure: detail };
  return { what, facts: detail, ...kind === "connects" && { did: kind } };
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
  { auth }: SmarthostConfig,
  { secure, extensions, certificate }: SmtpClient["server"],
  toMail: Reply,
): string {
  const unused = secure === "no" && extensions.startTls ? ", although it offers STARTTLS" : "";
  const until = certificate ? `, valid until ${day(certificate.validTo)}` : "";
  return [
    `${PROTECTION[secure]}${unused}${until}`,
    ...auth ? [`logged in as ${auth.user}`] : [],
    `offers ${offers(extensions).join(", ") || "nothing beyond plain SMTP"}`,
    // Not a failure: it may be <> that a policy keeps out, or a greylist that is over in a minute.
    ...toMail.code < 300 ? [] : [`${answer("MAIL FROM:<>", toMail)}`],
  ].join("; ");
}

/** A certificate may say anything; then what it says is no day. */
function day(time: number): string {
  return Number.isFinite(time) ? new Date(time).toISOString().slice(0, 10) : "nobody knows when";
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
  const auth = extensions.auth.length === 0 ? [] : [`AUTH ${extensions.auth.join(" ")}`];
  return [...size, ...words.filter(([, offered]) => offered).map(([word]) => word), ...auth];
}
