/**
 * The URL and the header fields of a lookup: what must be right in them besides their templates.
 *
 * @module
 */

import { isIP } from "node:net";
import type { Template } from "../language/expression.ts";
import type { Names } from "../language/scope.ts";
import { readTemplate, withoutPlaceholders } from "./compile.ts";
import { problem, type Reading, VALUE } from "./reading.ts";

/** Header fields that the program sets itself, or that would change where an answer ends. */
const OWN_HEADERS = [
  "connection",
  "content-length",
  "expect",
  "host",
  "if-modified-since",
  "if-none-match",
  "keep-alive",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
];

/**
 * Reads a URL with templates in its path and its query. Nothing that a mail says may choose the
 * host, so scheme, host and port must stand in the file.
 */
export function readLookupUrl(text: string, names: Names): Reading<Template> {
  const [, authority] = /^https?:\/\/([^/?#\\]*)/i.exec(text) ?? [];
  if (authority === undefined) {
    return problem(
      `${VALUE}: expected an http or https URL, such as ` +
        "https://catalog.example.com/api/services/{{fields.host}}",
    );
  }
  const wrong = wrongAuthority(authority, text) ?? wrongRest(text);
  if (wrong !== null) return problem(`${VALUE}: ${wrong}`);
  return alone(readTemplate(text, "url", names));
}

/** The host of a URL, whatever follows it; an IPv6 address without brackets. `null` for none. */
export function hostOf(url: string): string | null {
  const [, origin = ""] = /^(https?:\/\/[^/?#\\]*)/i.exec(url) ?? [];
  return URL.canParse(origin) ? new URL(origin).hostname.replace(/^\[|\]$/g, "") : null;
}

/** Reads the value of a header field of HTTP. */
export function readHeaderValue(text: string, names: Names): Reading<Template> {
  if (!/^[\x20-\x7e\t]*$/.test(withoutPlaceholders(text))) {
    return problem(`${VALUE}: expected letters of ASCII, on one line`);
  }
  return alone(readTemplate(text, "http-header", names));
}

/** Says what is wrong with the name of a header field of a request; `null` when nothing is. */
export function wrongHeaderName(name: string): string | null {
  if (!isFieldName(name)) return "not the name of a header field: expected letters, digits and -";
  return OWN_HEADERS.includes(name.toLowerCase()) ? "set by mail2alert itself: remove it" : null;
}

/** Whether a text may be the name of a header field, in HTTP (RFC 9110 §5.1) and in mail. */
export function isFieldName(name: string): boolean {
  return /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,76}$/.test(name);
}

function wrongAuthority(authority: string, text: string): string | null {
  if (authority.includes("{{")) {
    return "a template in the host: only the path and the query may hold {{…}}, after a slash";
  }
  if (authority.includes("@")) {
    return "credentials in a URL get logged: put them in headers, as authorization";
  }
  const host = hostOf(text);
  const valid = host !== null && (isIP(host) > 0 || /^[\w.-]+$/.test(host));
  return valid ? null : "expected a host after the slashes, such as https://catalog.example.com/";
}

function wrongRest(text: string): string | null {
  const plain = withoutPlaceholders(text);
  if (/[\s\\\p{Cc}]/u.test(plain)) return "a blank, a line end or a backslash: write %20 or %5C";
  return plain.includes("#") ? "no server gets to see a fragment: remove it from # on" : null;
}

/** A lookup cannot wait for another one. */
function alone(template: Reading<Template>): Reading<Template> {
  const [lookup] = template.kind === "value" ? template.value.needs.lookups : [];
  if (lookup === undefined) return template;
  return problem(`${VALUE}: a lookup may not use another one: use mail and fields only`);
}
