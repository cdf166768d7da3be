/**
 * Hashes of passwords as configurations hold them, read and judged; computing them is
 * `smtp/auth/`. Pure.
 *
 * @module
 */

/** A hash, read. */
export type PasswordHash = ScryptHash | Argon2Hash | BcryptHash;

/** `$scrypt$ln=15,r=8,p=1$salt$digest` (RFC 7914), base64 without padding. */
export interface ScryptHash {
  /** Which function. */
  readonly kind: "scrypt";
  /** Logarithm of the cost N. */
  readonly ln: number;
  /** Block size. */
  readonly r: number;
  /** Parallelism; here one after the other. */
  readonly p: number;
  /** The salt. */
  readonly salt: Uint8Array;
  /** What comes of the password. */
  readonly digest: Uint8Array;
}

/** `$argon2id$v=19$m=65536,t=3,p=4$salt$digest` (RFC 9106), base64 without padding. */
export interface Argon2Hash {
  /** Which function. */
  readonly kind: "argon2i" | "argon2d" | "argon2id";
  /** Memory, in KiB. */
  readonly memoryKib: number;
  /** Passes over it. */
  readonly passes: number;
  /** Lanes; here one after the other. */
  readonly lanes: number;
  /** The salt. */
  readonly salt: Uint8Array;
  /** What comes of the password. */
  readonly digest: Uint8Array;
}

/** `$2b$12$saltdigest`; `$2a$` and `$2y$` mean the same. */
export interface BcryptHash {
  /** Which function. */
  readonly kind: "bcrypt";
  /** Logarithm of the rounds. */
  readonly cost: number;
  /** The salt, 16 octets. */
  readonly salt: Uint8Array;
  /** What comes of the password, 23 octets. */
  readonly digest: Uint8Array;
}

/** How the hashes begin that we know. */
const PREFIX = /^\$(?:scrypt|argon2(?:i|d|id)|2[aby])\$/;

/** Hashes of other programs: crypt(3), Django, LDAP, Dovecot. */
const FOREIGN =
  /^(?:\$(?:[0-9a-z]{1,2}|md5|sha1|apr1|pbkdf2(?:-\w+)?|bcrypt-sha256)\$.*\$.{16}|\{[A-Z0-9.-]+\}.{16}|(?:pbkdf2_sha\w+|argon2|bcrypt\w*|scrypt)\$.*\$)/s;

const SCRYPT =
  /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,3}),p=(\d{1,3})\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/;
const ARGON2 =
  /^\$(argon2(?:i|d|id))\$(?:v=(\d{1,3})\$)?m=(\d{1,9}),t=(\d{1,6}),p=(\d{1,4})\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/;
const BCRYPT = /^\$2[aby]\$(\d\d)\$([./A-Za-z0-9]{22})([./A-Za-z0-9]{31})$/;

/** bcrypt's base64, in the order of the common one. */
const BCRYPT_DIGITS = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** The only version of Argon2 that is in use: 1.3. */
const ARGON2_VERSION = 19;
/** Most memory for one login, in octets. */
const MAX_MEMORY_OCTETS = 128 * 1024 * 1024;
/** Most work for one login: each of these takes about 0.7 s on a small machine. */
const MAX_SCRYPT_WORK = 2 ** 21;
const MAX_ARGON2_WORK = 2 ** 19;
const MAX_BCRYPT_COST = 14;
const MAX_LANES = 16;
/** Shortest digest that cannot be hit by chance; the longest that any program makes. */
const DIGEST_OCTETS = [16, 64] as const;
const SALT_OCTETS = [8, 64] as const;

/**
 * Whether a text is meant to be a hash: then it is neither a password nor a text with variables,
 * although a `$` stands in it.
 */
export function looksLikeHash(text: string): boolean {
  return PREFIX.test(text);
}

/**
 * Judges what a configuration gives as the secret of a user: the password itself, or a hash.
 *
 * @returns `null`, or what is wrong with it and what to do; holds nothing of the secret.
 */
export function checkSecret(text: string): string | null {
  if (text === "") return "the password is empty";
  if (text.includes("\0")) return "no password can hold a NUL character";
  if (looksLikeHash(text)) {
    const hash = readHash(text);
    return typeof hash === "string" ? `${hash}; \`mail2alert hash\` makes another` : null;
  }
  if (!FOREIGN.test(text)) return null;
  return "this is a hash of a kind that is not known here (known are $scrypt$, $argon2id$, " +
    "$argon2i$, $argon2d$, $2a$, $2b$ and $2y$); `mail2alert hash` makes another";
}

/**
 * Reads a hash.
 *
 * @returns The hash, or why it cannot be used.
 */
export function readHash(text: string): PasswordHash | string {
  if (text.startsWith("$scrypt$")) return readScrypt(text);
  return text.startsWith("$argon2") ? readArgon2(text) : readBcrypt(text);
}

