import { Command, Option } from "commander";
import { version } from "../telemetry/version.ts";
import { collect, examples, type Run, requiredTenant, tenantOption } from "./commandParts.ts";
import { addConfig } from "./configCommands.ts";
import type { CommandContext } from "./environment.ts";
import { UsageError } from "./errors.ts";
import { addIdentity } from "./identityCommands.ts";
import { addKeys } from "./keysCommands.ts";
import { addRoute } from "./routeCommands.ts";
import { addWebhooks } from "./webhooksCommands.ts";

interface ProgramOptions {
  context: CommandContext;
  /** Receives the exit code of the command that ran. */
  onExit(code: number): void;
}

/** Commands of a later release. They are not listed, and print a message when they are called. */
const notBuilt = ["export", "erase"];

/**
 * The command line: every command with its options, help and examples. Each command loads its code when it runs,
 * so that help and errors of usage load nothing else.
 */
export function createProgram({ context, onExit }: ProgramOptions): Command {
  const run: Run =
    (command) =>
    async (...args) =>
      onExit(await command(...args));

  const program = new Command("sidelight")
    .description("Shows a customer's whole context inside the tools a person already works in.")
    .version(version, "--version", "print the version")
    .option("--stack", "print the stack trace of an error (also: SIDELIGHT_STACK=1)")
    .helpCommand(false)
    .exitOverride()
    .showHelpAfterError("Run it with --help to see its options and examples.")
    .addHelpText(
      "after",
      `
Environment:
  SIDELIGHT_CONFIG       configuration file (sidelight.yaml)
  SIDELIGHT_DATA         folder of the store and its keys (.sidelight)
  SIDELIGHT_DATABASE_URL database of PostgreSQL in place of the store in the folder
  SIDELIGHT_ENVIRONMENT  name of the configuration's overlay, if there is one
  SIDELIGHT_LOG          silent, fatal, error, warn, info, debug or trace
  SIDELIGHT_MASTER_KEY   master key, 32 bytes in base64 (a file in SIDELIGHT_DATA)
  SIDELIGHT_HOST         address that serve listens on (127.0.0.1; all addresses in a container)
  SIDELIGHT_OPS_PORT     port of its own for /metrics, which is then no longer on PORT
  PORT                   port of serve and lab (8787; 0 takes any free port)

Each of SIDELIGHT_DATABASE_URL, SIDELIGHT_REDIS_URL and SIDELIGHT_MASTER_KEY may be in a file, which <name>_FILE names.

Exit codes: 0 done, 1 failed, 2 wrong usage, 3 the store was lost while serve ran.
${examples("sidelight doctor", "sidelight keys create --tenant mycompany --role agent", "sidelight serve")}`,
    );

  program
    .command("serve")
    .description("Serve the API, receive webhooks and pull from the platforms until SIGTERM. SIGHUP reloads the configuration.")
    .option("--host <address>", "address to listen on (127.0.0.1; all addresses in a container; also: SIDELIGHT_HOST)")
    .option("--ops-port <port>", "port of its own for /metrics, /readyz and /healthz (also: SIDELIGHT_OPS_PORT)")
    .option("--only <roles>", "roles of this process: api, hub, worker (all; needs PostgreSQL)", collect)
    .option("--accept-clock", "prune the history although the clock is far from the newest event")
    .addHelpText(
      "after",
      examples(
        "sidelight serve",
        "sidelight serve --host 0.0.0.0",
        "sidelight serve --only hub,worker",
        "PORT=8080 SIDELIGHT_CONFIG=/etc/sidelight.yaml sidelight serve",
      ),
    )
    .action(run(async (options) => (await import("./serve.ts")).serve(options, context)));

  program
    .command("lab")
    .description("Start the lab: simulated platforms, the API and demonstration pages.")
    .addHelpText("after", examples("sidelight lab", "PORT=0 SIDELIGHT_DATA=/tmp/lab sidelight lab"))
    .action(run(async () => (await import("./childProcess.ts")).runScript("test/lab/start.ts", [], context.env)));

  program
    .command("connect")
    .description(
      "Connect a platform, or change its connection: ask for the settings, try the connection, show the change and write it to the configuration.",
    )
    .argument("<platform>", `platform to connect: ${context.platformNames.join(", ")}`)
    .addOption(requiredTenant())
    .option("--id <name>", "id of the connection (the platform's name)")
    .addOption(new Option("--environment <environment>", "kind of account").choices(["production", "sandbox"]))
    .option(
      "--set <setting=value>",
      "value of a setting; repeat it for several; a secret is never taken from an argument",
      collect,
    )
    .option("--yes", "write without a question, also when a stored secret of the same name is replaced")
    .option("--fields", "create the fields of the account that the default routes fill, such as Zendesk's ticket fields")
    .addHelpText(
      "after",
      examples(
        "sidelight connect zendesk --tenant mycompany",
        "sidelight connect salesforce --tenant mycompany --id salesforce-sandbox --environment sandbox",
        "sidelight connect zendesk --tenant mycompany --set url=https://mycompany.zendesk.com < secret.txt",
        "sidelight connect zendesk --tenant mycompany --set requestsPerMinute=700",
        "sidelight connect zendesk --tenant mycompany --fields",
      ),
    )
    .action(run(async (platform, options) => (await import("./connect.ts")).connect(platform, options, context)));

  addWebhooks(program, context, run);
  addKeys(program, context, run);
  addConfig(program, context, run);
  addRoute(program, context, run);
  addIdentity(program, context, run);

  program
    .command("doctor")
    .description(
      "Check the configuration, the store, the keys, every secret and every connection. Each problem names the next step.",
    )
    .option("--url <address>", "the public address of this installation: check that panels can reach it and be embedded")
    .addHelpText(
      "after",
      examples(
        "sidelight doctor",
        "sidelight doctor --url https://sidelight.mycompany.com",
        "SIDELIGHT_CONFIG=staging.yaml sidelight doctor",
      ),
    )
    .action(run(async (options) => (await import("./doctor.ts")).doctor(options, context)));

  program
    .command("context")
    .description("Print what the store holds about a customer, unmasked. Sends no request to a platform.")
    .argument("<ref>", "reference to the customer, as in zendesk.ticket:5158 or email:ada@example.com")
    .addOption(requiredTenant())
    .addHelpText(
      "after",
      examples(
        "sidelight context --tenant mycompany zendesk.ticket:5158",
        "sidelight context --tenant mycompany email:ada@example.com",
      ),
    )
    .action(run(async (ref, options) => (await import("./context.ts")).context(ref, options, context)));

  program
    .command("replay")
    .description("Rebuild the projections from the event store, or show what changed routing rules would do with past events.")
    .option("--rebuild", "rebuild the projections and compare them with the previous ones; serve must be stopped")
    .option("--dry-run", "compare the routing rules of the files with the active ones; nothing is sent")
    .option("--since <time>", "with --dry-run: 30m, 12h, 7d or an RFC 3339 time", "7d")
    .option("--history", "with --dry-run: include imported history, as if it had just happened")
    .addOption(tenantOption())
    .option("--json", "with --dry-run: print JSON, one line a tenant")
    .addHelpText(
      "after",
      examples(
        "sidelight replay --dry-run --since 30d",
        "sidelight replay --dry-run --history --since 365d",
        "sidelight replay --rebuild --tenant mycompany",
      ),
    )
    .action(run(async (options) => (await import("./replay.ts")).replay(options, context)));

  program
    .command("backup")
    .description("Copy the store to one file and check the copy. May run beside serve.")
    .argument("<file>", "file to write")
    .option("--force", "replace the file if it exists")
    .addHelpText("after", examples("sidelight backup /backups/sidelight-2026-11-28"))
    .action(run(async (file, options) => (await import("./backup.ts")).backup(file, options, context)));

  program
    .command("restore")
    .description("Replace the store by a backup. serve must be stopped. The replaced store is kept.")
    .argument("<file>", "backup to restore")
    .addHelpText("after", examples("sidelight restore /backups/sidelight-2026-11-28"))
    .action(run(async (file) => (await import("./restore.ts")).restore(file, context)));

  program
    .command("migrate")
    .description(
      "Bring the schema of the store up to date, or copy the store of the data folder into an empty database and verify the copy.",
    )
    .addOption(new Option("--from <store>", "kind of the store to copy; serve must be stopped").choices(["sqlite"]))
    .addOption(new Option("--to <store>", "kind of the store to fill, at SIDELIGHT_DATABASE_URL").choices(["postgres"]))
    .addHelpText("after", examples("sidelight migrate", "sidelight migrate --from sqlite --to postgres"))
    .action(run(async (options) => (await import("./migrate.ts")).migrate(options, context)));

  program
    .command("bench")
    .description("Run the benchmarks, all or by name.")
    .argument("[names...]", "benchmarks to run")
    .addHelpText("after", examples("sidelight bench", "sidelight bench read ingest"))
    .action(run(async (names) => (await import("./childProcess.ts")).runScript("test/load/bench.ts", names, context.env)));

  for (const name of notBuilt)
    program
      .command(name, { hidden: true })
      .helpOption(false)
      .allowUnknownOption()
      .allowExcessArguments()
      .action(() => {
        throw new UsageError(`sidelight ${name} is not built yet.`);
      });
  return program;
}
