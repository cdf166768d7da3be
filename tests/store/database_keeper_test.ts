import assert from "node:assert/strict";
import { DatabaseKeeper, type DatabaseSource } from "../../lib/store/database_keeper.ts";
import type { MailDatabase, Operation } from "../../lib/store/operations.ts";
import { sqliteSource } from "../../lib/store/sqlite_source.ts";
import type { WorkerRecord } from "../../lib/store/worker_messages.ts";
import { sqliteError } from "../support/failing_disk.ts";
import { mailRow, queueIdOf } from "../support/stored_mails.ts";

const COUNTS: Operation = { kind: "counts" };
const ACCEPT: Operation = { kind: "accept", mails: [mailRow(queueIdOf(1))] };

interface Stage {
  readonly folder: string;
  readonly records: Omit<WorkerRecord, "kind">[];
  /** A keeper; `change` puts something in the place of parts of SQLite. */
  keeper(change?: (source: DatabaseSource) => Partial<DatabaseSource>): DatabaseKeeper;
}

async function onStage(test: (stage: Stage) => Promise<void> | void): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "mail2alert-store-" });
  const records: Omit<WorkerRecord, "kind">[] = [];
  const keepers: DatabaseKeeper[] = [];
  const keeper: Stage["keeper"] = (change = () => ({})) => {
    const tell = (record: Omit<WorkerRecord, "kind">) => void records.push(record);
    const source = sqliteSource(folder, tell);
    const made = new DatabaseKeeper(folder, { ...source, ...change(source) }, tell);
    keepers.push(made);
    return made;
  };
  try {
    await test({ folder, records, keeper });
  } finally {
    for (const made of keepers) made.close();
    await Deno.remove(folder, { recursive: true });
  }
}

/** A database whose first transaction that takes a mail fails. */
function failingOnce(database: MailDatabase, error: Error): MailDatabase {
  let failed = false;
  return {
    transact(operations) {
      if (failed || !operations.includes(ACCEPT)) return database.transact(operations);
      failed = true;
      throw error;
    },
    takeOrphans: () => database.takeOrphans(),
    prune: (limits) => database.prune(limits),
    checkpoint: () => database.checkpoint(),
    close: () => database.close(),
  };
}

Deno.test("DatabaseKeeper.commit() refuses what comes before it is open", () =>
  onStage(({ keeper }) => {
    const { problem, kind } = keeper().commit([COUNTS]);
    assert.deepEqual([kind, problem?.code], ["not-committed", "store-failed"]);
  }));

Deno.test("DatabaseKeeper.open() says what is wrong and how to mend it, and opens it later", () =>
  onStage(async ({ folder, keeper }) => {
    await Deno.writeTextFile(`${folder}/messages`, "a file where the folder should be");
    const made = keeper();
    const problem = made.open();
    assert.equal(problem?.code, "store-failed");
    assert.match(problem?.reason ?? "", /Cannot open the store: .*exists.*must be a folder/);
    assert.equal(made.commit([COUNTS]).problem, problem);
    await Deno.remove(`${folder}/messages`);
    assert.equal(made.open(), null);
    assert.equal(made.commit([COUNTS]).kind, "committed");
  }));

for (
  const { said, code, remedy } of [
    { said: "database or disk is full", code: "store-full", remedy: /make space/ },
    { said: "disk I/O error", code: "store-failed", remedy: /check the disk/ },
    { said: "attempt to write a readonly database", code: "store-failed", remedy: /writable/ },
    { said: "unable to open database file", code: "store-failed", remedy: /read and write/ },
  ]
) {
  Deno.test(`DatabaseKeeper.commit() calls "${said}" ${code}, and is well afterwards`, () =>
    onStage(({ keeper }) => {
      const made = keeper((source) => ({
        open: () => failingOnce(source.open(), sqliteError(said)),
      }));
      assert.equal(made.open(), null);
      const { kind, problem } = made.commit([ACCEPT]);
      assert.deepEqual([kind, problem?.code], ["not-committed", code]);
      assert.match(problem?.reason ?? "", remedy);
      assert.equal(made.open(), null, "the probe");
      assert.equal(made.commit([ACCEPT]).kind, "committed");
    }));
}

Deno.test("DatabaseKeeper.commit() replaces a damaged database and tries again once", () =>
  onStage(({ keeper, records, folder }) => {
    const damage = sqliteError("database disk image is malformed");
    const made = keeper((source) => ({
      open: () => failingOnce(source.open(), damage),
    }));
    assert.equal(made.open(), null);
    const result = made.commit([ACCEPT, COUNTS]);
    assert.equal(result.kind, "committed");
    const counts = { kind: "done", answer: { waiting: 1, dead: 0, damaged: 0 } };
    assert.deepEqual(result.kind === "committed" && result.results[1], counts);
    assert.ok(records.some(({ level, event }) => level === "error" && /damaged/.test(event)));
    assert.ok([...Deno.readDirSync(folder)].some(({ name }) => name.startsWith("damaged-")));
  }));

Deno.test("DatabaseKeeper.commit() says so when a damaged database cannot be replaced", () =>
  onStage(({ keeper }) => {
    const made = keeper((source) => ({
      open: () => failingOnce(source.open(), sqliteError("file is not a database")),
      replace: () => {
        throw new Error("No space left on device (os error 28)");
      },
    }));
    assert.equal(made.open(), null);
    const { kind, problem } = made.commit([ACCEPT]);
    assert.deepEqual([kind, problem?.code], ["not-committed", "store-full"]);
    assert.equal(made.commit([COUNTS]).problem, problem, "it stays closed");
    assert.equal(made.open(), null, "until it is tried again");
  }));

Deno.test("DatabaseKeeper.commit() tells of a full disk also when others found space", () =>
  onStage(({ keeper }) => {
    const reason = "No space left in the folder of the store";
    const made = keeper((source) => ({
      open: () => ({
        ...failingOnce(source.open(), new Error("never")),
        transact: () => [{ kind: "failed", reason }],
      }),
    }));
    assert.equal(made.open()?.code, "store-full");
    assert.deepEqual(made.commit([ACCEPT]).kind, "committed");
    assert.equal(made.commit([ACCEPT]).problem?.code, "store-full");
  }));
