/** Holds lib/routing/subject.ts to its invariants. @module */

import assert from "node:assert/strict";
import { readHead } from "../../lib/routing/subject.ts";
import { messageOf } from "../support/mails.ts";

Deno.test("readHead() reads how the body begins, and no more of it", async () => {
  const body = "You received this\r\n" + "x".repeat(5_000);
  const opening = await readHead(messageOf(`Subject: x\r\n\r\n${body}`)).opening();
  assert.ok(opening.startsWith("You received this\r\nxxx"));
  assert.ok(opening.length <= 1_024);
});

Deno.test("readHead() has an empty opening when the body cannot be read", async () => {
  const message = {
    ...messageOf("Subject: x\r\n\r\nbody"),
    rest: () => {
      throw new Error("disk");
    },
  };
  assert.equal(await readHead(message).opening(), "");
});
