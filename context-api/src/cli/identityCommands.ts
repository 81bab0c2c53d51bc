import type { Command } from "commander";
import { examples, type Run, tenantOption } from "./commandParts.ts";
import type { CommandContext } from "./environment.ts";

/** `sidelight identity …` */
export function addIdentity(program: Command, context: CommandContext, run: Run): void {
  const identity = program
    .command("identity")
    .description("Match the records of a file to people, list duplicates, and undo decisions about who is who.")
    .helpCommand(false)
    .addHelpText("after", examples("sidelight identity try --records people.ndjson --out links.ndjson"));
  identity
    .command("try")
    .description("Match the records of a file and write the cluster of each. Needs no store and no configuration.")
    .requiredOption(
      "--records <file>",
      "one JSON record a line: id, platform, givenName, familyName, name, emails, phones, birthDate, address, company, externalIds",
    )
    .requiredOption("--out <file>", "file to write: id, cluster and confidence of each record, in the order of the records")
    .addHelpText("after", examples("sidelight identity try --records people.ndjson --out links.ndjson"))
    .action(run(async (options) => (await import("./identity/try.ts")).tryMatching(options)));
  identity
    .command("undo")
    .description(
      "Undo the decisions about who is who since an instant, newest first. In a store that is served, through its API.",
    )
    .requiredOption("--since <since>", "30m, 12h, 7d or a time as in 2026-11-21T09:30:00Z")
    .option("--by <kind>", "only decisions of a person or of the model")
    .addOption(tenantOption())
    .option("--url <url>", "address of the API that serves the store; its key is read from SIDELIGHT_API_KEY")
    .option("--dry-run", "count the decisions, and change nothing")
    .addHelpText(
      "after",
      examples(
        "sidelight identity undo --since 12h --by model --tenant mycompany --dry-run",
        "sidelight identity undo --since 2026-11-21T09:30:00Z --url http://localhost:8787",
      ),
    )
    .action(run(async (options) => (await import("./identity/undo.ts")).undo(options, context)));
  identity
    .command("report")
    .description("List records that a platform has twice, with the one that should stay and what would move.")
    .option("--platform <name>", "only this platform or connection")
    .option("--format <format>", "text (default), json, or html: a page that can be sent by mail")
    .option("--out <file>", "file to write; the standard output when left out")
    .addOption(tenantOption())
    .option("--url <url>", "address of the API that serves the store; its key is read from SIDELIGHT_API_KEY")
    .addHelpText(
      "after",
      examples(
        "sidelight identity report --tenant mycompany",
        "sidelight identity report --platform zendesk --format html --out duplicates.html --url http://localhost:8787",
      ),
    )
    .action(run(async (options) => (await import("./identity/report.ts")).report(options, context)));
}