/** Writes a hash as {@link readHash} reads it. */
export function writeHash(hash: PasswordHash): string {
  if (hash.kind === "bcrypt") {
    const cost = String(hash.cost).padStart(2, "0");
    const text = encode(hash.salt) + encode(hash.digest);
    return `$2b$${cost}$${translate(text, DIGITS, BCRYPT_DIGITS)}`;
  }
  const parameters = hash.kind === "scrypt"
    ? `ln=${hash.ln},r=${hash.r},p=${hash.p}`
    : `v=${ARGON2_VERSION}$m=${hash.memoryKib},t=${hash.passes},p=${hash.lanes}`;
  return `$${hash.kind}$${parameters}$${encode(hash.salt)}$${encode(hash.digest)}`;
}

function readScrypt(text: string): ScryptHash | string {
  const match = SCRYPT.exec(text);
  if (match === null) {
    return cutAtComma(text) ?? "it does not have the form $scrypt$ln=15,r=8,p=1$salt$digest";
  }
  const [ln = 0, r = 0, p = 0] = match.slice(1, 4).map(Number);
  if (ln < 1 || r < 1 || p < 1) return "ln, r and p must be at least 1";
  const blocks = r * 2 ** ln;
  const refusal = tooMuchMemory(128 * blocks) ?? tooMuchWork(blocks * p, MAX_SCRYPT_WORK);
  if (refusal !== null) return refusal;
  const octets = readOctets(match[4], match[5]);
  return typeof octets === "string" ? octets : { kind: "scrypt", ln, r, p, ...octets };
}

/** YAML ends a text between { } at a comma, unless it stands in quotes. */
function cutAtComma(text: string): string | null {
  return /[$](?:ln|m)=\d+$/.test(text)
    ? "it ends where its first comma would be: put it in quotes, as { } ends a text at a comma"
    : null;
}

function readArgon2(text: string): Argon2Hash | string {
  const match = ARGON2.exec(text);
  const kind = match?.[1];
  if (match === null || (kind !== "argon2i" && kind !== "argon2d" && kind !== "argon2id")) {
    return cutAtComma(text) ??
      "it does not have the form $argon2id$v=19$m=65536,t=3,p=4$salt$digest";
  }
  if (Number(match[2]) !== ARGON2_VERSION) return `its version is not ${ARGON2_VERSION} (v=19)`;
  const [memoryKib = 0, passes = 0, lanes = 0] = match.slice(3, 6).map(Number);
  if (passes < 1 || lanes < 1) return "t and p must be at least 1";
  if (lanes > MAX_LANES) return `it asks for ${lanes} lanes (p), at most ${MAX_LANES} are allowed`;
  if (memoryKib < 8 * lanes) return "its memory (m) is less than 8 KiB for each lane (p)";
  const refusal = tooMuchMemory(memoryKib * 1024) ??
    tooMuchWork(memoryKib * passes, MAX_ARGON2_WORK);
  if (refusal !== null) return refusal;
  const octets = readOctets(match[6], match[7]);
  return typeof octets === "string" ? octets : { kind, memoryKib, passes, lanes, ...octets };
}

function readBcrypt(text: string): BcryptHash | string {
  const match = BCRYPT.exec(text);
  if (match === null) return "it does not have the form $2b$12$ and 53 characters";
  const [, , salt = "", digest = ""] = match;
  const cost = Number(match[1]);
  if (cost < 4) return "its cost is below 4";
  if (cost > MAX_BCRYPT_COST) {
    return `its cost is ${cost}, at most ${MAX_BCRYPT_COST} is allowed`;
  }
  const octets = (part: string) => decode(translate(part, BCRYPT_DIGITS, DIGITS));
  return { kind: "bcrypt", cost, salt: octets(salt), digest: octets(digest) };
}

function tooMuchMemory(octets: number): string | null {
  if (octets <= MAX_MEMORY_OCTETS) return null;
  const mib = (amount: number) => Math.ceil(amount / 1024 / 1024);
  return `it asks for ${mib(octets)} MiB of memory at each login, at most ${
    mib(MAX_MEMORY_OCTETS)
  } MiB are allowed`;
}

function tooMuchWork(work: number, most: number): string | null {
  if (work <= most) return null;
  return `it asks for ${Math.ceil(work / most)} times the work that is allowed at each login`;
}

function readOctets(
  salt = "",
  digest = "",
): { readonly salt: Uint8Array; readonly digest: Uint8Array } | string {
  const octets = { salt: decode(salt), digest: decode(digest) };
  if (!isWithin(octets.salt, SALT_OCTETS)) return "its salt is not 8 to 64 octets long";
  return isWithin(octets.digest, DIGEST_OCTETS)
    ? octets
    : "its digest is not 16 to 64 octets long; it may have been cut";
}

function isWithin({ length }: Uint8Array, [least, most]: readonly [number, number]): boolean {
  return length >= least && length <= most;
}

function translate(text: string, from: string, to: string): string {
  return text.replace(/./g, (digit) => to.charAt(from.indexOf(digit)));
}

/** Decodes base64 without padding; nothing when a digit is missing. */
function decode(text: string): Uint8Array {
  if (text.length % 4 === 1) return new Uint8Array();
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

function encode(octets: Uint8Array): string {
  return btoa(String.fromCharCode(...octets)).replace(/=+$/, "");
}
