/**
 * What conditions and templates see where there is no mail: in a report, or when a server is tried.
 *
 * @module
 */

import type { MailFacts } from "./scope.ts";

/** A mail that says nothing. */
export const NO_MAIL: MailFacts = {
  id: "",
  reversePath: "",
  recipients: [],
  subject: "",
  headers: new Map(),
  text: "",
  size: 0,
  attachments: [],
};
