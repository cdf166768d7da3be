/**
 * The cctray feed: how each stage ended last, in the one format that every GoCD since 2014 has.
 *
 * It cannot tell a cancelled stage from a failed one: both are `Failure`, as is one that fails but
 * has not ended. While a stage runs, status and time are those of the run before, and the URL is
 * that of the running one. Labels may be anything; which run it is only the URL tells.
 *
 * Everything in a feed is bounded here: names, counters, URLs, entries.
 *
 * @module
 */

import { XMLParser } from "fast-xml-parser";
import { MAX_STAGES, stageKey } from "../stage_history.ts";

/** What a feed says of the run that ended last. */
export type FeedStatus = "Success" | "Failure";

/** Where a run is: what stands in the subject of a stage notification, and the link to it. */
export interface RunPlace {
  /** The pipeline's name: letters, digits, `_`, `-` and `.`, as in GoCD. */
  readonly pipeline: string;
  /** Digits. */
  readonly pipelineCounter: string;
  /** The stage's name, of the same characters. */
  readonly stage: string;
  /** Digits. */
  readonly stageCounter: string;
  /** The http(s) URL of its page; printable ASCII, at most {@link MAX_URL} characters. */
  readonly url: string;
}

/** What a feed says of one stage. */
export interface FeedStage {
  /** How the run that ended last ended. */
  readonly status: FeedStatus;
  /** Whether a run is under way. */
  readonly building: boolean;
  /** When the run that ended last ended, in ms since the epoch; absent: not said. */
  readonly endedAt?: number;
  /** Whether that time names its zone; before GoCD 18.3.0 it is the server's own, taken for UTC. */
  readonly zoned: boolean;
  /** The running run where one is under way, else the one that ended last; absent: not said. */
  readonly place?: RunPlace;
}

/** What a feed says, by {@link stageKey}, or why it is none. */
export type Feed =
  | { readonly kind: "stages"; readonly stages: ReadonlyMap<string, FeedStage> }
  | { readonly kind: "not-a-feed"; readonly detail: string };

/** Longest URL that is taken, so that a line with it is no longer than mail allows. */
export const MAX_URL = 900;

/**
 * Most characters that are parsed at once: some 10 ms, in which no session is served. No entry is as
 * long, nor anything between two of them.
 */
const PIECE = 128 * 1024;

/**
 * Reads a feed. Entries of jobs, and those whose status is neither word, are left out. A large one
 * is read piece by piece, with a pause after each.
 *
 * @param xml The document; anything, in fact. Never rejects.
 */
export async function readFeed(xml: string): Promise<Feed> {
  // A feed has no document type; what declares entities is an attack.
  if (/<!DOCTYPE/i.test(xml)) return notAFeed("it declares a document type");
  const stages = new Map<string, FeedStage>();
  for (let at = 0; at === 0 || at < xml.length;) {
    const end = pieceEnd(xml, at);
    if (end === undefined) return notAFeed(`there is no entry within ${PIECE} characters`);
    const opening = at === 0 ? "" : "<Projects>";
    const closing = end === xml.length ? "" : "</Projects>";
    const problem = readPiece(opening + xml.slice(at, end) + closing, stages);
    if (problem !== null) return notAFeed(problem);
    if (xml === "" || stages.size >= MAX_STAGES) break;
    at = end;
    if (at < xml.length) await new Promise((resolve) => setTimeout(resolve));
  }
  return { kind: "stages", stages };
}

/** Where a piece ends that begins at `at`: before an entry, or where the document does. */
function pieceEnd(xml: string, at: number): number | undefined {
  if (xml.length - at <= PIECE) return xml.length;
  const piece = xml.slice(at, at + PIECE);
  for (let cut = PIECE; cut > 0;) {
    cut = piece.lastIndexOf("<Project", cut - 1);
    // `<Projects` begins alike.
    if (cut > 0 && /[\s/>]/.test(piece[cut + "<Project".length] ?? "")) return at + cut;
  }
  return undefined;
}

