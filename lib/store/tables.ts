/**
 * What everything that works on the tables is given.
 *
 * @module
 */

import type { Connection } from "./connection.ts";
import type { TransactionMemory } from "./transaction_memory.ts";

/** Told what the operator should know; without secrets. A warning, unless mails were lost. */
export type Warn = (
  text: string,
  details: Readonly<Record<string, string | number>>,
  level?: "warning" | "error",
) => void;

/** The database and what belongs to it. */
export interface Tables {
  /** The database. */
  readonly sql: Connection;
  /** What goes along with its transactions. */
  readonly memory: TransactionMemory;
  /** The folder of the store. */
  readonly store: string;
}
