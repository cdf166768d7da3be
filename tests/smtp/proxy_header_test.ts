import assert from "node:assert/strict";
import fc from "fast-check";
import { crc32c } from "../../lib/smtp/crc32c.ts";
import { parseProxyHeader, type ProxyHeader } from "../../lib/smtp/proxy_header.ts";
import { octets } from "../support/octets.ts";

const SIGNATURE = "\r\n\r\n\0\r\nQUIT\n";

/** A header of version 2; `length` is the true one unless it is given. */
function binary(command: number, family: number, rest: string, length = rest.length): string {
  const fixed = [command, family, length >> 8, length & 0xff];
  return SIGNATURE + String.fromCharCode(...fixed) + rest;
}

const V4 = "\xc0\x00\x02\x01\x0a\x00\x00\x01\x12\x67\x00\x19";
const V6 = `\x20\x01\x0d\xb8${"\0".repeat(11)}\x01${"\0".repeat(20)}`;
const MAPPED = `${"\0".repeat(10)}\xff\xff\xc0\x00\x02\x07${"\0".repeat(20)}`;

/** A header over IPv4 that ends with its checksum, and the same with one bit of it turned. */
function checked(turn = 0): string {
  const blank = binary(0x21, 0x11, `${V4}\x03\0\x04\0\0\0\0`);
  const sum = crc32c(octets(blank)) ^ turn;
  const bytes = [24, 16, 8, 0].map((shift) => String.fromCharCode(sum >>> shift & 0xff)).join("");
  return blank.slice(0, -4) + bytes;
}

const headers: readonly { header: string; peer?: string }[] = [
  { header: "PROXY TCP4 192.0.2.1 10.0.0.1 4711 25\r\n", peer: "192.0.2.1" },
  { header: "PROXY TCP4 255.255.255.255 0.0.0.0 0 65535\r\n", peer: "255.255.255.255" },
  { header: "PROXY TCP6 2001:DB8:0::1 ::1 4711 25\r\n", peer: "2001:db8::1" },
  { header: "PROXY TCP6 ::ffff:192.0.2.1 ::1 4711 25\r\n", peer: "192.0.2.1" },
  { header: "PROXY TCP6 ::FFFF:c080:2c8 ::1 4711 25\r\n", peer: "192.128.2.200" },
  {
    header: `PROXY TCP6 ${"ffff:".repeat(7)}ffff ${"ffff:".repeat(7)}ffff 65535 65535\r\n`,
    peer: `${"ffff:".repeat(7)}ffff`,
  },
  { header: "PROXY UNKNOWN\r\n" },
  { header: `PROXY UNKNOWN ${"ffff:".repeat(7)}ffff ${"ffff:".repeat(7)}ffff 65535 65535\r\n` },
  { header: `PROXY UNKNOWN ${"\0".repeat(91)}\r\n` },
  { header: binary(0x21, 0x11, V4), peer: "192.0.2.1" },
  { header: binary(0x21, 0x21, V6), peer: "2001:db8::1" },
  { header: binary(0x21, 0x21, MAPPED), peer: "192.0.2.7" },
  { header: binary(0x21, 0x31, "/tmp/x".padEnd(216, "\0")) },
  { header: binary(0x21, 0x00, "") },
  { header: binary(0x20, 0x00, "") },
  { header: binary(0x20, 0x11, V4) },
  { header: binary(0x20, 0xff, "whatever") },
  { header: binary(0x21, 0x11, `${V4}\x04\0\x03abc\x20\0\0`), peer: "192.0.2.1" },
  { header: binary(0x21, 0x11, `${V4}\x04\x0f\xf1${"x".repeat(4_081)}`), peer: "192.0.2.1" },
  { header: checked(), peer: "192.0.2.1" },
];

for (const { header, peer } of headers) {
  const expected: ProxyHeader = {
    kind: "header",
    ...peer !== undefined && { peer },
    octets: header.length,
  };
  Deno.test(`parseProxyHeader() reads ${JSON.stringify(header.slice(0, 60))}`, () => {
    assert.deepEqual(parseProxyHeader(octets(header)), expected);
    assert.deepEqual(parseProxyHeader(octets(`${header}EHLO x\r\n`)), expected);
    for (let length = 0; length < header.length; length++) {
      assert.deepEqual(parseProxyHeader(octets(header.slice(0, length))), { kind: "more" });
    }
  });
}

