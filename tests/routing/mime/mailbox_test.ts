/** Holds lib/routing/mime/mailbox.ts to the senders that machines write. @module */

import assert from "node:assert/strict";
import { firstMailbox } from "../../../lib/routing/mime/mailbox.ts";

const mailboxes: readonly (readonly [string, string, string])[] = [
  ["a@example.com", "", "a@example.com"],
  ["<a@example.com>", "", "a@example.com"],
  ["root", "", "root"],
  ["root (Cron Daemon)", "Cron Daemon", "root"],
  ["root@db1.example.com (Cron Daemon)", "Cron Daemon", "root@db1.example.com"],
  ['"(Cron Daemon)" <user>', "(Cron Daemon)", "user"],
  ["mdadm monitoring <root>", "mdadm monitoring", "root"],
  ['"A, B" <a@example.com>, c@example.com', "A, B", "a@example.com"],
  ['"a \\"b\\" <c>" <d@example.com>', 'a "b" <c>', "d@example.com"],
  ['"a \\" <b" <d@example.com>', 'a " <b', "d@example.com"],
  ["a@example.com, b@example.com", "", "a@example.com"],
  ["Group: a@example.com, b@example.com;", "", "a@example.com"],
  ["=?utf-8?q?M=C3=BCller?= <m@example.com>", "Müller", "m@example.com"],
  ["=?utf-8?q?a=0D=0ABcc:_x?= <m@example.com>", "a Bcc: x", "m@example.com"],
  ["M\xc3\xbcller <m@example.com>", "Müller", "m@example.com"],
  ["Name <m@example.com", "Name", "m@example.com"],
  ["Just a name", "Just a name", ""],
  ["<>", "", ""],
  ["", "", ""],
];

for (const [raw, name, address] of mailboxes) {
  Deno.test(`firstMailbox() reads ${JSON.stringify(raw)}`, () => {
    assert.deepEqual(firstMailbox(raw), { name, address });
  });
}
