/**
 * Spares work: credentials that were right are known for some minutes, those that are being
 * checked are not checked twice, and only a few are checked at once.
 *
 * @module
 */

import { createHmac, randomBytes } from "node:crypto";
import type { Clock } from "../deadline.ts";
import type { Credentials } from "./authenticator.ts";
import { Turnstile } from "./turnstile.ts";

/** How long right credentials are remembered, in ms. */
const REMEMBERED_MS = 10 * 60_000;
/** Most credentials that are remembered. */
const MAX_REMEMBERED = 1_000;
/** Each of those inside may take 128 MiB; those who wait get their turn within a few seconds. */
const LIMITS = { inside: 4, waiting: 200 } as const;

/** Says whether credentials are right; dear. */
export type Matcher = (credentials: Credentials) => Promise<boolean>;

/** Checks credentials at less than their price. */
export class Logins {
  readonly #match: Matcher;
  readonly #clock: Clock;
  readonly #turnstile = new Turnstile(LIMITS);
  /** Who reads the memory of the process finds no password, and none to compare hashes with. */
  readonly #key = randomBytes(32);
  /** When to forget; in this order. */
  readonly #remembered = new Map<string, number>();
  readonly #underWay = new Map<string, Promise<boolean | null>>();

  /** Remembers nobody yet. */
  constructor(match: Matcher, clock: Clock) {
    this.#match = match;
    this.#clock = clock;
  }

  /**
   * Whether credentials are right.
   *
   * @param unwanted Asked when it is their turn, which may be late: whether nobody wants to know
   * any more.
   * @returns `null` when that is so, or too many wait.
   * @throws {Error} When it cannot be found out.
   */
  async check(credentials: Credentials, unwanted: () => boolean): Promise<boolean | null> {
    const name = this.#nameOf(credentials);
    if (this.#knows(name)) return true;
    const underWay = this.#underWay.get(name);
    if (underWay !== undefined) return await underWay;
    const checked = this.#turnstile.pass<boolean | null>(() =>
      unwanted() ? Promise.resolve(null) : this.#match(credentials)
    );
    this.#underWay.set(name, checked);
    try {
      const right = await checked;
      if (right) this.#remember(name);
      return right;
    } finally {
      this.#underWay.delete(name);
    }
  }

  /** Neither part can hold a NUL. */
  #nameOf({ user, password }: Credentials): string {
    return createHmac("sha256", this.#key).update(`${user}\0${password}`).digest("base64");
  }

  #knows(name: string): boolean {
    this.#forget();
    return this.#remembered.has(name);
  }

  #remember(name: string): void {
    this.#remembered.set(name, this.#clock.now() + REMEMBERED_MS);
    this.#forget();
  }

  #forget(): void {
    const now = this.#clock.now();
    for (const [name, end] of this.#remembered) {
      if (end > now && this.#remembered.size <= MAX_REMEMBERED) return;
      this.#remembered.delete(name);
    }
  }
}
