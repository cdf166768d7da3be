/**
 * The settings of the relay as a whole, which have a default each: store, queue, journal, limits.
 *
 * @module
 */

import type { z } from "zod";
import { choice, flag, leaf, optionalMapping, short, text } from "./_fields.ts";
import type { FileShape } from "./shape.ts";
import {
  type Bounds,
  DURATION_PATTERN,
  readCount,
  readDuration,
  readSize,
  SIZE_PATTERN,
} from "./units.ts";
import { type WaitKey, WAITS } from "./waits.ts";

/** A duration within bounds, in milliseconds. */
export function duration(bounds: Bounds): z.ZodType<number> {
  return leaf("a duration", (text) => readDuration(text, bounds), { pattern: DURATION_PATTERN });
}

/** Where mail is kept. */
export function store(): z.ZodType<FileShape["store"]> {
  return optionalMapping("a mapping with the keys path and min-free", {
    path: text("a folder").default("./mail2alert-store"),
    "min-free": size({ min: "0MB", max: "999GB" }).default(100_000_000),
  }).prefault({});
}

/** How deferred deliveries are tried again. */
export function queue(): z.ZodType<FileShape["queue"]> {
  const wait = (key: WaitKey) => duration(WAITS[key]).prefault(WAITS[key].usual);
  return optionalMapping("a mapping with keys such as first-retry and give-up-after", {
    "first-retry": wait("first-retry"),
    "max-retry": wait("max-retry"),
    "give-up-after": wait("give-up-after"),
    "delay-notice": wait("delay-notice"),
    "dead-letters": wait("dead-letters"),
  }).prefault({});
}

/** When a mail counts as one that came before. */
export function duplicates(): z.ZodType<FileShape["duplicates"]> {
  return optionalMapping("a mapping with the keys window and pass-through", {
    window: duration({ min: "0s", max: "1d" }).default(900_000),
    "pass-through": flag().default(true),
  }).prefault({});
}

/** What the journal keeps. `history: none` is short for a mapping that says so. */
export function history(): z.ZodType<FileShape["history"]> {
  const text = choice(["full", "headers", "none"]);
  return short(
    (text) => ({ text }),
    optionalMapping("full, headers or none, or a mapping with the keys text, keep and size", {
      text: text.default("headers"),
      keep: duration({ min: "0s", max: "3650d" }).default(2_592_000_000),
      size: size({ min: "1MB", max: "999GB" }).default(200_000_000),
    }),
    text,
  ).prefault({});
}

/** What notifiers may do at most. */
export function limits(): z.ZodType<FileShape["limits"]> {
  return optionalMapping("a mapping of limits", {
    "message-size": size({ min: "64KiB", max: "2GB" }).default(25_000_000),
    recipients: count(100, 100_000).default(1_000),
    "mails-per-connection": count(1, 1_000_000).default(1_000),
    "command-line": count(512, 65_536).default(2_048),
    errors: count(1, 1_000).default(10),
    connections: count(1, 65_535).default(500),
    "connections-per-peer": count(1, 65_535).default(50),
    "connections-per-minute": count(1, 1_000_000).default(3_000),
    idle: duration({ min: "1s", max: "1h" }).default(300_000),
    transaction: duration({ min: "1s", max: "1d" }).default(1_200_000),
  }).prefault({});
}

/** A size within bounds, in octets. */
export function size(bounds: Bounds): z.ZodType<number> {
  return leaf("a size", (text) => readSize(text, bounds), { pattern: SIZE_PATTERN });
}

function count(min: number, max: number) {
  return leaf("a whole number", (text) => readCount(text, min, max));
}
