/**
 * Connections of our client to wicked servers with TLS, for its tests: an authority that it trusts, what
 * it is told, and a mail that it sends.
 *
 * @module
 */

import { RelayError } from "../../lib/errors.ts";
import { compose } from "../../lib/mail/compose.ts";
import { type ClientOptions, openClient } from "../../lib/smtp/client/open_client.ts";
import { makeAuthority } from "./certificates.ts";
import { sampleDelivery, sampleMail } from "./sample_mail.ts";

/** Never aborted. */
export const { signal } = new AbortController();
/** Who signs. */
export const authority = await makeAuthority();
/** Signed for this machine. */
export const certificate = await authority.issue();
/** Where files are for the time of the test file. */
export const folder = await Deno.makeTempDir();
/** The authority, as a file. */
export const caFile = `${folder}/ca.pem`;
await Deno.writeTextFile(caFile, authority.certificate);
addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));

/** TLS as it should be. */
export const required = { mode: "required", caFile } as const;
/** A login. */
export const password = { kind: "password", user: "relay", password: "s3cret" } as const;

/** What a client of a server on this machine is told, which gets no credit for being here. */
export function optionsFor(port: number, more: Partial<ClientOptions> = {}): ClientOptions {
  return { hostname: "127.0.0.1", port, helloName: "relay.test", trustLoopback: false, ...more };
}

/** Opens, sends one mail, and says what became of it. */
export async function send(options: ClientOptions): Promise<string | undefined> {
  return await sendOver(await openClient(options, signal));
}

/** Sends one mail over a client, and says what became of it. */
export async function sendOver(
  client: Awaited<ReturnType<typeof openClient>>,
): Promise<string | undefined> {
  const content = compose(sampleMail(), sampleDelivery());
  const recipients = ["a@example.org"];
  const body = "7BIT" as const;
  const { outcomes } = await client.send(
    { reversePath: "", recipients, smtpUtf8: false, body, content },
    signal,
  );
  await client.quit();
  return outcomes.get("a@example.org")?.kind;
}

/** Whether an error has a code, and a reason. */
export function refused(code: string, reason: RegExp): (error: unknown) => boolean {
  return (error) =>
    error instanceof RelayError && error.code === code && reason.test(error.message);
}
