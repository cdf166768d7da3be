/**
 * How the reading of a configuration reaches the files that it names. Reading itself stays pure;
 * `load.ts` brings the disk.
 *
 * @module
 */

import type { Reading } from "./reading.ts";

/** Reads the file that a `…-file` key names, as written; the content is the secret. */
export type SecretReader = (path: string) => Reading<string>;

/** What a PEM file is to hold. */
export type PemKind = "certificate" | "key";

/** Looks whether a file, named as written, holds what it should; gives its absolute path. */
export type PemReader = (path: string, kind: PemKind) => Reading<string>;

/** Finds the file of a sample mail, named as written; gives its absolute path. */
export type SampleFinder = (path: string) => Reading<string>;

/** All of them. */
export interface FileReaders {
  /** For secrets. */
  readonly readSecret: SecretReader;
  /** For certificates and keys. */
  readonly readPem: PemReader;
  /** For samples. */
  readonly findSample: SampleFinder;
}
