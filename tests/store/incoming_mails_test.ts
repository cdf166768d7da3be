import assert from "node:assert/strict";
import { IncomingMails } from "../../lib/store/incoming_mails.ts";
import { newMail, spooled } from "../support/store_stage.ts";
import { queueIdOf } from "../support/stored_mails.ts";

const LARGE = `Subject: large\r\n\r\n${"x".repeat(500)}\r\n`;

Deno.test("IncomingMails lets no note overtake the mail that it is about", async () => {
  const folder = await Deno.makeTempDir({ prefix: "mail2alert-store-" });
  try {
    const incoming = new IncomingMails(folder, () => ({ text: "headers", now: 0 }));
    const mail = newMail(1, { message: await spooled(folder, queueIdOf(1), LARGE) });
    const order: string[] = [];
    const written = incoming.write([mail], () => Promise.resolve(order.push("mail")));
    const noted = incoming.note(mail.journal, () => void order.push("note"));
    const appended = incoming.after(queueIdOf(1), () => void order.push("append"));
    void incoming.after(queueIdOf(2), () => void order.push("other"));
    await Promise.all([written, noted, appended, incoming.settled()]);
    assert.deepEqual(order, ["other", "mail", "note", "append"]);
    assert.equal(incoming.after(queueIdOf(1), () => {}), undefined, "nothing is on its way");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
