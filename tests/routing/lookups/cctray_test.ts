/** Holds lib/routing/lookups/cctray.ts to real feeds and to hostile ones. @module */

import assert from "node:assert/strict";
import fc from "fast-check";
import { readFeed } from "../../../lib/routing/lookups/cctray.ts";

function project(name: string, status: string): string {
  return `<Project name="${name}" activity="Sleeping" lastBuildStatus="${status}" lastBuildLabel="1"/>`;
}

function feed(...projects: readonly string[]): string {
  return `<?xml version="1.0" encoding="utf-8"?>\n<Projects>${projects.join("")}</Projects>`;
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
  Deno.test(`readFeed() reads a feed with ${name}`, () => {
    const read = readFeed(xml);
    assert.deepEqual(read.kind === "stages" && Object.fromEntries(read.stages), expected);
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
  Deno.test(`readFeed() refuses ${name}`, () => {
    const read = readFeed(xml);
    assert.match(read.kind === "not-a-feed" ? read.detail : "a feed", detail);
  });
}

Deno.test("readFeed() survives elements in each other without end", () => {
  const read = readFeed("<a>".repeat(200_000));
  assert.equal(read.kind, "not-a-feed");
});

Deno.test("readFeed() never throws", () => {
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
  fc.assert(fc.property(xml, (text) => void readFeed(text)));
});
