/** Holds lib/routing/packs/configured.ts to what operators write in their packs. @module */

import assert from "node:assert/strict";
import type { PackConfig, PackEvent } from "../../../lib/config/types.ts";
import { compilePattern } from "../../../lib/language/pattern.ts";
import type { Compiled } from "../../../lib/language/scope.ts";
import { compileWords } from "../../../lib/language/words.ts";
import { viewMail } from "../../../lib/routing/mail_view.ts";
import { configuredPack } from "../../../lib/routing/packs/configured.ts";
import type { Reading } from "../../../lib/routing/packs/pack.ts";
import { mailOf } from "../../support/mails.ts";

function valueOf<T>(compiled: Compiled<T>): T {
  assert.ok(compiled.kind === "value", compiled.kind === "problem" ? compiled.text : "");
  return compiled.value;
}

interface PackText {
  readonly match: Readonly<Record<string, string>>;
  readonly fields?: Readonly<Record<string, string>>;
  readonly event?: PackEvent;
}

function packOf({ match, fields = {}, event }: PackText): PackConfig {
  const patterns = Object.entries(match).map(([on, text]) => ({
    on,
    pattern: valueOf(compilePattern(text)),
  }));
  const groups = new Set(patterns.flatMap(({ pattern }) => pattern.groups));
  const words = Object.entries(fields).map(([name, text]) =>
    [name, valueOf(compileWords(text, groups))] as const
  );
  return {
    name: "lab",
    match: patterns,
    fields: new Map(words),
    samples: [],
    ...event && { event },
  };
}

async function read(pack: PackText, mail: string): Promise<Reading | null> {
  return await configuredPack(packOf(pack)).read(viewMail(mailOf(mail.replaceAll("\n", "\r\n"))));
}

const MAIL = `From: "Cold room" <cold@lab.example.com>
Subject: freezer7 reports HOT
X-Lab-Room: B 12

Temperature: -31 C
https://lab.example.com/freezer7
`;

const FREEZER = { subject: "^(?P<host>\\w+) reports (?P<what>\\w+)$" };

Deno.test("configuredPack() makes fields of groups and adds what every pack gives", async () => {
  assert.deepEqual(await read({ match: FREEZER }, MAIL), {
    fields: {
      host: "freezer7",
      what: "HOT",
      source: "lab",
      subject: "freezer7 reports HOT",
      severity: "info",
      state: "info",
      title: "freezer7 reports HOT",
      link: "https://lab.example.com/freezer7",
      fingerprint: "lab:freezer7",
    },
  });
});

Deno.test("configuredPack() lets fields win over groups and fills them", async () => {
  const pack = {
    match: { ...FREEZER, text: "Temperature: (?<degrees>-?\\d+) C" },
    fields: {
      host: "{{host}}.lab.example.com",
      object: "door",
      severity: "CRITICAL",
      state: "Problem",
      title: "{{host}} has {{degrees}} degrees",
      fingerprint: "freezers:{{host}}",
      room: "{{what}}",
    },
  };
  const { fields = {} } = await read(pack, MAIL) ?? {};
  assert.equal(fields.host, "freezer7.lab.example.com");
  assert.equal(fields.object, "door");
  assert.equal(fields.severity, "critical");
  assert.equal(fields.state, "problem");
  assert.equal(fields.title, "freezer7 has -31 degrees");
  assert.equal(fields.fingerprint, "freezers:freezer7");
  assert.equal(fields.room, "HOT");
  assert.equal(fields.degrees, "-31");
});

const places = [
  { name: "the subject", match: { subject: "HOT$" }, takes: true },
  { name: "another subject", match: { subject: "COLD$" }, takes: false },
  { name: "the sender's name", match: { from: "^Cold room <" }, takes: true },
  { name: "the sender's address", match: { from: "<cold@lab\\.example\\.com>$" }, takes: true },
  { name: "a header field", match: { "header.x-lab-room": "^B 12$" }, takes: true },
  { name: "a header field that is not there", match: { "header.x-none": "" }, takes: false },
  { name: "the text", match: { text: "(?m)^Temperature: " }, takes: true },
  { name: "one of two", match: { text: "Temperature", subject: "COLD" }, takes: false },
];

for (const { name, match, takes } of places) {
  Deno.test(`configuredPack() ${takes ? "takes" : "declines"} a mail by ${name}`, async () => {
    assert.equal(await read({ match }, MAIL) !== null, takes);
  });
}

Deno.test("configuredPack() shows a sender without a name as the bare address", async () => {
  const mail = "From: cold@lab.example.com\nSubject: x\n\n";
  assert.ok(await read({ match: { from: "^cold@lab\\.example\\.com$" } }, mail) !== null);
});

Deno.test("configuredPack() does not read the text of a mail that the header rules out", async () => {
  const config = packOf({ match: { text: "x", subject: "never" } });
  const found = await configuredPack(config).read({
    subject: "other",
    from: { name: "", address: "" },
    reversePath: "",
    header: () => undefined,
    text: () => Promise.reject(new Error("the text was read")),
  });
  assert.equal(found, null);
});

Deno.test("configuredPack() reads severity and state as of any mail where it has no such word", async () => {
  const mail = MAIL.replace("HOT", "failed");
  const pack = { match: FREEZER, fields: { severity: "{{what}}", state: "{{what}}" } };
  const { fields = {} } = await read(pack, mail) ?? {};
  assert.equal(fields.severity, "error");
  assert.equal(fields.state, "problem");
});

