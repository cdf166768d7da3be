/** What rules look at, for tests: nothing but what they say. @module */

import type { OnMissing } from "../../lib/config/types.ts";
import { NO_MAIL } from "../../lib/language/no_mail.ts";
import type { LookupKnown, MailFacts, Scope } from "../../lib/language/scope.ts";
import type { FilterFacts } from "../../lib/routing/filters.ts";
import type { Facts } from "../../lib/routing/rules.ts";

/** A mail that says nothing. */
export const NAMED_MAIL: MailFacts = { ...NO_MAIL, id: "01JDXAMPLE" };

/** A scope; whatever is not given is empty. */
export function scopeOf(
  { mail, lookups = {}, ...rest }: {
    readonly mail?: Partial<MailFacts>;
    readonly fields?: Readonly<Record<string, string>>;
    readonly event?: string;
    readonly lookups?: Readonly<Record<string, LookupKnown>>;
    readonly nowMs?: number;
  } = {},
): Scope {
  return {
    mail: { ...NAMED_MAIL, ...mail },
    fields: {},
    event: "",
    nowMs: 0,
    lookups: new Map(Object.entries(lookups)),
    ...rest,
  };
}

/** Facts; whatever is not given is not known. */
export function factsOf(
  { scope, onMissing = {}, ...filter }:
    & Partial<FilterFacts>
    & { readonly scope?: Scope; readonly onMissing?: Readonly<Record<string, OnMissing>> } = {},
): Facts {
  return {
    groups: { kind: "not-asked" },
    ...filter,
    scope: scope ?? scopeOf(),
    onMissing: new Map(Object.entries(onMissing)),
  };
}
