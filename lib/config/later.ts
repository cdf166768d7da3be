/**
 * Keys that the configuration will have. They are refused, not ignored: who writes `status`
 * must not believe that there is a page.
 *
 * @module
 */

/** Keys of one mapping, and what each is about, as a message begins: "lookups are". */
export type LaterKeys = Readonly<Record<string, string>>;

/** The keys to come, by the mapping that will hold them. */
export const LATER: Readonly<
  Record<"file", LaterKeys>
> = {
  file: {
    status: "the status page is",
    destinations: "destinations other than mail are",
  },
};
