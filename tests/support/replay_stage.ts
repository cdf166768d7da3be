/**
 * A journal as a relay left it, and two configurations to replay it through.
 *
 * @module
 */

import { runCommandLine } from "../../lib/cli/command_line.ts";
import type { HistoryConfig } from "../../lib/config/types.ts";
import type { Envelope } from "../../lib/mail/envelope.ts";
import type { JournalEvent, MailState } from "../../lib/mail/journal.ts";
import { type CapturedTerminal, capturedTerminal } from "./captured_terminal.ts";
import { withStore } from "./filled_store.ts";
import { mailOf } from "./mails.ts";

/** A mail of the journal; whatever is not given is usual. */
export interface PastMail {
  /** Its subject; `Stage is broken` when absent. */
  readonly subject?: string;
  /** Its whole message, instead of one with that subject. */
  readonly text?: string;
  /** What the dialogue said. */
  readonly envelope?: Partial<Envelope>;
  /** How long ago it came, in ms; each mail a minute before the last one when absent. */
  readonly agoMs?: number;
  /** What has happened to it. */
  readonly events?: readonly JournalEvent[];
  /** What it came to; `delivered` when absent. */
  readonly state?: MailState;
}

/** What to replay. */
export interface ReplayWishes {
  /** The mails, newest first. */
  readonly mails: readonly PastMail[];
  /** What the configuration of then says besides `local-smtp` and `remote-smtp`. */
  readonly before: string;
  /** What the new one says. */
  readonly after: string;
  /** How much of each message is kept; `full` when absent. */
  readonly text?: HistoryConfig["text"];
  /** Whether the terminal wants colours. */
  readonly colour?: boolean;
}

/** What `replay --json` prints. */
export interface Replayed {
  readonly since: string;
  readonly mails: number;
  readonly changed: number;
  readonly lastLost: number;
  readonly headersOnly: number;
  readonly withoutText: number;
  readonly undecided: number;
  readonly changes: readonly {
    readonly queueId: string;
    readonly receivedAt: string;
    readonly subject: string | null;
    readonly lost: readonly string[];
    readonly gained: readonly string[];
    readonly lastLost: boolean;
    readonly reworded: boolean;
    readonly before: string;
    readonly after: string;
  }[];
}

/** A filled journal. */
export interface ReplayStage {
  /** The folder with the store in `store`, and `old.yml` and `new.yml`. */
  readonly folder: string;
  /** What the command has said. */
  readonly terminal: CapturedTerminal;
  /** Replays; gives the exit code. */
  replay(...args: string[]): Promise<number>;
  /** Replays with `--json`. */
  json(...args: string[]): Promise<{ readonly code: number; readonly found: Replayed }>;
}

/** The queue id of a mail by its place in the list. */
export function pastId(place: number): string {
  return `01JD${String(place).padStart(22, "0")}`;
}

/** Notes that are written together. */
const AT_ONCE = 500;

/** The least that a configuration says. */
const BASE = "local-smtp: localhost:1025\nremote-smtp: localhost:8025\n";

/** A manager that takes all mail to `alerts@example.com`, with these lines below `rules`. */
export function managing(...rules: readonly string[]): string {
  return [
    "managers:",
    "  - name: all",
    "    type: mail",
    "    messages-we-want: {to: alerts@example.com}",
    "    rules:",
    ...rules.map((rule) => `      - ${rule}`),
    "",
  ].join("\n");
}

/** Fills a journal, runs a test on it, and removes everything. */
export async function inReplay(
  { mails, before, after, text, colour = false }: ReplayWishes,
  test: (stage: ReplayStage) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "mail2alert-replay-" });
  const terminal = capturedTerminal({}, colour);
  const [store, oldFile, newFile] = [`${folder}/store`, `${folder}/old.yml`, `${folder}/new.yml`];
  try {
    await fillJournal(store, mails, text);
    await Deno.writeTextFile(oldFile, `${BASE}store: {path: ${store}}\n${before}`);
    await Deno.writeTextFile(newFile, `${BASE}store: {path: ${folder}/none}\n${after}`);
    const replay = (...args: string[]) =>
      runCommandLine(["replay", "--config", newFile, "--against", oldFile, ...args], terminal);
    await test({
      folder,
      terminal,
      replay,
      json: async (...args) => {
        const said = terminal.stdout().length;
        const code = await replay("--json", ...args);
        const printed = terminal.stdout().slice(said);
        if (printed === "") throw new Error(`exit ${code}: ${terminal.stderr()}`);
        return { code, found: JSON.parse(printed) };
      },
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Writes mails to a store's journal. */
export async function fillJournal(
  folder: string,
  mails: readonly PastMail[],
  text?: HistoryConfig["text"],
): Promise<void> {
  const now = Date.now();
  await withStore(folder, async (store) => {
    // The store takes so many notes at a time, and no more: nobody is to wait for the journal.
    for (let first = 0; first < mails.length; first += AT_ONCE) {
      const some = mails.slice(first, first + AT_ONCE);
      await Promise.all(some.map((mail, place) => store.note(noted(mail, first + place, now))));
    }
  }, text);
}

function noted(
  { subject = "Stage is broken", text, envelope, agoMs, events = [], state }: PastMail,
  place: number,
  now: number,
) {
  const mail = mailOf(text ?? `Subject: ${subject}\r\n\r\nSee details\r\n`, {
    forwardPaths: ["alerts@example.com"],
    ...envelope,
  });
  return {
    entry: {
      queueId: pastId(place),
      receivedAt: now - (agoMs ?? (place + 1) * 60_000),
      envelope: mail.envelope,
      octets: mail.message.octets,
      subject,
    },
    message: mail.message,
    state: state ?? "delivered" as const,
    events,
  };
}
