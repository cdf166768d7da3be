/** What peers may do to the control socket, and what it costs the relay. @module */

import assert from "node:assert/strict";
import { askControl } from "../../lib/control/client.ts";
import { connectControl, STATUS, withControl } from "../support/control_stage.ts";
import { HANG_MS, until } from "../support/wait.ts";

const SOON = { timeoutMs: HANG_MS };

const nonsense = [
  "",
  "GET / HTTP/1.1",
  "null",
  "[]",
  "{}",
  '{"command":"halt"}',
  '{"command":"toString"}',
  '{"command":"drop"}',
  '{"command":"drop","queueId":""}',
  '{"command":"drop","queueId":7}',
  `{"command":"retry","queueId":"${"x".repeat(101)}"}`,
  '{"command":"status"',
  "\ufffd\ufffd",
];

for (const line of nonsense) {
  Deno.test(`the control socket answers ${JSON.stringify(line.slice(0, 40))} with an error`, () =>
    withControl({}, async ({ path, asked }) => {
      using peer = await connectControl(path);
      await peer.write(`${line}\n`);
      assert.equal(await peer.rest(), '{"error":"no request that this version knows"}\n');
      assert.deepEqual(asked, []);
    }));
}

Deno.test("the control socket ignores keys that it does not know, and a second line", () =>
  withControl({}, async ({ path, asked }) => {
    using peer = await connectControl(path);
    await peer.write('{"command":"drop","queueId":"Q","force":true}\n{"command":"drain"}\n');
    assert.equal(await peer.rest(), '{"reply":{"found":true,"underWay":false}}\n');
    assert.deepEqual(asked, ["drop Q"]);
  }));

Deno.test("the control socket understands a line that comes octet by octet", () =>
  withControl({}, async ({ path, asked }) => {
    using peer = await connectControl(path);
    for (const character of '{"command":"drop","queueId":"Q"}\n') await peer.write(character);
    assert.equal(await peer.rest(), '{"reply":{"found":true,"underWay":false}}\n');
    assert.deepEqual(asked, ["drop Q"]);
  }));

Deno.test("the control socket takes a line of 64 KiB and closes on one more octet", () =>
  withControl({}, async ({ path }) => {
    const padded = (octets: number) => `${'{"command":"drain"}'.padEnd(octets)}\n`;
    using fits = await connectControl(path);
    await fits.write(padded(65_536));
    assert.equal(await fits.rest(), '{"reply":{}}\n');
    using over = await connectControl(path);
    await over.write(padded(65_537)).catch(() => "closed before all was sent");
    assert.equal(await over.rest(), "");
  }));

Deno.test("the control socket closes on a peer that says nothing, and on one that stops halfway", () =>
  withControl({}, async ({ path }) => {
    using silent = await connectControl(path);
    using slow = await connectControl(path);
    await slow.write('{"command":"sta');
    assert.equal(await silent.rest(), "");
    assert.equal(await slow.rest(), "");
    // So short a limit may strike a good peer, too.
    const ask = () => askControl(path, { command: "status" }, SOON).catch(() => null);
    assert.deepEqual(await until(ask, { what: "an answer to a good peer" }), STATUS);
  }, { peerMs: 50 }));

Deno.test("the control socket gives up on a peer that does not take its reply", () => {
  const queueIds = Array.from({ length: 100_000 }, (_, index) => `${index}`.padStart(26, "0"));
  const retry = () => Promise.resolve({ queueIds });
  return withControl({ retry }, async ({ path, server, asked }) => {
    using peer = await connectControl(path);
    await peer.write('{"command":"retry"}\n');
    await until(() => asked.length === 1, { what: "the request" });
    await until(() => server.open === 0, { what: "the end of it" });
    assert.ok((await peer.rest()).length < JSON.stringify(queueIds).length);
  }, { peerMs: 2_000 });
});

Deno.test("the control socket says that an answer takes too long", () => {
  const silent = Promise.withResolvers<void>();
  return withControl({ drain: () => silent.promise }, async ({ path }) => {
    using peer = await connectControl(path);
    await peer.write('{"command":"drain"}\n');
    assert.equal(await peer.rest(), '{"error":"no answer within 50 ms"}\n');
    silent.resolve();
  }, { answerMs: 50 });
});

Deno.test("the control socket turns the eleventh peer away, and takes the next when one has gone", () =>
  withControl({}, async ({ path, server }) => {
    const peers = await Promise.all(Array.from({ length: 10 }, () => connectControl(path)));
    await until(() => server.open === 10, { what: "ten connections" });
    using eleventh = await connectControl(path);
    assert.equal(await eleventh.rest(), '{"error":"too many connections at once"}\n');
    peers.pop()?.[Symbol.dispose]();
    await until(() => server.open === 9, { what: "nine connections" });
    assert.deepEqual(await askControl(path, { command: "status" }, SOON), STATUS);
    for (const peer of peers) peer[Symbol.dispose]();
  }));

Deno.test("the control socket outlives two hundred peers that come and go", () =>
  withControl({}, async ({ path }) => {
    for (let round = 0; round < 10; round++) {
      const peers = await Promise.all(Array.from({ length: 20 }, () => connectControl(path)));
      await Promise.all(peers.map((peer) => peer.write("{\n").catch(() => "turned away already")));
      for (const peer of peers) peer[Symbol.dispose]();
    }
    const answered = await until(
      () => askControl(path, { command: "status" }, SOON).catch(() => null),
      { what: "an answer" },
    );
    assert.deepEqual(answered, STATUS);
  }));
