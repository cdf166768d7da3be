/**
 * The words of `doctor` on the command line.
 *
 * @module
 */

import { type Command, Option } from "commander";
import { doctorDevice } from "./doctor/device.ts";
import type { Terminal } from "./terminal.ts";

const DEVICE = `
Point the device's mail server at this host and port, and let it send its test
mail. Everybody may connect while this runs; mail is taken and delivered
nowhere. Any user and password are let in: neither is checked, shown or kept,
but a device without TLS sends them in clear, so use made-up ones. With
--strict a login is taken over TLS only, as a listener does by default.

Ends with Control-C or SIGTERM. Exit 0, whatever the devices were like; 1 when
the address cannot be bound; 2 for wrong usage.`;

/** Adds it to the program. */
export function addDoctorCommands(
  program: Command,
  terminal: Terminal,
  exit: (code: number) => void,
): void {
  const doctor = program.command("doctor").description("find out what is wrong with others");
  doctor.command("device")
    .description("listen, show what a device says, and name what it does wrong and what accepts it")
    .option("--listen <address>", "where to listen: host:port", "0.0.0.0:2525")
    .option("--lenient", "take whatever can be taken, and name it (the default)")
    .option("--strict", "answer as a listener without profile: lenient")
    .addOption(
      new Option("--tls <how>", "how TLS is offered").choices(["starttls", "implicit", "none"])
        .default("starttls"),
    )
    .option("--once", "end after the first session")
    .addHelpText("after", DEVICE)
    .action(async (options) => exit(await doctorDevice(options, terminal)));
}
