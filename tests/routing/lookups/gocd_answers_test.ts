/** Holds lib/routing/lookups/gocd_answers.ts to the shapes of GoCD's API. @module */

import assert from "node:assert/strict";
import type { Answer } from "../../../lib/routing/lookups/cached_lookup.ts";
import {
  type PipelineGroups,
  readAdminGroups,
  readDashboardGroups,
  readDashboardStages,
  readLegacyGroups,
} from "../../../lib/routing/lookups/gocd_answers.ts";
import type { GocdQuestion } from "../../../lib/routing/lookups/gocd_api.ts";
import { groupsOf } from "../../../lib/routing/lookups/gocd_groups.ts";

interface Stage {
  readonly name: string;
  readonly status: string;
  readonly ["previous_stage"]?: { readonly status: string } | null;
}

/** A dashboard with one pipeline, whose instances are given by counter. */
function dashboard(instances: Readonly<Record<string, readonly Stage[]>>): string {
  return JSON.stringify({
    _embedded: {
      ["pipeline_groups"]: [],
      pipelines: [{
        name: "p",
        _embedded: {
          instances: Object.entries(instances).map(([counter, stages]) => ({
            label: `1.${counter}`,
            counter,
            _embedded: { stages },
          })),
        },
      }],
    },
  });
}

const before = (status: string) => ({ ["previous_stage"]: { status } });

const boards: readonly {
  readonly name: string;
  readonly instances: Readonly<Record<string, readonly Stage[]>>;
  readonly expected: Readonly<Record<string, string>>;
}[] = [
  { name: "no run", instances: {}, expected: {} },
  {
    name: "final states",
    instances: {
      1: [
        { name: "a", status: "Passed" },
        { name: "b", status: "Failed", ["previous_stage"]: null },
        { name: "c", status: "Cancelled" },
        { name: "d", status: "Unknown" },
      ],
    },
    expected: { "p/a": "success", "p/b": "failure", "p/c": "unknown" },
  },
  {
    name: "the latest of several instances, by number",
    instances: { 9: [{ name: "a", status: "Failed" }], 10: [{ name: "a", status: "Cancelled" }] },
    expected: { "p/a": "unknown" },
  },
  {
    name: "an older instance where the latest is not over",
    instances: { 9: [{ name: "a", status: "Failed" }], 10: [{ name: "a", status: "Building" }] },
    expected: { "p/a": "failure" },
  },
  {
    name: "the previous run of a running stage",
    instances: {
      9: [{ name: "a", status: "Failing", ...before("Cancelled") }],
      8: [{ name: "a", status: "Failed" }],
    },
    expected: { "p/a": "unknown" },
  },
];

for (const { name, instances, expected } of boards) {
  Deno.test(`readDashboardStages() reads ${name}`, async () => {
    const states = await readDashboardStages(dashboard(instances)) ?? assert.fail("no dashboard");
    assert.deepEqual(Object.fromEntries(states), expected);
  });
}

for (const read of [readDashboardGroups, readAdminGroups, readLegacyGroups, readDashboardStages]) {
  for (const text of ["", "{}", "[1]", "null", '{"_embedded":{}}', '{"message":"loading"}']) {
    Deno.test(`${read.name}() refuses ${text || "nothing"}`, async () => {
      assert.equal(await read(text), null);
    });
  }
}

Deno.test("groupsOf() shows an entity tag only to the path that gave it", async () => {
  const asked: GocdQuestion[] = [];
  const ask = groupsOf({
    url: "http://gocd.test/go",
    ask: (question) => {
      asked.push(question);
      return Promise.resolve({ kind: "refused", detail: "no", elsewhere: true, never: false });
    },
  }, () => 0);
  const last: Answer<PipelineGroups> = {
    value: new Map(),
    url: "http://gocd.test/go/api/dashboard",
    detail: "",
    etag: '"1"',
  };
  await ask("", last, new AbortController().signal);
  assert.deepEqual(asked.map(({ path, etag }) => [path, etag]), [
    ["/api/dashboard", '"1"'],
    ["/api/admin/pipeline_groups", undefined],
    ["/api/config/pipeline_groups", undefined],
  ]);
});
