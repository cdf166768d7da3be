/**
 * The end of the demo: every mail in one line, and the verdict.
 *
 * @module
 */

import type { Paint } from "../paint.ts";
import { printable } from "../paint.ts";
import { type Course, problemsOf, recipientsOf } from "./course.ts";
import type { GocdRequest } from "./gocd_server.ts";
import { column, COLUMNS, showMs } from "./layout.ts";

/** What is there to sum up. */
export interface Result {
  /** The mails, in the order in which they were sent. */
  readonly courses: readonly Course[];
  /** Mails that arrived when nothing had been sent. */
  readonly strays: number;
  /** What the REST API was asked. */
  readonly requests: readonly GocdRequest[];
  /** How long all of it took, in milliseconds. */
  readonly tookMs: number;
}

const TITLE = 38;
const ARRIVED = 20;

/** Whether every mail arrived where it should, and no other. */
export function isFine({ courses, strays }: Result): boolean {
  return strays === 0 && courses.every((course) => problemsOf(course).length === 0);
}

/** The table and the verdict. */
export function summarize(result: Result, brush: Paint): string {
  const { courses, strays } = result;
  const fine = courses.filter((course) => problemsOf(course).length === 0);
  const verdict = `${fine.length} of ${courses.length} mails arrived where they should.`;
  const wrong = courses.flatMap((course, index) =>
    problemsOf(course).map((problem) =>
      `✘ mail ${index + 1}, "${course.sample.title}": ${printable(problem)}\n`
    )
  );
  const stray = strays === 0 ? [] : [`✘ ${strays} arrived that nobody had sent\n`];
  return [
    brush(`${heading()}\n`, "dim"),
    ...courses.map((course, index) => row(index + 1, course, brush)),
    "\n",
    `${brush(verdict, isFine(result) ? "green" : "red")} ${circumstances(result)}\n`,
    ...[...wrong, ...stray].map((line) => brush(line, "red")),
  ].join("");
}

function heading(): string {
  return `     ${column("mail", TITLE)} ${column("arrived at", ARRIVED)} reply        ms`;
}

function row(number: number, course: Course, brush: Paint): string {
  const { sample, answer } = course;
  const fine = problemsOf(course).length === 0;
  const who = recipientsOf(course).map((address) => address.replace(/@example\.com$/, ""));
  const code = answer.kind === "reply" ? String(answer.reply.code) : "none";
  const ms = answer.kind === "reply" ? showMs(answer.tookMs).replace(" ms", "") : "";
  const line = [
    brush(fine ? "✔" : "✘", fine ? "green" : "red"),
    String(number).padStart(2),
    column(sample.title, TITLE),
    column(printable(who.join(", ")) || "–", ARRIVED),
    column(code, 5),
    ms.padStart(COLUMNS - TITLE - ARRIVED - 14),
  ];
  return `${line.join(" ")}\n`;
}

/** `GoCD's API was asked 3 times; all of it took 0.06 s.` */
function circumstances({ requests, tookMs }: Result): string {
  const seconds = (tookMs / 1_000).toFixed(2);
  return `GoCD's API was asked ${requests.length} times;\nall of it took ${seconds} s.`;
}
