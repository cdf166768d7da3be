/** Holds lib/routing/report.ts to the output of 2017's `--test`. @module */

import assert from "node:assert/strict";
import { startGocdServer } from "../../lib/cli/demo/gocd_server.ts";
import type { ManagerConfig } from "../../lib/config/types.ts";
import { RelayError } from "../../lib/errors.ts";
import { createReport, formatReportYaml, reportValue } from "../../lib/routing/report.ts";
import {
  ANY,
  gocdManager,
  inGroup,
  likeInGroup,
  mailManager,
  ruleOf,
} from "../support/gocd_managers.ts";

const groups = {
  "my-group": ["p1"],
  other: ["q", "q-release-2", "1.5"],
  both: ["p1"],
  empty: [],
};

function managers(url: string): readonly ManagerConfig[] {
  return [
    mailManager([ruleOf(["discard"], ANY)], { name: "mail" }),
    gocdManager(url, [
      ruleOf(["mailto:team@example.com"], inGroup("my-group"), { events: ["FIXED", "BREAKS"] }),
      ruleOf(["mailto:team@example.com"], inGroup("my-group"), { events: ["FAILS", "BREAKS"] }),
      ruleOf(["mailto:q@example.com", "discard"], inGroup("other"), {
        events: ["PASSES"],
        stop: true,
      }),
      ruleOf(["discard"], likeInGroup("(.+)-release.*", "other"), { events: ["CANCELLED"] }),
      ruleOf(["mailto:after-stop@example.com"], inGroup("other"), { events: ["PASSES"] }),
    ]),
  ];
}

const EXPECTED = `gocd:
- pipeline_group: my-group
  pipelines:
  - pipeline: p1
- pipeline_group: other
  pipelines:
  - alerts:
    - actions:
      - mailto:q@example.com
      - discard
      events:
      - PASSES
    pipeline: q
  - alerts:
    - actions:
      - discard
      events:
      - CANCELLED
    - actions:
      - mailto:q@example.com
      - discard
      events:
      - PASSES
    pipeline: q-release-2
  - alerts:
    - actions:
      - mailto:q@example.com
      - discard
      events:
      - PASSES
    pipeline: '1.5'
- pipeline_group: both
  pipelines:
  - alerts:
    - actions:
      - mailto:team@example.com
      events:
      - BREAKS
      - FAILS
      - FIXED
    pipeline: p1
- pipeline_group: empty
  pipelines: []
mail: null

`;

Deno.test("formatReportYaml() writes what --test printed", async () => {
  const server = startGocdServer({ version: "26.1", groups });
  const report = await createReport(managers(server.url));
  assert.equal(formatReportYaml(report), EXPECTED);
  assert.deepEqual(Object.keys(reportValue(report)), ["gocd", "mail"]);
  await server.close();
});

Deno.test("formatReportYaml() writes a report without managers", async () => {
  assert.equal(formatReportYaml(await createReport([])), "{}\n\n");
});

Deno.test("createReport() says what to do when GoCD does not answer", async () => {
  const server = startGocdServer({ version: "26.1" });
  server.setFault("unavailable");
  await assert.rejects(
    () => createReport(managers(server.url)),
    (error) =>
      error instanceof RelayError && error.code === "lookup-failed" &&
      /manager "gocd" at http:\/\/127.*HTTP 502\. Check url/.test(error.message),
  );
  await server.close();
});
