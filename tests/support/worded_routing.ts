/** Managers with conditions and templates, and lookups that know one answer, for tests. @module */

import type { Action, ManagerConfig, MuteWindow, RuleConfig } from "../../lib/config/types.ts";
import { compileCondition } from "../../lib/language/condition.ts";
import type { Template, TemplateTarget } from "../../lib/language/expression.ts";
import type { LookupKnown, Names } from "../../lib/language/scope.ts";
import { compileTemplate } from "../../lib/language/template.ts";
import type { GocdSource } from "../../lib/routing/gocd_source.ts";
import type { Lookups } from "../../lib/routing/lookups/lookups.ts";
import { createRouter } from "../../lib/routing/router.ts";
import type { Routing } from "../../lib/routing/trace.ts";
import { actionOf } from "./gocd_managers.ts";
import { mailOf } from "./mails.ts";

const NAMES: Names = { fields: new Set(["host", "subject"]), lookups: new Set(["owner"]) };

/** A window that everything is in. */
export const ALWAYS: MuteWindow = {
  text: "always",
  days: [0, 1, 2, 3, 4, 5, 6],
  fromMinute: 0,
  toMinute: 1_440,
  timeZone: "UTC",
};

/** A compiled template. */
export function templateOf(text: string, target: TemplateTarget): Template {
  const compiled = compileTemplate(text, { names: NAMES, target });
  if (compiled.kind === "problem") throw new Error(compiled.text);
  return compiled.value;
}

/** `mailto:{{lookup.owner.email}}`, with a subject if there is one. */
export function toOwner(subject?: string, body?: string): Action {
  const address = templateOf("{{lookup.owner.email}}", "address");
  const words = {
    ...subject !== undefined && { subject: templateOf(subject, "line") },
    ...body !== undefined && { body: templateOf(body, "text") },
  };
  return { kind: "mailto-template", address, text: "mailto:{{lookup.owner.email}}", words };
}

/** A rule with a condition. */
export function ruleOf(
  when: string,
  actions: readonly Action[],
  mute: readonly MuteWindow[] = [],
): RuleConfig {
  const condition = compileCondition(when, NAMES);
  if (condition.kind === "problem") throw new Error(condition.text);
  return { name: when, actions, when: condition.value, mute, stop: false };
}

/** Lookups that know one answer, or none. */
export function lookupsOf(known: LookupKnown): Lookups {
  return {
    ask: (name) =>
      Promise.resolve({
        known,
        trace: { name, url: "https://x.example", source: "fresh", tookMs: 0, detail: known.kind },
      }),
    close: () => Promise.resolve(),
  };
}

/** No lookup has an answer. */
export const NOBODY: LookupKnown = { kind: "missing", why: "HTTP 500" };

/** Routes one mail with managers that live no longer. */
export async function route(
  managers: readonly ManagerConfig[],
  { known = NOBODY, mail = MAIL, gocd }: {
    readonly known?: LookupKnown;
    readonly mail?: typeof MAIL;
    readonly gocd?: GocdSource;
  } = {},
): Promise<Routing> {
  const config = { managers, lookups: [], packs: [] };
  const router = createRouter(config, {
    lookups: lookupsOf(known),
    ...gocd && { gocd: () => gocd },
  });
  try {
    return await router.route(mail);
  } finally {
    await router.close();
  }
}

/** A mail that says little. */
export const MAIL = mailOf("Subject: disk full\r\n\r\ntext\r\n");
/** To the team. */
export const TEAM = actionOf("mailto:team@example.com");
/** To nobody, on purpose. */
export const DISCARD = actionOf("discard");
/** A rule that depends on a lookup. */
export const UNSURE = ruleOf("lookup.owner.tier == 1", [TEAM]);
