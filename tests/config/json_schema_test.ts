/** The JSON Schema of the configuration, as editors see it. @module */

import assert from "node:assert/strict";
import { parse } from "@std/yaml/parse";
import { z } from "zod";
import { DESCRIPTIONS } from "../../lib/config/descriptions.ts";
import { type JsonSchema, jsonSchema } from "../../lib/config/json_schema.ts";

const schema = jsonSchema();
const judge = z.fromJSONSchema(schema);
/** The library has no types. */
const parseTyped: (text: string, options: { schema: "core" }) => unknown = parse;
const parseYaml = (text: string) => parseTyped(text, { schema: "core" });

/** Every key of the schema, with what is said of it. */
function keysOf(node: unknown, path = ""): [string, unknown][] {
  if (typeof node !== "object" || node === null) return [];
  const { properties = {}, items, additionalProperties, anyOf = [] } = node as {
    properties?: Record<string, JsonSchema>;
    items?: JsonSchema;
    additionalProperties?: JsonSchema;
    anyOf?: JsonSchema[];
  };
  return [
    ...Object.entries(properties).flatMap(([key, below]): [string, unknown][] => {
      const inside = path === "" ? key : `${path}.${key}`;
      return [[inside, below.description], ...keysOf(below, inside)];
    }),
    ...[items, additionalProperties, ...anyOf].flatMap((below) => keysOf(below, path)),
  ];
}

Deno.test("jsonSchema() says one sentence about every key, and about no other", () => {
  const keys = keysOf(schema);
  assert.deepEqual(keys.filter(([, said]) => typeof said !== "string").map(([key]) => key), []);
  assert.deepEqual(
    [...new Set(keys.map(([key]) => key))].toSorted(),
    Object.keys(DESCRIPTIONS).toSorted(),
  );
});

const files = ["../../config.example.yaml", "./good/2017.yaml", "./good/routing.yaml"];

for (const file of files) {
  Deno.test(`jsonSchema() takes ${file} as an editor reads it`, async () => {
    const text = await Deno.readTextFile(new URL(file, import.meta.url));
    const result = judge.safeParse(parseYaml(text));
    assert.deepEqual(result.error?.issues ?? [], []);
  });
}

const BASE = "local-smtp: [{listen: localhost:1025}]\nremote-smtp: localhost\n";

function mute(window: string): string {
  return `managers: [{name: mail, messages-we-want: {to: a@b.example}, mute: [${window}]}]`;
}

const judged = [
  { text: "limits: {errors: 3, recipients: '100'}", fine: true },
  { text: "ack: $ACK", fine: true },
  { text: "duplicates: {pass-through: false}", fine: true },
  { text: "history: none\nstore:", fine: true },
  { text: "history: {text: full}", fine: true },
  { text: "ack: later", fine: false },
  { text: "acks: queued", fine: false },
  { text: "limits: 3", fine: false },
  { text: "lookups: {owner: {url: 'https://x/', on-missing: {tier: 3}}}", fine: true },
  { text: "lookups: {owner: {url: 'https://x/', on-missing: fails}}", fine: true },
  { text: "lookups: {owner: {timeout: 2s}}", fine: false },
  { text: "packs: [{name: a, match: {}, fields: {severity: error, room: x}}]", fine: true },
  {
    text: "packs: [{name: a, match: {}, fields: {state: {group: g, words: {a: ok}}, x: {{G}}}}]"
      .replace("{{G}}", "{group: g, words: {a: b}}"),
    fine: true,
  },
  { text: "packs: [{name: a, match: {}, fields: {severity: high}}]", fine: false },
  {
    text: "packs: [{name: a, match: {}, fields: {state: {group: g, words: {a: bad}}}}]",
    fine: false,
  },
  { text: "ack-budget: 10s\nqueue: {first-retry: $FIRST}", fine: true },
  { text: "ack-budget: 10", fine: false },
  { text: "queue: {first-retry: 10 s}", fine: false },
  { text: "limits: {message-size: 25MB}\nhistory: {size: $SIZE}", fine: true },
  { text: "limits: {message-size: 25}", fine: false },
  { text: "history: {size: 25mb}", fine: false },
  { text: "lookups: {owner: {url: 'https://x/', timeout: 2, max-size: 1MB}}", fine: false },
  { text: "lookups: {owner: {url: 'https://x/', timeout: 2s, max-size: 1}}", fine: false },
  { text: mute("{days: [sat, Mon-FRI, $DAY], time-zone: Europe/Berlin}"), fine: true },
  { text: mute("{days: [saturday], time-zone: Europe/Berlin}"), fine: false },
  { text: mute("{days: [sat], time-zone: ''}"), fine: false },
  { text: mute("{days: [sat]}"), fine: false },
  {
    text: "managers: [{name: ups, type: my-own, messages-we-want: {to: a@b.example}}]",
    fine: true,
  },
  { text: "managers: [{name: ups}]", fine: false },
  { text: "tests: [{mail: {from: a@b.example}, expect: {passed-through: true}}]", fine: true },
  { text: "tests: [{mail: {from: a@b.example}, expect: {passed-through: sent}}]", fine: false },
];

for (const { text, fine } of judged) {
  Deno.test(`jsonSchema() ${fine ? "takes" : "refuses"} ${text}`, () => {
    assert.equal(judge.safeParse(parseYaml(BASE + text)).success, fine);
  });
}
