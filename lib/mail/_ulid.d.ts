/** Makes a ULID from a time in milliseconds since the epoch. */
export function ulid(seedTime?: number): string;
