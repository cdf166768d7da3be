import assert from "node:assert/strict";
import { startLog, stopLog } from "../../../lib/log.ts";
import { SYSTEM_CLOCK } from "../../../lib/smtp/deadline.ts";
import { InternalListener } from "../../../lib/smtp/tls/internal_listener.ts";
import { makeAuthority } from "../../support/certificates.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { readAll } from "../../support/tls_stage.ts";
import { shakeHands } from "../../support/tls_client.ts";
import { until, within } from "../../support/wait.ts";

const authority = await makeAuthority();
const { certificate: cert, key } = await authority.issue();

/** Port of the other end. */
function from(conn: Deno.Conn): number {
  return (conn.remoteAddr as Deno.NetAddr).port;
}

/** What a stranger reads after a handshake of its own. */
async function farewell(conn: Deno.TcpConn): Promise<string> {
  const secure = await shakeHands(conn, { ca: authority.certificate, name: "localhost" });
  const text = await readAll(secure);
  secure.close();
  return text;
}

Deno.test("connect() gives both ends of one connection, also of many made at once", async () => {
  const listener = new InternalListener({ cert, key }, SYSTEM_CLOCK);
  const pairs = await Promise.all(Array.from({ length: 100 }, () => listener.connect()));
  for (const { outer, inner } of pairs) {
    assert.equal(from(inner), (outer.localAddr as Deno.NetAddr).port);
    outer.close();
    inner.close();
  }
  await listener.close();
});

Deno.test("a stranger on the inside is turned away, and said; ours are served", async () => {
  const lines: string[] = [];
  startLog("INFO", (line) => lines.push(line));
  const listener = new InternalListener({ cert, key }, SYSTEM_CLOCK);
  const strangers = await Promise.all(
    Array.from({ length: 5 }, () => Deno.connect({ hostname: "127.0.0.1", port: listener.port })),
  );
  const ours = await Promise.all(Array.from({ length: 5 }, () => listener.connect()));
  const ports = new Set(ours.map(({ outer }) => (outer.localAddr as Deno.NetAddr).port));
  for (const stranger of strangers) {
    assert.ok(!ports.has((stranger.localAddr as Deno.NetAddr).port));
    assert.equal(await farewell(stranger), "");
  }
  await until(() => lines.length === 5, { what: "five lines" });
  for (const line of lines) {
    assert.match(line, / WARNING tls another program .* turned away from=127\.0\.0\.1:\d+$/m);
  }
  for (const { outer, inner } of ours) {
    assert.ok(ports.has(from(inner)));
    outer.close();
    inner.close();
  }
  await listener.close();
  stopLog();
});

Deno.test("strangers that come while connections are made are told apart", async () => {
  const listener = new InternalListener({ cert, key }, SYSTEM_CLOCK);
  const strange = () => Deno.connect({ hostname: "127.0.0.1", port: listener.port });
  const all = await Promise.all(
    Array.from({ length: 60 }, (_, index) => index % 2 ? strange() : listener.connect()),
  );
  for (const one of all) {
    if ("outer" in one) {
      assert.equal(from(one.inner), (one.outer.localAddr as Deno.NetAddr).port);
      one.outer.close();
      one.inner.close();
    } else {
      assert.equal(await farewell(one), "");
    }
  }
  await listener.close();
});

Deno.test("retire() lets those in that are connecting, and nobody after them", async () => {
  const listener = new InternalListener({ cert, key }, SYSTEM_CLOCK);
  const connecting = listener.connect();
  const retiring = listener.retire();
  const { outer, inner } = await connecting;
  await within(retiring, { what: "the listener to retire" });
  await assert.rejects(listener.connect(), { code: "connect-failed" });
  outer.close();
  inner.close();
});

Deno.test("close() ends connections that are being made", async () => {
  const listener = new InternalListener({ cert, key }, SYSTEM_CLOCK);
  const connecting = assert.rejects(listener.connect(), { code: "connect-failed" });
  await listener.close();
  await connecting;
  await listener.close();
});

/** Runs with another `Deno.listenTls`. */
async function withListener(
  change: (listener: Deno.TlsListener) => void,
  work: (listener: InternalListener) => Promise<void>,
  clock = new FakeClock(),
): Promise<void> {
  const { listenTls } = Deno;
  Deno.listenTls = (options) => {
    const listener = listenTls(options);
    change(listener);
    return listener;
  };
  const listener = new InternalListener({ cert, key }, clock);
  Deno.listenTls = listenTls;
  try {
    await work(listener);
  } finally {
    await listener.close();
  }
}

Deno.test("failures to accept are waited out, longer each time", async () => {
  const clock = new FakeClock();
  let left = 9;
  const fail = (listener: Deno.TlsListener) => {
    const accept = listener.accept.bind(listener);
    listener.accept = () =>
      left-- > 0 ? Promise.reject(new Error("Too many open files (os error 24)")) : accept();
  };
  await withListener(fail, async (listener) => {
    const connecting = listener.connect();
    for (const waitMs of [10, 20, 40, 80, 160, 320, 640, 1_000, 1_000]) {
      // The limit of the connection is a timer, too.
      await until(() => clock.pending === 2, { what: `the wait of ${waitMs} ms` });
      clock.advance(waitMs - 1);
      assert.equal(clock.pending, 2);
      clock.advance(1);
    }
    const { outer, inner } = await within(connecting, { what: "the connection" });
    outer.close();
    inner.close();
  }, clock);
});

Deno.test("a connection that nobody accepts is given up after 10 s", async () => {
  const clock = new FakeClock();
  const closed = Promise.withResolvers<never>();
  const never = (listener: Deno.TlsListener) => {
    listener.accept = () => closed.promise;
    const close = listener.close.bind(listener);
    listener.close = () => {
      close();
      closed.reject(new Error("closed"));
    };
  };
  await withListener(never, async (listener) => {
    const connecting = assert.rejects(listener.connect(), {
      code: "connect-failed",
      message: "Cannot connect to 127.0.0.1: it takes too long",
    });
    await until(() => clock.pending === 1, { what: "the limit" });
    clock.advance(9_999);
    assert.equal(clock.pending, 1);
    clock.advance(1);
    await within(connecting, { what: "the end" });
    assert.equal(clock.pending, 0);
  }, clock);
});
