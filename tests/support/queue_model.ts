/** The queue as plain data: what the database must agree with, step by step. @module */

/** A delivery to come. */
export interface NewOne {
  readonly state: "waiting" | "dead";
  readonly dueAt: number;
  readonly claim: boolean;
}

/** A delivery of the model. */
export interface ModelDelivery {
  readonly id: number;
  readonly queueId: string;
  readonly state: "waiting" | "dead";
  readonly dueAt: number;
  readonly acceptedAt: number;
}

/** When the mails of a test are accepted. */
export const ACCEPTED_AT = 20;

/** A queue in memory. */
export class QueueModel {
  #deliveries: ModelDelivery[] = [];
  #claims = new Set<number>();
  /** Mails that have been routed anew. */
  #anew = new Set<string>();
  #lastId = 0;

  /** All deliveries, by their ids. */
  get deliveries(): readonly ModelDelivery[] {
    return this.#deliveries.toSorted((a, b) => a.id - b.id);
  }

  /** Takes a mail; `null`: it is there already. */
  accept(queueId: string, ones: readonly NewOne[]): readonly number[] | null {
    if (this.#has(queueId)) return null;
    this.#anew.delete(queueId);
    return ones.map((one) => this.#add(queueId, one, ACCEPTED_AT));
  }

  claim(now: number, limit: number): readonly number[] {
    const due = this.#deliveries.filter(({ id, state, dueAt }) =>
      state === "waiting" && dueAt <= now && !this.#claims.has(id)
    ).toSorted((a, b) => a.dueAt - b.dueAt || a.id - b.id).slice(0, limit);
    for (const { id } of due) this.#claims.add(id);
    return due.map(({ id }) => id);
  }

  release(id: number): null {
    this.#claims.delete(id);
    return null;
  }

  /** `null`: it fails, because the mail of our own is there already. */
  settle(
    { id, queueId }: { readonly id: number; readonly queueId: string },
    { replacements, anew, own }: {
      readonly replacements: readonly NewOne[];
      readonly anew: boolean;
      readonly own: string | null;
    },
  ): readonly number[] | null {
    const settled = this.#deliveries.find((one) =>
      one.id === id && one.queueId === queueId && one.state === "waiting"
    );
    if (settled !== undefined && anew && this.#anew.has(queueId)) {
      this.#claims.delete(id);
      this.#keep((one) => one.id !== id);
      return [];
    }
    if (settled !== undefined && own !== null && this.#has(own)) return null;
    this.#claims.delete(id);
    if (settled === undefined) return [];
    if (anew) this.#anew.add(queueId);
    this.#keep((one) =>
      one.id !== id &&
      !(anew && one.queueId === queueId && one.state === "waiting" && !this.#claims.has(one.id))
    );
    const ids = replacements.map((one) => this.#add(queueId, one, settled.acceptedAt));
    if (own !== null) this.#anew.delete(own);
    if (own !== null) this.#add(own, { state: "waiting", dueAt: 1_000, claim: false }, ACCEPTED_AT);
    return ids;
  }

  retry(queueId: string | null, now: number): readonly string[] {
    const found = new Set<string>();
    this.#deliveries = this.#deliveries.map((one) => {
      if (queueId !== null && one.queueId !== queueId) return one;
      found.add(one.queueId);
      const acceptedAt = one.state === "dead" ? now : one.acceptedAt;
      return { ...one, state: "waiting", dueAt: now, acceptedAt };
    });
    return [...found].sort();
  }

  drop(queueId: string): { readonly found: boolean; readonly underWay: boolean } {
    const of = this.#deliveries.filter((one) => one.queueId === queueId);
    const underWay = of.some(({ id }) => this.#claims.delete(id));
    for (const { id } of of) this.#claims.delete(id);
    this.#keep((one) => one.queueId !== queueId);
    return { found: of.length > 0, underWay };
  }

  expire(before: number): number {
    const expired = this.#deliveries.filter(({ state, acceptedAt }) =>
      state === "dead" && acceptedAt < before
    );
    this.#keep((one) => !expired.includes(one));
    return new Set(expired.map(({ queueId }) => queueId)).size;
  }

  /** The process has crashed. */
  crash(): null {
    this.#claims.clear();
    return null;
  }

  #has(queueId: string): boolean {
    return this.#deliveries.some((one) => one.queueId === queueId);
  }

  #keep(wanted: (one: ModelDelivery) => boolean): void {
    this.#deliveries = this.#deliveries.filter(wanted);
  }

  #add(queueId: string, { state, dueAt, claim }: NewOne, acceptedAt: number): number {
    const id = ++this.#lastId;
    if (claim && state === "waiting") this.#claims.add(id);
    this.#deliveries.push({ id, queueId, state, dueAt, acceptedAt });
    return id;
  }
}
