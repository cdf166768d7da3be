/** Holds lib/routing/stage_mail.ts to what GoCD's own mails say. @module */

import assert from "node:assert/strict";
import { MAX_URL, readFeed } from "../../lib/routing/lookups/cctray.ts";
import { viewMail } from "../../lib/routing/mail_view.ts";
import { gocdPack, STAGE_EVENTS } from "../../lib/routing/packs/gocd.ts";
import type { SilentStage } from "../../lib/routing/silent_stages.ts";
import {
  isAnnouncement,
  stageAddresses,
  stageEnvelope,
  stageMail,
} from "../../lib/routing/stage_mail.ts";
import { envelopeOf, mailOf } from "../support/mails.ts";

const URL_OF_RUN = "https://gocd.example.com/go/pipelines/shop/41/build/2";

const STAGE: SilentStage = {
  pipeline: "shop",
  pipelineCounter: "41",
  stage: "build",
  stageCounter: "2",
  url: URL_OF_RUN,
  event: "BREAKS",
  endedAt: Date.parse("2026-11-22T18:30:05Z"),
};

const OPTIONS = {
  from: "mail2alert@here.example.com",
  to: "mail2alert@example.com",
  hostname: "here.example.com",
};

function textOf(stage: SilentStage, options = OPTIONS): string {
  return new TextDecoder().decode(stageMail(stage, options));
}

Deno.test("stageMail() writes a whole message", () => {
  const digest = /^Message-ID: <stage\.([0-9a-f]{32})@/m.exec(textOf(STAGE))?.[1];
  assert.deepEqual(textOf(STAGE).split("\r\n"), [
    "Date: Sun, 22 Nov 2026 18:30:05 +0000",
    "From: mail2alert@here.example.com",
    "To: mail2alert@example.com",
    "Subject: Stage [shop/41/build/2] is broken",
    `Message-ID: <stage.${digest}@here.example.com>`,
    "Auto-Submitted: auto-generated",
    "MIME-Version: 1.0",
    "Content-Type: text/plain; charset=UTF-8",
    "Content-Transfer-Encoding: 7bit",
    "",
    `See details: ${URL_OF_RUN}`,
    "",
    "No mail came from GoCD about this run. mail2alert made this one from GoCD's cctray feed,",
    "which knows nothing of check-ins.",
    "",
  ]);
});

for (const event of STAGE_EVENTS) {
  Deno.test(`stageMail() says ${event} as the pack reads it`, async () => {
    const reading = await gocdPack.read(viewMail(mailOf(textOf({ ...STAGE, event }))));
    const { pipeline, pipelineCounter, stage, stageCounter, link } = reading?.fields ?? {};
    assert.equal(reading?.event, event);
    assert.deepEqual({ pipeline, pipelineCounter, stage, stageCounter, url: link, event }, {
      ...{ pipeline: "shop", pipelineCounter: "41", stage: "build", stageCounter: "2" },
      ...{ url: URL_OF_RUN, event },
    });
  });
}

Deno.test("stageMail() writes the same octets again, and others for another run", () => {
  assert.equal(textOf(STAGE), textOf({ ...STAGE }));
  const id = (text: string) => /^Message-ID: (\S+)/m.exec(text)?.[1];
  const others: readonly string[] = [
    textOf({ ...STAGE, stageCounter: "3" }),
    textOf({ ...STAGE, event: "FAILS" }),
    textOf({ ...STAGE, url: URL_OF_RUN.replace("gocd", "other") }),
    textOf(STAGE, { ...OPTIONS, to: "other@example.com" }),
  ];
  assert.equal(new Set([textOf(STAGE), ...others].map(id)).size, 5);
});

Deno.test("stageMail() keeps the longest names and URL within a line, and lets nobody add one", async () => {
  const name = "x".repeat(255);
  const path = `/pipelines/${name}/9999999999/${name}/9999999999`;
  const url = `http://${"h".repeat(MAX_URL - path.length - 7)}${path}`;
  assert.equal(url.length, MAX_URL);
  const feed = await readFeed(
    `<Projects><Project name="${name} :: ${name}" lastBuildStatus="Failure" webUrl="${url}"/></Projects>`,
  );
  const place = feed.kind === "stages" && feed.stages.get(`${name}/${name}`)?.place;
  assert.ok(place);
  const text = textOf({ ...STAGE, ...place }, { ...OPTIONS, to: "a@b\r\nBcc: c@d" });
  for (const line of text.split("\r\n")) assert.ok(line.length <= 998, `${line.length}`);
  assert.ok(!/^Bcc/m.test(text));
});

const managers = [
  {
    name: "recipients",
    wants: { to: "mail2alert@example.com" },
    envelope: { reversePath: "", forwardPaths: ["mail2alert@example.com"] },
    from: "mail2alert@here.example.com",
  },
  {
    name: "senders",
    wants: { from: "go@example.com" },
    envelope: { reversePath: "go@example.com", forwardPaths: ["mail2alert@here.example.com"] },
    from: "go@example.com",
  },
] as const;

for (const { name, wants, envelope, from } of managers) {
  Deno.test(`stageEnvelope() is one that a manager by ${name} claims`, () => {
    const { reversePath, forwardPaths, ...rest } = stageEnvelope(wants, "here.example.com");
    assert.deepEqual({ reversePath, forwardPaths }, envelope);
    assert.deepEqual([rest.smtpUtf8, rest.body], [false, "7BIT"]);
    const to = forwardPaths[0];
    const hostname = "here.example.com";
    assert.deepEqual(stageAddresses(wants, hostname), { from, to, hostname });
  });
}

Deno.test("stageEnvelope() asks for SMTPUTF8 where an address needs it", () => {
  const { smtpUtf8, body } = stageEnvelope({ to: "märz@example.com" }, "here.example.com");
  assert.deepEqual([smtpUtf8, body], [true, "8BITMIME"]);
});

Deno.test("isAnnouncement() knows ours, and no peer's", () => {
  assert.ok(isAnnouncement(stageEnvelope({ to: "a@example.com" }, "here.example.com")));
  for (const peer of ["127.0.0.1", "::1", "unix", ""]) {
    const session = { peer, helo: "cctray", protocol: "ESMTP", user: "cctray" } as const;
    assert.ok(!isAnnouncement(envelopeOf({ session })), peer);
  }
});
