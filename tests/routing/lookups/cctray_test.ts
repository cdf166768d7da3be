/** Holds lib/routing/lookups/cctray.ts to real feeds and to hostile ones. @module */

import assert from "node:assert/strict";
import fc from "fast-check";
import { type Feed, type FeedStage, readFeed } from "../../../lib/routing/lookups/cctray.ts";

function project(name: string, status: string): string {
  return `<Project name="${name}" activity="Sleeping" lastBuildStatus="${status}" lastBuildLabel="1"/>`;
}

function feed(...projects: readonly string[]): string {
  return `<?xml version="1.0" encoding="utf-8"?>\n<Projects>${projects.join("")}</Projects>`;
}

function statusesOf(feed: Feed): Readonly<Record<string, string>> | null {
  if (feed.kind === "not-a-feed") return null;
  return Object.fromEntries([...feed.stages].map(([key, { status }]) => [key, status]));
}

const feeds = [
  { name: "no project", xml: feed(), expected: {} },
  { name: "one stage", xml: feed(project("p :: s", "Success")), expected: { "p/s": "Success" } },
  {
    name: "stages and jobs",
    xml: feed(
      project("p :: s", "Failure"),
      project("p :: s :: job", "Success"),
      project("p", "Failure"),
    ),
    expected: { "p/s": "Failure" },
  },
  { name: "the wider vocabulary", xml: feed(project("p :: s", "Exception")), expected: {} },
  {
    name: "a name like a number",
    xml: feed(project("1 :: 2.0", "Success")),
    expected: { "1/2.0": "Success" },
  },
  {
    name: "messages",
    xml: feed(
      '<Project name="p :: s" lastBuildStatus="Failure"><messages><message text="a &amp; b" kind="Breakers"/></messages></Project>',
    ),
    expected: { "p/s": "Failure" },
  },
  {
    name: "a project without a name",
    xml: feed("<Project/>", "<Project>x</Project>"),
    expected: {},
  },
];

for (const { name, xml, expected } of feeds) {
  Deno.test(`readFeed() reads a feed with ${name}`, async () => {
    assert.deepEqual(statusesOf(await readFeed(xml)), expected);
  });
}

const refused = [
  {
    name: "an access-denied page",
    xml: "<access-denied><message>no</message></access-denied>",
    detail: /its root is <access-denied>/,
  },
  { name: "HTML", xml: "<!DOCTYPE html><html></html>", detail: /document type/ },
  { name: "nothing", xml: "", detail: /empty/ },
  { name: "text", xml: "Not found", detail: /empty/ },
  { name: "JSON", xml: '{"message": "x"}', detail: /empty/ },
  {
    name: "declared entities",
    xml:
      '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><Projects><Project name="&b;"/></Projects>',
    detail: /document type/,
  },
];

for (const { name, xml, detail } of refused) {
  Deno.test(`readFeed() refuses ${name}`, async () => {
    const read = await readFeed(xml);
    assert.match(read.kind === "not-a-feed" ? read.detail : "a feed", detail);
  });
}

/** What is read of the one stage `p/s`. */
async function stageOf(attributes: string): Promise<Omit<FeedStage, "status"> | undefined> {
  const xml = feed(`<Project name="p :: s" lastBuildStatus="Success" ${attributes}/>`);
  const read = await readFeed(xml);
  if (read.kind === "not-a-feed") return undefined;
  const { status: _, ...stage } = read.stages.get("p/s") ?? assert.fail("no stage");
  return stage;
}

const times = [
  { text: "2026-11-22T10:00:00Z", at: "2026-11-22T10:00:00Z", zoned: true },
  { text: "2026-11-22T10:00:00.123Z", at: "2026-11-22T10:00:00Z", zoned: true },
  { text: "2026-11-22T10:00:00+01:00", at: "2026-11-22T09:00:00Z", zoned: true },
  { text: "2026-11-22T10:00:00-0130", at: "2026-11-22T11:30:00Z", zoned: true },
  { text: "2026-11-22T10:00:00", at: "2026-11-22T10:00:00Z", zoned: false },
  { text: "2026-13-22T10:00:00Z", at: null, zoned: true },
  { text: "yesterday", at: null, zoned: true },
] as const;

for (const { text, at, zoned } of times) {
  Deno.test(`readFeed() reads the time ${text}`, async () => {
    const stage = await stageOf(`lastBuildTime="${text}"`);
    const expected = at === null ? {} : { endedAt: Date.parse(at) };
    assert.deepEqual(stage, { building: false, zoned, ...expected });
  });
}

