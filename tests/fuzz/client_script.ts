/**
 * Generates what a client says: dialogues as the RFCs have them, then made wrong. Pure.
 *
 * @module
 */

import { Dice } from "./dice.ts";
import { COMMANDS, ENDS, MAIL_PARAMETERS, PATHS, RCPT_PARAMETERS } from "./words.ts";

/** The listeners that scripts are played against; see `server_stages.ts`. */
export const STAGES = [
  "plain",
  "auth",
  "lenient",
  "lmtp",
  "xclient",
  "offered",
  "starttls",
  "implicit",
] as const;

/** One of them. */
export type StageName = (typeof STAGES)[number];

/** How a session ends, once all is said. */
export type Ending =
  /** The client waits for the server to close. */
  | "stay"
  /** It closes its side and reads on. */
  | "close-write"
  /** It closes at once. */
  | "drop";

/** One session. */
export interface Script {
  /** What it was made of. */
  readonly seed: number;
  /** Where it is played. */
  readonly stage: StageName;
  /** Whether the client speaks without waiting for the greeting. */
  readonly early: boolean;
  /** What it says, one character an octet; a polite client would wait after each. */
  readonly turns: readonly string[];
  /** How it ends. */
  readonly ending: Ending;
}

/** Generates the session of a seed; always the same. */
export function generateSession(seed: number): Script {
  const dice = new Dice(seed);
  const stage = dice.pick(STAGES);
  const hello = stage === "lmtp" ? "LHLO" : "EHLO";
  const turns = [dice.happens(0.9) ? `${hello} ci.test\r\n` : odd(dice)];
  for (let parts = 1 + dice.below(4); parts > 0; parts--) {
    turns.push(...dice.pick(PARTS)(dice));
  }
  if (dice.happens(0.7)) turns.push("QUIT\r\n");
  const wrong = dice.happens(0.75) ? mutate(turns, dice) : turns;
  return {
    seed,
    stage,
    early: dice.happens(0.03),
    turns: wrong,
    ending: dice.pick(["stay", "stay", "close-write", "close-write", "drop"]),
  };
}

type Part = (dice: Dice) => string[];

const PARTS: readonly [Part, ...Part[]] = [mail, mail, mail, chunks, auth, commands, noise];

function mail(dice: Dice): string[] {
  const turns = [`MAIL FROM:${path(dice)}${parameters(dice, MAIL_PARAMETERS)}\r\n`];
  for (let count = 1 + dice.below(4); count > 0; count--) {
    turns.push(`RCPT TO:${path(dice)}${parameters(dice, RCPT_PARAMETERS)}\r\n`);
  }
  return [...turns, "DATA\r\n", `${message(dice)}${dice.pick(ENDS)}`];
}

function chunks(dice: Dice): string[] {
  const turns = [`MAIL FROM:<a@example.org>${parameters(dice, MAIL_PARAMETERS)}\r\n`];
  turns.push("RCPT TO:<b@example.org>\r\n");
  for (let count = dice.below(4); count >= 0; count--) {
    const octets = dice.happens(0.5) ? message(dice) : dice.octets(dice.below(300));
    const off = dice.happens(0.1) ? dice.below(5) - 2 : 0;
    const size = dice.happens(0.95) ? String(octets.length + off) : odd(dice).trim();
    turns.push(`BDAT ${size}${count === 0 ? " LAST" : ""}\r\n${octets}`);
  }
  return turns;
}

