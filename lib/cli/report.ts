/**
 * `mail2alert report`: who gets which alert, for every pipeline that GoCD knows.
 *
 * @module
 */

import {
  createReport,
  formatReportYaml,
  type GroupReport,
  type Report,
  reportValue,
} from "../routing/report.ts";
import { readConfiguration } from "./configuration.ts";
import { printable } from "./paint.ts";
import type { Terminal } from "./terminal.ts";

/** How to print the report. */
export interface ReportOptions {
  /** The configuration file. */
  readonly config?: string;
  /** `yaml` is what 2017 printed. */
  readonly format: "yaml" | "json" | "table";
}

/** Prints the report; exit 1 when GoCD does not say which pipelines there are. */
export async function report(options: ReportOptions, terminal: Terminal): Promise<number> {
  const { configuration } = await readConfiguration(options.config, terminal);
  terminal.out(format(await createReport(configuration.managers), options.format));
  return 0;
}

function format(made: Report, form: ReportOptions["format"]): string {
  switch (form) {
    case "yaml":
      return formatReportYaml(made);
    case "json":
      return `${JSON.stringify(reportValue(made), null, 2)}\n`;
    case "table":
      return formatTable([...made].flatMap(([manager, groups]) => rowsOf(manager, groups)));
  }
}

const HEADINGS = ["MANAGER", "GROUP", "PIPELINE", "EVENTS", "ACTIONS"];

/** A row for each alert, and one for each pipeline that nobody hears of. */
function rowsOf(manager: string, groups: readonly GroupReport[] | null): string[][] {
  if (groups === null) return [[manager, "-", "-", "-", "cannot be told ahead of the mail"]];
  return groups.flatMap(({ group, pipelines }) =>
    pipelines.flatMap(({ pipeline, alerts }) =>
      (alerts ?? [{ events: ["-"], actions: ["nobody"] }]).map(({ events, actions }) =>
        [manager, group, pipeline, events.join(" "), actions.join(" ")].map(printable)
      )
    )
  );
}

function formatTable(rows: readonly string[][]): string {
  const all = [HEADINGS, ...rows];
  const widths = HEADINGS.map((_, column) =>
    all.reduce((width, row) => Math.max(width, row[column]?.length ?? 0), 0)
  );
  return all.map((row) =>
    `${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ").trimEnd()}\n`
  ).join("");
}
