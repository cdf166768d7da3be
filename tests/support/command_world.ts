/**
 * What a command of the program finds when a test runs it.
 *
 * @module
 */

import { runCommandLine } from "../../lib/cli/command_line.ts";
import { startGocdServer } from "../../lib/cli/demo/gocd_server.ts";
import { type CapturedTerminal, capturedTerminal } from "./captured_terminal.ts";
import { startRecordingSink } from "./recording_sink.ts";

/** The mail in `broken.eml`, with the line ends of a file. */
export const BROKEN = "From: Go <go@example.com>\nTo: <mail2alert@example.com>\n" +
  "Subject: Stage [my-pipeline/2/my-stage/1] is broken\n\nSee details\n";

/** What a command finds. */
export interface World {
  /** A folder of its own, with a mail about a broken stage in `broken.eml`. */
  readonly folder: string;
  /** The path of the configuration. */
  readonly configuration: string;
  /** What the commands have said. */
  readonly terminal: CapturedTerminal;
  /** Runs a command; gives its exit code. */
  run(...args: string[]): Promise<number>;
}

/** A folder with a configuration and a mail, a GoCD server and a mail server. */
export async function inWorld(test: (world: World) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  const gocd = startGocdServer({
    version: "26.1",
    groups: { "my-group": ["my-pipeline"], others: ["spike"] },
    users: [{ name: "olle", password: "pelle", admin: false }],
  });
  await using sink = startRecordingSink();
  const configuration = `${folder}/relay.yml`;
  const terminal = capturedTerminal({ GOUSER: "olle", GOPASS: "pelle" });
  try {
    await Deno.writeTextFile(`${folder}/broken.eml`, BROKEN);
    await Deno.writeTextFile(configuration, configurationText(sink.port, gocd.url));
    const run = (...args: string[]) => runCommandLine(args, terminal);
    await test({ folder, configuration, terminal, run });
  } finally {
    await gocd.close();
    await Deno.remove(folder, { recursive: true });
  }
}

function configurationText(smarthostPort: number, gocdUrl: string): string {
  return `local-smtp: 127.0.0.1:2525
remote-smtp: 127.0.0.1:${smarthostPort}
store: {path: /var/lib/mail2alert}
managers:
  - name: gocd
    url: ${gocdUrl}
    user: $GOUSER
    passwd: $GOPASS
    messages-we-want: {to: mail2alert@example.com}
    rules:
      - name: my group
        actions: [mailto:cat@example.com]
        filter: {events: [BREAKS], function: pipelines.in_group, args: [my-group]}
  - name: mail
    messages-we-want: {from: go@example.com}
    rules:
      - actions: [discard]
        filter: {function: mail.in_subject, args: [backup]}
`;
}
