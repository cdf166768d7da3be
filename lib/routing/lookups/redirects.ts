/**
 * Redirects of a lookup: within its host only, and only a few.
 *
 * @module
 */

/** Most redirects that are followed. */
export const MAX_REDIRECTS = 3;

/** Where a redirect leads, or why it is not followed. */
export type Redirect =
  | {
    readonly kind: "follow";
    readonly url: string;
    /** Whether it is the same server by the same protocol, which may see our credentials. */
    readonly sameOrigin: boolean;
  }
  | { readonly kind: "refused"; readonly why: string };

/**
 * Judges one redirect. It may lead to the same scheme, host and port, or from http to https there:
 * to the same port, or from the usual one to the usual one.
 *
 * @param from Where it was answered, in full.
 * @param location The header field of that name; `null` without one.
 */
export function redirectOf(from: string, location: string | null): Redirect {
  if (location === null || location.length > 8_000 || !URL.canParse(location, from)) {
    return { kind: "refused", why: "a redirect to nowhere" };
  }
  const here = new URL(from);
  const there = new URL(location, from);
  there.hash = "";
  if (there.username + there.password !== "") {
    return { kind: "refused", why: "a redirect with credentials" };
  }
  const upgrade = here.protocol === "http:" && there.protocol === "https:" &&
    here.hostname === there.hostname && here.port === there.port;
  const sameOrigin = here.origin === there.origin;
  if (sameOrigin || upgrade) return { kind: "follow", url: there.href, sameOrigin };
  const origin = there.origin.slice(0, 200);
  return { kind: "refused", why: `a redirect to ${origin}, which is not followed; check the url` };
}
