/**
 * Names of machines, as mails write them.
 *
 * @module
 */

/** Whether a text may name a machine: `nas1`, `db-2.example.com`, `10.0.0.7`, `fd00::1`. */
export function isHostName(text: string): boolean {
  return text.length <= 253 && /^[a-z0-9_](?:[a-z0-9_.:-]*[a-z0-9_])?$/i.test(text);
}

/** The domain of an address; absent where it has none, or none that names a machine. */
export function domainOf(address: string): string | undefined {
  const at = address.lastIndexOf("@");
  if (at < 0) return undefined;
  const domain = address.slice(at + 1).toLowerCase();
  return isHostName(domain) ? domain : undefined;
}
