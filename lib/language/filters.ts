/**
 * The filters of templates. They run from left to right, before the value is escaped for where it
 * goes; a filter can therefore put in nothing that escapes it.
 *
 * | filter               | gives                                                               |
 * | -------------------- | ------------------------------------------------------------------- |
 * | `default("text")`    | the text where the value is missing, empty or null                  |
 * | `truncate(80)`       | at most so many characters                                          |
 * | `first-line`         | the first line that is not blank                                    |
 * | `upper` `lower`      | the text in capitals, in small letters                              |
 * | `trim`               | the text without blanks around it                                   |
 * | `replace("a", "b")`  | every `a` as `b`, literally                                         |
 * | `date(format, zone)` | a moment, RFC 3339 and UTC without a format or zone; see `dates.ts` |
 *
 * @module
 */

import { clip } from "../mail/printable.ts";
import { compiled, problem } from "./compiled.ts";
import { compileDate, readDate } from "./dates.ts";
import { type Filled, MAX_FILLED_CHARACTERS, Missing, textOf } from "./filled.ts";
import { isTimeZone, Moment } from "./moments.ts";
import type { FilterCall } from "./placeholder.ts";
import type { Compiled } from "./scope.ts";
import { suggest } from "./suggest.ts";

/** A filter with its arguments. */
export type Filter = (value: Filled) => Filled;

type Argument = string | number;

/** One filter: what its arguments are called, how it is written, and what makes it. */
interface Row {
  readonly most: number;
  readonly least: number;
  readonly usage: string;
  /** Makes it, or says what is wrong with the arguments. */
  readonly make: (args: readonly Argument[]) => Filter | string;
}

const TABLE: Readonly<Record<string, Row>> = {
  default: { least: 1, most: 1, usage: 'default("text")', make: makeDefault },
  truncate: { least: 1, most: 1, usage: "truncate(80)", make: makeTruncate },
  "first-line": { least: 0, most: 0, usage: "first-line", make: () => onText(firstLine) },
  upper: { least: 0, most: 0, usage: "upper", make: () => onText((text) => text.toUpperCase()) },
  lower: { least: 0, most: 0, usage: "lower", make: () => onText((text) => text.toLowerCase()) },
  trim: { least: 0, most: 0, usage: "trim", make: () => onText((text) => text.trim()) },
  replace: { least: 2, most: 2, usage: 'replace("a", "b")', make: makeReplace },
  date: { least: 0, most: 2, usage: 'date("yyyy-MM-dd", "Europe/Berlin")', make: makeDate },
};

/** Compiles a filter. */
export function compileFilter({ name, args }: FilterCall): Compiled<Filter> {
  const row = Object.hasOwn(TABLE, name) ? TABLE[name] : undefined;
  if (row === undefined) {
    return problem(`there is no filter ${name}${suggest(name, Object.keys(TABLE))}`);
  }
  if (args.length < row.least || args.length > row.most) {
    return problem(`the filter ${name} is written ${row.usage}`);
  }
  const made = row.make(args);
  return typeof made === "string"
    ? problem(`${made}: the filter ${name} is written ${row.usage}`)
    : compiled(made);
}

/** What is missing passes through: only `default` mends it. */
function onText(change: (text: string) => string): Filter {
  return (value) => {
    const text = textOf(value);
    return text instanceof Missing ? text : change(text);
  };
}

function makeDefault([text = ""]: readonly Argument[]): Filter {
  return (value) => value instanceof Missing || value === "" || value === null ? `${text}` : value;
}

function makeTruncate([most]: readonly Argument[]): Filter | string {
  if (typeof most !== "number" || most < 1) return "a number of characters is missing";
  return onText((text) => {
    if (text.length <= most) return text;
    return most < 10 ? clip(text, most) : `${clip(text, most - 4).trimEnd()} ...`;
  });
}

function firstLine(text: string): string {
  return /^\s*(\S[^\r\n]*)/.exec(text)?.[1]?.trimEnd() ?? "";
}

function makeReplace([from, to]: readonly Argument[]): Filter | string {
  const [wanted, other] = [`${from}`, `${to}`];
  if (wanted === "") return "nothing cannot be replaced";
  return (value) => {
    const text = textOf(value);
    if (text instanceof Missing) return text;
    const pieces = text.split(wanted);
    const length = text.length + (pieces.length - 1) * (other.length - wanted.length);
    return length > MAX_FILLED_CHARACTERS
      ? new Missing("too long once replaced", false)
      : pieces.join(other);
  };
}

function makeDate([format, zone = "UTC"]: readonly Argument[]): Filter | string {
  if (typeof zone !== "string" || !isTimeZone(zone)) {
    return `there is no time zone ${JSON.stringify(zone)}`;
  }
  const iso = zone === "UTC" ? "yyyy-MM-dd'T'HH:mm:ss'Z'" : "yyyy-MM-dd'T'HH:mm:ssxxx";
  const write = compileDate(`${format ?? iso}`, zone);
  if (typeof write !== "function") {
    return `${JSON.stringify(write.unknown)} means nothing in a date, where yyyy, MM, dd, HH, ` +
      "mm, ss, EEE, MMM, xxx and 'text' do";
  }
  return (value) => {
    if (value instanceof Missing) return value;
    const text = typeof value === "number" ? value : textOf(value);
    if (text instanceof Missing) return text;
    if (text === "") return "";
    const ms = value instanceof Moment ? value.ms : readDate(text);
    return ms === null ? new Missing("no date", false) : write(ms);
  };
}
