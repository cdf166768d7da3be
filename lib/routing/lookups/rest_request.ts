/**
 * The request of a lookup for one mail. What a mail holds gets into its URL and header fields, so
 * the result is looked at once more: whatever a value holds, it asks the same host, below the same
 * path, and no field ends early.
 *
 * @module
 */

import type { LookupConfig } from "../../config/types.ts";
import type { Template } from "../../language/expression.ts";
import type { Scope } from "../../language/scope.ts";

/** Longest URL that servers take for certain (RFC 9110 §4.1). */
const MAX_URL_LETTERS = 8_000;

/** Most letters in all header fields. */
const MAX_HEADER_LETTERS = 16_000;

/** What is asked. */
export interface RestRequest {
  /** Where, in full; may hold secrets in its query. */
  readonly url: string;
  /** Header fields by name in lower case; may hold secrets. */
  readonly headers: Readonly<Record<string, string>>;
}

/** A request, or why there is none for this mail; the reason holds no value of a header field. */
export type Requested =
  | { readonly kind: "request"; readonly request: RestRequest }
  | { readonly kind: "unfit"; readonly why: string };

/** What each format asks for. */
const ACCEPT = {
  auto: "application/json, application/xml;q=0.9, */*;q=0.1",
  json: "application/json, */*;q=0.1",
  xml: "application/xml, text/xml, */*;q=0.1",
} as const;

/** Makes the request of a lookup. Never throws. */
export function requestFor(config: LookupConfig, scope: Scope): Requested {
  const url = render(config.url, scope, "the url");
  if (url.kind === "unfit") return url;
  const problem = problemOf(url.text, config.url.text);
  if (problem !== undefined) return unfit(problem);
  const headers: Record<string, string> = {
    accept: ACCEPT[config.format],
    "user-agent": "mail2alert",
  };
  let letters = 0;
  for (const { name, value } of config.headers) {
    const field = render(value, scope, `the header field ${name}`);
    if (field.kind === "unfit") return field;
    letters += name.length + field.text.length;
    if (!/^[\t\x20-\x7e]*$/.test(field.text)) {
      return unfit(`the header field ${name} has characters that no header field may hold`);
    }
    headers[name.toLowerCase()] = field.text;
  }
  if (letters > MAX_HEADER_LETTERS) return unfit(`the header fields are too long`);
  return { kind: "request", request: { url: new URL(url.text).href, headers } };
}

function render(
  template: Template,
  scope: Scope,
  what: string,
): { readonly kind: "text"; readonly text: string } | { readonly kind: "unfit"; why: string } {
  const rendered = template.render(scope);
  if (rendered.kind === "text") return rendered;
  return unfit(rendered.kind === "unfit" ? `${what}: ${rendered.why}` : `${what} needs a lookup`);
}

/** What is wrong with a URL; the template says where it should lead. */
function problemOf(text: string, template: string): string | undefined {
  if (text.length > MAX_URL_LETTERS) return `the url is longer than ${MAX_URL_LETTERS} letters`;
  const origin = /^https?:\/\/[^/?#\\{]+(?=[/?#]|$)/i.exec(template)?.[0];
  if (origin === undefined || !URL.canParse(text)) return "the url is none";
  const { protocol, host, username, password } = new URL(text);
  if (username + password !== "") {
    return "the url holds credentials, which get logged: put them into headers";
  }
  const wanted = new URL(origin);
  if (protocol !== wanted.protocol || host !== wanted.host) return "the url leads to another host";
  // A URL is shortened by its dot segments, also by encoded ones: a value may not climb.
  const path = text.slice(origin.length).replace(/[?#].*$/s, "");
  const climbs = path.split(/[/\\]/).some((part) => /^(?:\.|%2e){1,2}$/i.test(part));
  return climbs ? "a value would make its path lead elsewhere" : undefined;
}

function unfit(why: string): { readonly kind: "unfit"; readonly why: string } {
  return { kind: "unfit", why };
}
