/** Holds lib/cli/replay/same_answers.ts to saying the same about a mail however late it is asked. @module */

import assert from "node:assert/strict";
import { SameAnswers } from "../../../lib/cli/replay/same_answers.ts";
import { startGocdServer } from "../../../lib/cli/demo/gocd_server.ts";
import { parseHere } from "../../support/configuration.ts";
import { journalRecord } from "../../support/queued_mails.ts";
import { scopeOf, startRest } from "../../support/rest_stage.ts";
import { HANG_MS, until } from "../../support/wait.ts";

const PATIENT = { waitMs: HANG_MS };
const IMPATIENT = { waitMs: 0 };

function configured(more: string) {
  return parseHere(`local-smtp: localhost:1025\nremote-smtp: localhost:8025\n${more}`);
}

Deno.test("SameAnswers tells both what it told the first of a lookup that was late", async () => {
  const late = Promise.withResolvers<Response>();
  await using api = startRest((_seen, count) => count === 1 ? late.promise : Response.json({}));
  const answers = new SameAnswers();
  const config = configured(
    `lookups: {owner: {url: '${api.origin}/{{fields.host}}', allow: [127.0.0.1/32], timeout: 30s}}`,
  );
  const [one, other] = [answers.lookupsOf(config), answers.lookupsOf(config)];
  const ask = async (lookups: typeof one, host: string, limits: typeof PATIENT) =>
    (await lookups.ask("owner", scopeOf({ host }), limits)).known.kind;
  answers.begin(journalRecord());
  assert.equal(await ask(one, "nas", IMPATIENT), "missing");
  late.resolve(Response.json({ tier: "gold" }));
  assert.equal(await ask(other, "nas", PATIENT), "missing");
  // Who reads another host in the same mail asks for another.
  assert.equal(await ask(other, "nas2", PATIENT), "answer");
  answers.begin(journalRecord());
  assert.equal(await ask(other, "nas", PATIENT), "answer");
  await answers.close();
  // Nothing is asked any more.
  assert.equal(await ask(other, "nas3", PATIENT), "missing");
  assert.deepEqual(api.requests.map(({ url }) => new URL(url).pathname), ["/nas", "/nas2"]);
});

Deno.test("SameAnswers tells both the same of GoCD, and leaves nothing behind", async () => {
  const gocd = startGocdServer({ version: "26.1", groups: { money: ["bank"] } });
  try {
    const answers = new SameAnswers();
    const { managers } = configured(
      `managers: [{name: gocd, url: '${gocd.url}', messages-we-want: {to: a@b.example}, otherwise: []}]`,
    );
    const [manager] = managers;
    assert.ok(manager);
    const [one, other] = [answers.sourceOf(manager), answers.sourceOf({ ...manager, name: "new" })];
    gocd.setFault("hang");
    answers.begin(journalRecord());
    assert.equal((await one.groups(IMPATIENT)).value, undefined);
    assert.equal((await other.groups(PATIENT)).value, undefined);
    await answers.close();
    assert.equal(gocd.requests.length, 0);
  } finally {
    await gocd.close();
  }
});

Deno.test("SameAnswers asks GoCD again for the next mail", async () => {
  const gocd = startGocdServer({ version: "26.1", groups: { money: ["bank"] } });
  const answers = new SameAnswers();
  try {
    const { managers } = configured(
      `managers: [{name: gocd, url: '${gocd.url}', messages-we-want: {to: a@b.example}, otherwise: []}]`,
    );
    const [source] = managers.map((manager) => answers.sourceOf(manager));
    assert.ok(source);
    answers.begin(journalRecord());
    assert.equal((await source.groups(IMPATIENT)).value, undefined);
    await until(() => gocd.requests.length > 0, { what: "the request that went on" });
    answers.begin(journalRecord());
    assert.notEqual((await source.groups(PATIENT)).value, undefined);
  } finally {
    await answers.close();
    await gocd.close();
  }
});
