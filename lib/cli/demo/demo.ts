/**
 * `mail2alert demo`: what the program does, to be watched without any configuration. A real relay
 * between real notifiers and a real mail server, all in this process and on loopback.
 *
 * DIAGNOSTICS. Exit 0: every mail arrived where it should, and nowhere else. Exit 1: one did not,
 * or something could not be started.
 *
 * @module
 */

import { RelayError } from "../../errors.ts";
import { startLog } from "../../log.ts";
import { paint } from "../paint.ts";
import type { Terminal } from "../terminal.ts";
import { type Course, courseOf, isNotice } from "./course.ts";
import { introduce, whatNext } from "./introduction.ts";
import { keepListening } from "./keep.ts";
import { sendSample } from "./notifier.ts";
import { createSamples, type Sample } from "./samples.ts";
import { isFine, type Result, summarize } from "./summary.ts";
import { tellCourse } from "./tale.ts";
import { type Happening, openWorld, type World } from "./world.ts";

/** What the command line asks for. */
export interface DemoOptions {
  /** Whether to go on listening afterwards, until the operator ends it. */
  readonly keep: boolean;
}

/** Runs the demo; the exit code. */
export function demo(options: DemoOptions, terminal: Terminal): Promise<number> {
  return showSamples(createSamples(), options, terminal);
}

/**
 * Sends mails through a world of their own, tells what becomes of each, and judges.
 *
 * @param samples The mails, and what must become of them.
 * @returns 0 when all is well, else 1.
 */
export async function showSamples(
  samples: readonly Sample[],
  { keep }: DemoOptions,
  terminal: Terminal,
): Promise<number> {
  // The demo tells the story itself; the log is for whoever asks for it.
  const level = terminal.env("LOGLEVEL");
  if (level) startLog(level);
  const world = await tryToOpen(terminal);
  if (world === null) return 1;
  try {
    const brush = paint(terminal.colour);
    terminal.out(introduce(world, brush));
    const result = await sendAll(samples, world, terminal);
    terminal.out(summarize(result, brush));
    if (keep) await keepListening(world, terminal, samples.length);
    else terminal.out(whatNext());
    return isFine(result) ? 0 : 1;
  } finally {
    await world.close();
  }
}

/** Opens the world; where that is not possible, says why and gives `null`. */
async function tryToOpen(terminal: Terminal): Promise<World | null> {
  try {
    return await openWorld();
  } catch (error) {
    const expected = error instanceof RelayError || error instanceof Deno.errors.NotCapable ||
      error instanceof Deno.errors.PermissionDenied || error instanceof Deno.errors.NotFound ||
      error instanceof Deno.errors.AddrNotAvailable;
    if (!expected) throw error;
    terminal.err(`Cannot start the demo: ${error.message}\n`);
    return null;
  }
}

function isArrivedNotice(happening: Happening): boolean {
  return happening.kind === "arrived" && isNotice(happening.arrival);
}

/** One mail after the other, each told of before the next is sent. */
async function sendAll(
  samples: readonly Sample[],
  world: World,
  terminal: Terminal,
): Promise<Result> {
  const started = performance.now();
  const brush = paint(terminal.colour);
  const courses: Course[] = [];
  for (const sample of samples) {
    const answer = await sendSample(sample, world.relayPort);
    // The relay's own mails go out after its answer.
    if (sample.expected.told !== undefined) await world.wait(isArrivedNotice);
    const course = courseOf(sample, answer, world.take());
    courses.push(course);
    terminal.out(tellCourse(courses.length, course, brush));
  }
  const strays = world.take().filter(({ kind }) => kind === "arrived").length;
  const { requests } = world.gocd;
  return { courses, strays, requests, tookMs: performance.now() - started };
}
