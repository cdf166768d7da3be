import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { RelayError } from "../../lib/errors.ts";
import { MessageSpool } from "../../lib/store/spool.ts";
import { octetsOf, restOf } from "../support/mails.ts";
import { latin1 } from "../support/octets.ts";

async function inFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function filesIn(folder: string): string[] {
  try {
    return [...Deno.readDirSync(`${folder}/spool`)].map(({ name }) => name);
  } catch {
    return [];
  }
}

const MAIL = "Subject: x\r\nTo: a@x\r\n\r\n" + "0123456789".repeat(20) + "\r\n";

for (
  const { name, memory, files } of [
    { name: "in memory", memory: 1000, files: [] },
    { name: "in a file beyond the limit", memory: 40, files: ["id.eml"] },
  ]
) {
  for (const size of [1, 7, 1000]) {
    Deno.test(`MessageSpool keeps a message ${name}, written ${size} octets at a time`, () =>
      inFolder(async (folder) => {
        const writer = new MessageSpool(folder, memory).open("id");
        const buffer = new Uint8Array(size);
        const octets = octetsOf(MAIL);
        for (let at = 0; at < octets.length; at += size) {
          const piece = octets.subarray(at, at + size);
          buffer.set(piece);
          await writer.write(buffer.subarray(0, piece.length));
          buffer.fill(0);
        }
        const message = await writer.finish();
        assert.equal(message.octets, MAIL.length);
        assert.equal(message.digest, createHash("sha256").update(octets).digest("hex"));
        assert.equal(String.fromCharCode(...message.fields), "Subject: x\r\nTo: a@x\r\n");
        assert.equal(await restOf(message), MAIL.slice(21));
        assert.equal(await restOf(message), MAIL.slice(21), "a second time");
        assert.deepEqual(filesIn(folder), files);
        await message.remove();
        assert.deepEqual(filesIn(folder), []);
      }));
  }
}

Deno.test("MessageSpool adds the blank line that a message lacks, and only then", () =>
  inFolder(async (folder) => {
    const spool = new MessageSpool(folder);
    for (
      const [text, rest] of [["just text\r\n", "\r\njust text\r\n"], ["A: 1\r\n", ""]] as const
    ) {
      const writer = spool.open("id");
      await writer.write(octetsOf(text));
      assert.equal(await restOf(await writer.finish()), rest);
    }
  }));

Deno.test("MessageSpool adds the blank line to a message in a file, which stays as it came", () =>
  inFolder(async (folder) => {
    const writer = new MessageSpool(folder, 40).open("id");
    const text = `A: 1\r\nno field\r\n${"y".repeat(40)}\r\n`;
    await writer.write(octetsOf(text));
    const message = await writer.finish();
    assert.equal(await restOf(message), `\r\n${text.slice(6)}`);
    assert.equal(await Deno.readTextFile(message.file ?? ""), text);
    await message.remove();
  }));

Deno.test("MessageSpool writes a large message to its file from the first octet", () =>
  inFolder(async (folder) => {
    const writer = new MessageSpool(folder, 40).open("id");
    await writer.write(octetsOf(MAIL.slice(0, 30)));
    await writer.write(octetsOf(MAIL.slice(30)));
    const message = await writer.finish();
    assert.equal(message.file, `${folder}/spool/id.eml`);
    assert.equal(message.held, undefined);
    assert.equal(message.fields.buffer.byteLength, 21, "memory keeps the fields and no more");
    assert.equal(await Deno.readTextFile(`${folder}/spool/id.eml`), MAIL);
    await message.remove();
  }));

Deno.test("MessageSpool reads a message in a file over one buffer, another one for each reader", () =>
  inFolder(async (folder) => {
    const writer = new MessageSpool(folder, 40).open("id");
    const text = `A: 1\r\n\r\n${"x".repeat(65_536)}${"y".repeat(65_536)}`;
    await writer.write(octetsOf(text));
    const message = await writer.finish();
    const [one, two] = [message.rest(), message.rest()].map((rest) => rest[Symbol.asyncIterator]());
    const { value: first } = await one?.next() ?? {};
    const { value: other } = await two?.next() ?? {};
    assert.notEqual(first.buffer, other.buffer);
    assert.equal(latin1(first), text.slice(6, 6 + first.length));
    const { value: second } = await one?.next() ?? {};
    assert.equal(second.buffer, first.buffer, "new memory for each piece would pile up");
    assert.equal(latin1(other), text.slice(6, 6 + other.length));
    await Promise.all([one?.return?.(), two?.return?.()]);
    await message.remove();
  }));

Deno.test("MessageSpool has what follows the fields at hand while it is in memory", () =>
  inFolder(async (folder) => {
    const spool = new MessageSpool(folder);
    for (const text of [MAIL, "just text\r\n", "A: 1\r\n"]) {
      const writer = spool.open("id");
      await writer.write(octetsOf(text));
      const message = await writer.finish();
      assert.equal(message.file, undefined);
      assert.equal(latin1(message.held ?? octetsOf("none")), await restOf(message));
    }
  }));

Deno.test("MessageSpool refuses a header section that does not end within its memory", () =>
  inFolder(async (folder) => {
    for (const length of [39, 40, 41, 60]) {
      const writer = new MessageSpool(folder, 40).open("id");
      await writer.write(octetsOf(`A: ${"x".repeat(length - 5)}\r\n\r\n${"y".repeat(40)}`));
      await assert.rejects(
        () => writer.finish(),
        (error) => error instanceof RelayError && error.code === "header-too-large",
      );
      assert.deepEqual(filesIn(folder), []);
    }
  }));

Deno.test("MessageSpool makes files that only their owner may read", () =>
  inFolder(async (folder) => {
    const writer = new MessageSpool(folder, 40).open("id");
    await writer.write(octetsOf(MAIL));
    const { mode } = await Deno.stat(`${folder}/spool/id.eml`);
    assert.equal((mode ?? 0) & 0o777, 0o600);
    assert.equal(((await Deno.stat(`${folder}/spool`)).mode ?? 0) & 0o777, 0o700);
    await writer.abort();
    assert.deepEqual(filesIn(folder), []);
  }));

Deno.test("MessageSpool swallows the rest after a failure and tells it at the end", () =>
  inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/spool`, "a file where the folder should be");
    const writer = new MessageSpool(folder, 40).open("id");
    await writer.write(octetsOf(MAIL));
    await writer.write(octetsOf(MAIL));
    await assert.rejects(
      () => writer.finish(),
      (error) => error instanceof RelayError && error.code === "store-failed",
    );
  }));

Deno.test("MessageSpool.sweep() deletes what a crash left behind, and nothing younger", () =>
  inFolder(async (folder) => {
    const spool = new MessageSpool(folder);
    assert.equal(await spool.sweep(Date.now()), 0, "no folder yet");
    await Deno.mkdir(`${folder}/spool`);
    for (const name of ["old.eml", "young.eml", "other.txt"]) {
      await Deno.writeTextFile(`${folder}/spool/${name}`, "x");
    }
    await Deno.utime(`${folder}/spool/old.eml`, 1000, 1000);
    await Deno.utime(`${folder}/spool/other.txt`, 1000, 1000);
    assert.equal(await spool.sweep(Date.now() - 60_000), 1);
    assert.deepEqual(filesIn(folder).sort(), ["other.txt", "young.eml"]);
  }));
