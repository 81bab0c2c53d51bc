import { type Command, Option } from "commander";
import { collect, examples, type Run, requiredTenant, tenantOption } from "./commandParts.ts";
import type { CommandContext } from "./environment.ts";

/** `sidelight webhooks …` */
export function addWebhooks(program: Command, context: CommandContext, run: Run): void {
  const webhooks = program
    .command("webhooks")
    .description("List the webhooks with their addresses, add one, and send a signed test request.")
    .helpCommand(false)
    .addHelpText("after", examples("sidelight webhooks list --url https://sidelight.mycompany.com"));
  const urlOption = () =>
    new Option("--url <url>", "address under which the platforms reach Sidelight (http://localhost and PORT)");
  webhooks
    .command("list")
    .description("Print the address of each webhook. The end of an address is a secret.")
    .addOption(tenantOption())
    .addOption(urlOption())
    .addHelpText("after", examples("sidelight webhooks list --tenant mycompany --url https://sidelight.mycompany.com"))
    .action(run(async (options) => (await import("./webhooks/list.ts")).listWebhooks(options, context)));
  webhooks
    .command("add")
    .description(
      "Add a webhook to a connection: create its token and the secrets that we choose, and write it to the configuration.",
    )
    .argument("<connection>", "id of the connection")
    .addOption(requiredTenant())
    .option("--kind <kind>", "kind of the webhook; not needed when the platform has one kind only")
    .option("--set <setting=value>", "value of a setting; repeat it for several", collect)
    .option("--yes", "write without a question")
    .addOption(urlOption())
    .addHelpText(
      "after",
      examples(
        "sidelight webhooks add zendesk --tenant mycompany --url https://sidelight.mycompany.com",
        "sidelight webhooks add salesforce --tenant mycompany --kind outbound-messages --set organizationId=00D5g000004xyz1",
      ),
    )
    .action(run(async (connection, options) => (await import("./webhooks/add.ts")).addWebhook(connection, options, context)));
  webhooks
    .command("test")
    .description("Send a signed test request to each webhook of a running serve. It is verified and not stored.")
    .argument("[connection]", "id of the connection (all)")
    .addOption(tenantOption())
    .option("--kind <kind>", "kind of the webhook (all)")
    .addOption(urlOption())
    .addHelpText("after", examples("sidelight webhooks test zendesk --tenant mycompany --url https://sidelight.mycompany.com"))
    .action(run(async (connection, options) => (await import("./webhooks/test.ts")).testWebhooks(connection, options, context)));
}
