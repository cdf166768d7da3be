import assert from "node:assert/strict";
import { messageFile, messagesFolder } from "../../lib/store/layout.ts";
import {
  accepted,
  done,
  FIELDS,
  queueIdOf,
  recordRow,
  testStore,
} from "../support/stored_mails.ts";

const HOUR_MS = 3_600_000;

Deno.test("openMailDatabase() tells files that a crash left, when they are old enough", () => {
  using store = testStore();
  const [queued, kept, left, young, headers] = [1, 2, 3, 4, 5].map(queueIdOf) as string[];
  const message = { octets: 1, digest: "", fields: FIELDS, rest: null };
  accepted(store.database, queued ?? "", { message });
  const inFile = recordRow(kept ?? "", { fields: FIELDS, inFile: true });
  done(store.database, { kind: "note", record: inFile });
  const fieldsOnly = recordRow(headers ?? "", { fields: FIELDS });
  done(store.database, { kind: "note", record: fieldsOnly });
  Deno.mkdirSync(messagesFolder(store.folder));
  for (const id of [queued, kept, left, young, headers]) {
    const path = messageFile(store.folder, id ?? "");
    Deno.writeTextFileSync(path, "x");
    const old = (Date.now() - 2 * HOUR_MS) / 1_000;
    if (id !== young) Deno.utimeSync(path, old, old);
  }
  assert.deepEqual(
    store.reopen().takeOrphans().toSorted(),
    [left, headers].map((id) => messageFile(store.folder, id ?? "")),
  );
});
