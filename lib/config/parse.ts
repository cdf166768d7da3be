/**
 * The text of a configuration file to {@link Configuration}: YAML, variables, schema,
 * contradictions. Every problem of every step is reported at once.
 *
 * @module
 */

import { RelayError } from "../errors.ts";
import { checkSecret, looksLikeHash } from "../mail/password_hash.ts";
import { writtenAnswers } from "./answers.ts";
import { build } from "./build.ts";
import { findContradictions } from "./contradictions.ts";
import { type Environment, expandVariables } from "./expand.ts";
import type { KeyPath } from "./lines.ts";
import { invalid, isSecret, type Problem } from "./problems.ts";
import { problem, type Reading, VALUE } from "./reading.ts";
import type { PemReader, SampleFinder, SecretReader } from "./readers.ts";
import { readShape } from "./schema.ts";
import type { Configuration } from "./types.ts";
import { urlSecrets } from "./url_secrets.ts";
import { vocabularyOf } from "./vocabulary.ts";
import { isList, isMapping, readYaml, type YamlValue } from "./yaml.ts";
import { unquotedTemplates } from "./yaml_traps.ts";

/** What a configuration takes from its machine, apart from variables. */
export interface Surroundings {
  /** Reads the file that a `…-file` key names, as written; the content is the secret. */
  readonly readSecret?: SecretReader;
  /** Looks at the PEM files that the configuration names. */
  readonly readPem?: PemReader;
  /** Finds the files of sample mails that the configuration names. */
  readonly findSample?: SampleFinder;
  /** Our name when the key `hostname` is absent. Default `localhost`. */
  readonly hostname?: string;
}

/**
 * Reads the text of a configuration file. Pure.
 *
 * @param file Its name, for the messages only.
 * @param text Its content.
 * @param environment Looks up the variables in it.
 * @param surroundings Without `readSecret`, `readPem` and `findSample`, keys that name files are refused.
 * @throws {RelayError} `config-invalid`; the message has one line per problem:
 * `config.yaml:3: limits.idle: "30": expected a duration with its unit …`.
 */
export function parseConfiguration(
  file: string,
  text: string,
  environment: Environment,
  surroundings: Surroundings = {},
): Configuration {
  const yaml = readYaml(text);
  if (yaml.kind === "unreadable") {
    throw new RelayError("config-invalid", `${file}:${yaml.line}: ${yaml.reason}`);
  }
  const first: Problem[] = [];
  const tree = expandTree(yaml.tree, [], { environment, problems: first });
  first.push(...unquotedTemplates(yaml.tree).map((path) => ({ path, text: UNQUOTED })));
  const { hostname = "localhost", ...given } = surroundings;
  const readers = { readSecret: refuseFile, readPem: refuseFile, findSample: refuseFile, ...given };
  const vocabulary = vocabularyOf(tree);
  const reading = readShape(tree, { readers, vocabulary });
  const problems = [
    ...reading.kind === "problems" ? reading.problems : [],
    ...findContradictions(tree, vocabulary),
  ];
  // What a value lacks because of its variable or its quotes is no second problem.
  const own = problems.filter(({ path }) => !first.some((other) => startsWith(path, other.path)));
  if (first.length + own.length === 0 && reading.kind === "shape") {
    const answers = writtenAnswers(text, (part) => expandVariables(part, environment).text);
    const secretsOf = (lookup: string) => urlSecrets(yaml.tree, lookup, environment);
    return build(reading.shape, { hostname, vocabulary, answers, secretsOf });
  }
  throw invalid(file, text, yaml.tree, [...first, ...own]);
}

const UNQUOTED = "a value with {{…}} in it must stand in quotes, as in " +
  '"mailto:{{lookup.owner.email}}"';

/** Where variables come from, and where it is noted which could not be replaced. */
interface Expanding {
  readonly environment: Environment;
  readonly problems: Problem[];
}

/** A tree with its variables replaced. */
function expandTree(node: YamlValue, path: KeyPath, context: Expanding): YamlValue {
  if (isList(node)) {
    return node.map((item, index) => expandTree(item, [...path, index], context));
  }
  if (isMapping(node)) {
    const entries = Object.entries(node).map(([key, item]) =>
      [key, expandTree(item, [...path, key], context)] as const
    );
    return Object.fromEntries(entries);
  }
  return node === null ? null : expandText(node, path, context);
}

/** A variable for sure: nobody writes a secret like that. */
const NAME_ALONE = /^\$([A-Z][A-Z\d_]*|\{[A-Z][A-Z\d_]*\})$/;
/** The same in a header field, perhaps after a word as in `Bearer $TOKEN` (RFC 9110 §11.4). */
const NAME_AFTER_SCHEME = /^(?:[A-Za-z][A-Za-z-]* )?\$([A-Z][A-Z\d_]*|\{[A-Z][A-Z\d_]*\})$/;

function expandText(
  written: string,
  path: KeyPath,
  { environment, problems }: Expanding,
): string {
  // A `$` is a part of every hash, also of those that will be refused.
  const hash = path[0] === "local-smtp" && path.includes("users") &&
    (looksLikeHash(written) || checkSecret(written) !== null);
  if (hash) return written;
  const { text, missing, malformed } = expandVariables(written, environment);
  // The name of a variable may be the secret or a piece of it, meant literally: `pa$word`,
  // `$ecret`. Only what is written as names of variables are, and nothing else, is one for sure.
  const names = isHeader(path) ? NAME_AFTER_SCHEME : NAME_ALONE;
  const secret = isSecret(path) && !names.test(written);
  for (const name of missing) {
    const which = secret ? "a variable in it" : `$${name}`;
    const literal = secret ? "$$" : `$$${name}`;
    problems.push({
      path,
      text: `${which} is not set: set it before the start, or write ${literal} for the text itself`,
    });
  }
  if (malformed) {
    problems.push({ path, text: `${VALUE}: expected a name and nothing else in \${…}` });
  }
  return text;
}

/** Whether it is the value of a header field of a lookup. */
function isHeader(path: KeyPath): boolean {
  return path[0] === "lookups" && path[2] === "headers" && path.length === 4;
}

function startsWith(path: KeyPath, start: KeyPath): boolean {
  return start.every((key, index) => key === path[index]);
}

function refuseFile(): Reading<string> {
  return problem(`${VALUE}: files cannot be read here`);
}
