/**
 * Judges by a trace of system calls whether mails were on disk when their notifiers were told so.
 * Pure.
 *
 * What must have happened, each step ended before the next began, for every `250 … queued as ID`:
 *
 * 1. the last octets of the connection were read;
 * 2. of a message in a file: the file was synced after all that was written to it, renamed to
 *    `messages/ID.eml`, and that folder was synced;
 * 3. something with the ID was written to the database's log;
 * 4. the log was synced;
 * 5. the reply was written.
 *
 * @module
 */

import { databaseFile, messageFile, messagesFolder } from "../../lib/store/layout.ts";
import { type Call, textsOf } from "./strace.ts";

/** The system calls that the judgement needs. */
export const DURABILITY_CALLS: readonly string[] = [
  ...["read", "readv", "recvfrom", "recvmsg"],
  ...["write", "writev", "pwrite64", "pwritev", "sendto", "sendmsg"],
  ...["fsync", "fdatasync", "rename", "renameat", "renameat2"],
];

/** What a trace says. */
export interface DurableReplies {
  /** The queue ids that were told, in order. */
  readonly told: readonly string[];
  /** Those of them whose message was in a file. */
  readonly inFiles: readonly string[];
  /** What was told although it was not on disk, one sentence each. */
  readonly faults: readonly string[];
}

const READS = ["read", "readv", "recvfrom", "recvmsg"];
const WRITES = ["write", "writev", "pwrite64", "pwritev", "sendto", "sendmsg"];
const SYNCS = ["fsync", "fdatasync"];
const RENAMES = ["rename", "renameat", "renameat2"];
const TOLD = /250 [^"\\]*\bqueued as ([0-9A-HJKMNP-TV-Z]{26})\b/g;

/** Judges every reply of a trace. */
export function judgeReplies(calls: readonly Call[], store: string): DurableReplies {
  const told: string[] = [];
  const inFiles: string[] = [];
  const faults: string[] = [];
  for (const reply of calls) {
    if (!WRITES.includes(reply.name) || !reply.file?.startsWith("TCP")) continue;
    for (const [, id = ""] of reply.args.matchAll(TOLD)) {
      told.push(id);
      const rename = calls.find((one) => isRenameTo(one, messageFile(store, id)));
      if (rename) inFiles.push(id);
      const fault = faultOf({ calls, store, id, reply, rename });
      if (fault !== null) faults.push(`${id}: ${fault}`);
    }
  }
  return { told, inFiles, faults };
}

interface Case {
  readonly calls: readonly Call[];
  readonly store: string;
  readonly id: string;
  readonly reply: Call;
  readonly rename: Call | undefined;
}

/** What is wrong with one reply; `null`: nothing. */
function faultOf({ calls, store, id, reply, rename }: Case): string | null {
  const read = calls.findLast((one) =>
    READS.includes(one.name) && one.file === reply.file && (one.result ?? 0) > 0 &&
    one.ended < reply.began
  );
  if (read === undefined) return "no octets of its connection were read before the reply";
  const before = calls.filter((one) => one.ended < reply.began);
  const folder = rename ? folderSync(before, { store, rename, after: read }) : read;
  if (typeof folder === "string") return folder;
  const log = `${databaseFile(store)}-wal`;
  const written = before.find((one) =>
    WRITES.includes(one.name) && one.file === log && (one.result ?? 0) > 0 &&
    one.began > folder.ended && one.args.includes(id)
  );
  if (written === undefined) {
    return `its record was not written to the log between ${nameOf(folder)} and the reply`;
  }
  const synced = before.some((one) => isSyncOf(one, log) && one.began > written.ended);
  return synced ? null : "the log was not synced between its record and the reply";
}

/** The sync of the folder into which a message's file was renamed, or what is wrong on the way there. */
function folderSync(
  before: readonly Call[],
  { store, rename, after }: { readonly store: string; readonly rename: Call; readonly after: Call },
): Call | string {
  const [source = ""] = textsOf(rename);
  const lastWrite = before.findLast((one) => WRITES.includes(one.name) && one.file === source);
  if (lastWrite === undefined) return "nothing was written to its file";
  if (rename.began < lastWrite.ended) return "its file was written to after it was renamed";
  const synced = before.some((one) =>
    isSyncOf(one, source) && one.began > lastWrite.ended && one.ended < rename.began
  );
  if (!synced) return "its file was not synced between the last write and the rename";
  const folder = before.find((one) =>
    isSyncOf(one, messagesFolder(store)) && one.began > rename.ended && one.began > after.ended
  );
  return folder ?? "the folder of its file was not synced between the rename and the reply";
}

function isSyncOf(call: Call, file: string): boolean {
  return SYNCS.includes(call.name) && call.file === file && call.result === 0;
}

function isRenameTo(call: Call, path: string): boolean {
  return RENAMES.includes(call.name) && call.result === 0 && textsOf(call)[1] === path;
}

function nameOf({ name, file }: Call): string {
  return `${name} of ${file?.startsWith("TCP") ? "its connection" : file}`;
}
