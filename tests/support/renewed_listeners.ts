/** Listeners that serve by one configuration after another. @module */

import { join } from "node:path";
import { type Listeners, openListeners } from "../../lib/app/listeners.ts";
import { loadConfiguration } from "../../lib/config/load.ts";
import type { Configuration } from "../../lib/config/types.ts";
import { makeAuthority, writeCertificate } from "./certificates.ts";
import type { RawClient } from "./raw_client.ts";
import { recordingService } from "./recording_service.ts";

/** Listeners of a configuration, and their renewal. */
export interface Stage {
  /** Where the configuration and its files are. */
  readonly folder: string;
  /** The listeners. */
  readonly listeners: Listeners;
  /** The port of the first. */
  readonly port: number;
  /** Has them serve by a configuration: lines of its one listener, and others. */
  renew(listener: string, more?: string): Promise<void>;
}

/** Reads a configuration of one listener. */
export async function configurationOf(
  folder: string,
  listener: string,
  more = "",
): Promise<Configuration> {
  const file = join(folder, "relay.yml");
  const store = `store: {path: ${folder}/store}`;
  const text = `local-smtp: [{listen: 127.0.0.1:0${listener}}]\n${store}\nremote-smtp: localhost:9`;
  await Deno.writeTextFile(file, `${text}\nmanagers: []\n${more}`);
  return await loadConfiguration(file);
}

/** Opens the listener that a line describes, and closes it after the play. */
export async function onStage(
  listener: string,
  play: (stage: Stage) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "renewed-" });
  const authority = await makeAuthority();
  await writeCertificate(folder, await authority.issue());
  await Deno.writeTextFile(join(folder, "ca.pem"), authority.certificate);
  const listeners = await openListeners(await configurationOf(folder, listener), {
    service: recordingService(),
    beside: false,
  });
  const renew = async (listener: string, more?: string) => {
    const put = await listeners.prepare(await configurationOf(folder, listener, more));
    put();
  };
  try {
    await play({ folder, listeners, port: listeners.all[0]?.address.port ?? 0, renew });
  } finally {
    await listeners.close(0);
    await Deno.remove(folder, { recursive: true });
  }
}

/** What a client is offered. */
export async function offers(client: RawClient): Promise<string> {
  return await client.say("EHLO notifier.test") ?? "(closed)";
}

/** A listener with the certificate of the stage. */
export const TLS = ", tls: {certificate: server.pem, key: server.key}";