const GO = "https://gocd.example.com/go";
const LONG = "x".repeat(900);

const places: readonly { readonly url: string; readonly run: string | undefined }[] = [
  { url: `${GO}/pipelines/p/11/s/2`, run: "11/2" },
  { url: "http://[::1]:8153/go/pipelines/p/1/s/1", run: "1/1" },
  { url: `${GO}/pipelines/p/11/s/2?a=1&amp;b=2`, run: "11/2" },
  { url: `${GO}/pipelines/q/11/s/2`, run: undefined },
  { url: `${GO}/pipelines/p/11/t/2`, run: undefined },
  { url: `${GO}/pipelines/p/1.2.3/s/2`, run: undefined },
  { url: `${GO}/pipelines/p/12345678901/s/2`, run: undefined },
  { url: `${GO}/tab/build/detail/p/11/s/2/job`, run: undefined },
  { url: "javascript:alert(1)/pipelines/p/11/s/2", run: undefined },
  { url: `https://gocd.example.com/a b/pipelines/p/11/s/2`, run: undefined },
  { url: "https://gocd.example.com/&#10;x/pipelines/p/11/s/2#\u2028", run: undefined },
  { url: `${GO}/${LONG}/pipelines/p/11/s/2`, run: undefined },
  { url: "", run: undefined },
];

for (const { url, run } of places) {
  Deno.test(`readFeed() finds the run ${run} in "${url.slice(0, 80)}"`, async () => {
    const { place } = await stageOf(`lastBuildLabel="1.2.3 :: 9" webUrl="${url}"`) ?? {};
    assert.equal(place && `${place.pipelineCounter}/${place.stageCounter}`, run);
    if (place) assert.equal(place.url, url.replaceAll("&amp;", "&"));
  });
}

const hostile = ["../x :: s", "p :: <s>", "p\r\nBcc: x :: s", `${LONG} :: s`, " :: s", "pä :: s"];

for (const name of hostile) {
  Deno.test(`readFeed() leaves out "${name.slice(0, 20)}"`, async () => {
    assert.deepEqual(statusesOf(await readFeed(feed(project(name, "Success")))), {});
  });
}

for (const blank of [" ", "\t", "\n", "\r\n  "]) {
  Deno.test(`readFeed() reads a large feed with ${JSON.stringify(blank)} in its entries`, async () => {
    const names = Array.from({ length: 5_000 }, (_, index) => `p${index} :: s`);
    const xml = feed(...names.map((name) => project(name, "Success"))).replaceAll(" ", blank);
    let turns = 0;
    const timer = setInterval(() => turns++);
    const read = await readFeed(xml.replaceAll(`${blank}::${blank}`, " :: "));
    clearInterval(timer);
    const keys = read.kind === "stages" ? [...read.stages.keys()] : [];
    assert.deepEqual(keys, names.map((name) => name.replace(" :: ", "/")));
    assert.ok(turns > 0, "others have their turn");
  });
}

const overlong = [
  ["other elements", "<x a='1'/>"],
  ["blanks", " "],
  ["roots", "<Projects>"],
  ["lists", "<Projects><x/></Projects>"],
] as const;

for (const [name, piece] of overlong) {
  Deno.test(`readFeed() takes no feed with ${name} without end in it`, async () => {
    const middle = piece.repeat(400_000 / piece.length);
    const read = await readFeed(feed(project("p :: s", "Success"), middle));
    assert.match(read.kind === "not-a-feed" ? read.detail : "a feed", /no entry within 131072/);
  });
}

Deno.test("readFeed() takes no feed that is broken far behind its begin", async () => {
  const many = Array.from({ length: 5_000 }, (_, index) => project(`p${index} :: s`, "Success"));
  const read = await readFeed(`${feed(...many).replace("</Projects>", "")}<a ${"<".repeat(9)}`);
  assert.equal(read.kind, "not-a-feed");
});

Deno.test("readFeed() survives elements in each other without end", async () => {
  const read = await readFeed("<a>".repeat(40_000));
  assert.equal(read.kind, "not-a-feed");
});

Deno.test("readFeed() never rejects", async () => {
  const piece = fc.constantFrom(
    "<Projects>",
    "</Projects>",
    "<Project",
    'name="p :: s"',
    ">",
    "/>",
    "<!--",
    "<![CDATA[",
    "&",
    "<?",
  );
  const xml = fc.oneof(fc.string(), fc.array(piece, { maxLength: 30 }).map((all) => all.join(" ")));
  await fc.assert(fc.asyncProperty(xml, async (text) => void await readFeed(text)));
});
