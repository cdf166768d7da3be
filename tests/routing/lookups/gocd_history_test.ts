/** Holds lib/routing/lookups/gocd_history.ts to what GoCD says, and to nonsense. @module */

import assert from "node:assert/strict";
import type { GocdAnswer, GocdApi } from "../../../lib/routing/lookups/gocd_api.ts";
import { askHistory, readHistory } from "../../../lib/routing/lookups/gocd_history.ts";

const RUN = {
  name: "s",
  counter: "2",
  ["approval_type"]: "success",
  ["approved_by"]: null,
  result: "Failed",
  ["rerun_of_counter"]: 1,
  ["pipeline_name"]: "p",
  ["pipeline_counter"]: 11,
  jobs: [
    { name: "a", state: "Completed", result: "Failed", scheduled_date: 12_345 },
    { name: "b", state: "Completed", result: "Passed", scheduled_date: 12_346 },
    { name: "c", state: "Scheduled" },
  ],
};

const READ = { pipelineCounter: "11", stageCounter: "2", state: "failure", scheduledAt: 12_346 };

const rows = [
  { name: "a run", change: {}, read: [READ] },
  {
    name: "a cancelled run",
    change: { result: "Cancelled" },
    read: [{ ...READ, state: "unknown" }],
  },
  { name: "a counter in quotes", change: { pipeline_counter: "11" }, read: [READ] },
  {
    name: "a run that is under way",
    change: { result: "Unknown", jobs: null },
    read: [{ pipelineCounter: "11", stageCounter: "2" }],
  },
  {
    name: "a run without jobs and result",
    change: { result: undefined, jobs: [] },
    read: [{ pipelineCounter: "11", stageCounter: "2" }],
  },
  { name: "no path in a counter", change: { counter: "../1" }, read: [] },
  { name: "no counter without end", change: { pipeline_counter: 1e21 }, read: [] },
] as const;

for (const { name, change, read } of rows) {
  Deno.test(`readHistory() reads ${name}`, async () => {
    const answer = JSON.stringify({ _links: {}, stages: [{ ...RUN, ...change }] });
    assert.deepEqual(await readHistory(answer), read);
  });
}

Deno.test("readHistory() keeps the order of an answer, and takes none that is too long", async () => {
  const stages = (count: number) =>
    JSON.stringify({ stages: Array.from({ length: count }, (_, at) => ({ ...RUN, counter: at })) });
  const counters = (await readHistory(stages(100)))?.map(({ stageCounter }) => stageCounter);
  assert.deepEqual(counters, Array.from({ length: 100 }, (_, at) => String(at)));
  assert.equal(await readHistory(stages(101)), null);
});

for (const answer of ["", "[]", "{}", '{"stages":{}}', '{"stages":[{}]}', "<html>"]) {
  Deno.test(`readHistory() reads nothing in ${answer || "nothing"}`, async () => {
    assert.equal(await readHistory(answer), null);
  });
}

const unsaid: readonly GocdAnswer[] = [
  { kind: "text", text: "<html>" },
  { kind: "unchanged" },
  { kind: "refused", detail: "HTTP 403", elsewhere: true, never: false },
];

for (const answer of unsaid) {
  Deno.test(`askHistory() says why there is none: ${JSON.stringify(answer)}`, async () => {
    const paths: string[] = [];
    const api: GocdApi = {
      url: "http://go.test/go",
      ask: ({ path, accept }) => {
        paths.push(`${path} ${accept}`);
        return Promise.resolve(answer);
      },
    };
    const asked = await askHistory(
      api,
      { pipeline: "p", stage: "s" },
      new AbortController().signal,
    );
    assert.equal(asked.kind, "refused");
    assert.deepEqual(paths, ["/api/stages/p/s/history application/vnd.go.cd.v3+json"]);
  });
}
