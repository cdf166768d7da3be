/**
 * Generates mail servers that are wrong: what they answer depends on the seed and on the commands
 * they have had, and on nothing else. Pure.
 *
 * @module
 */

import { Dice } from "./dice.ts";

/** What a server does next. */
export type Deed =
  | {
    readonly kind: "say";
    /** What it says, one character an octet. */
    readonly text: string;
  }
  /** `hang-up`: it closes. `mute`: it says nothing more, and reads on. */
  | { readonly kind: "hang-up" | "mute" };

/** All that is said. */
export function textOf(deeds: readonly Deed[]): string {
  return deeds.map((deed) => deed.kind === "say" ? deed.text : "").join("");
}

/** One server, for one connection. */
export class WrongServer {
  readonly #dice: Dice;
  /** How often it is wrong. */
  readonly #wrong: number;
  #inMessage = false;

  /** Makes the server of a seed. */
  constructor(seed: number) {
    this.#dice = new Dice(seed);
    this.#wrong = this.#dice.pick([0, 0.1, 0.1, 0.3, 0.6]);
  }

  /** Whether it expects a message that ends with a dot alone. */
  get inMessage(): boolean {
    return this.#inMessage;
  }

  /** What it greets with. */
  greet(): Deed[] {
    return this.#answer("220 wrong.test ESMTP\r\n");
  }

  /** What it does about a command, or, while it expects one, about a whole message. */
  hear(line: string): Deed[] {
    if (this.#inMessage) {
      this.#inMessage = false;
      return this.#answer("250 2.0.0 Taken\r\n");
    }
    const deeds = this.#answer(this.#right(line));
    this.#inMessage = /^DATA/i.test(line) &&
      deeds.some((deed) => deed.kind === "say" && /^3/m.test(deed.text));
    return deeds;
  }

  #right(line: string): string {
    const verb = line.slice(0, 4).toUpperCase();
    if (verb === "EHLO") return this.#extensions();
    if (verb === "DATA") return "354 Go on\r\n";
    if (verb === "QUIT") return "221 2.0.0 Bye\r\n";
    if (verb === "STAR") return this.#dice.pick(STARTTLS);
    if (verb === "AUTH") return this.#dice.pick(AUTH);
    if (!/^[A-Z]{4}[ \r]/.test(line)) return this.#dice.pick(AUTH);
    return "250 2.1.0 OK\r\n";
  }

  #extensions(): string {
    const dice = this.#dice;
    const lines = Array.from({ length: dice.below(8) }, () => dice.pick(KEYWORDS));
    return [`wrong.test`, ...lines].map((text, index, { length }) =>
      `250${index < length - 1 ? "-" : " "}${text}\r\n`
    ).join("");
  }

  #answer(right: string): Deed[] {
    if (!this.#dice.happens(this.#wrong)) return [{ kind: "say", text: right }];
    return this.#dice.pick(FAULTS)(right, this.#dice);
  }
}

/** There is no handshake after any of these: the server has no TLS. */
const STARTTLS = [
  "220 2.0.0 Go on\r\n",
  "220 2.0.0 Go on\r\n250-wrong.test\r\n250 AUTH PLAIN\r\n",
  "454 4.7.0 No TLS today\r\n",
  "500 5.5.1 What?\r\n",
] as const;

const AUTH = [
  "235 2.7.0 Welcome\r\n",
  "334 VXNlcm5hbWU6\r\n",
  "334 UGFzc3dvcmQ6\r\n",
  "334 \r\n",
  "334 ====\r\n",
  "535 5.7.8 No\r\n",
  "454 4.7.0 Later\r\n",
] as const;

const KEYWORDS = [
  "STARTTLS",
  "STARTTLS",
  "AUTH PLAIN LOGIN",
  "PIPELINING",
  "PIPELINING",
  "SIZE 1000000",
  "SIZE 10",
  "SIZE -1",
  "SIZE 99999999999999999999999",
  "8BITMIME",
  "SMTPUTF8",
  "ENHANCEDSTATUSCODES",
  "CHUNKING",
  "BINARYMIME",
  "DSN",
  "REQUIRETLS",
  "LIMITS RCPTMAX=1 MAILMAX=1",
  "LIMITS RCPTMAX=0 RCPTDOMAINMAX=x",
  "AUTH PLAIN LOGIN CRAM-MD5",
  "AUTH=LOGIN",
  "",
  " ",
  "\xff\x00",
  "x".repeat(600),
] as const;

type Fault = (right: string, dice: Dice) => Deed[];

const say = (text: string): Deed[] => [{ kind: "say", text }];

const FAULTS: readonly [Fault, ...Fault[]] = [
  (_, dice) => say(`${dice.pick(CODES)} ${dice.pick(TEXTS)}\r\n`),
  (_, dice) => say(`${dice.pick(CODES)} ${dice.pick(TEXTS)}\r\n`),
  (_, dice) => say(`${dice.pick(CODES)}-${dice.pick(TEXTS)}\r\n${dice.pick(CODES)} x\r\n`),
  (right, dice) => say(`${right}${dice.pick(CODES)} too early\r\n`),
  (right) => say(right + right),
  (right) => say(right.replaceAll("\r\n", "\n")),
  (right) => say(right.replaceAll("\r\n", "\r")),
  (right, dice) => say(right.slice(0, dice.below(right.length))),
  (right, dice) => [...say(right.slice(0, dice.below(right.length))), { kind: "hang-up" }],
  (right) => [...say(right), { kind: "hang-up" }],
  (right) => [...say(right), { kind: "mute" }],
  () => [{ kind: "hang-up" }],
  () => [{ kind: "mute" }],
  (_, dice) => say(dice.octets(1 + dice.below(80))),
  (_, dice) => say(`${dice.octets(1 + dice.below(80))}\r\n`),
  (_, dice) => say(`250-${"x".repeat(dice.below(600))}\r\n`.repeat(dice.below(200))),
  () => say("x".repeat(200_000)),
  () => say(`250 ${"x".repeat(8_000)}\r\n`),
  () => say("250-more\r\n".repeat(20_000)),
  () => say("\r\n\r\n"),
  () => say("250\r\n"),
  () => say("250 a\0b\x1b[2J\r\n"),
  (right) => [...right].map((text) => ({ kind: "say", text })),
];

const CODES = [
  "000",
  "100",
  "199",
  "220",
  "221",
  "250",
  "251",
  "334",
  "354",
  "399",
  "421",
  "450",
  "451",
  "452",
  "500",
  "535",
  "550",
  "552",
  "554",
  "599",
  "600",
  "999",
  "2",
  "25",
  "2500",
] as const;

const TEXTS = [
  "OK",
  "2.0.0 OK",
  "4.2.1 try again in 5 minutes",
  "5.1.1 no such user",
  "9.9.9 x",
  "\xe4\xf6\xfc",
  "",
  "retry after 99999999999999999999 seconds",
] as const;
