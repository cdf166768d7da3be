/**
 * The base URL of a REST API, and the URL of a token endpoint.
 *
 * @module
 */

import { isLoopback } from "./loop.ts";
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

/**
 * Reads the URL of a token endpoint (RFC 6749 §3.2): https, because secrets go there; http only on
 * this machine. It may have a query, but no credentials and no fragment.
 */
export function readTokenUrl(text: string): Reading<string> {
  const url = URL.canParse(text) ? new URL(text) : null;
  const local = url !== null && isLoopback(url.hostname.replace(/^\[|\]$/g, ""));
  if (url === null || !/^https?:\/\//i.test(text) || (url.protocol === "http:" && !local)) {
    return problem(
      `${VALUE}: expected an https URL, such as https://login.example.com/oauth2/token`,
    );
  }
  if (url.username !== "" || url.password !== "") {
    return problem(`${VALUE}: credentials in a URL get logged: use client-id and client-secret`);
  }
  if (text.includes("#")) return problem(`${VALUE}: expected a URL without fragment`);
  return value(url.href);
}
