/** Holds lib/routing/lookups/{answer,xml_answer,charset}.ts to what APIs say. @module */

import assert from "node:assert/strict";
import fc from "fast-check";
import { readAnswered } from "../../../lib/routing/lookups/answer.ts";
import { decode } from "../../../lib/routing/lookups/charset.ts";

function valueOf(text: string, format: "json" | "xml") {
  const read = readAnswered(text, format, "");
  return read.kind === "answer" ? read.value : `problem: ${read.why}`;
}

const json: readonly { readonly text: string; readonly value: unknown }[] = [
  { text: '{"a":{"b":[1,2.5,true,null,"x"]}}', value: { a: { b: [1, 2.5, true, null, "x"] } } },
  { text: " [] ", value: [] },
  { text: '"x"', value: "x" },
  { text: "null", value: null },
  { text: "9007199254740991", value: 9007199254740991 },
  { text: "9007199254740993", value: "9007199254740993" },
  { text: '{"id":-12345678901234567890}', value: { id: "-12345678901234567890" } },
  { text: "[1.12345678901234567890]", value: [1.1234567890123457] },
  { text: '{"a":1,"a":2}', value: { a: 2 } },
  { text: "{'a':1}", value: "problem: it is not JSON" },
  { text: "", value: "problem: it is not JSON" },
];

for (const { text, value } of json) {
  Deno.test(`readAnswered() reads ${JSON.stringify(text)}`, () => {
    assert.deepEqual(valueOf(text, "json"), value);
  });
}

const xml: readonly { readonly text: string; readonly value: unknown }[] = [
  { text: "<a>x</a>", value: "x" },
  { text: "<a/>", value: "" },
  { text: "<a> \n </a>", value: "" },
  { text: "<a><b>1</b></a>", value: { b: "1" } },
  { text: "<a><b>1</b><b> 2 </b><b/></a>", value: { b: ["1", "2", ""] } },
  { text: '<a k="v"/>', value: { k: "v" } },
  { text: '<a k="v"> x </a>', value: { k: "v", text: "x" } },
  { text: "<a>x<b>1</b>y</a>", value: { b: "1", text: "xy" } },
  { text: '<a b="0"><b>1</b></a>', value: { b: ["0", "1"] } },
  { text: "<a>x<text>1</text></a>", value: { text: ["1", "x"] } },
  { text: '<n:a xmlns:n="u"><n:b n:c="d"/></n:a>', value: { b: { c: "d" } } },
  {
    text: '<a k="&lt;&#65;&#x42;&amp;amp;">&apos;&quot;</a>',
    value: { k: "<AB&amp;", text: "'\"" },
  },
  {
    text: "<a>&unknown; &#0; &#xD800; &#x110000;</a>",
    value: "&unknown; &#0; &#xD800; &#x110000;",
  },
  { text: "<a><![CDATA[<b>&amp;</b>]]> &amp;</a>", value: "<b>&amp;</b> &" },
  { text: '<?xml version="1.0"?><!-- c --><?pi?><a>1<!-- c -->2</a>', value: "12" },
  { text: "<a>007</a>", value: "007" },
  { text: "<a><toString/></a>", value: { toString: "" } },
  { text: "<a>", value: "problem: it is not XML" },
  { text: "<a/><b/>", value: "problem: it is not XML" },
  { text: "text", value: "problem: it is not XML" },
  { text: "", value: "problem: it is not XML" },
  { text: '{"a":1}', value: "problem: it is not XML" },
  { text: "<!DOCTYPE html><html></html>", value: "problem: it declares a document type" },
  {
    text: '<!doctype a [<!ENTITY b "bb"><!ENTITY c "&b;&b;">]><a>&c;</a>',
    value: "problem: it declares a document type",
  },
];

for (const { text, value } of xml) {
  Deno.test(`readAnswered() reads ${text || "nothing"} as XML`, () => {
    assert.deepEqual(valueOf(text, "xml"), value);
  });
}

const deep = [
  { name: "lists", text: "[".repeat(65) + "]".repeat(65), format: "json" },
  { name: "lists without end", text: "[".repeat(500_000) + "]".repeat(500_000), format: "json" },
  {
    name: "lists around a long number",
    text: `${"[".repeat(500_000)}12345678901234567890${"]".repeat(500_000)}`,
    format: "json",
  },
  { name: "elements", text: "<a>".repeat(66) + "</a>".repeat(66), format: "xml" },
] as const;

for (const { name, text, format } of deep) {
  Deno.test(`readAnswered() refuses ${name} in each other`, () => {
    assert.equal(valueOf(text, format), "problem: it is nested more than 64 deep");
  });
}

Deno.test("readAnswered() takes what is nested as deep as it may be", () => {
  assert.deepEqual(JSON.stringify(valueOf("[".repeat(64) + "]".repeat(64), "json")).length, 128);
});

Deno.test("readAnswered() refuses more values than it may hold", () => {
  const text = `[${"1,".repeat(200_000)}1]`;
  assert.equal(valueOf(text, "json"), "problem: it has more than 200000 values");
});

