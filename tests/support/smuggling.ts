/** What SMTP smuggling is made of (CVE-2023-51764 and its family). @module */

/** All ways to write an end of data that is none. */
export const FALSE_ENDINGS: readonly string[] = [
  "\n.\n",
  "\n.\r\n",
  "\r\n.\n",
  "\r.\r",
  "\r.\r\n",
  "\r\n.\r",
  "\n.\r",
  "\r.\n",
  "\r\n.\r\r\n",
  "\r\r\n.\r\r\n",
  "\r\n\r.\r\n",
  "\n\n.\r\n",
  "\n\r.\r\n",
  "\r\n\0.\r\n",
  "\r\n.\0\r\n",
  "\r\n. \r\n",
  "\r\n .\r\n",
  "\r\n.\t\r\n",
  "\r\n.\x0b\r\n",
  "\r\n..\r\n",
];
