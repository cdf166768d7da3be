/** What the operator's log is told of mail that is given up. @module */

import assert from "node:assert/strict";
import { startLog, stopLog } from "../../lib/log.ts";
import { stage } from "../support/queue_stage.ts";
import { later, never, ok, scripted } from "../support/scripted.ts";
import { until } from "../support/wait.ts";

const DAY_MS = 86_400_000;
const onFailure = [{ kind: "mailto", address: "ops@x", text: "mailto:ops@x" }] as const;

/** Runs something, and gives the lines of the log that speak of what was given up, and of notices. */
async function linesOf(work: () => Promise<string>): Promise<{ id: string; lines: string[] }> {
  const lines: string[] = [];
  startLog("INFO", (text) => lines.push(...text.split("\n").filter((line) => line !== "")));
  try {
    const id = await work();
    await until(() => lines.filter((line) => / queue notice /.test(line)).length === 2, {
      what: "two notices in the log",
    });
    return { id, lines: lines.filter((line) => / queue (?:given up|notice) /.test(line)) };
  } finally {
    await stopLog();
  }
}

function idIn(reply: string): string {
  return reply.split(" ").at(-1) ?? "";
}

Deno.test("mail that is given up by age has its lines in the log", async () => {
  const { target } = scripted((recipient) => recipient === "a@x" ? later : ok);
  await using on = await stage(target, { onFailure, schedule: { giveUpAfterMs: DAY_MS } });
  const { id, lines } = await linesOf(async () => {
    const reply = await on.send(["a@x"]);
    on.pass(DAY_MS);
    return idIn(reply);
  });
  assert.match(
    lines[0] ?? "",
    new RegExp(`WARNING queue given up queueId=${id} .* to=a@x reason=`),
  );
  assert.match(
    lines[1] ?? "",
    new RegExp(`INFO queue notice queueId=${id} about=failed noticeId=`),
  );
  assert.match(lines[2] ?? "", / to=ops@x$/);
});

Deno.test("mail that is refused beside an acceptance has its lines in the log", async () => {
  const { target } = scripted((recipient) => recipient === "b@x" ? never : ok);
  await using on = await stage(target, { onFailure });
  const { id, lines } = await linesOf(async () => idIn(await on.send(["a@x", "b@x"])));
  assert.match(
    lines[0] ?? "",
    new RegExp(`WARNING queue given up queueId=${id} .* to=b@x reason=`),
  );
  assert.equal(lines.length, 3);
});
