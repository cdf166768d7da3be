/** A REST API on a loopback port, lookups that ask it, and what the log hears. @module */

import type { LookupConfig } from "../../lib/config/types.ts";
import type { Template, TemplateTarget } from "../../lib/language/expression.ts";
import { NO_MAIL } from "../../lib/language/no_mail.ts";
import type { MailFacts, Scope } from "../../lib/language/scope.ts";
import { compileTemplate } from "../../lib/language/template.ts";
import type { Details, Log } from "../../lib/log.ts";
import type { LookedUp, Lookups } from "../../lib/routing/lookups/lookups.ts";
import { createLookups, type LookupsOptions } from "../../lib/routing/lookups/rest_lookups.ts";
import { HANG_MS } from "./wait.ts";

/** One request, as it came. */
export interface Seen {
  readonly url: string;
  readonly headers: Headers;
}

/** Answers the n-th request, counted from 1; `end` settles when the stage is taken down. */
export type Handler = (
  request: Seen,
  count: number,
  end: Promise<Response>,
) => Response | Promise<Response>;

/** What a stage is made with. */
export interface RestWishes extends LookupsOptions {
  /** Path, query and templates behind the server's origin. */
  readonly path?: string;
  /** The host in the URL; default `127.0.0.1`. */
  readonly host?: string;
  /** Header fields with templates. */
  readonly headers?: Readonly<Record<string, string>>;
  /** What differs from the defaults. */
  readonly config?: Partial<LookupConfig>;
}

/** A running API, and a lookup named `owner`. */
export interface RestStage extends AsyncDisposable {
  /** Where it is, without a slash at the end. */
  readonly origin: string;
  /** The requests so far. */
  readonly requests: readonly Seen[];
  /** The lookups; the one is `owner`. */
  readonly lookups: Lookups;
  /** The clock of the lookups, in ms. */
  readonly clock: { now: number };
  /** What the log heard: `warning a lookup fails lookup=owner …`. */
  readonly lines: readonly string[];
  /** Asks for a mail with these fields. */
  ask(fields?: Readonly<Record<string, string>>, waitMs?: number): Promise<LookedUp>;
}

/** Starts an API and a lookup. */
export function startRest(handler: Handler, wishes: RestWishes = {}): RestStage {
  const requests: Seen[] = [];
  const { promise: end, resolve: release } = Promise.withResolvers<Response>();
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    ({ url, headers }) => {
      const seen = { url, headers: new Headers(headers) };
      requests.push(seen);
      return handler(seen, requests.length, end);
    },
  );
  const origin = `http://${wishes.host ?? "127.0.0.1"}:${server.addr.port}`;
  const clock = { now: 1_800_000_000_000 };
  const lines: string[] = [];
  const lookups = createLookups([lookupConfig(origin, wishes)], {
    now: () => clock.now,
    log: listeningLog(lines),
    ...wishes,
  });
  return {
    origin,
    requests,
    lookups,
    clock,
    lines,
    ask: (fields = {}, waitMs = 2 * HANG_MS) => lookups.ask("owner", scopeOf(fields), { waitMs }),
    [Symbol.asyncDispose]: async () => {
      await lookups.close();
      release(new Response());
      await server.shutdown();
    },
  };
}

/** The configuration of the lookup `owner`. */
export function lookupConfig(origin: string, wishes: RestWishes = {}): LookupConfig {
  return {
    name: "owner",
    url: template(origin + (wishes.path ?? "/owner"), "url"),
    headers: Object.entries(wishes.headers ?? {}).map(([name, value]) => ({
      name,
      value: template(value, "http-header"),
    })),
    format: "auto",
    timeoutMs: HANG_MS,
    maxOctets: 1_000_000,
    cacheMs: 300_000,
    staleWhileRevalidateMs: 0,
    staleIfErrorMs: 86_400_000,
    allow: ["127.0.0.0/8"],
    onMissing: { kind: "undecided" },
    ...wishes.config,
  };
}

/** Compiles a template with the fields `host` and `id`. */
export function template(text: string, target: TemplateTarget): Template {
  const names = { fields: new Set(["host", "id"]), lookups: new Set<string>() };
  const compiled = compileTemplate(text, { names, target });
  if (compiled.kind === "problem") throw new Error(`${text}: ${compiled.text}`);
  return compiled.value;
}

/** A mail with these fields. */
export function scopeOf(fields: Readonly<Record<string, string>> = {}): Scope {
  const mail: MailFacts = { ...NO_MAIL, id: "01" };
  return { mail, fields, event: "", lookups: new Map(), nowMs: 0 };
}

/** A log that writes its records into a list. */
export function listeningLog(lines: string[]): Log {
  const write = (level: string) => (event: string, details?: Details | (() => Details)) => {
    const all = typeof details === "function" ? details() : details ?? {};
    lines.push(
      [level, event, ...Object.entries(all).map(([key, value]) => `${key}=${value}`)].join(" "),
    );
  };
  return {
    debugs: true,
    debug: write("debug"),
    info: write("info"),
    warning: write("warning"),
    error: write("error"),
  };
}
