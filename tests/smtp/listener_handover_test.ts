import assert from "node:assert/strict";
import { SYSTEM_CLOCK } from "../../lib/smtp/deadline.ts";
import { openTlsServer } from "../../lib/smtp/tls/open_tls_server.ts";
import { rawClient, sendOn } from "../support/raw_client.ts";
import { startTestListener } from "../support/test_listener.ts";
import { HANG_MS, until, within } from "../support/wait.ts";

/** What a hand-over waits for sessions at most: longer than anything here. */
const LONGER_MS = 5 * HANG_MS;

/** Connects to a listener that says nothing until it is spoken to. */
async function connectSilently(port: number): Promise<Deno.TcpConn> {
  return await Deno.connect({ hostname: "127.0.0.1", port });
}

/** Whether nobody listens on a port any more. */
async function isRefused(port: number): Promise<boolean> {
  try {
    (await connectSilently(port)).close();
    return false;
  } catch (error) {
    return error instanceof Deno.errors.ConnectionRefused;
  }
}

Deno.test("SmtpListener.handOver() waits for a session whose PROXY header comes late", async () => {
  const old = startTestListener({ clock: SYSTEM_CLOCK, proxy: ["127.0.0.1"] });
  using client = rawClient(await connectSilently(old.address.port));
  const order: string[] = [];
  const handedOver = old.handOver(LONGER_MS).then(() => order.push("handed over"));
  const what = "the socket to be closed";
  await until(() => isRefused(old.address.port), { what, everyMs: 100 });
  await client.write("PROXY TCP4 127.0.0.7 127.0.0.1 4711 25\r\n");
  assert.match(await client.reply() ?? "", /^220 /);
  assert.match(await sendOn(client), /^250 /);
  order.push("mail taken");
  await client.say("QUIT");
  await handedOver;
  assert.deepEqual(order, ["mail taken", "handed over"]);
  await old.close(0);
});

for (const successor of [false, true]) {
  const beside = successor ? " beside a successor" : "";
  Deno.test(`SmtpListener.handOver() is quick where a PROXY header comes first${beside}`, async () => {
    const options = { clock: SYSTEM_CLOCK, proxy: ["127.0.0.1"] };
    const old = startTestListener(options);
    const next = successor && startTestListener({ ...options, address: old.address, beside: true });
    await within(old.handOver(LONGER_MS), { what: "the hand-over" });
    await old.close(0);
    if (next) await next.close(0);
  });

  Deno.test(`SmtpListener.handOver() is quick where TLS comes first${beside}`, async () => {
    const folder = await Deno.makeTempDir();
    const server = await openTlsServer({
      certificate: "self-signed",
      folder,
      hostname: "relay.test",
    });
    const tls = { server, mode: "implicit", required: true } as const;
    const old = startTestListener({ clock: SYSTEM_CLOCK, tls });
    const next = successor && startTestListener({ tls, address: old.address, beside: true });
    await within(old.handOver(LONGER_MS), { what: "the hand-over" });
    await old.close(0);
    if (next) await next.close(0);
    await server.close();
    await Deno.remove(folder, { recursive: true });
  });
}