function auth(dice: Dice): string[] {
  const nas = btoa("nas");
  const secret = btoa(dice.happens(0.6) ? "secret" : "wrong");
  const plain = btoa(`\0nas\0${dice.happens(0.6) ? "secret" : "wrong"}`);
  return dice.pick<() => string[]>([
    () => [`AUTH PLAIN ${plain}\r\n`],
    () => ["AUTH PLAIN\r\n", `${plain}\r\n`],
    () => ["AUTH LOGIN\r\n", `${nas}\r\n`, `${secret}\r\n`],
    () => [`AUTH LOGIN ${nas}\r\n`, `${secret}\r\n`],
    () => ["AUTH LOGIN\r\n", "*\r\n"],
    () => ["AUTH PLAIN\r\n", `${"A".repeat(4 * dice.below(5_000))}\r\n`],
    () => [`AUTH ${odd(dice)}`, odd(dice)],
    () => ["AUTH PLAIN =\r\n", "AUTH CRAM-MD5\r\n"],
  ])();
}

function commands(dice: Dice): string[] {
  return Array.from({ length: 1 + dice.below(6) }, () => `${dice.pick(COMMANDS)}\r\n`);
}

function noise(dice: Dice): string[] {
  return Array.from({ length: 1 + dice.below(3) }, () => odd(dice));
}

function path(dice: Dice): string {
  return dice.happens(0.8) ? "<a@example.org>" : dice.pick(PATHS);
}

function parameters(dice: Dice, choices: readonly [string, ...string[]]): string {
  return dice.happens(0.7)
    ? ""
    : dice.pick(choices) + (dice.happens(0.2) ? dice.pick(choices) : "");
}

function message(dice: Dice): string {
  const lines = ["Subject: fuzz", "From: <a@example.org>", ""];
  for (let count = dice.below(6); count > 0; count--) {
    lines.push(dice.pick([
      "text",
      "..stuffed",
      ".",
      "",
      `${"x".repeat(dice.below(2_000))}`,
      dice.octets(dice.below(60)).replace(/[\r\n]/g, "?"),
      "\0",
      dice.happens(0.3) ? "bare\nnewline" : "text",
      dice.happens(0.3) ? "bare\rreturn" : "text",
    ]));
  }
  if (dice.happens(0.05)) lines.push("y".repeat(70_000));
  return lines.join("\r\n").replace(/\r\n\.(?=\r\n)/g, "\r\n..");
}

/** What no client should say. */
function odd(dice: Dice): string {
  return dice.pick<() => string>([
    () => dice.octets(1 + dice.below(40)),
    () => `${dice.octets(1 + dice.below(20))}\r\n`,
    () => `${"A".repeat(dice.below(3_000))}\r\n`,
    () => "\r\n",
    () => "NOOP\n",
    () => "NO\rOP\r\n",
    () => "\0\r\n",
    () => "\x16\x03\x01\x02\x00\x01",
    () => "SSH-2.0-x\r\n",
    () => "POST / HTTP/1.1\r\nHost: x\r\n\r\nEHLO x\r\n",
    () => "PROXY TCP4 192.0.2.1 10.0.0.1 1 2\r\n",
    () => " \r\n",
    () => "*1\r\n$4\r\nPING\r\n",
  ])();
}

/** Makes a dialogue wrong in one to three places. */
function mutate(turns: readonly string[], dice: Dice): string[] {
  const wrong = [...turns];
  for (let count = 1 + dice.below(3); count > 0; count--) {
    const at = dice.below(wrong.length);
    const turn = wrong[at] ?? "";
    const place = dice.below(turn.length + 1);
    const cut = [turn.slice(0, place), turn.slice(place)] as const;
    dice.pick<() => void>([
      () => wrong.splice(at, 1),
      () => wrong.splice(at, 0, turn),
      () => wrong.splice(at, 0, odd(dice)),
      () => wrong.splice(at, 1, cut[0] + dice.octets(1 + dice.below(4)) + cut[1]),
      () => wrong.splice(at, 1, cut[0] + cut[1].slice(1)),
      () => wrong.splice(at, 1, cut[0]),
      () => wrong.splice(at, 1, turn.replaceAll("\r\n", dice.pick(["\n", "\r", "\r\r\n"]))),
      () => wrong.splice(at, 1, ...wrong.splice(dice.below(wrong.length), 1), turn),
    ])();
  }
  return wrong;
}
