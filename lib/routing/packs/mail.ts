/**
 * The pack for any mail: its subject and nothing else.
 *
 * @module
 */

import type { MailHead } from "../subject.ts";
import type { Pack, Reading } from "./pack.ts";

/** Reads the subject of any mail. */
export const mailPack: Pack = {
  name: "mail",
  read: (head: MailHead): Promise<Reading> => Promise.resolve({ fields: subjectField(head) }),
};

/** The one field that every pack gives, where the mail has it. */
export function subjectField({ subject }: MailHead): { readonly subject?: string } {
  return subject === undefined ? {} : { subject };
}
