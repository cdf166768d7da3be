/** What ends attempts, one by one and all at once. @module */

import assert from "node:assert/strict";
import { Endings } from "../../lib/queue/endings.ts";

Deno.test("a piece of work ends alone, and nothing else with it", () => {
  const endings = new Endings();
  const [one, other] = [endings.begin(), endings.begin()];
  one.abort(new Error("enough"));
  assert.deepEqual([one, other, endings].map(({ signal }) => signal.aborted), [true, false, false]);
});

Deno.test("all ends at once, also what begins later, but not what was over before", () => {
  const endings = new Endings();
  const [over, running] = [endings.begin(), endings.begin()];
  endings.done(over);
  endings.abort(new Error("the end"));
  const late = endings.begin();
  assert.deepEqual([over, running, late, endings].map(({ signal }) => signal.aborted), [
    false,
    true,
    true,
    true,
  ]);
  for (const { signal } of [running, late]) assert.match(String(signal.reason), /the end/);
});
