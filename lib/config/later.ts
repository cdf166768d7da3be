/**
 * Keys that the configuration will have. They are refused, not ignored: who writes `lookups`
 * must not believe that they are made.
 *
 * @module
 */

/** Keys of one mapping, and what each is about, as a message begins: "lookups are". */
export type LaterKeys = Readonly<Record<string, string>>;

/** The keys to come, by the mapping that will hold them. */
export const LATER: Readonly<
  Record<"file" | "rule", LaterKeys>
> = {
  file: {
    status: "the status page is",
    lookups: "lookups are",
    destinations: "destinations other than mail are",
  },
  rule: { when: "conditions other than filter are" },
};
