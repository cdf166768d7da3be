/**
 * What each key about routing means, in one sentence, for editors.
 *
 * @module
 */

/** The sentences by path. */
export const ROUTING_DESCRIPTIONS: Readonly<Record<string, string>> = {
  lookups: "REST queries by name, for conditions and templates: lookup.NAME.",
  "lookups.url": "What is asked; its path and query may hold templates such as {{fields.host}}.",
  "lookups.headers": "Header fields of the request; NAME-file takes the value from a file.",
  "lookups.format": "What the answer is: auto (default: as its media type says), json or xml.",
  "lookups.timeout": "How long a mail waits for the answer, 100ms to 30s; default: 2s.",
  "lookups.max-size": "Largest answer, 1kB to 100MB; default: 1MB.",
  "lookups.cache": "How long an answer is used again, 0s to 30d; default: 5m.",
  "lookups.stale-while-revalidate": "How much longer while it is asked for anew; default: 0s.",
  "lookups.stale-if-error": "How much longer while the server fails, 0s to 365d; default: 1d.",
  "lookups.allow": "Private networks that the host may be in; default: none.",
  "lookups.on-missing": "What holds without an answer: undecided (default), fails, holds, or a " +
    "mapping or list that stands in.",
  packs: "Your own packs: which mails they recognise, and what they find in them.",
  "packs.name": "Its name, which may be a manager's type.",
  "packs.match": "Regular expressions (RE2), all of which must match; named groups become fields.",
  "packs.match.subject": "Matched against the Subject.",
  "packs.match.from": "Matched against the From field.",
  "packs.match.text": "Matched against the text of the mail.",
  "packs.match.headers": "Matched against header fields, by name.",
  "packs.fields": "Fields by name; {{NAME}} in them is a named group.",
  ...byGroup("packs.fields"),
  "packs.fields.severity": "critical, error, warning or info, or such words by a group.",
  ...byGroup("packs.fields.severity"),
  "packs.fields.state": "problem, ok or info, or such words by a group.",
  ...byGroup("packs.fields.state"),
  "packs.event": "The event, or events by what a group matched.",
  ...byGroup("packs.event"),
  "packs.samples": "Mails that it must recognise.",
  ...mail("packs.samples"),
  "packs.samples.expect": "What it must find in the mail, at least.",
  "packs.samples.expect.event": "The event.",
  "packs.samples.expect.fields": "Fields by name.",
  managers: "Who decides about which mail, in order.",
  "managers.name": "Its name, unique.",
  "managers.type": "mail, gocd, or the pack that reads first; default: the name if it is one, " +
    "else mail.",
  "managers.also":
    "Whether the managers after it get its mails, too, and where it claims by from, " +
    "whoever they were for; default: false.",
  "managers.url": "The GoCD server; for type gocd only.",
  "managers.user": "User of the GoCD server.",
  "managers.passwd": "Password of the GoCD server; better a variable, or passwd-file.",
  "managers.passwd-file": "A file with that password.",
  "managers.token": "Access token of the GoCD server, 19.2.0 or later.",
  "managers.token-file": "A file with that token.",
  "managers.poll": "How often GoCD is asked for stages that broke without a mail, 10s to 1d; " +
    "default: never.",
  "managers.poll-grace": "How long the mail of such a stage may take, 0s to 1h; default: 60s.",
  "managers.messages-we-want": "The mails that it claims.",
  "managers.messages-we-want.to": "One of their recipients.",
  "managers.messages-we-want.from": 'Their sender; "<>" for none.',
  ...mute("managers"),
  "managers.rules": "Each rule that holds contributes its actions.",
  "managers.rules.name": "Its name, for people.",
  "managers.rules.actions": "What is done: mailto:ADDRESS, discard, or a mapping with mailto.",
  ...action("managers.rules.actions"),
  "managers.rules.when": "A condition in CEL; true takes every mail.",
  "managers.rules.filter": "The condition of 2017; with when, both must hold.",
  "managers.rules.filter.events": "Events of which one must be the mail's; default: any mail.",
  "managers.rules.filter.function": "mail.in_subject, pipelines.any, pipelines.all, " +
    "pipelines.in_group or pipelines.name_like_in_group.",
  "managers.rules.filter.args": "The arguments of the function.",
  ...mute("managers.rules"),
  "managers.rules.stop": "Whether later rules are skipped when it holds; default: false.",
  "managers.otherwise": "Actions when no rule holds.",
  ...action("managers.otherwise"),
  "managers.rewrite-headers": "Whether To and From are rewritten, as in 2017; default: true.",
  tests: "What routing must do with given mails; a failing one blocks a reload.",
  "tests.name": "Its name, for people.",
  "tests.mail": "The mail.",
  ...mail("tests.mail"),
  "tests.at": "When it is received; default: 2026-01-15T12:00:00Z, a Thursday.",
  "tests.lookups": "Answers of lookups by name; nothing is asked.",
  "tests.groups": "Pipeline groups that GoCD is taken to have.",
  "tests.before": "How the mail's stage is taken to have ended before; default: unknown.",
  "tests.expect": "What must come of it.",
  "tests.expect.actions": "The actions that are taken, in any order; [] for none.",
  "tests.expect.not-sent": "Why nobody gets it.",
  "tests.expect.passed-through": "true: no manager wants it, and it goes on as it came; then " +
    "nothing else may be expected. false: a manager wants it.",
  "tests.expect.rules": "Names of the rules that hold, in order.",
  "tests.expect.fields": "Fields by name, at least these.",
  "tests.expect.event": "The event.",
};

function mail(path: string): Record<string, string> {
  return {
    [`${path}.file`]: "A file with the whole mail.",
    [`${path}.from`]: "Reverse-path and From.",
    [`${path}.to`]: "Recipients; default: what the manager wants.",
    [`${path}.subject`]: "The Subject.",
    [`${path}.headers`]: "More header fields.",
    [`${path}.text`]: "The text.",
  };
}

function byGroup(path: string): Record<string, string> {
  return {
    [`${path}.group`]: "The group that tells.",
    [`${path}.words`]: "Words by what the group matched, in any case.",
  };
}

function mute(path: string): Record<string, string> {
  return {
    [`${path}.mute`]: "Times in which nobody is told.",
    [`${path}.mute.days`]: "Days on which they begin, such as sat or mon-fri; default: every day.",
    [`${path}.mute.from`]: "Begin, such as 22:00; default: 00:00.",
    [`${path}.mute.to`]: "End, on the next day if it is not after the begin; default: 24:00.",
    [`${path}.mute.time-zone`]: "The time zone, such as Europe/Berlin.",
  };
}

function action(path: string): Record<string, string> {
  return {
    [`${path}.mailto`]: "One address, which may hold templates.",
    [`${path}.subject`]: "The new subject; {{mail.subject}} is the old one.",
    [`${path}.text`]: "The text that goes out instead of the mail's.",
  };
}
