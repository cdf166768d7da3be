/** Holds lib/routing/lookups/network.ts to the addresses that are not the internet. @module */

import assert from "node:assert/strict";
import { addressCheck } from "../../../lib/routing/lookups/network.ts";

const open = [
  "1.1.1.1",
  "192.0.2.1",
  "172.15.255.255",
  "172.32.0.0",
  "100.63.255.255",
  "100.128.0.0",
  "169.253.0.1",
  "223.255.255.255",
  "2606:4700::1111",
  "2001:db8::1",
  "::ffff:8.8.8.8",
  "::ffff:808:808",
  "64:ff9b::808:808",
  "2002:808:808::1",
];

for (const address of open) {
  Deno.test(`addressCheck() lets ${address} pass`, () => {
    assert.equal(addressCheck([])(address), undefined);
  });
}

const closed = [
  { address: "127.0.0.1", what: /loopback/ },
  { address: "127.255.255.255", what: /loopback/ },
  { address: "::1", what: /loopback/ },
  { address: "[::1]", what: /loopback/ },
  { address: "0.0.0.0", what: /of this host/ },
  { address: "0.1.2.3", what: /of this host/ },
  { address: "::", what: /of this host/ },
  { address: "10.0.0.1", what: /a private/ },
  { address: "172.16.0.0", what: /a private/ },
  { address: "172.31.255.255", what: /a private/ },
  { address: "192.168.255.1", what: /a private/ },
  { address: "fc00::1", what: /a private/ },
  { address: "fdff::1", what: /a private/ },
  { address: "100.64.0.1", what: /carrier/ },
  { address: "100.127.255.255", what: /carrier/ },
  { address: "169.254.169.254", what: /link-local/ },
  { address: "fe80::1", what: /link-local/ },
  { address: "fe80::1%eth0", what: /link-local/ },
  { address: "224.0.0.1", what: /multicast/ },
  { address: "ff02::1", what: /multicast/ },
  { address: "255.255.255.255", what: /reserved/ },
  { address: "198.19.0.1", what: /reserved/ },
  { address: "::ffff:127.0.0.1", what: /127\.0\.0\.1 is in the loopback/ },
  { address: "::FFFF:7F00:1", what: /127\.0\.0\.1 is in the loopback/ },
  { address: "64:ff9b::a00:1", what: /10\.0\.0\.1 is in a private/ },
  { address: "64:ff9b:1::808:808", what: /translated/ },
  { address: "2002:c0a8:101::1", what: /192\.168\.1\.1 is in a private/ },
  { address: "2001:0:808:808::1", what: /translated/ },
  { address: "::127.0.0.1", what: /translated/ },
  { address: "localhost", what: /no address/ },
  { address: "", what: /no address/ },
];

for (const { address, what } of closed) {
  Deno.test(`addressCheck() refuses ${JSON.stringify(address)}`, () => {
    assert.match(addressCheck([])(address) ?? "it passes", what);
  });
}

const allowed = [
  { allow: "127.0.0.0/8", address: "127.9.9.9", passes: true },
  { allow: "127.0.0.1", address: "127.0.0.1", passes: true },
  { allow: "127.0.0.1", address: "127.0.0.2", passes: false },
  { allow: "127.0.0.0/8", address: "::ffff:127.0.0.1", passes: true },
  { allow: "127.0.0.0/8", address: "::1", passes: false },
  { allow: "fd00::/8", address: "fd12::1", passes: true },
  { allow: "fd00::/8", address: "10.0.0.1", passes: false },
  { allow: "nonsense", address: "10.0.0.1", passes: false },
  { allow: "10.0.0.0/99", address: "10.0.0.1", passes: false },
];

for (const { allow, address, passes } of allowed) {
  Deno.test(`addressCheck() with ${allow} allowed ${passes ? "passes" : "refuses"} ${address}`, () => {
    assert.equal(addressCheck([allow])(address) === undefined, passes);
  });
}
