import assert from "node:assert/strict";
import fc from "fast-check";
import { foreignOpening, isForeignStart } from "../../lib/smtp/foreign.ts";
import { octets } from "../support/octets.ts";

const hellos = [
  { name: "TLS", input: "\x16\x03\x01\x00\xa5\x01" },
  { name: "SSL 2", input: "\x80\x2e\x01\x00\x02" },
  { name: "RDP", input: "\x03\x00\x00\x13\x0e\xe0" },
  { name: "SOCKS 4", input: "\x04\x01\x00\x50" },
  { name: "SOCKS 5", input: "\x05\x01\x00" },
  { name: "SMB", input: "\x00\x00\x00\x45\xffSMB" },
  { name: "PostgreSQL", input: "\x00\x00\x00\x08\x04\xd2\x16\x2f" },
  { name: "MQTT", input: "\x10\x0c\x00\x04MQTT" },
  { name: "LDAP", input: "0\x0c\x02\x01\x01\x60" },
  { name: "AMQP", input: "AMQP\x00\x00\x09\x01" },
  { name: "X11", input: "l\x00\x0b\x00" },
  { name: "Telnet", input: "\xff\xfb\x1f" },
  { name: "DNS", input: "\x00\x1d\x12\x34" },
  { name: "a delete character", input: "\x7f" },
];

for (const { name, input } of hellos) {
  Deno.test(`isForeignStart() knows the hello of ${name}`, () => {
    assert.ok(isForeignStart(octets(input)));
  });
}

const mail = [
  ...["", "E", "EHLO ci.test\r\n", "QUIT\r\n", "ehlo", "\r", "\r\n", "\r\n\0", "\n", " EHLO x\r\n"],
  ...["\tEHLO x", "\xef\xbb\xbfEHLO x\r\n", "HELO \x01\x02\r\n", "HELO \0\r\n", "NO\r\n\0"],
  ...["GET / HTTP/1.1\r\n", "*1\r\n$4\r\nPING\r\n", "SSH-2.0-x\r\n"],
];

for (const input of mail) {
  Deno.test(`isForeignStart() lets ${JSON.stringify(input)} pass`, () => {
    assert.equal(isForeignStart(octets(input)), false);
  });
}

const openings = [
  { input: "PROXY TCP4 192.0.2.7 192.0.2.1 50123 25\r\n", expected: "proxy-header" },
  { input: "PROXY TCP6 2001:db8::7 2001:db8::1 50123 25\r\n", expected: "proxy-header" },
  { input: "PROXY UNKNOWN\r\n", expected: "proxy-header" },
  { input: "\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c", expected: "proxy-header" },
  { input: "GET / HTTP/1.1\r\n", expected: "other-protocol" },
  { input: "\x16\x03\x01\x00\xa5\x01", expected: "tls-at-once" },
  { input: "PROXY\r\n", expected: null },
  { input: "\r\n\r\nQUIT\r\n", expected: null },
  { input: "EHLO PROXY TCP4\r\n", expected: null },
] as const;

for (const { input, expected } of openings) {
  Deno.test(`foreignOpening() takes ${JSON.stringify(input)} for ${expected ?? "SMTP"}`, () => {
    assert.equal(foreignOpening(octets(input)), expected);
  });
}

Deno.test("isForeignStart() says the same however the first line is cut into packets", () => {
  const octet = fc.oneof(fc.integer({ min: 0, max: 255 }), fc.constantFrom(0x0d, 0x0a, 0x41));
  fc.assert(fc.property(fc.array(octet, { maxLength: 8 }), (values) => {
    const input = Uint8Array.from(values);
    const line = input.subarray(0, input.includes(0x0a) ? input.indexOf(0x0a) + 1 : input.length);
    const asked = Array.from(line, (_, index) => isForeignStart(line.subarray(0, index + 1)));
    assert.equal(isForeignStart(input), asked.includes(true));
  }));
});
