/**
 * The waits of the queue, as the file writes them: what each may be, and what it is when absent.
 *
 * @module
 */

import { type Bounds, readDuration } from "./units.ts";
import type { YamlMapping } from "./yaml.ts";

/** A setting that is a duration. */
export interface Wait extends Bounds {
  /** What it is when the file does not say. */
  readonly usual: string;
}

/** Key below `queue`. */
export type WaitKey =
  | "first-retry"
  | "max-retry"
  | "give-up-after"
  | "delay-notice"
  | "dead-letters";

/** Every wait of the queue. */
export const WAITS: Readonly<Record<WaitKey, Wait>> = {
  "first-retry": { min: "100ms", max: "1d", usual: "30s" },
  "max-retry": { min: "100ms", max: "1d", usual: "1h" },
  "give-up-after": { min: "1s", max: "60d", usual: "5d" },
  "delay-notice": { min: "0s", max: "60d", usual: "4h" },
  "dead-letters": { min: "1m", max: "3650d", usual: "30d" },
};

/** A wait in milliseconds, written or not; `null` where what is written is no duration of its. */
export function waitOf(queue: YamlMapping, key: WaitKey): number | null {
  const written = Object.hasOwn(queue, key) ? queue[key] : WAITS[key].usual;
  if (typeof written !== "string") return null;
  const reading = readDuration(written, WAITS[key]);
  return reading.kind === "value" ? reading.value : null;
}
