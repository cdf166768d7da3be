/**
 * A disk that fails at one call: every statement that SQLite executes on this thread, and every
 * call that opens, syncs or moves a file, is counted, and the n-th fails.
 *
 * @module
 */

import { DatabaseSync, StatementSync } from "node:sqlite";

/** What fails, and with which words. */
export interface Failure {
  /** Which call, from 1. */
  readonly at: number;
  /** What SQLite says. */
  readonly sqlite: string;
  /** What the system says. */
  readonly system: string;
  /** Whether all calls after it fail too, until the disk is mended. */
  readonly forGood: boolean;
}

/** The failing disk; disposing of it mends it. */
export interface FailingDisk extends Disposable {
  /** How many calls there have been. */
  readonly calls: number;
}

type Method = (...values: unknown[]) => unknown;

const PLACES: readonly (readonly [object, readonly string[], "sqlite" | "system"])[] = [
  [StatementSync.prototype, ["run", "get", "all"], "sqlite"],
  [DatabaseSync.prototype, ["exec", "prepare"], "sqlite"],
  [Deno, ["open", "mkdir", "rename", "link"], "system"],
  [Deno.FsFile.prototype, ["sync"], "system"],
];

/** Breaks the disk of this thread. */
export function failingDisk(failure: Failure): FailingDisk {
  let calls = 0;
  const fails = () => ++calls === failure.at || (failure.forGood && calls > failure.at);
  const undo = PLACES.flatMap(([owner, names, words]) =>
    names.map((name) =>
      replace(owner, name, (method) =>
        function (this: unknown, ...values: unknown[]) {
          if (!fails()) return method.apply(this, values);
          if (words === "sqlite") throw sqliteError(failure.sqlite);
          return Promise.reject(new Error(failure.system));
        })
    )
  );
  return {
    get calls() {
      return calls;
    },
    [Symbol.dispose]: () => undo.forEach((mend) => mend()),
  };
}

/** An error as `node:sqlite` throws it. */
export function sqliteError(message: string): Error {
  return Object.assign(new Error(message), { code: "ERR_SQLITE_ERROR" });
}

function replace(owner: object, name: string, wrap: (method: Method) => Method): () => void {
  const method: Method = Reflect.get(owner, name);
  Reflect.set(owner, name, wrap(method));
  return () => Reflect.set(owner, name, method);
}
