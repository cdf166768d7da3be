/**
 * The thread that owns the database: a Worker, because SQLite's calls block while the disk works.
 *
 * @module
 */

import { serveDatabase, type WorkerPort } from "./database_service.ts";
import { sqliteSource } from "./sqlite_source.ts";

// A worker's `self`; the compiler takes it for a window's.
const port: unknown = self;
serveDatabase(port as WorkerPort, sqliteSource);
