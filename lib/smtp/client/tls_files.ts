/**
 * The PEM files that TLS towards a mail server needs: read for each new connection, so that new
 * ones count without a restart; read from disk only when they have changed.
 *
 * @module
 */

import type { SmarthostTlsConfig } from "../../config/types.ts";
import { reasonOf, RelayError } from "../../errors.ts";
import type { TlsWishes } from "./tls_stream.ts";

/** What was read, and which version of the file. */
interface Read {
  readonly version: string;
  readonly text: string;
}

/** Largest file that is read: the authorities of a whole system are a quarter of it. */
const MAX_OCTETS = 1_048_576;

/** By path; bounded, because the configuration names each of them. */
const files = new Map<string, Read>();

/**
 * Reads what the configuration names.
 *
 * @throws {RelayError} `tls-failed`, naming the file that cannot be read or holds nothing of use.
 */
export async function readTlsFiles(
  { caFile, certificate }: SmarthostTlsConfig,
): Promise<Pick<TlsWishes, "authorities" | "certificate">> {
  return {
    ...(caFile && { authorities: certificatesIn(await read(caFile, "CERTIFICATE")) }),
    ...(certificate && {
      certificate: {
        certificate: await read(certificate.certificateFile, "CERTIFICATE"),
        key: await read(certificate.keyFile, "PRIVATE KEY"),
      },
    }),
  };
}

async function read(path: string, kind: string): Promise<string> {
  try {
    const { mtime, size, ino } = await Deno.stat(path);
    const version = `${mtime?.getTime()} ${size} ${ino}`;
    const known = files.get(path);
    if (known?.version === version) return known.text;
    if (size > MAX_OCTETS) throw new Error(`over ${MAX_OCTETS} octets`);
    const text = await Deno.readTextFile(path);
    if (!new RegExp(`-----BEGIN [A-Z ]*${kind}-----`).test(text)) {
      throw new Error(`no ${kind} in PEM form in it`);
    }
    files.set(path, { version, text });
    return text;
  } catch (error) {
    const why = error instanceof Deno.errors.NotFound ? "no such file" : reasonOf(error);
    throw new RelayError("tls-failed", `Cannot read ${path} for TLS: ${why}`, { cause: error });
  }
}

function certificatesIn(text: string): readonly string[] {
  return text.match(/-----BEGIN CERTIFICATE-----[^]*?-----END CERTIFICATE-----/g) ?? [];
}
