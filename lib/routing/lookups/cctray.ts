/**
 * The cctray feed: how each stage ended last, in the one format that every GoCD since 2014 has.
 *
 * It cannot tell a cancelled stage from a failed one: both are `Failure`.
 *
 * @module
 */

import { XMLParser } from "fast-xml-parser";
import { stageKey } from "../stage_history.ts";

/** What a feed says of one stage. */
export type FeedStatus = "Success" | "Failure";

/** What a feed says, by {@link stageKey}, or why it is none. */
export type Feed =
  | { readonly kind: "stages"; readonly stages: ReadonlyMap<string, FeedStatus> }
  | { readonly kind: "not-a-feed"; readonly detail: string };

/**
 * Reads a feed. Entries of jobs, and those whose status is neither word, are left out.
 *
 * @param xml The document; anything, in fact. Never throws.
 */
export function readFeed(xml: string): Feed {
  // A feed has no document type; what declares entities is an attack.
  if (/<!DOCTYPE/i.test(xml)) return notAFeed("it declares a document type");
  let document: unknown;
  try {
    document = parser().parse(xml);
  } catch {
    return notAFeed("it is not XML");
  }
  if (!isRecord(document) || !("Projects" in document)) return notAFeed(rootOf(document));
  const projects = isRecord(document.Projects) ? document.Projects.Project : undefined;
  const stages = new Map<string, FeedStatus>();
  for (const project of Array.isArray(projects) ? projects : []) {
    const [key, status] = readProject(project) ?? [];
    if (key !== undefined && status !== undefined) stages.set(key, status);
  }
  return { kind: "stages", stages };
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
function readProject(project: unknown): readonly [string, FeedStatus] | undefined {
  if (!isRecord(project) || typeof project.name !== "string") return undefined;
  const [pipeline, stage, ...job] = project.name.split("::").map((part) => part.trim());
  const status = project.lastBuildStatus;
  if (!pipeline || !stage || job.length > 0) return undefined;
  if (status !== "Success" && status !== "Failure") return undefined;
  return [stageKey(pipeline, stage), status];
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
