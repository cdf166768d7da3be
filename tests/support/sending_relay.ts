/**
 * A relay in the test's own process that sends by a mail server of others, with the log at its
 * most talkative.
 *
 * @module
 */

import { join } from "node:path";
import { loadConfiguration } from "../../lib/config/load.ts";
import { startLog, stopLog } from "../../lib/log.ts";
import { startOwnRelay } from "./own_relay.ts";
import { type RawMail, sendRaw } from "./raw_client.ts";
import { queueOf } from "./store_reading.ts";

/** A relay at work. */
export interface SendingRelay extends AsyncDisposable {
  /** Its port, in clear. */
  readonly port: number;
  /** Gives it a mail: the reply that decided. */
  send(mail?: RawMail): Promise<string>;
  /** Why what is still queued was not delivered, one reason a delivery. */
  reasons(): readonly string[];
  /** The log so far. */
  log(): string;
}

/** Starts one that uses these mail servers, each a mapping of `remote-smtp` in one line. */
export async function startSendingRelay(servers: readonly string[]): Promise<SendingRelay> {
  const lines: string[] = [];
  startLog("DEBUG", (line) => lines.push(line));
  await using ends = new AsyncDisposableStack();
  ends.defer(stopLog);
  const folder = await Deno.makeTempDir({ prefix: "sending-relay-" });
  ends.defer(() => Deno.remove(folder, { recursive: true }));
  const file = join(folder, "configuration.yml");
  const configuration = [
    "hostname: relay.test",
    "local-smtp: 127.0.0.1:0",
    "managers: []",
    "remote-smtp:",
    ...servers.map((server) => `- {${server}}`),
    "",
  ];
  await Deno.writeTextFile(file, configuration.join("\n"));
  const relay = ends.use(await startOwnRelay(await loadConfiguration(file)));
  const all = ends.move();
  return {
    port: relay.port,
    send: (mail) => sendRaw(relay.port, mail),
    reasons: () => queueOf(relay.store).flatMap((one) => one.deliveries.map((it) => it.reason)),
    log: () => lines.join(""),
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}
