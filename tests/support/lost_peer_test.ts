import assert from "node:assert/strict";
import { connectionsTo, isLostPeer, nullWhenLost } from "./lost_peer.ts";

const cases = [
  { name: "NotConnected", lost: true, closed: false },
  { name: "ConnectionReset", lost: true, closed: false },
  { name: "ConnectionAborted", lost: true, closed: false },
  { name: "BrokenPipe", lost: true, closed: false },
  { name: "TimedOut", lost: true, closed: false },
  { name: "BadResource", lost: false, closed: true },
  { name: "Interrupted", lost: false, closed: true },
  { name: "ConnectionRefused", lost: false, closed: false },
  { name: "PermissionDenied", lost: false, closed: false },
] as const;

for (const { name, lost, closed } of cases) {
  Deno.test(`${name} ${lost ? "is" : "is not"} a peer that is gone`, () => {
    const error = new Deno.errors[name]("x");
    assert.equal(isLostPeer(error), lost);
    if (lost || closed) assert.equal(nullWhenLost(error), null);
    else assert.throws(() => nullWhenLost(error), error);
  });
}

/** A listener to which something happens: connections, and errors by name. */
async function accepted(...events: readonly (string | keyof typeof Deno.errors)[]) {
  const left = events.values();
  const accept = () => {
    const { value: event = "BadResource" } = left.next();
    if (!Object.hasOwn(Deno.errors, event)) return Promise.resolve(event as unknown as Deno.Conn);
    return Promise.reject(new Deno.errors[event as keyof typeof Deno.errors](event));
  };
  return await Array.fromAsync(connectionsTo({ accept }));
}

Deno.test("connectionsTo() goes on after peers that were gone, until the listener is closed", async () => {
  const events = ["one", "NotConnected", "ConnectionReset", "two", "ConnectionAborted"];
  assert.deepEqual(await accepted(...events, "BadResource", "three"), ["one", "two"]);
  assert.deepEqual(await accepted("one", "Interrupted", "two"), ["one"]);
  await assert.rejects(accepted("one", "PermissionDenied"), Deno.errors.PermissionDenied);
});
