/**
 * `deno task bench:routing`: how long routing takes with 1,000 rules and 10,000 pipelines, beside the
 * same with one rule and one pipeline in the same run, and what it takes of memory. Ends with exit
 * code 1 when the median is 1 ms or more, or memory grows by 50 MiB or more.
 *
 * The two alternate, so that what else the machine does strikes both.
 *
 * @module
 */

import { type GocdServer, startGocdServer } from "../../lib/cli/demo/gocd_server.ts";
import type { Configuration } from "../../lib/config/types.ts";
import type { Mail } from "../../lib/mail/message.ts";
import { createRouter, type Router } from "../../lib/routing/router.ts";
import { parseHere } from "../support/configuration.ts";
import { percentile, tell } from "../support/figures.ts";
import { stageMail } from "../support/gocd_managers.ts";

const RULES = 1_000;
const GROUPS = 100;
const PIPELINES_OF_A_GROUP = 100;
const MAILS = 5_000;
const ROUNDS = 3;

/** The version of the API that the router asks for. */
const DASHBOARD = "application/vnd.go.cd.v4+json";

/** Given by `--expose-gc`. */
declare function gc(): void;

/** A third each: a group, a name like one of a group, a condition. One in 200 holds. */
function ruleText(number: number): string {
  const group = `group-${number % GROUPS}`;
  const conditions = [
    `filter: {events: [BREAKS, FIXED], function: pipelines.in_group, args: [${group}]}`,
    "filter: {events: [BREAKS, FIXED], function: pipelines.name_like_in_group, " +
    `args: ["(.+)-release.*", ${group}]}`,
    `when: event == "BREAKS" && fields.pipeline.startsWith("p${number % 200}-") && ` +
    '!mail.subject.contains("experiment")',
  ];
  return `      - {actions: [mailto:team-${number}@example.com], ${conditions[number % 3]}}`;
}

function configurationOf(url: string, rules: number): Configuration {
  return parseHere(`local-smtp: 127.0.0.1:0
remote-smtp: 127.0.0.1:9
managers:
  - name: gocd
    url: ${url}
    messages-we-want: {to: mail2alert@example.com}
    rules:
${Array.from({ length: rules }, (_, number) => ruleText(number)).join("\n")}
    otherwise: [discard]
`);
}

function serverOf(groups: number, pipelines: number): GocdServer {
  const named = Array.from({ length: groups }, (_, group) =>
    [
      `group-${group}`,
      Array.from({ length: pipelines }, (_, n) => `p${group * pipelines + n}-build`),
    ] as const);
  return startGocdServer({ version: "26.1", groups: Object.fromEntries(named) });
}

/** Routes mails of all pipelines; the times in ms. */
async function measure(router: Router, mails: readonly Mail[]): Promise<number[]> {
  const times: number[] = [];
  for (const mail of mails) {
    const began = performance.now();
    const { trace } = await router.route(mail);
    times.push(performance.now() - began);
    if (trace.rules.some(({ verdict }) => verdict === "undecided")) throw new Error(trace.reason);
  }
  return times;
}

function memoryMiB(): number {
  gc();
  return Deno.memoryUsage().rss / 1_048_576;
}

function mailsOf(count: number): readonly Mail[] {
  const verbs = ["is broken", "is fixed", "passed", "failed"];
  return Array.from({ length: count }, (_, n) => {
    const pipeline = `p${(n * 7) % (GROUPS * PIPELINES_OF_A_GROUP)}-build`;
    return stageMail(`${pipeline}/${n}/test/1`, verbs[n % verbs.length] ?? "");
  });
}

const mails = mailsOf(MAILS);
const small = serverOf(1, 1);
const large = serverOf(GROUPS, PIPELINES_OF_A_GROUP);
const control = createRouter(configurationOf(small.url, 1));
await measure(control, mails);
// The server is in this process, too: what answering takes is its own.
await (await fetch(`${large.url}/api/dashboard`, { headers: { accept: DASHBOARD } })).text();
const before = memoryMiB();
const router = createRouter(configurationOf(large.url, RULES));
await measure(router, mails);
const grownMiB = memoryMiB() - before;
const times: number[] = [];
const controlTimes: number[] = [];
for (let round = 0; round < ROUNDS; round++) {
  times.push(...await measure(router, mails));
  controlTimes.push(...await measure(control, mails));
}
await Promise.all([router, control, small, large].map((part) => part.close()));

const [median, usual] = [percentile(times, 0.5), percentile(controlTimes, 0.5)];
tell(`${RULES} rules, ${GROUPS * PIPELINES_OF_A_GROUP} pipelines, ${times.length} mails`);
tell(`median ${median.toFixed(3)} ms, p99 ${percentile(times, 0.99).toFixed(3)} ms a mail`);
tell(`one rule, one pipeline: median ${usual.toFixed(3)} ms; ${(median / usual).toFixed(1)} times`);
tell(`memory +${grownMiB.toFixed(1)} MiB`);
Deno.exitCode = median < 1 && grownMiB < 50 ? 0 : 1;
