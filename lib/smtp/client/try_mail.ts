/**
 * Asks a mail server whether it would take a mail, and hands none over.
 *
 * @module
 */

import type { Reply } from "../../mail/reply.ts";
import { type Dialog, readReply, sendCommands, unexpected } from "./dialog.ts";
import { isAboutUs, unwelcome } from "./unwelcome.ts";

/**
 * Says MAIL with the null reverse-path, the one sender that every server must take (RFC 5321 §4.5.5),
 * and RSET.
 *
 * @returns What the server said to MAIL: 2xx, or a refusal that is no word about us.
 * @throws {RelayError} `auth-refused` when it wants TLS or a login first; and as the dialog.
 */
export async function tryMail(dialog: Dialog): Promise<Reply> {
  const reply = await ask(dialog, "MAIL", "MAIL FROM:<>");
  if (isAboutUs(reply)) throw unwelcome("MAIL", reply, dialog);
  if (reply.code >= 300 && reply.code < 400) throw unexpected("MAIL", reply);
  if (reply.code < 300) await ask(dialog, "RSET", "RSET");
  return reply;
}

async function ask(dialog: Dialog, verb: string, line: string): Promise<Reply> {
  await sendCommands(dialog, `${line}\r\n`);
  return await readReply(dialog, verb, dialog.limits.mailMs);
}
