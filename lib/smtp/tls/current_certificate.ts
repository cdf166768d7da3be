/**
 * The certificate in force: a listener that uses it, replaced when the files change.
 *
 * INVARIANT: what was good stays in force until there is something better. A rotation changes two
 * files one after the other; what does not fit in between is said once, and not used. Files count as
 * seen only once they are in force: what kept them from it (no right to read them, too many open
 * files) may be mended without a trace in them.
 *
 * @module
 */

import type { CertificateFiles } from "../../config/types.ts";
import { reasonOf, RelayError } from "../../errors.ts";
import { log } from "../../log.ts";
import { type Clock, pause } from "../deadline.ts";
import {
  type Credentials,
  readCredentials,
  refusedPair,
  stateOf,
  warningsOf,
} from "./certificates.ts";
import { InternalListener } from "./internal_listener.ts";

/** Where the certificate comes from, and time. */
export interface CertificateOptions {
  /** Says which files it is in, having made them where that is wanted. */
  readonly files: () => Promise<CertificateFiles>;
  /** Where spans of time come from. */
  readonly clock: Clock;
  /** The present, in ms since the epoch. */
  readonly now: () => number;
}

/** Shortest time between two looks at the files, and longest wait for one, in ms. */
const LOOK_MS = 1_000;

const logger = log("tls");

/** A certificate that follows its files. */
export class CurrentCertificate {
  readonly #options: CertificateOptions;
  #files: CertificateFiles;
  #credentials: Credentials;
  #listener: InternalListener;
  /** What the files looked like before the certificate in force was read from them. */
  #state: string;
  /** Why they could not be used, as it was said last; absent once they could. */
  #refusal: string | undefined;
  #lookedAt: number;
  #looking: Promise<void> | undefined;
  readonly #retiring = new Set<Promise<void>>();
  readonly #warned = new Set<string>();
  #closed = false;

  private constructor(options: CertificateOptions, loaded: Loaded) {
    this.#options = options;
    this.#files = loaded.credentials.files;
    this.#credentials = loaded.credentials;
    this.#listener = loaded.listener;
    this.#state = loaded.state;
    this.#lookedAt = options.clock.now();
    this.#warn();
  }

  /**
   * Reads the files and puts the certificate in force.
   *
   * @throws {RelayError} `config-invalid`, with what would help.
   */
  static async open(options: CertificateOptions): Promise<CurrentCertificate> {
    return new CurrentCertificate(options, await load(await options.files(), options.clock));
  }

  /** The listener to use now; it is never rejected, only replaced. */
  get listener(): InternalListener {
    return this.#listener;
  }

  /** Looks whether the files have changed, at most once a second. Takes a second at most. Never rejects. */
  look(): Promise<void> {
    const { clock } = this.#options;
    if (this.#looking === undefined && clock.now() - this.#lookedAt >= LOOK_MS) {
      this.#start(async () => {
        this.#warn();
        if (await stateOf(this.#files) !== this.#state) await this.#replace();
        else this.#refusal = undefined;
      });
    }
    return this.#looked();
  }

  /** Reads the files again, changed or not. Never rejects. */
  async reload(): Promise<void> {
    await this.#looked();
    if (this.#closed) return;
    // Who asks is answered, also by what has been said before.
    this.#refusal = undefined;
    this.#start(async () => {
      this.#files = await this.#options.files();
      await this.#replace();
    });
    await this.#looked();
  }

  /** Stops listening. Never rejects. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#looked();
    await Promise.all([this.#listener.close(), ...this.#retiring]);
  }

  /** Waits for the look under way, but not for a disk that does not answer. */
  async #looked(): Promise<void> {
    if (this.#looking === undefined) return;
    const over = new AbortController();
    await Promise.race([this.#looking, pause(LOOK_MS, this.#options.clock, over.signal)]);
    over.abort();
  }

  #start(work: () => Promise<void>): void {
    this.#looking = work()
      .catch((error) => this.#refuse(reasonOf(error)))
      .finally(() => {
        this.#looking = undefined;
        this.#lookedAt = this.#options.clock.now();
      });
  }

  /** Files that are no good are read again at each look, for what ails them may not show: once is enough. */
  #refuse(error: string): void {
    if (this.#refusal === error) return;
    this.#refusal = error;
    logger.warning("certificate not replaced; the one before stays in force", { error });
  }

  async #replace(): Promise<void> {
    const { credentials, listener, state } = await load(this.#files, this.#options.clock);
    if (this.#closed) return await listener.close();
    this.#state = state;
    this.#refusal = undefined;
    const retiring = this.#listener.retire().finally(() => this.#retiring.delete(retiring));
    this.#retiring.add(retiring);
    const { cert, key } = this.#credentials;
    const same = cert === credentials.cert && key === credentials.key;
    this.#credentials = credentials;
    this.#listener = listener;
    logger.info(same ? "certificate read again, unchanged" : "certificate replaced", {
      file: this.#files.certificateFile,
      sha256: credentials.fingerprint,
    });
    this.#warn();
  }

  /** Says each thing once for each certificate. */
  #warn(): void {
    const { fingerprint, files } = this.#credentials;
    for (const warning of warningsOf(this.#credentials, this.#options.now())) {
      const key = `${fingerprint} ${warning}`;
      if (this.#warned.has(key)) continue;
      this.#warned.add(key);
      logger.warning(`certificate ${warning}`, {
        file: files.certificateFile,
        sha256: fingerprint,
      });
    }
  }
}

interface Loaded {
  readonly credentials: Credentials;
  readonly listener: InternalListener;
  readonly state: string;
}

/** The state is taken first: a change while the files are read must show at the next look. */
async function load(files: CertificateFiles, clock: Clock): Promise<Loaded> {
  const state = await stateOf(files);
  const credentials = await readCredentials(files);
  try {
    return { credentials, listener: new InternalListener(credentials, clock), state };
  } catch (error) {
    throw error instanceof RelayError ? error : refusedPair(files, error);
  }
}
