import assert from "node:assert/strict";
import { RelayError } from "../../lib/errors.ts";
import { type BindAddress, bindListener } from "../../lib/smtp/bind.ts";
import { freePort } from "../support/ports.ts";

const HERE = { hostname: "127.0.0.1", port: 0 } as const;

function portOf(listener: Deno.TcpListener): number {
  return (listener.addr as Deno.NetAddr).port;
}

/** Writes down how it was asked to bind. */
function recordingBind(): { asked: BindAddress[]; bind: (at: BindAddress) => Deno.TcpListener } {
  const asked: BindAddress[] = [];
  const bind = (address: BindAddress) => {
    asked.push(address);
    return Deno.listen(address);
  };
  return { asked, bind };
}

Deno.test("bindListener() refuses a port that another of ours has, although that may be shared", () => {
  using first = bindListener({ address: HERE });
  const address = { ...HERE, port: portOf(first) };
  assert.throws(
    () => bindListener({ address }),
    (error) => error instanceof RelayError && error.code === "listen-failed",
  );
});

Deno.test("bindListener() shares a port with the one that it is beside", async () => {
  using first = bindListener({ address: HERE });
  const address = { ...HERE, port: portOf(first) };
  using second = bindListener({ address, beside: true });
  const accepted = Promise.race([first.accept(), second.accept()]);
  using _client = await Deno.connect(address);
  (await accepted).close();
});

Deno.test("bindListener() does not share a port with a program that does not", () => {
  using other = Deno.listen(HERE);
  const address = { ...HERE, port: portOf(other) };
  assert.throws(
    () => bindListener({ address, beside: true }),
    (error) => error instanceof RelayError && /another program listens/.test(error.message),
  );
});

Deno.test("bindListener() looks whether the port is free before it lets others share it", () => {
  const { asked, bind } = recordingBind();
  const address = { ...HERE, port: freePort() };
  bindListener({ address, bind }).close();
  assert.deepEqual(asked, [address, { ...address, reusePort: true }]);
});

Deno.test("bindListener() binds once where there is nothing to look for", () => {
  const { asked, bind } = recordingBind();
  const address = { ...HERE, port: freePort() };
  bindListener({ address, bind, beside: true }).close();
  bindListener({ address: HERE, bind }).close();
  assert.deepEqual(asked, [{ ...address, reusePort: true }, { ...HERE, reusePort: true }]);
});