const marked = [
  { name: "elements", text: (count: number) => `<a>${"<b/>".repeat(count - 2)}</a>` },
  {
    name: "elements with ends",
    text: (count: number) => `<a>${"<b></b>".repeat(count / 2 - 1)}</a>`,
  },
  {
    name: "attributes",
    text: (count: number) =>
      `<a>${`<b ${attributes(999)}/>`.repeat(count / 1_000 - 1)}<b ${
        attributes(997 + count % 1_000)
      }/></a>`,
  },
  { name: "references", text: (count: number) => `<a>${"&amp;".repeat(count - 2)}</a>` },
  { name: "sections", text: (count: number) => `<a>${"<![CDATA[x]]>".repeat(count - 2)}</a>` },
  { name: "comments", text: (count: number) => `<a>${"<!---->".repeat(count - 2)}</a>` },
];

function attributes(count: number): string {
  return Array.from({ length: count }, (_, at) => `a${at}="1"`).join(" ");
}

for (const { name, text } of marked) {
  Deno.test(`readAnswered() reads 20,000 ${name} in XML, and refuses more unread`, () => {
    assert.equal(readAnswered(text(20_000), "xml", "").kind, "answer");
    const problem = "problem: it has more than 20000 tags, attributes and references";
    assert.equal(valueOf(text(20_002), "xml"), problem);
  });
}

Deno.test("readAnswered() refuses a tag of names without values unread", () => {
  const problem = "problem: it has a tag of more than 65536 characters";
  assert.equal(valueOf(`<a ${"b ".repeat(40_000)}/>`, "xml"), problem);
  assert.equal(valueOf(`<a>${"b ".repeat(40_000)}</a>`, "xml"), "b ".repeat(40_000).trim());
  const section = `<a><![CDATA[${"b ".repeat(40_000)}]]></a>`;
  assert.equal(valueOf(section, "xml"), "b ".repeat(40_000).trim());
});

const types = [
  {
    type: "application/json",
    text: "<a/>",
    says: /not JSON \(the server calls it application\/json/,
  },
  { type: "text/html; charset=utf-8", text: "<html>", says: /not JSON.*text\/html\)/ },
  { type: "", text: "<a/>", says: /not JSON$/ },
  { type: "application/xml", text: "<a/>", says: /^text$/ },
  { type: "text/xml; charset=utf-8", text: "<a/>", says: /^text$/ },
  { type: "application/atom+xml", text: "<a><b/></a>", says: /^1 key$/ },
  { type: "application/xhtml", text: '{"a":1,"b":2}', says: /^2 keys$/ },
  { type: "x".repeat(1_000), text: "[1]", says: /^list of 1$/ },
];

for (const { type, text, says } of types) {
  Deno.test(`readAnswered() goes by the media type ${type.slice(0, 30)} for ${text}`, () => {
    const read = readAnswered(text, "auto", type);
    assert.match(read.kind === "answer" ? read.detail : read.why, says);
  });
}

Deno.test("readAnswered() tells about how much an answer holds", () => {
  const small = readAnswered('{"a":"b"}', "json", "");
  const large = readAnswered(`["${"b".repeat(10_000)}"]`, "json", "");
  assert.ok(small.kind === "answer" && small.octets > 40 && small.octets < 200);
  assert.ok(large.kind === "answer" && large.octets > 20_000 && large.octets < 20_200);
});

Deno.test("readAnswered() never throws", () => {
  const piece = fc.constantFrom(
    "<a>",
    "</a>",
    "<b",
    'c="d"',
    ">",
    "/>",
    "<![CDATA[",
    "]]>",
    "&#1",
    "{",
  );
  const texts = fc.oneof(
    fc.string(),
    fc.array(piece, { maxLength: 20 }).map((all) => all.join("")),
  );
  fc.assert(fc.property(texts, fc.constantFrom("json", "xml"), (text, format) => {
    assert.match(readAnswered(text, format, "").kind, /^(answer|problem)$/);
  }));
});

const charsets = [
  { octets: [0xe9], type: "text/xml; charset=ISO-8859-1", text: "é" },
  { octets: [0xe9], type: 'text/xml; Charset="latin1"', text: "é" },
  { octets: [0xc3, 0xa9], type: "text/xml", text: "é" },
  { octets: [0xef, 0xbb, 0xbf, 0x61], type: "", text: "a" },
  { octets: [0xe9], type: "text/xml; charset=nonsense", text: "\ufffd" },
];

for (const { octets, type, text } of charsets) {
  Deno.test(`decode() reads [${octets}] of type ${type || "unknown"} as ${text}`, () => {
    assert.equal(decode(new Uint8Array(octets), type), text);
  });
}

Deno.test("decode() heeds the declaration of XML, unless the media type says otherwise", () => {
  const octets = Uint8Array.from(
    "<?xml version='1.0' encoding='ISO-8859-1'?><a>\xe9</a>",
    (letter) => letter.charCodeAt(0),
  );
  assert.match(decode(octets, "text/xml"), /é/);
  assert.match(decode(octets, "text/xml; charset=utf-8"), /\ufffd/);
});
