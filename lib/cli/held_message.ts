/**
 * A message that is at hand, as the program passes messages around.
 *
 * @module
 */

import type { Message } from "../mail/message.ts";
import { MessageSpool } from "../store/spool.ts";

/** Takes a whole message; all of it stays in memory, where it is already. */
export async function heldMessage(octets: Uint8Array): Promise<Message> {
  const writer = new MessageSpool("", octets.length).open("held");
  await writer.write(octets);
  return await writer.finish();
}
