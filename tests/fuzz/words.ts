/**
 * What generated clients say, piece by piece.
 *
 * @module
 */

/** Command lines, right and wrong. */
export const COMMANDS = [
  "NOOP",
  "RSET",
  "HELP",
  "VRFY a",
  "EXPN a",
  "STARTTLS",
  "STARTTLS x",
  "EHLO again.test",
  "HELO again.test",
  "HELO",
  "LHLO again.test",
  "DATA",
  "RCPT TO:<b@example.org>",
  "MAIL FROM:<>",
  "BDAT 0 LAST",
  "XCLIENT ADDR=192.0.2.7 NAME=x.test",
  "XCLIENT LOGIN=ops PROTO=SMTP",
  "XCLIENT ADDR=IPV6:2001:db8::1",
  "ETRN x",
  "QUIT now",
  "GET / HTTP/1.1",
  "mail from:<a@example.org>",
] as const;

/** Paths, right and wrong. */
export const PATHS = [
  "<a@example.org>",
  "<>",
  "<postmaster>",
  "<b@[192.0.2.1]>",
  '<"a b"@example.org>',
  "<@r.test:a@example.org>",
  "<\xc3\xbc@example.org>",
  "<a@example.org",
  " <a@example.org>",
  "a@example.org",
  "<root>",
  "<user.@example.org>",
  "Name <a@example.org>",
  "<a\0b@example.org>",
] as const;

/** Parameters of MAIL, right and wrong. */
export const MAIL_PARAMETERS = [
  " SIZE=1000",
  " SIZE=99999999999999999999",
  " SIZE=-1",
  " BODY=8BITMIME",
  " BODY=BINARYMIME",
  " SMTPUTF8",
  " RET=HDRS ENVID=a+2Bb",
  " REQUIRETLS",
  " AUTH=<>",
  " FOO=bar",
] as const;

/** Parameters of RCPT, right and wrong. */
export const RCPT_PARAMETERS = [
  " NOTIFY=SUCCESS,FAILURE",
  " NOTIFY=NEVER",
  " ORCPT=rfc822;a+40b",
  " ORCPT=x",
  " X=1",
] as const;

/** Ends of a message; the first ones are right. */
export const ENDS = [
  "\r\n.\r\n",
  "\r\n.\r\n",
  "\r\n.\r\n",
  "\r\n.\r\n",
  "\n.\n",
  "\r.\r",
  "\n.\r\n",
  "\r\n.\n",
  "\r\n.",
  "",
] as const;