const links = [
  { link: "https://lab.example.com/x", found: "https://lab.example.com/x" },
  { link: "javascript:alert(1)", found: undefined },
  { link: "https://ada:secret@lab.example.com/", found: undefined },
  {
    link: `https://lab.example.com/${"x".repeat(1_500)}`,
    found: `https://lab.example.com/${"x".repeat(1_500)}`,
  },
];

for (const { link, found } of links) {
  Deno.test(`configuredPack() ${found ? "keeps" : "drops"} the link ${link.slice(0, 40)}`, async () => {
    const pack = { match: { text: "page (?P<link>\\S+)" } };
    const { fields = {} } = await read(pack, `Subject: x\n\nsee page ${link} now\n`) ?? {};
    assert.equal(fields.link, found);
  });
}

Deno.test("configuredPack() fingerprints by subject where neither host nor object is known", async () => {
  const pack = { match: { from: "cold@" } };
  const prints = await Promise.all(["door 1 failed", "door 2 ok", "window failed"].map(
    async (subject) => {
      const mail = `From: cold@lab.example.com\nSubject: ${subject}\n\n`;
      return (await read(pack, mail))?.fields.fingerprint;
    },
  ));
  assert.equal(prints[0], prints[1]);
  assert.notEqual(prints[0], prints[2]);
  assert.match(prints[0] ?? "", /^lab:cold@lab\.example\.com:door$/);
});

Deno.test("configuredPack() keeps every value on one line and bounded", async () => {
  const pack = {
    match: { text: "(?s)begin (?P<host>.*) end" },
    fields: { title: "{{host}}", room: "{{host}}" },
  };
  const hostile = `begin a\nSubject: b\u001b[1m ${"x".repeat(5_000)} end`;
  const { fields = {} } = await read(pack, `Subject: s\n\n${hostile}\n`) ?? {};
  for (const name of ["host", "title", "room"]) {
    const value = fields[name] ?? "";
    assert.ok(value.startsWith("a Subject: b"), name);
    assert.ok(value.length <= 512 && !/\p{Cc}/u.test(value), name);
  }
});

Deno.test("configuredPack() leaves out what is empty", async () => {
  const pack = { match: { subject: "^(?P<host>z*)(?P<room>z*)" }, fields: { object: "{{room}}" } };
  const { fields = {} } = await read(pack, "From: cold@lab.example.com\nSubject: x\n\n") ?? {};
  assert.deepEqual(Object.keys(fields).filter((name) => fields[name] === ""), []);
  assert.ok(!("room" in fields) && !("object" in fields));
  assert.equal(fields.host, "lab.example.com");
});

const BY_GROUP: PackEvent = {
  kind: "by-group",
  group: "what",
  words: new Map([["Hot", "TOO_HOT"], ["cold", "TOO_COLD"]]),
};

const events = [
  { name: "a word", event: { kind: "word", word: "ALARM" } as const, expected: "ALARM" },
  { name: "the group in any case", event: BY_GROUP, expected: "TOO_HOT" },
  { name: "nothing", event: undefined, expected: undefined },
];

for (const { name, event, expected } of events) {
  Deno.test(`configuredPack() takes the event from ${name}`, async () => {
    const reading = await read({ match: FREEZER, ...event && { event } }, MAIL);
    assert.equal(reading?.event, expected);
    assert.equal("event" in (reading ?? {}), expected !== undefined);
  });
}

Deno.test("configuredPack() has no event for a value that has no word", async () => {
  const mail = MAIL.replace("HOT", "WET");
  assert.equal((await read({ match: FREEZER, event: BY_GROUP }, mail))?.event, undefined);
});

Deno.test("configuredPack() announces its fields and events", () => {
  const text = { match: FREEZER, fields: { title: "x", room: "y" }, event: BY_GROUP };
  const pack = configuredPack(packOf(text));
  assert.equal(pack.name, "lab");
  assert.deepEqual(pack.fields, ["what", "room"]);
  assert.deepEqual(pack.events, ["TOO_HOT", "TOO_COLD"]);
  assert.deepEqual(configuredPack(packOf({ match: FREEZER })).events, []);
  const word = { match: FREEZER, event: { kind: "word", word: "ALARM" } as const };
  assert.deepEqual(configuredPack(packOf(word)).events, ["ALARM"]);
});

Deno.test("configuredPack() takes the first of two groups of one name", async () => {
  const match = { subject: "^(?P<toString>\\w+)", text: "(?P<toString>Temp)" };
  const { fields = {} } = await read({ match }, MAIL) ?? {};
  assert.equal(Object.entries(fields).find(([name]) => name === "toString")?.[1], "freezer7");
});

Deno.test("configuredPack() recognises nothing when the work for the mail is done", async () => {
  const pack = configuredPack(
    packOf({ match: { subject: "^freezer\\d", text: "(?s)-3.*freezer7$" } }),
  );
  const view = viewMail(mailOf(MAIL.trimEnd().replaceAll("\n", "\r\n")));
  const before = view.work?.left ?? 0;
  assert.notEqual(await pack.read(view), null);
  assert.ok((view.work?.left ?? 0) < before, "it counts");
  view.work?.spend(before);
  assert.equal(await pack.read(view), null);
});
