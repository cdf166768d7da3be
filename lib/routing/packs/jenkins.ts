/**
 * The pack for Jenkins: its mailer, whose subjects are translated and whose header is not, and the
 * default mails of the Email Extension plugin. A mailer whose header was lost on the way is known by
 * the exact English subject. Where header and subject contradict each other, the worse counts; a
 * header of success on a subject of bad news that is none of Jenkins' is left to others to read.
 *
 * The body quotes commit comments and the last 250 lines of the log, which any test may write; only
 * the link in its first lines counts.
 *
 * @see hudson.tasks.MailSender and its Messages.properties in jenkinsci/mailer-plugin;
 * ExtendedEmailPublisher in jenkinsci/email-ext-plugin
 * @module
 */

import { type Finding, httpLink, linesOf, reading } from "./finding.ts";
import type { MailView, Pack, Reading } from "./pack.ts";
import { soundsBad } from "./words.ts";

/** A result, as `X-Jenkins-Result` words it, and what it comes to; the worst first. */
const RESULTS: ReadonlyMap<string, Finding> = new Map([
  ["FAILURE", verdict("BUILD_FAILED", "error", "problem")],
  ["UNSTABLE", verdict("BUILD_UNSTABLE", "warning", "problem")],
  ["ABORTED", verdict("BUILD_ABORTED", "warning", "info")],
  ["NOT_BUILT", verdict("BUILD_NOT_BUILT", "info", "info")],
  ["SUCCESS", verdict("BUILD_SUCCEEDED", "info", "ok")],
]);

/** What the subject knows better than the result: how the build before was. */
interface Wording {
  /** The result that these words belong to. */
  readonly result: string;
  /** The event that they mean. */
  readonly event: string;
  /** The words: of the mailer at the start, of the plugin at the end. */
  readonly pattern: RegExp;
}

const JOB = "(?<job>.{1,512}?)";
const BUILD = "(?: #(?<build>[0-9]{1,10}))?";
const MAILER = /^(?:Build failed in (?:Jenkins|Hudson):|(?:Jenkins|Hudson) build )/;

const WORDINGS: readonly Wording[] = [
  mailer("FAILURE", "BUILD_FAILED", "Build failed in (?:Jenkins|Hudson):"),
  mailer("UNSTABLE", "BUILD_BECAME_UNSTABLE", "(?:Jenkins|Hudson) build became unstable:"),
  mailer("UNSTABLE", "BUILD_STILL_UNSTABLE", "(?:Jenkins|Hudson) build is still unstable:"),
  mailer("UNSTABLE", "BUILD_UNSTABLE", "(?:Jenkins|Hudson) build is unstable:"),
  mailer("SUCCESS", "BACK_TO_NORMAL", "(?:Jenkins|Hudson) build is back to normal ?:"),
  mailer("SUCCESS", "BACK_TO_STABLE", "(?:Jenkins|Hudson) build is back to stable ?:"),
  plugin("FAILURE", "BUILD_FAILED", "Failure"),
  plugin("FAILURE", "BUILD_STILL_FAILING", "Still Failing"),
  plugin("UNSTABLE", "BUILD_UNSTABLE", "Unstable"),
  plugin("UNSTABLE", "BUILD_STILL_UNSTABLE", "Still Unstable"),
  plugin("SUCCESS", "BACK_TO_NORMAL", "Fixed"),
  plugin("SUCCESS", "BUILD_SUCCEEDED", "Successful"),
  plugin("ABORTED", "BUILD_ABORTED", "Aborted"),
  plugin("NOT_BUILT", "BUILD_NOT_BUILT", "Not Built"),
];

/** `See <https://ci.example.com/job/x/12/>`, translated too. */
const SEE = /^[^<>]{0,40}<(https?:\/\/[^\s<>]{1,2000})>$/;
const CONSOLE = /^Check console output at "?(https?:\/\/[^\s"<>]{1,2000})"? to view the results\.$/;

/** Reads Jenkins' mails about builds. */
export const jenkinsPack: Pack = {
  name: "jenkins",
  fields: ["job", "result", "build"],
  events: [
    ...new Set([...RESULTS.values(), ...WORDINGS].map(({ event = "" }) => event)),
  ],
  read,
};

async function read(mail: MailView): Promise<Reading | null> {
  const subject = mail.subject ?? "";
  const wording = WORDINGS.find(({ pattern }) => pattern.test(subject));
  const words = wording?.pattern.exec(subject)?.groups;
  const job = mail.header("x-jenkins-job") ?? words?.job;
  const result = resultOf(mail, wording);
  const outcome = RESULTS.get(result ?? "");
  if (job === undefined || result === undefined || outcome === undefined) return null;
  if (result === "SUCCESS" && wording === undefined && soundsBad(subject, [job])) return null;
  const build = words?.build ?? /#([0-9]{1,10})$/.exec(subject)?.[1];
  return reading("jenkins", mail, {
    ...outcome,
    event: wording?.result === result ? wording.event : outcome.event,
    title: subject === "" ? job : subject,
    about: [job],
    details: { object: job, job, result, build, link: linkIn(await linesOf(mail)) },
  });
}

/** What the header and the words of the subject come to: the worse of the two. */
function resultOf(mail: MailView, wording: Wording | undefined): string | undefined {
  const told = mail.header("x-jenkins-result")?.trim().toUpperCase();
  // The plugin's subject alone could be anybody's; with a header of Jenkins' it is not.
  const known = told !== undefined || MAILER.test(mail.subject ?? "");
  const said = known ? wording?.result : undefined;
  return [...RESULTS.keys()].find((result) => result === told || result === said);
}

/** The link stands before anything that is quoted. */
function linkIn([first = "", second = ""]: readonly string[]): string | undefined {
  const found = SEE.exec(first) ?? CONSOLE.exec(second) ?? CONSOLE.exec(first);
  return httpLink(found?.[1]);
}

function mailer(result: string, event: string, words: string): Wording {
  return { result, event, pattern: new RegExp(`^${words} {0,2}${JOB}${BUILD}$`) };
}

function plugin(result: string, event: string, words: string): Wording {
  const pattern = new RegExp(`^${JOB} - Build # (?<build>[0-9]{1,10}) - ${words}!$`);
  return { result, event, pattern };
}

function verdict(
  event: string | undefined,
  severity: Finding["severity"],
  state: Finding["state"],
): Finding {
  return { event, severity, state, title: "", about: [] };
}
