/**
 * A relay with TLS and logins, in the test's own process, and a recording mail server behind it:
 * what programs of others meet as clients.
 *
 * @module
 */

import assert from "node:assert/strict";
import { join } from "node:path";
import { loadConfiguration } from "../../lib/config/load.ts";
import { startLog, stopLog } from "../../lib/log.ts";
import { makeAuthority, writeCertificate } from "./certificates.ts";
import { latin1 } from "./octets.ts";
import { startOwnRelay } from "./own_relay.ts";
import { type Answer, type RecordingSink, startRecordingSink } from "./recording_sink.ts";

/** Who may log in. */
export const USER = "nas";
/** The password, with characters that meddle with URLs, shells and base64; found nowhere else. */
export const PASSWORD = "canary-83/+=%&;~?";

/** Makes a recording mail server offer DSN (RFC 3461). */
export function offerDsn(command: string): string | null {
  return command.startsWith("EHLO") ? "250-sink.test\r\n250-8BITMIME\r\n250 DSN" : null;
}

/** What the one listener is like, beyond a plain one. */
export interface StageWishes {
  /** TLS: as asked for by STARTTLS, the same and no mail in clear, or from the first octet. */
  readonly tls?: "starttls" | "required" | "implicit";
  /** Logins: possible under TLS, needed, or possible in clear as well. */
  readonly auth?: "optional" | "required" | "without-tls";
  /** Whether it listens on a unix socket that everybody may use. */
  readonly unix?: boolean;
  /** More lines of the listener, such as `protocol: lmtp`. */
  readonly more?: readonly string[];
  /** What the mail server answers. */
  readonly answer?: Answer;
}

/** A relay at work. */
export interface RelayStage extends AsyncDisposable {
  /** Its port on 127.0.0.1; 0 with a unix socket. */
  readonly port: number;
  /** Its unix socket, where it has one. */
  readonly socket: string;
  /** A folder that everybody may read. */
  readonly folder: string;
  /** Who has signed its certificate, which is for `localhost` and `127.0.0.1`; PEM. */
  readonly caFile: string;
  /** The same, as text. */
  readonly ca: string;
  /** The mail server behind it. */
  readonly sink: RecordingSink;
  /** The log so far. */
  log(): string;
  /**
   * The one mail that came to the mail server, one character an octet.
   *
   * @param protocol What our `Received` field must say, such as `ESMTPSA`.
   */
  arrived(protocol: string): string;
  /** Sees that no mail came, and that the password is not in the log. */
  nothingArrived(): void;
}

/** Starts both; disposing ends them. */
export async function startRelayStage(wishes: StageWishes = {}): Promise<RelayStage> {
  const lines: string[] = [];
  startLog("DEBUG", (line) => lines.push(line));
  await using ends = new AsyncDisposableStack();
  ends.defer(stopLog);
  const folder = await Deno.makeTempDir({ prefix: "relay-stage-" });
  ends.defer(() => Deno.remove(folder, { recursive: true }));
  await Deno.chmod(folder, 0o755);
  const authority = await makeAuthority();
  const caFile = join(folder, "ca.pem");
  await Deno.writeTextFile(caFile, authority.certificate);
  await writeCertificate(folder, await authority.issue());
  const sink = ends.use(startRecordingSink(wishes.answer));
  const file = join(folder, "configuration.yml");
  await Deno.writeTextFile(file, configuration(wishes, { folder, port: sink.port }));
  const relay = ends.use(await startOwnRelay(await loadConfiguration(file)));
  const log = () => lines.join("");
  const hidden = () => assert.ok(!log().includes("canary"), "the password is in the log");
  const all = ends.move();
  return {
    port: relay.port,
    socket: join(folder, "smtp.sock"),
    folder,
    caFile,
    ca: authority.certificate,
    sink,
    log,
    arrived: (protocol) => {
      const [mail] = sink.mails;
      assert.ok(mail && sink.mails.length === 1, `${sink.mails.length} mails; log: ${log()}`);
      const message = latin1(mail.message);
      assert.equal(/\(mail2alert\) with (\w+) id/.exec(message)?.[1], protocol);
      hidden();
      return message;
    },
    nothingArrived: () => {
      assert.deepEqual(sink.mails, []);
      hidden();
    },
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}

interface Surroundings {
  readonly folder: string;
  /** Of the mail server. */
  readonly port: number;
}

function configuration(
  { tls, auth, unix, more = [] }: StageWishes,
  { folder, port }: Surroundings,
): string {
  const mode = tls === "implicit" ? "implicit" : "starttls";
  const files = "certificate: server.pem, key: server.key";
  const rules = `required: ${auth === "required"}, without-tls: ${auth === "without-tls"}`;
  return [
    "hostname: relay.test",
    `remote-smtp: 127.0.0.1:${port}`,
    "managers: []",
    "local-smtp:",
    unix ? `- listen: unix:${folder}/smtp.sock` : "- listen: 127.0.0.1:0",
    ...unix ? [`  mode: "666"`] : [],
    ...tls ? [`  tls: {${files}, mode: ${mode}, required: ${tls !== "starttls"}}`] : [],
    ...auth ? [`  auth: {${rules}, users: {${USER}: "${PASSWORD}"}}`] : [],
    ...more.map((line) => `  ${line}`),
    "",
  ].join("\n");
}