/** Adds the stages of a document; says why it is none, or `null`. */
function readPiece(xml: string, stages: Map<string, FeedStage>): string | null {
  let document: unknown;
  try {
    document = parser().parse(xml);
  } catch {
    return "it is not XML";
  }
  if (!isRecord(document) || !("Projects" in document)) return rootOf(document);
  const projects = isRecord(document.Projects) ? document.Projects.Project : undefined;
  for (const project of Array.isArray(projects) ? projects : []) {
    const [key, stage] = readProject(project) ?? [];
    if (stages.size >= MAX_STAGES) return null;
    if (key !== undefined && stage !== undefined) stages.set(key, stage);
  }
  return null;
}

function parser(): XMLParser {
  return new XMLParser({
    ignoreAttributes: false,
    attributeNamePrefix: "",
    parseAttributeValue: false,
    parseTagValue: false,
    processEntities: false,
    isArray: (name) => name === "Project",
  });
}

/** `pipeline :: stage`; a job has a third part. */
function readProject(project: unknown): readonly [string, FeedStage] | undefined {
  if (!isRecord(project) || typeof project.name !== "string") return undefined;
  const [pipeline, stage, ...job] = project.name.split("::").map((part) => part.trim());
  const status = project.lastBuildStatus;
  if (!isName(pipeline) || !isName(stage) || job.length > 0) return undefined;
  if (status !== "Success" && status !== "Failure") return undefined;
  const ended = readTime(project.lastBuildTime);
  const place = readPlace(project.webUrl, pipeline, stage);
  return [stageKey(pipeline, stage), {
    status,
    building: project.activity === "Building",
    zoned: ended?.zoned ?? true,
    ...ended && { endedAt: ended.at },
    ...place && { place },
  }];
}

/** GoCD's own rule for names, of pipelines as of stages. */
function isName(text: string | undefined): text is string {
  return text !== undefined && /^[\w.-]{1,255}$/.test(text);
}

/** `yyyy-MM-ddTHH:mm:ss`, with `Z` since 18.3.0. */
function readTime(text: unknown): { readonly at: number; readonly zoned: boolean } | undefined {
  const match = typeof text === "string"
    ? /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.\d{1,9})?(Z|[+-]\d\d:?\d\d)?$/.exec(text)
    : null;
  if (match === null) return undefined;
  const [, local = "", zone] = match;
  const at = Date.parse(local + (zone ?? "Z").replace(/^(.\d\d)(\d\d)$/, "$1:$2"));
  return Number.isNaN(at) ? undefined : { at, zoned: zone !== undefined };
}

/** The locator at the end of `…/go/pipelines/<pipeline>/<counter>/<stage>/<counter>`. */
function readPlace(text: unknown, pipeline: string, stage: string): RunPlace | undefined {
  // Entities are not expanded; the one that a URL may need is written back by hand.
  const written = typeof text === "string" ? text.replaceAll("&amp;", "&") : "";
  if (written.length > MAX_URL || !/^https?:\/\/[!-~]+$/.test(written)) return undefined;
  if (!URL.canParse(written)) return undefined;
  const match = /\/pipelines\/([^/]+)\/(\d{1,10})\/([^/]+)\/(\d{1,10})$/.exec(
    new URL(written).pathname,
  );
  const [, inPipeline, pipelineCounter = "", inStage, stageCounter = ""] = match ?? [];
  if (inPipeline !== pipeline || inStage !== stage) return undefined;
  return { pipeline, pipelineCounter, stage, stageCounter, url: written };
}

function rootOf(document: unknown): string {
  const root = isRecord(document) ? Object.keys(document).find((key) => key !== "?xml") : undefined;
  return root === undefined ? "it is empty" : `its root is <${root.slice(0, 40)}>`;
}

function notAFeed(why: string): Feed {
  return { kind: "not-a-feed", detail: `not a cctray feed: ${why}` };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
