/**
 * The names of templates, which are those of conditions: `event`, `fields.x`, `lookup.x.y.0`,
 * `mail.subject`, `mail.header("X-Name")`, `now`.
 *
 * @module
 */

import { suggestName } from "./check.ts";
import { compiled, problem } from "./compiled.ts";
import { type Filled, Missing } from "./filled.ts";
import { fieldOf, headerOf, OF_THE_BODY, unreadBody } from "./mail_values.ts";
import { entryOf } from "./members.ts";
import { Moment } from "./moments.ts";
import type { Subject } from "./placeholder.ts";
import type { Answered, Compiled, MailFacts, Names, Scope } from "./scope.ts";
import type { Resolve, Source } from "./slots.ts";
import { suggest } from "./suggest.ts";
import { answerOf, Doubt } from "./values.ts";

/** What of the mail can be put into a text. */
const OF_MAIL: ReadonlyMap<string, (mail: MailFacts) => Answered> = new Map<
  string,
  (mail: MailFacts) => Answered
>([
  ["id", (mail) => mail.id],
  ["reverse_path", (mail) => mail.reversePath],
  ["recipients", (mail) => mail.recipients],
  ["subject", (mail) => mail.subject],
  ["text", (mail) => mail.text],
  ["size", (mail) => mail.size],
]);

const ROOTS = ["event", "fields", "lookup", "mail", "now"];

/** Finds names among those that there are. */
export function resolveIn(names: Names): Resolve {
  return (subject) => subject.kind === "text" ? literal(subject.text) : named(subject, names);
}

function literal(text: string): Compiled<Source> {
  return compiled({ text: false, read: () => text });
}

function named(
  { path, argument }: Extract<Subject, { kind: "name" }>,
  names: Names,
): Compiled<Source> {
  const [root = "", name, ...rest] = path;
  if (argument !== null) return header(path, argument);
  switch (root) {
    case "event":
    case "now":
      return name === undefined ? single(root) : problem(`${root} has no parts`);
    case "fields":
      return field(name, rest, names);
    case "mail":
      return ofMail(name, rest);
    case "lookup":
      return ofLookup(name, rest, names);
    default:
      return unknown(root, names);
  }
}

function unknown(root: string, names: Names): Compiled<Source> {
  const near = suggest(root, [
    ...ROOTS,
    ...[...names.fields].map((field) => `fields.${field}`),
    ...[...OF_MAIL.keys()].map((value) => `mail.${value}`),
  ]);
  const end = near.startsWith(":") ? `: there are ${ROOTS.join(", ")}` : near;
  return problem(`${JSON.stringify(root)} is unknown${end}`);
}

function single(root: "event" | "now"): Compiled<Source> {
  return root === "event"
    ? compiled({ text: false, reading: true, read: (scope) => soft("event", scope.event) })
    : compiled({ text: false, read: (scope) => new Moment(scope.nowMs) });
}

function header(path: readonly string[], name: string): Compiled<Source> {
  if (path.join(".") !== "mail.header") {
    return problem(`${path.join(".")} takes nothing in brackets; mail.header("X-Name") does`);
  }
  return compiled({
    text: false,
    read: (scope) => soft(`header field ${name}`, headerOf(scope.mail, name)),
  });
}

function field(
  name: string | undefined,
  rest: readonly string[],
  names: Names,
): Compiled<Source> {
  const known = [...names.fields];
  if (name === undefined || rest.length > 0) {
    return problem(`fields is followed by one name, as in fields.${known[0] ?? "NAME"}`);
  }
  if (!names.fields.has(name)) {
    return problem(`fields.${name} is unknown${suggestName("fields", name, known)}`);
  }
  return compiled({
    text: false,
    reading: true,
    read: (scope) => soft(`fields.${name}`, fieldOf(scope, name)),
  });
}

function ofMail(name: string | undefined, rest: readonly string[]): Compiled<Source> {
  const known = [...OF_MAIL.keys()];
  if (name === undefined || rest.length > 0) {
    return problem("mail is followed by one name, as in mail.subject");
  }
  const read = OF_MAIL.get(name);
  if (read === undefined) {
    return name === "header"
      ? problem('the name of the field is missing: mail.header("X-Name")')
      : problem(`mail.${name} is unknown${suggest(name, [...known, "header"])}`);
  }
  const text = OF_THE_BODY.has(name);
  return compiled({
    text,
    read: ({ mail }) =>
      text && mail.bodyUnread !== undefined
        ? new Missing(unreadBody(mail.bodyUnread), false)
        : soft(`mail.${name}`, read(mail)),
  });
}

function ofLookup(
  name: string | undefined,
  rest: readonly string[],
  names: Names,
): Compiled<Source> {
  const known = [...names.lookups];
  if (name === undefined) {
    return problem(`lookup is followed by a name, as in lookup.${known[0] ?? "NAME"}`);
  }
  if (!names.lookups.has(name)) {
    return problem(`lookup.${name} is unknown${suggestName("lookup", name, known)}`);
  }
  const member = [name, ...rest];
  return compiled({
    lookup: name,
    member,
    text: false,
    read: (scope) => descend(scope, name, rest),
  });
}

/** Goes down an answer by its own keys and indexes only. */
function descend(scope: Scope, name: string, path: readonly string[]): Filled | Doubt {
  let value: Answered | Doubt = answerOf(scope, name);
  let there = `lookup.${name}`;
  for (const key of path) {
    if (value instanceof Doubt) return value;
    const below: Answered | undefined = entryOf(value, key);
    if (below === undefined) return new Missing(`${there} has no ${key}`, false);
    there = `${there}.${key}`;
    value = below;
  }
  return value;
}

/** What a mail lacks is put in as nothing where the target allows it. */
function soft(name: string, value: Answered): Filled {
  const empty = value === "" || Array.isArray(value) && value.length === 0;
  return empty ? new Missing(`${name} is empty`, true) : value;
}
