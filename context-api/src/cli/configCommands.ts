import { type Command, Option } from "commander";
import { examples, type Run, tenantOption } from "./commandParts.ts";
import type { CommandContext } from "./environment.ts";

/** `sidelight config …` */
export function addConfig(program: Command, context: CommandContext, run: Run): void {
  const config = program
    .command("config")
    .description("Check the configuration files, compare them with the active version, list versions and roll back.")
    .helpCommand(false)
    .addHelpText("after", examples("sidelight config check", "sidelight config diff"));
  const environmentOption = () => new Option("--environment <name>", "overlay to use instead of SIDELIGHT_ENVIRONMENT");
  config
    .command("check")
    .description(
      "Check the configuration with all its files, and show what its fields would write by the data in the store. Reads no secret.",
    )
    .addOption(environmentOption())
    .addHelpText("after", examples("sidelight config check", "sidelight config check --environment staging"))
    .action(run(async (options) => (await import("./config/check.ts")).check(options, context)));
  config
    .command("diff")
    .description("Show what the files would change in the active configuration, or in an earlier version.")
    .argument("[version]", "version to compare with (the active one)")
    .addOption(tenantOption())
    .addOption(environmentOption())
    .addHelpText("after", examples("sidelight config diff", "sidelight config diff v1a2b3c4d --tenant mycompany"))
    .action(run(async (configVersion, options) => (await import("./config/diff.ts")).diff(configVersion, options, context)));
  config
    .command("versions")
    .description("List the versions that were active, newest first.")
    .addOption(tenantOption())
    .addHelpText("after", examples("sidelight config versions --tenant mycompany"))
    .action(run(async (options) => (await import("./config/versions.ts")).versions(options, context)));
  config
    .command("rollback")
    .description("Use an earlier version until the files change. A running serve applies it within seconds.")
    .argument("<version>", "version to use, from sidelight config versions")
    .addOption(tenantOption())
    .addHelpText("after", examples("sidelight config rollback v1a2b3c4d --tenant mycompany"))
    .action(
      run(async (configVersion, options) => (await import("./config/rollback.ts")).rollback(configVersion, options, context)),
    );
}
