/**
 * The replies of the server: the one place that knows their codes, texts and wire format.
 * Each text says what is wrong and what would be right; none repeats what the client sent.
 *
 * @module
 */

import type { Reply } from "../mail/reply.ts";

/** Every fixed reply of the server; the dialogs in `tests/` are checked against it. */
export const REPLY = {
  ok: { code: 250, status: "2.0.0", lines: ["OK"] },
  senderOk: { code: 250, status: "2.1.0", lines: ["Sender accepted"] },
  recipientOk: { code: 250, status: "2.1.5", lines: ["Recipient accepted"] },
  startMessage: { code: 354, lines: ["Send the message; end it with <CR><LF>.<CR><LF>"] },
  bye: { code: 221, status: "2.0.0", lines: ["Goodbye"] },
  notVerified: {
    code: 252,
    status: "2.0.0",
    lines: ["Addresses are not verified; send the mail, and the mail server will tell"],
  },
  help: {
    code: 214,
    status: "2.0.0",
    lines: [
      "Commands: EHLO HELO STARTTLS AUTH MAIL RCPT DATA BDAT RSET NOOP VRFY HELP QUIT",
      "A mail is: EHLO my.name, MAIL FROM:<a@example.org>, RCPT TO:<b@example.org>, DATA",
      "No blank after the colon; every line ends with <CR><LF> (RFC 5321)",
    ],
  },

  beginTls: { code: 220, status: "2.0.0", lines: ["Begin the TLS handshake"] },
  authenticated: { code: 235, status: "2.7.0", lines: ["Authenticated"] },
  chunkTaken: { code: 250, status: "2.0.0", lines: ["Chunk taken"] },

  shuttingDown: { code: 421, status: "4.3.2", lines: ["Service is shutting down, try later"] },
  idle: { code: 421, status: "4.4.2", lines: ["Nothing was sent for too long, closing"] },
  slowMessage: { code: 421, status: "4.4.2", lines: ["Message took too long, closing"] },
  tooManyConnections: { code: 421, status: "4.7.0", lines: ["Too many connections, try later"] },
  tooManyOfPeer: {
    code: 421,
    status: "4.7.0",
    lines: ["Too many connections from your address, close some or try later"],
  },
  tooManyLogins: {
    code: 421,
    status: "4.7.0",
    lines: ["Too many failed logins from your address, try again in ten minutes"],
  },
  tooFastOfPeer: {
    code: 421,
    status: "4.7.0",
    lines: ["Too many connections from your address within a minute, try later"],
  },
  tooManyMails: {
    code: 421,
    status: "4.7.0",
    lines: ["Too many mails on one connection (see MAILMAX), connect again"],
  },
  tooManyErrors: { code: 421, status: "4.7.0", lines: ["Too many errors, closing"] },
  tooManyIdleCommands: { code: 421, status: "4.7.0", lines: ["Too many commands without a mail"] },
  endlessLine: { code: 421, status: "4.7.0", lines: ["Command line does not end, closing"] },
  brokenService: { code: 451, status: "4.3.0", lines: ["Local error, try later"] },
  tooManyRecipients: {
    code: 452,
    status: "4.5.3",
    lines: ["Too many recipients (see RCPTMAX), send the mail to the others apart"],
  },

  unknownCommand: { code: 500, status: "5.5.2", lines: ["Command not recognized, HELP lists all"] },
  lineTooLong: { code: 500, status: "5.5.2", lines: ["Command line is too long"] },
  bareNewline: {
    code: 500,
    status: "5.5.2",
    lines: ["Lines must end with <CR><LF>, never with <CR> or <LF> alone; closing"],
  },
  notUtf8: { code: 500, status: "5.5.2", lines: ["Command is neither ASCII nor UTF-8"] },
  notImplemented: { code: 502, status: "5.5.1", lines: ["Command not implemented here"] },
  saysLmtp: { code: 500, status: "5.5.1", lines: ["This is LMTP: say LHLO and your host name"] },
  saysSmtp: { code: 500, status: "5.5.1", lines: ["This is SMTP: say EHLO and your host name"] },
  secureAlready: { code: 503, status: "5.5.1", lines: ["TLS is there already"] },
  authAlready: { code: 503, status: "5.5.1", lines: ["You have authenticated already"] },
  authInMail: {
    code: 503,
    status: "5.5.1",
    lines: ["AUTH comes before MAIL FROM; RSET gives the mail up"],
  },
  xclientInMail: { code: 503, status: "5.5.1", lines: ["A mail is open, RSET gives it up"] },
  authUnknown: { code: 504, status: "5.5.4", lines: ["Mechanism not offered; EHLO lists them"] },
  greetFirst: { code: 503, status: "5.5.1", lines: ["Send EHLO or HELO first (LHLO in LMTP)"] },
  nestedMail: { code: 503, status: "5.5.1", lines: ["A mail is open already, RSET gives it up"] },
  mailFirst: { code: 503, status: "5.5.1", lines: ["Send MAIL FROM first"] },
  recipientFirst: { code: 503, status: "5.5.1", lines: ["Send RCPT TO first"] },
  chunksUnderWay: {
    code: 503,
    status: "5.5.1",
    lines: ["Chunks of a message have come: go on with BDAT, RSET gives it up"],
  },
  binaryNeedsChunks: {
    code: 503,
    status: "5.5.1",
    lines: ["A message with BODY=BINARYMIME comes by BDAT, not by DATA"],
  },
  noRecipients: { code: 554, status: "5.5.1", lines: ["No valid recipients"] },
  parametersAfterHelo: {
    code: 555,
    status: "5.5.4",
    lines: ["Parameters need EHLO instead of HELO"],
  },

  requireTlsNeedsTls: {
    code: 555,
    status: "5.5.4",
    lines: ["REQUIRETLS is for connections over TLS; say STARTTLS first"],
  },

  tlsFirst: { code: 530, status: "5.7.0", lines: ["Say STARTTLS first: mail needs TLS here"] },
  authenticateFirst: {
    code: 530,
    status: "5.7.0",
    lines: ["Authenticate first, with AUTH after EHLO and, where offered, STARTTLS"],
  },
  authNeedsTls: {
    code: 538,
    status: "5.7.11",
    lines: ["Say STARTTLS first: passwords need TLS here"],
  },
  loginFailed: { code: 535, status: "5.7.8", lines: ["User name or password is wrong"] },

  senderNeedsUtf8: {
    code: 550,
    status: "5.6.7",
    lines: ["Sender is not ASCII: say MAIL FROM:<address> SMTPUTF8"],
  },
  recipientNeedsUtf8: {
    code: 553,
    status: "5.6.7",
    lines: ["Recipient is not ASCII: say SMTPUTF8 with MAIL FROM"],
  },
  bareNewlineEnd: {
    code: 554,
    status: "5.6.0",
    lines: ["A message ends with <CR><LF>.<CR><LF>, yours seems to end with <LF>.<LF>; closing"],
  },
  messageTooBig: { code: 552, status: "5.3.4", lines: ["Message is larger than SIZE allows"] },
  peerNotAllowed: {
    code: 554,
    status: "5.7.1",
    lines: ["Your address may not send mail here; ask the operator to add it to 'allow'"],
  },
  onlyQuit: { code: 503, status: "5.5.1", lines: ["Your address may not send mail here, QUIT"] },
  talksEarly: { code: 554, status: "5.5.1", lines: ["Wait for the greeting before you speak"] },
  badProxyHeader: { code: 554, status: "5.5.1", lines: ["Expected a PROXY header first"] },
  otherProtocol: { code: 554, status: "5.5.1", lines: ["This is SMTP, not another protocol"] },
} as const satisfies Record<string, Reply>;