const refusals = [
  { header: "EHLO relay.test\r\n", at: 1, reason: /does not begin with a PROXY header/ },
  { header: "PROVY", at: 4, reason: /does not begin/ },
  { header: "proxy TCP4 ", at: 1, reason: /does not begin/ },
  { header: "\r\nQUIT", at: 3, reason: /does not begin/ },
  { header: "PROXY UDP4 192.0.2.1", at: 8, reason: /does not begin/ },
  { header: "PROXY \r\n", at: 7, reason: /does not begin/ },
  { header: "PROXY TCP4\r\n", at: 11, reason: /does not begin/ },
  { header: "PROXY UNKNOWNS\r\n", at: 16, reason: /protocol is not/ },
  { header: "PROXY TCP4 192.0.2.01 10.0.0.1 4711 25\r\n", reason: /address is not TCP4/ },
  { header: "PROXY TCP4 192.0.2.256 10.0.0.1 4711 25\r\n", reason: /address is not TCP4/ },
  { header: "PROXY TCP4 192.0.2.1 10.0.0 4711 25\r\n", reason: /address is not TCP4/ },
  { header: "PROXY TCP4 ::1 ::1 4711 25\r\n", reason: /address is not TCP4/ },
  { header: "PROXY TCP6 192.0.2.1 ::1 4711 25\r\n", reason: /address is not TCP6/ },
  { header: "PROXY TCP6 fe80::1%eth0 ::1 4711 25\r\n", reason: /address is not TCP6/ },
  { header: "PROXY TCP6 [::1] ::1 4711 25\r\n", reason: /address is not TCP6/ },
  { header: "PROXY TCP4 192.0.2.1  10.0.0.1 4711 25\r\n", reason: /address is not/ },
  { header: "PROXY TCP4 192.0.2.1 10.0.0.1 4711\r\n", reason: /not two ports/ },
  { header: "PROXY TCP4 192.0.2.1 10.0.0.1 4711 25 \r\n", reason: /not two ports/ },
  { header: "PROXY TCP4 192.0.2.1 10.0.0.1 04711 25\r\n", reason: /not two ports/ },
  { header: "PROXY TCP4 192.0.2.1 10.0.0.1 65536 25\r\n", reason: /not two ports/ },
  { header: "PROXY TCP4 192.0.2.1 10.0.0.1 4711 -1\r\n", reason: /not two ports/ },
  { header: "PROXY TCP4 192.0.2.1 10.0.0.1 4711 25\n", reason: /LF alone/ },
  { header: "PROXY TCP4 192.0.2.1 10.0.0.1 4711 25\rX", reason: /CR without LF/ },
  { header: `PROXY UNKNOWN ${"x".repeat(93)}`, at: 107, reason: /over 107/ },
  { header: `PROXY UNKNOWN ${"x".repeat(92)}\r`, at: 107, reason: /over 107/ },
  { header: binary(0x11, 0x11, V4), at: 16, reason: /version or command/ },
  { header: binary(0x22, 0x11, V4), at: 16, reason: /version or command/ },
  { header: binary(0x21, 0x11, "", 4_097), at: 16, reason: /4097 octets follow/ },
  { header: binary(0x21, 0x12, V4), reason: /family or transport/ },
  { header: binary(0x21, 0x41, V4), reason: /family or transport/ },
  { header: binary(0x21, 0x11, V4.slice(1)), reason: /addresses are cut off/ },
  { header: binary(0x21, 0x21, V6.slice(1)), reason: /addresses are cut off/ },
  { header: binary(0x21, 0x11, `${V4}\x04\0`), reason: /extension is cut off/ },
  { header: binary(0x21, 0x11, `${V4}\x04\0\x02a`), reason: /extension is cut off/ },
  { header: binary(0x21, 0x11, `${V4}\x03\0\x02ab`), reason: /not of 4 octets/ },
  { header: checked(1), reason: /checksum is wrong/ },
  { header: checked(0x80000000), reason: /checksum is wrong/ },
];

for (const { header, at = header.length, reason } of refusals) {
  Deno.test(`parseProxyHeader() refuses ${JSON.stringify(header.slice(0, 60))}`, () => {
    const parsed = parseProxyHeader(octets(header));
    assert.equal(parsed.kind, "invalid");
    assert.match(parsed.kind === "invalid" ? parsed.reason : "", reason);
    const first = [...header].findIndex((_, index) =>
      parseProxyHeader(octets(header.slice(0, index + 1))).kind === "invalid"
    );
    assert.equal(first + 1, at, "not at once");
  });
}

Deno.test("parseProxyHeader() has an answer to any octets, and asks for a bounded number more", () => {
  const start = fc.constantFrom("", "PROXY ", "PROXY TCP4 ", SIGNATURE, `${SIGNATURE}\x21\x11`);
  fc.assert(
    fc.property(start, fc.uint8Array({ maxLength: 4_200 }), (text, more) => {
      const all = new Uint8Array([...octets(text), ...more]);
      const parsed = parseProxyHeader(all);
      if (parsed.kind === "more") assert.ok(all.length < 4_112);
      if (parsed.kind === "header") assert.ok(parsed.octets <= all.length);
    }),
  );
});

Deno.test("parseProxyHeader() reads the same address from either version", () => {
  fc.assert(
    fc.property(fc.ipV6(), fc.nat(65_535), (address, port) => {
      const written = octets(`PROXY TCP6 ${address} ::1 ${port} 25\r\n`);
      const first = parseProxyHeader(written);
      assert.equal(first.kind, "header");
      const peer = first.kind === "header" ? first.peer ?? "" : "";
      const again = parseProxyHeader(octets(
        peer.includes(":") ? binary(0x21, 0x21, octetsOf(peer) + "\0".repeat(20)) : binary(
          0x21,
          0x11,
          String.fromCharCode(...peer.split(".").map(Number)) + "\0".repeat(8),
        ),
      ));
      assert.deepEqual(again.kind === "header" && again.peer, peer);
    }),
  );
});

/** The octets of an IPv6 address that has no dots. */
function octetsOf(address: string): string {
  const [head = "", tail] = address.split("::").map((part) => part.split(":").filter(Boolean));
  const groups = tail === undefined
    ? [...head]
    : [...head, ...Array<string>(8 - head.length - tail.length).fill("0"), ...tail];
  return groups.map((group) => parseInt(group, 16))
    .map((group) => String.fromCharCode(group >> 8, group & 0xff)).join("");
}
