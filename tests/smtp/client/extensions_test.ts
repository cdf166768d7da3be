import assert from "node:assert/strict";
import { NO_EXTENSIONS, parseExtensions } from "../../../lib/smtp/client/extensions.ts";

const rows = [
  { lines: ["mx.test"], expected: {} },
  { lines: ["PIPELINING"], expected: {} },
  {
    lines: ["mx", "PIPELINING", "8bitMime", "SMTPUTF8"],
    expected: { pipelining: true, eightBitMime: true, smtpUtf8: true },
  },
  { lines: ["mx", "SIZE"], expected: { sizeOctets: 0 } },
  { lines: ["mx", "SIZE 0"], expected: { sizeOctets: 0 } },
  { lines: ["mx", "size  1000 "], expected: { sizeOctets: 1000 } },
  { lines: ["mx", "SIZE lots"], expected: { sizeOctets: 0 } },
  { lines: ["mx", `SIZE ${"9".repeat(30)}`], expected: { sizeOctets: 0 } },
  { lines: ["mx", "LIMITS RCPTMAX=20 mailmax=5"], expected: { maxRecipients: 20, maxMails: 5 } },
  { lines: ["mx", "LIMITS RCPTDOMAINMAX=1"], expected: { maxDomains: 1 } },
  { lines: ["mx", "LIMITS RCPTMAX=0 MAILMAX=x NEW=1"], expected: {} },
  { lines: ["mx", "", "   ", "XFOO"], expected: {} },
  {
    lines: ["mx", "STARTTLS", "dsn", "CHUNKING", "BINARYMIME", "RequireTLS"],
    expected: { startTls: true, dsn: true, chunking: true, binaryMime: true, requireTls: true },
  },
  { lines: ["mx", "AUTH"], expected: {} },
  {
    lines: ["mx", "auth plain  Login XOAUTH2 "],
    expected: { auth: ["PLAIN", "LOGIN", "XOAUTH2"] },
  },
  { lines: ["mx", "AUTH=LOGIN PLAIN"], expected: { auth: ["LOGIN", "PLAIN"] } },
  {
    lines: ["mx", "AUTH CRAM-MD5", "AUTH=CRAM-MD5 NTLM"],
    expected: { auth: ["CRAM-MD5", "NTLM"] },
  },
  { lines: ["mx", `AUTH A+B ${"X".repeat(21)} PLAIN`], expected: { auth: ["PLAIN"] } },
  { lines: ["mx", "AUTHENTICATE PLAIN", "XAUTH LOGIN"], expected: {} },
  { lines: ["AUTH PLAIN", "mx"], expected: {} },
] as const;

for (const { lines: [domain, ...others], expected } of rows) {
  Deno.test(`parseExtensions() reads ${JSON.stringify([domain, ...others].join(" | "))}`, () => {
    const extensions = parseExtensions({ code: 250, lines: [domain, ...others] });
    assert.deepEqual(extensions, { ...NO_EXTENSIONS, ...expected });
  });
}
