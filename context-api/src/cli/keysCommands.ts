import { type Command, Option } from "commander";
import { collect, examples, type Run, requiredTenant, tenantOption } from "./commandParts.ts";
import type { CommandContext } from "./environment.ts";

/** `sidelight keys …` */
export function addKeys(program: Command, context: CommandContext, run: Run): void {
  const keys = program
    .command("keys")
    .description("Create, list and revoke API keys, and rotate the encryption keys.")
    .helpCommand(false)
    .addHelpText(
      "after",
      examples("sidelight keys create --tenant mycompany --role agent", "sidelight keys list --tenant mycompany"),
    );
  keys
    .command("create")
    .description("Create API keys and print each once. May run beside serve.")
    .addOption(requiredTenant())
    .addOption(
      new Option("--role <role>", "role of the key: admin, service, agent or rep; repeat it for several keys")
        .argParser(collect)
        .makeOptionMandatory(),
    )
    .option("--label <text>", "text to recognize the key by (the role)")
    .option("--json", "print a JSON object of role and key")
    .addHelpText(
      "after",
      examples(
        'sidelight keys create --tenant mycompany --role agent --label "Zendesk app"',
        "sidelight keys create --tenant mycompany --role agent --role rep --json",
      ),
    )
    .action(run(async (options) => (await import("./keys.ts")).createKeys(options, context)));
  keys
    .command("list")
    .description("List the API keys of a tenant, without their secrets.")
    .addOption(requiredTenant())
    .addHelpText("after", examples("sidelight keys list --tenant mycompany"))
    .action(run(async (options) => (await import("./keys.ts")).listKeys(options, context)));
  keys
    .command("revoke")
    .description("Revoke an API key. A running serve refuses it and ends its streams within a second.")
    .argument("<id>", "id of the key, from sidelight keys list")
    .addOption(requiredTenant())
    .addHelpText("after", examples("sidelight keys revoke --tenant mycompany 3f9a0c1d2e4b"))
    .action(run(async (id, options) => (await import("./keys.ts")).revokeKey(id, options, context)));
  keys
    .command("rotate")
    .description("Replace the encryption key of a tenant, or the master key. serve must be stopped.")
    .addOption(tenantOption().conflicts("master"))
    .option("--master", "replace the master key")
    .addHelpText("after", examples("sidelight keys rotate --tenant mycompany", "sidelight keys rotate --master"))
    .action(run(async (options) => (await import("./rotate.ts")).rotateKeys(options, context)));
}