/** Longest text of one line: 512 octets less code, separator, longest status and CR LF. */
const LONGEST_TEXT_OCTETS = 512 - 4 - "5.999.999 ".length - 2;

/**
 * Formats a reply for the wire: `250-` before every line but the last, `250 ` before that.
 *
 * Texts may come from another server: whatever is not printable ASCII becomes `?`, so that no
 * reply can be forged inside one, and a text too long for a line (RFC 5321 §4.5.3.1.5) is cut
 * into several.
 */
export function formatReply({ code, status, lines }: Reply): string {
  const texts = lines.length === 1 && isPlain(lines[0]) ? lines : lines.flatMap(plainTexts);
  const prefix = status ? `${status} ` : "";
  let formatted = "";
  for (let index = 0; index < texts.length - 1; index++) {
    formatted += `${code}-${prefix}${texts[index]}\r\n`;
  }
  return `${formatted}${code} ${prefix}${texts.at(-1)}\r\n`;
}

/** Most texts that are kept encoded. */
const MAX_ENCODED = 64;

/** Most replies are the same few over and over. */
const encoded = new Map<string, Uint8Array>();

/** The octets of ASCII text, such as a formatted reply; not to be written to. */
export function asciiOctets(text: string): Uint8Array {
  const known = encoded.get(text);
  if (known !== undefined) return known;
  const octets = new Uint8Array(text.length);
  for (let index = 0; index < text.length; index++) octets[index] = text.charCodeAt(index);
  // Those with a queue id come only once: they must not crowd out the others for long.
  if (encoded.size >= MAX_ENCODED) encoded.clear();
  encoded.set(text, octets);
  return octets;
}

function isPlain(text: string): boolean {
  return text.length <= LONGEST_TEXT_OCTETS && /^[ -~]*$/.test(text);
}

function plainTexts(text: string): string[] {
  const plain = text.replace(/[^ -~]/gu, "?");
  return plain.match(new RegExp(`.{1,${LONGEST_TEXT_OCTETS}}`, "g")) ?? [""];
}
