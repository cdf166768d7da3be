/**
 * The whole program on a configuration of 2017, with a GoCD server and a mail server.
 *
 * @module
 */

import assert from "node:assert/strict";
import {
  type GocdFault,
  type GocdServer,
  startGocdServer,
} from "../../lib/cli/demo/gocd_server.ts";
import { stageMessage, type StageWord } from "../../lib/cli/demo/messages.ts";
import { latin1 } from "../support/octets.ts";
import { type Program, startProgram } from "../support/program.ts";
import {
  type RecordedMail,
  type RecordingSink,
  startRecordingSink,
} from "../support/recording_sink.ts";
import { sendRaw } from "../support/raw_client.ts";
import { until } from "../support/wait.ts";

interface World {
  readonly gocd: GocdServer;
  readonly sink: RecordingSink;
  readonly program: Program;
}

/** The configuration of 2017's own description, with the ports of this test. */
async function in2017(
  use: (world: World) => Promise<void>,
  fault: GocdFault | null = null,
): Promise<void> {
  const gocd = startGocdServer({
    version: "19.2",
    users: [{ name: "olle", password: "pelle", admin: true }],
    groups: { "my-group": ["shop", "bank"], other: ["shop-release-1.2", "game"] },
  });
  gocd.setFault(fault);
  try {
    await using sink = startRecordingSink();
    const file = new URL("../config/good/2017.yaml", import.meta.url);
    const configuration = (await Deno.readTextFile(file))
      .replace("local-smtp: localhost:1025", "local-smtp: 127.0.0.1:0")
      .replace("localhost:8025", `127.0.0.1:${sink.port}`)
      .replace("http://localhost:8080/go", gocd.url);
    await using program = await startProgram(configuration);
    // No mail waits for what is known: how slow the machine is does not count.
    if (fault === null) await until(() => hasToldAll(gocd), { what: "GoCD to be asked" });
    await use({ gocd, sink, program });
    assert.equal(await program.stop(), 0);
  } finally {
    await gocd.close();
  }
}

const stages: readonly {
  readonly pipeline: string;
  readonly word: StageWord;
  readonly to: readonly string[];
}[] = [
  { pipeline: "shop", word: "is broken", to: ["cat@example.com"] },
  { pipeline: "shop", word: "passed", to: [] },
  { pipeline: "shop-release-1.2", word: "is broken", to: ["cat@example.com"] },
  { pipeline: "shop-release-1.2", word: "is fixed", to: ["cat@example.com"] },
  { pipeline: "game", word: "is broken", to: [] },
];

for (const { pipeline, word, to } of stages) {
  Deno.test(`serve as of 2017 sends "${pipeline} ${word}" to ${to.join() || "nobody"}`, () =>
    in2017(async ({ sink, program }) => {
      const message = stageMessage({ pipeline, counter: 7, stage: "test" }, word);
      const reply = await sendRaw(program.port, {
        from: "go@example.com",
        to: ["mail2alert@example.com"],
        message: latin1(message),
      });
      assert.match(reply, /^250 2\.0\.0 /);
      assert.deepEqual(sink.mails.flatMap(recipientsOf), to);
    }));
}

Deno.test("serve as of 2017 sends a backup mail to both addresses and rewrites To", () =>
  in2017(async ({ sink, program }) => {
    const message =
      "Subject: Server backup done\r\nFrom: <x@y.test>\r\nTo: <z@y.test>\r\n\r\nok\r\n";
    const mail = { from: "go@example.com", to: ["admin@example.com"], message };
    assert.match(await sendRaw(program.port, mail), /^250 /);
    assert.deepEqual(sink.mails.flatMap(recipientsOf), ["sys@example.com", "op@example.com"]);
    const [first] = sink.mails;
    const arrived = latin1(first?.message ?? new Uint8Array());
    assert.match(arrived, /^To: .*sys@example\.com.*op@example\.com/m);
    assert.match(arrived, /^From: .*go@example\.com/m);
    assert.ok(arrived.endsWith("\r\n\r\nok\r\n"));
  }));

Deno.test("serve as of 2017 passes on unchanged what nobody wants", () =>
  in2017(async ({ sink, program }) => {
    const message = "Subject: lunch\r\nTo: <z@y.test>\r\n\r\nnow\r\n";
    const mail = { from: "a@y.test", to: ["z@y.test"], message };
    assert.match(await sendRaw(program.port, mail), /^250 /);
    assert.deepEqual(sink.mails.flatMap(recipientsOf), ["z@y.test"]);
    assert.ok(latin1(sink.mails[0]?.message ?? new Uint8Array()).endsWith(message));
  }));

const absences = [
  { name: "has hung since before the start", before: "hang", after: "hang" },
  { name: "has been broken since before the start", before: "error", after: "error" },
  { name: "hangs after the start", before: null, after: "hang" },
] as const;

for (const { name, before, after } of absences) {
  Deno.test(`serve as of 2017 sends within 2 s although GoCD ${name}`, () =>
    in2017(async ({ gocd, sink, program }) => {
      gocd.setFault(after);
      const message = stageMessage({ pipeline: "shop", counter: 7, stage: "test" }, "is broken");
      const reply = await sendRaw(program.port, {
        from: "go@example.com",
        to: ["mail2alert@example.com"],
        message: latin1(message),
      });
      assert.match(reply, /^250 /);
      const [, ms] = await until(() => / answered .* ms=(\d+)/.exec(program.log()), {
        what: "the line of the mail in the log",
      });
      // 1.5 s by the clock of the program, and what a busy machine may add to it; whoever waits for
      // the request itself waits for 10 s.
      assert.ok(Number(ms) < 9_000, `GoCD holds the mail up for ${ms} ms`);
      assert.deepEqual(sink.mails.flatMap(recipientsOf), ["cat@example.com"]);
    }, before));
}

/** Whether it has told its groups, and how the stages ended. */
function hasToldAll({ requests }: GocdServer): boolean {
  return ["/api/admin/pipeline_groups", "/cctray.xml"].every((told) =>
    requests.some(({ path, status }) => path === told && status === 200)
  );
}

function recipientsOf({ recipients }: RecordedMail): string[] {
  return recipients.map((command) => /<(.*)>/.exec(command)?.[1] ?? "");
}
