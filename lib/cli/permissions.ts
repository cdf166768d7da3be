/**
 * `mail2alert permissions`: the Deno permission flags that a configuration needs, and no more.
 *
 * @module
 */

import { dirname, isAbsolute, resolve } from "node:path";
import { bracketed, callsOf } from "../config/calls.ts";
import { configurationPath, loadConfiguration } from "../config/load.ts";
import type { Configuration, ListenerConfig } from "../config/types.ts";
import { RelayError } from "../errors.ts";
import { temporaryPath } from "../smtp/bind_unix.ts";
import { controlSocket } from "../store/layout.ts";
import type { Terminal } from "./terminal.ts";

/** Variables that the program itself reads, and those that its libraries look at to pick colours. */
const OWN_VARIABLES = ["LOGLEVEL", "MAIL2ALERT_CONFIGURATION"];

/** Prints the flags on one line, ready for `deno run` and `deno compile`. */
export async function permissions(
  options: { readonly config?: string },
  terminal: Terminal,
): Promise<number> {
  const asked = { variables: new Set(OWN_VARIABLES), files: new Set<string>() };
  const env = (name: string) => {
    asked.variables.add(name);
    return terminal.env(name);
  };
  const path = configurationPath(options.config, env);
  asked.files.add(path);
  const configuration = await loadConfiguration(path, env, (file) => asked.files.add(file));
  terminal.out(`${permissionFlags(configuration, asked).join(" ")}\n`);
  const { path: store } = configuration.store;
  if (!isAbsolute(store)) {
    terminal.err(
      `${path}: warning: store.path is ${store}: these flags let mail2alert run in the working ` +
        `folder ${resolve(".")} only; write the path in full\n`,
    );
  }
  return 0;
}

/**
 * The flags for one configuration.
 *
 * @param configuration What the relay is to do.
 * @param asked The environment variables and files that reading the configuration took.
 */
export function permissionFlags(
  configuration: Configuration,
  asked: { readonly variables: ReadonlySet<string>; readonly files: ReadonlySet<string> },
): string[] {
  const store = resolve(configuration.store.path);
  // A socket is made in a folder of its own beside its path, and moved (`smtp/bind_unix.ts`).
  const own = [
    store,
    ...sockets(configuration.listeners).flatMap((path) => [path, dirname(temporaryPath(path))]),
  ];
  const files = [...asked.files].map((file) => resolve(file));
  return [
    // Whether two programs may listen on one port, while the one replaces the other.
    "--unstable-net",
    flag("net", [...netTargets(configuration), `unix:${controlSocket(store)}`]),
    flag("read", [...files, ...own, ...ownFiles()]),
    flag("write", own),
    flag("env", [...asked.variables].sort()),
    flag("sys", ["hostname", "statfs"]),
  ];
}

/** The store has a thread of its own, for which Deno asks; an executable carries it inside. */
function ownFiles(): string[] {
  const { dirname: folder } = import.meta;
  return Deno.build.standalone || folder === undefined ? [] : [resolve(folder, "..")];
}

/** Where it listens and whom it calls, as Deno wants it: `host:port`, `unix:path`. */
function netTargets(configuration: Configuration): string[] {
  const { listeners } = configuration;
  return [
    ...listeners.filter(({ unix }) => unix === undefined).map(({ hostname, port }) =>
      `${bracketed(hostname)}:${port}`
    ),
    ...callsOf(configuration).map(({ host }) => host),
    ...sockets(listeners).flatMap((path) => [`unix:${path}`, `unix:${temporaryPath(path)}`]),
  ];
}

/** The unix sockets that it listens on. */
function sockets(listeners: readonly ListenerConfig[]): string[] {
  return listeners.flatMap(({ unix }) => unix === undefined ? [] : [unix.path]);
}

/** One flag; quoted for the shell where a value holds anything unusual. */
function flag(name: string, values: readonly string[]): string {
  const impossible = values.find((value) => value.includes(","));
  if (impossible !== undefined) {
    throw new RelayError(
      "usage",
      `Cannot write --allow-${name} for ${
        JSON.stringify(impossible)
      }: Deno takes a comma for the ` +
        "end of a value; use a name without one",
    );
  }
  const text = `--allow-${name}=${[...new Set(values)].join(",")}`;
  return /^[\w\-=.,:/[\]]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
