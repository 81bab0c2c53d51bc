import type { Command } from "commander";
import { examples, type Run, tenantOption } from "./commandParts.ts";
import type { CommandContext } from "./environment.ts";

/** `sidelight route …` */
export function addRoute(program: Command, context: CommandContext, run: Run): void {
  const route = program
    .command("route")
    .description("Try routes before they are used.")
    .helpCommand(false)
    .addHelpText("after", examples("sidelight route test --ref zendesk.ticket:5158"));
  route
    .command("test")
    .description("Show what each route of the files would send for an object or a past event, and why not. Sends nothing.")
    .option("--ref <ref>", "an object in the store, as it is now")
    .option("--event <id>", "a past event")
    .option("--type <type>", "with --ref: only routes of this event type")
    .addOption(tenantOption())
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      examples(
        "sidelight route test --ref zendesk.ticket:5158",
        "sidelight route test --event evt_01JDXAMPLE --tenant mycompany",
      ),
    )
    .action(run(async (options) => (await import("./route/test.ts")).test(options, context)));
}
