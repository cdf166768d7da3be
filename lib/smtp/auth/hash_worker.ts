/**
 * The thread that computes Argon2 and bcrypt: a Worker, because they block.
 *
 * @module
 */

import { type HashPort, serveHashes } from "./wasm_hash.ts";

// A worker's `self`; the compiler takes it for a window's.
const port: unknown = self;
serveHashes(port as HashPort);
