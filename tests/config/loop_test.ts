/** Whether the smarthost is ourselves. @module */

import assert from "node:assert/strict";
import { isLoopback, isOwnListener } from "../../lib/config/loop.ts";

const pairs = [
  { smarthost: "localhost", listener: "localhost", loop: true },
  { smarthost: "localhost", listener: "127.0.0.1", loop: true },
  { smarthost: "localhost", listener: "::1", loop: true },
  { smarthost: "127.0.0.1", listener: "localhost", loop: true },
  { smarthost: "::1", listener: "localhost", loop: true },
  { smarthost: "127.0.0.1", listener: "::1", loop: false },
  { smarthost: "127.0.0.1", listener: "127.0.0.2", loop: false },
  { smarthost: "127.0.0.2", listener: "0.0.0.0", loop: true },
  { smarthost: "localhost", listener: "::", loop: true },
  { smarthost: "0.0.0.0", listener: "127.0.0.1", loop: true },
  { smarthost: "0.0.0.0", listener: "::", loop: true },
  { smarthost: "Relay.Example.com", listener: "relay.example.com", loop: true },
  { smarthost: "mx.example.com", listener: "0.0.0.0", loop: false },
  { smarthost: "10.0.0.1", listener: "localhost", loop: false },
  { smarthost: "localhost", listener: "10.0.0.1", loop: false },
];

for (const { smarthost, listener, loop } of pairs) {
  Deno.test(`isOwnListener() says ${loop} for ${smarthost} when we listen on ${listener}`, () => {
    const there = { hostname: smarthost, port: 25 };
    assert.equal(isOwnListener(there, { hostname: listener, port: 25 }), loop);
    assert.equal(isOwnListener(there, { hostname: listener, port: 26 }), false);
  });
}

Deno.test("isLoopback() knows names and addresses of the loopback interface, and no others", () => {
  for (const name of ["localhost", "LOCALHOST", "127.0.0.1", "127.8.8.8", "::1"]) {
    assert.equal(isLoopback(name), true, name);
  }
  for (const name of ["127.example.com", "128.0.0.1", "::", "0.0.0.0", "localhost.example.com"]) {
    assert.equal(isLoopback(name), false, name);
  }
});
