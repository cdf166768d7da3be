/**
 * The fleet that tests/golden/explain.yaml speaks of: who owns what, which pipelines there are and
 * how they ended before. Every answer has an age of its own, the same in every run.
 *
 * @module
 */

import type { Configuration, LookupConfig, ManagerConfig } from "../../lib/config/types.ts";
import type { Answered } from "../../lib/language/scope.ts";
import type { Alerted } from "../../lib/routing/alerted.ts";
import type { GocdSource, Judged } from "../../lib/routing/gocd_source.ts";
import type { LookedUp, Lookups } from "../../lib/routing/lookups/lookups.ts";
import { requestFor } from "../../lib/routing/lookups/rest_request.ts";
import { shownUrl } from "../../lib/routing/lookups/words.ts";
import { STAGE_EVENTS } from "../../lib/routing/packs/gocd.ts";
import type { Reading } from "../../lib/routing/packs/pack.ts";
import { decideEvent, type StageState } from "../../lib/routing/stage_history.ts";
import type { LookupTrace } from "../../lib/routing/trace.ts";

/** An answer with how it was come by; without a value there is none. */
interface Canned extends Pick<LookupTrace, "source" | "ageMs" | "tookMs" | "detail"> {
  readonly value?: Answered;
}

const FRESH = { source: "fresh", ageMs: 0, tookMs: 41 } as const;
const CACHED = { source: "cached", ageMs: 73_000, tookMs: 0 } as const;
const NONE = { ...FRESH, source: "none", detail: "HTTP 500: catalog: no database" } as const;

/** By the end of the path. What is not in here is unknown to its server. */
const ANSWERS: Readonly<Record<string, Canned>> = {
  "/pipelines/app": {
    ...FRESH,
    detail: "HTTP 200, JSON, 81 octets",
    value: { email: "app-team@example.com", name: "App team", tier: "gold" },
  },
  "/pipelines/shop": {
    ...CACHED,
    detail: "HTTP 200, JSON, 44 octets",
    value: { email: "shop-team@example.com", tier: "silver" },
  },
  "/pipelines/bygg-%C3%A5": { ...NONE },
  "/pipelines/bank": { ...NONE },
  "/projects/app": {
    ...CACHED,
    detail: "HTTP 200, JSON, 57 octets",
    value: { contact: "app-team@example.com", archived: false },
  },
  "/projects/team%2Fapp": {
    ...FRESH,
    detail: "HTTP 200, JSON, 33 octets",
    value: { contact: "", archived: true },
  },
  "/machines/nas1.xml": {
    source: "stale",
    ageMs: 190_000,
    tookMs: 1_500,
    detail: "HTTP 200, XML, 96 octets; not newer: no answer within 1500 ms",
    value: { owner: { team: "storage", contact: "storage@example.com" } },
  },
  "/machines/nas2.xml": {
    ...CACHED,
    detail: "HTTP 200, XML, 70 octets",
    value: { owner: { team: "storage", contact: "" } },
  },
  "/machines/web1.xml": {
    ...FRESH,
    detail: "HTTP 200, XML, 38 octets",
    value: { exposed: "yes" },
  },
  "/teams/infrastructure/now": {
    ...CACHED,
    detail: "HTTP 200, JSON, 52 octets",
    value: { email: "ada@example.com", name: "Ada" },
  },
};

/** The rota is down in the weekend. */
const DUTY_DOWN = { ...FRESH, source: "none", detail: "HTTP 503: closed for the weekend" } as const;

const GROUPS = new Map([["shop", new Set(["app", "shop", "bygg-å"])], [
  "my-group",
  new Set(["shop"]),
]]);

const BEFORE: Readonly<Record<string, StageState>> = {
  "app/build": "success",
  "app/test": "failure",
  "shop/build": "failure",
};

/** Who had the announcement of runs that cctray told of before their mails. */
const TOLD: ReadonlyMap<string, Alerted> = new Map([
  ["app-release/deploy", new Set(["release@example.com"])],
  ["shop/deploy", new Set(["shop@example.com"])],
]);

/** Answers every lookup of the configuration. */
export function fleetLookups({ lookups }: Configuration): Lookups {
  const configs = new Map(lookups.map((lookup) => [lookup.name, lookup]));
  return {
    ask: (name, scope) => {
      const config = configs.get(name);
      if (config === undefined) throw new Error(`no lookup is called ${name}`);
      const requested = requestFor(config, scope);
      if (requested.kind === "unfit") {
        const canned = { ...FRESH, source: "none", tookMs: 0, detail: requested.why } as const;
        return Promise.resolve(lookedUp(config, shownUrl(config.url.text), canned));
      }
      const url = shownUrl(requested.request.url);
      const weekend = new Date(scope.nowMs).getUTCDay() === 6;
      const canned = name === "duty" && weekend ? DUTY_DOWN : answerTo(url);
      return Promise.resolve(lookedUp(config, url, canned));
    },
    close: () => Promise.resolve(),
  };
}

function answerTo(url: string): Canned {
  const [, found] = Object.entries(ANSWERS).find(([path]) => url.endsWith(path)) ?? [];
  return found ?? { ...FRESH, source: "none", detail: "HTTP 404: it knows of none" };
}

function lookedUp(config: LookupConfig, url: string, { value, ...said }: Canned): LookedUp {
  const { ageMs, ...without } = said;
  const trace = {
    name: config.name,
    url,
    ...without,
    ...value !== undefined && ageMs !== undefined && { ageMs },
  };
  if (value !== undefined) return { known: { kind: "answer", value }, trace };
  const { onMissing } = config;
  if (onMissing.kind !== "value") {
    return { known: { kind: "missing", why: said.detail }, trace };
  }
  const detail = `${said.detail}; the value of on-missing stands in`;
  const known = { kind: "answer", value: onMissing.value, standsIn: true } as const;
  return { known, trace: { ...trace, detail } };
}

/** Knows a manager's GoCD server. That of 2017 is down. */
export function fleetGocd({ name, gocd }: ManagerConfig): GocdSource {
  const url = `${gocd?.url}/api/dashboard`;
  const detail = "2 groups, 4 pipelines (dashboard)";
  const trace: LookupTrace = name === "gocd"
    ? { name: "pipeline groups", url, ...CACHED, ageMs: 12_400, detail }
    : {
      name: "pipeline groups",
      url,
      source: "none",
      tookMs: 1_500,
      detail: "no answer within 1500 ms",
    };
  return {
    start: () => {},
    groups: () => Promise.resolve(name === "gocd" ? { value: GROUPS, trace } : { trace }),
    judge: (reading) => Promise.resolve(judge(reading)),
    close: () => Promise.resolve(),
  };
}

/** What history makes of a reading, in the words of the real one. */
function judge(reading: Reading): Judged {
  const reported = STAGE_EVENTS.find((event) => event === reading.event);
  if (reported === undefined) return { ...reading, notes: [] };
  const { pipeline, stage } = reading.fields;
  const name = `${pipeline}/${stage}`;
  const alerted = TOLD.get(name);
  if (alerted !== undefined) {
    const note = `cctray told of this run before any mail did; announced as ${reported}`;
    return { ...reading, notes: [note], alerted };
  }
  const before = BEFORE[name] ?? "unknown";
  const { event } = decideEvent(before, reported);
  const note = `GoCD reported ${reported}; ${name} was in ${before} before, so it is ${event}`;
  return { ...reading, event, notes: event === reported ? [] : [note] };
}
