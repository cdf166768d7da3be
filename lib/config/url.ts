/**
 * The base URL of a REST API.
 *
 * @module
 */

import { problem, type Reading, VALUE, value } from "./reading.ts";

/** Reads an http or https URL; a slash at its end is removed. No credentials, query, fragment. */
export function readUrl(text: string): Reading<string> {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^https?:$/.test(url.protocol) || !/^https?:\/\//i.test(text)) {
    return problem(`${VALUE}: expected an http or https URL, such as https://gocd.example.com/go`);
  }
  if (url.username !== "" || url.password !== "") {
    return problem(`${VALUE}: credentials in a URL get logged: use the keys user and passwd`);
  }
  if (/[?#]/.test(text)) {
    return problem(`${VALUE}: expected a base URL without query and fragment`);
  }
  return value(text.replace(/\/+$/, ""));
}
