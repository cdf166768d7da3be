/**
 * What the server says when an exchange ends without credentials (RFC 4954 §4, §6); whether
 * credentials are right is answered by the session. None repeats what the client sent.
 *
 * @module
 */

import type { Reply } from "../../mail/reply.ts";

/** The replies that end an exchange. */
export const AUTH_REPLY = {
  cancelled: { code: 501, status: "5.7.0", lines: ["Authentication cancelled"] },
  notBase64: { code: 501, status: "5.5.2", lines: ["Response is not base64 (RFC 4648 section 4)"] },
  notUtf8: { code: 501, status: "5.5.2", lines: ["User and password must be UTF-8"] },
  malformedPlain: {
    code: 501,
    status: "5.5.2",
    lines: ["PLAIN wants: empty or user, NUL, user, NUL, password (RFC 4616)"],
  },
  malformedLogin: {
    code: 501,
    status: "5.5.2",
    lines: ["LOGIN wants the user, then the password, neither empty nor with NUL"],
  },
  otherIdentity: {
    code: 535,
    status: "5.7.8",
    lines: ["A user may authenticate for itself only: leave the authorization identity empty"],
  },
  lineTooLong: { code: 500, status: "5.5.6", lines: ["Authentication line is too long"] },
  notAsked: { code: 503, status: "5.5.1", lines: ["Authentication is not under way"] },
} as const satisfies Record<string, Reply>;
