/**
 * `deno task bench:routing`: how long routing takes with 1,000 rules and 10,000 pipelines, beside the
 * same with one rule and one pipeline in the same run, and what it takes of memory. Ends with exit
 * code 1 when the median is 1 ms or more, or memory grows by 50 MB or more.
 *
 * The two alternate, so that what else the machine does strikes both. The engine's young generation is
 * kept small: it grows by up to 48 MB with whatever makes garbage, which a relay under load does
 * anyway, and would be taken for what the rules keep.
 *
 * @module
 */

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

/** A GoCD-like server in a process of its own. */
async function serverOf(groups: number, pipelines: number) {
  const { pathname } = new URL("./gocd_process.ts", import.meta.url);
  const args = ["run", "-A", "--no-check", pathname, `${groups}`, `${pipelines}`];
  const process = new Deno.Command(Deno.execPath(), { args, stdin: "piped", stdout: "piped" })
    .spawn();
  const lines = process.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const { value = "" } = await lines.read();
  return {
    url: value.trim(),
    close: async () => {
      await process.stdin.close();
      await lines.cancel();
      await process.status;
    },
  };
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

/** Resident memory once the garbage is collected, in MB. */
function memoryMb(): number {
  gc();
  return Deno.memoryUsage().rss / 1_000_000;
}

function mailsOf(count: number): readonly Mail[] {
  const verbs = ["is broken", "is fixed", "passed", "failed"];
  return Array.from({ length: count }, (_, n) => {
    const pipeline = `p${(n * 7) % (GROUPS * PIPELINES_OF_A_GROUP)}-build`;
    return stageMail(`${pipeline}/${n}/test/1`, verbs[n % verbs.length] ?? "");
  });
}

const mails = mailsOf(MAILS);
const small = await serverOf(1, 1);
const large = await serverOf(GROUPS, PIPELINES_OF_A_GROUP);
const control = createRouter(configurationOf(small.url, 1));
await measure(control, mails);
const before = memoryMb();
const router = createRouter(configurationOf(large.url, RULES));
await measure(router, mails);
const grownMb = memoryMb() - before;
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
tell(`memory +${grownMb.toFixed(1)} MB`);
Deno.exitCode = median < 1 && grownMb < 50 ? 0 : 1;
