/**
 * `mail2alert packs`: whose mails are understood, with the fields and events that rules may name.
 *
 * DIAGNOSTICS. Exit 0: told; where a configuration can only be found and not be read, its packs are
 * missing, and stderr says so. Exit 2: no pack of that name, or `--config` names a file that is wrong.
 *
 * @module
 */

import { suggest } from "../config/suggest.ts";
import { RelayError } from "../errors.ts";
import { configuredPack } from "../routing/packs/configured.ts";
import { COMMON_FIELDS, type Pack } from "../routing/packs/pack.ts";
import { BUILT_IN } from "../routing/packs/packs.ts";
import { readConfiguration } from "./configuration.ts";
import type { Terminal } from "./terminal.ts";

/** What to tell. */
export interface PacksOptions {
  /** The configuration file. */
  readonly config?: string;
  /** Whether a program reads it. */
  readonly json?: boolean;
}

/** A pack, and whose it is. */
interface Listed extends Pick<Pack, "name" | "fields" | "events"> {
  readonly builtIn: boolean;
}

/** Columns of a line where nobody says how many there are. */
const COLUMNS = 80;

/**
 * Prints all packs, or everything about one.
 *
 * @param name The one.
 */
export async function packs(
  name: string | undefined,
  options: PacksOptions,
  terminal: Terminal,
): Promise<number> {
  const all = [...await ownPacks(options.config, terminal), ...BUILT_IN.map(listed(true))];
  const shown = name === undefined ? all : [find(name, all)];
  if (options.json) {
    const common = [...COMMON_FIELDS];
    terminal.out(`${JSON.stringify({ common, packs: shown }, null, 2)}\n`);
    return 0;
  }
  const [first] = shown;
  if (name !== undefined && first !== undefined) terminal.out(`${detailsOf(first)}\n`);
  else terminal.out(`${listOf(shown, terminal.columns ?? COLUMNS)}\n`);
  return 0;
}

/** The packs of the configuration; none where there is no configuration and nobody has named one. */
async function ownPacks(
  config: string | undefined,
  terminal: Terminal,
): Promise<readonly Listed[]> {
  try {
    const { configuration } = await readConfiguration(config, terminal);
    return configuration.packs.map(configuredPack).map(listed(false));
  } catch (error) {
    if (!(error instanceof RelayError) || config !== undefined) throw error;
    terminal.err("built-in packs only: no configuration can be read; see `mail2alert check`\n");
    return [];
  }
}

function listed(builtIn: boolean): (pack: Pack) => Listed {
  return ({ name, fields, events }) => ({ name, builtIn, fields, events });
}

function find(wanted: string, all: readonly Listed[]): Listed {
  const found = all.find(({ name }) => name === wanted);
  if (found !== undefined) return found;
  const names = all.map(({ name }) => name);
  throw new RelayError(
    "usage",
    `no pack is called ${JSON.stringify(wanted)}${suggest(wanted, names)}`,
  );
}

/** Each with what is its own. */
function listOf(all: readonly Listed[], columns: number): string {
  const common = wrapped("fields of every pack: ", COMMON_FIELDS, columns);
  const own = all.map(({ name, builtIn, fields, events }) =>
    [
      builtIn ? name : `${name} (of the configuration)`,
      ...fields.length > 0 ? [wrapped("  fields  ", fields, columns)] : [],
      ...events.length > 0 ? [wrapped("  events  ", events, columns)] : [],
    ].join("\n")
  );
  return [common, ...own].join("\n");
}

/** Words with blanks between, in lines below each other. */
function wrapped(label: string, words: readonly string[], columns: number): string {
  const lines: string[] = [];
  for (const word of words) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= columns) {
      lines[lines.length - 1] = `${last} ${word}`;
    } else lines.push((last === undefined ? label : " ".repeat(label.length)) + word);
  }
  return lines.join("\n");
}

/** Everything, each on a line of its own, as rules name it. */
function detailsOf({ name, builtIn, fields, events }: Listed): string {
  return [
    builtIn ? name : `${name} (of the configuration)`,
    ...block("its own fields", fields.map((field) => `fields.${field}`)),
    ...block("fields of every pack", COMMON_FIELDS.map((field) => `fields.${field}`)),
    ...block("events", events),
  ].join("\n");
}

function block(title: string, lines: readonly string[]): readonly string[] {
  return [`${title}:`, ...(lines.length === 0 ? ["none"] : lines).map((line) => `  ${line}`)];
}
