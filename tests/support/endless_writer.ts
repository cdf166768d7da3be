/**
 * A program that takes mails into a database until it is killed, and tells the id of each once it
 * is on disk.
 *
 * @module
 */

import { openMailDatabase } from "../../lib/store/mail_database.ts";
import { accepted, newDelivery, queueIdOf } from "./stored_mails.ts";

const database = openMailDatabase(Deno.args[0] ?? "");
const encoder = new TextEncoder();
for (let number = 0;; number++) {
  const id = queueIdOf(number);
  accepted(database, id, { deliveries: [newDelivery({ claim: true })] });
  Deno.stdout.writeSync(encoder.encode(`${id}\n`));
}
