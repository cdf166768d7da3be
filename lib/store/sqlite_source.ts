/**
 * SQLite's databases for the keeper (`database_keeper.ts`).
 *
 * @module
 */

import type { DatabaseSource } from "./database_keeper.ts";
import type { Tell } from "./database_service.ts";
import { makeFolder } from "./folders.ts";
import { databaseFile, messagesFolder } from "./layout.ts";
import { type DatabaseOptions, openMailDatabase, replaceDamaged } from "./mail_database.ts";
import { isDamage } from "./sqlite_errors.ts";

/** SQLite's databases in the folder of a store. */
export function sqliteSource(store: string, tell: Tell): DatabaseSource {
  const path = databaseFile(store);
  const options: DatabaseOptions = {
    warn: (event, details, level = "warning") => tell({ level, event, details }),
  };
  return {
    open() {
      makeFolder(messagesFolder(store));
      return openMailDatabase(path, options);
    },
    isDamage,
    replace: () => replaceDamaged(path, options),
  };
}
