/** Which hosts a lookup reaches only where their network is listed. @module */

import assert from "node:assert/strict";
import { isAllowed, privateNetworkOf } from "../../lib/config/private_network.ts";

const hosts = [
  { host: "localhost", network: "127.0.0.0/8" },
  { host: "LOCALHOST", network: "127.0.0.0/8" },
  { host: "127.1.2.3", network: "127.0.0.0/8" },
  { host: "10.255.0.1", network: "10.0.0.0/8" },
  { host: "172.31.255.255", network: "172.16.0.0/12" },
  { host: "172.32.0.1", network: null },
  { host: "192.168.0.1", network: "192.168.0.0/16" },
  { host: "169.254.169.254", network: "169.254.0.0/16" },
  { host: "100.64.0.1", network: "100.64.0.0/10" },
  { host: "0.0.0.0", network: "0.0.0.0/8" },
  { host: "255.255.255.255", network: "224.0.0.0/3" },
  { host: "::1", network: "::1/128" },
  { host: "::", network: "::/128" },
  { host: "fd12::1", network: "fc00::/7" },
  { host: "fe80::1", network: "fe80::/10" },
  { host: "ff02::1", network: "ff00::/8" },
  { host: "::ffff:a00:1", network: "10.0.0.0/8" },
  { host: "::ffff:5db8:d822", network: null },
  { host: "93.184.216.34", network: null },
  { host: "2606:2800::1", network: null },
  { host: "catalog.example.com", network: null },
  { host: "10.example.com", network: null },
];

for (const { host, network } of hosts) {
  Deno.test(`privateNetworkOf() says ${network} of ${host}`, () => {
    assert.equal(privateNetworkOf(host), network);
    if (network === null) return;
    assert.ok(isAllowed(host, ["192.0.2.0/24", network]));
    assert.ok(!isAllowed(host, ["192.0.2.0/24", "2001:db8::/32"]));
    assert.ok(!isAllowed(host, []));
  });
}

Deno.test("isAllowed() takes an address alone for a network", () => {
  assert.ok(isAllowed("10.0.0.1", ["10.0.0.1"]));
  assert.ok(!isAllowed("10.0.0.2", ["10.0.0.1"]));
  assert.ok(isAllowed("::1", ["::1"]));
});
