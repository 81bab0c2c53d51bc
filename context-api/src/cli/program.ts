import { Command, Option } from "commander";
import { version } from "../telemetry/version.ts";
import type { CommandContext } from "./environment.ts";
import { UsageError } from "./errors.ts";

interface ProgramOptions {
  context: CommandContext;
  /** Receives the exit code of the command that ran. */
  onExit(code: number): void;
}

/** Commands of a later release. They are not listed, and print a message when they are called. */
const notBuilt = ["export", "erase"];

const tenantOption = () => new Option("--tenant <tenant>", "name of the tenant in the configuration");
const requiredTenant = () => tenantOption().makeOptionMandatory();
const collect = (value: string, values: string[] = []): string[] => [...values, value];

/**
 * The command line: every command with its options, help and examples. Each command loads its code when it runs,
 * so that help and errors of usage load nothing else.
 */
export function createProgram({ context, onExit }: ProgramOptions): Command {
  /** Runs a command and passes its exit code on. */
  const run =
    <A extends unknown[]>(command: (...args: A) => Promise<number>) =>
    async (...args: A): Promise<void> =>
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
    .addHelpText(
      "after",
      examples(
        "sidelight connect zendesk --tenant mycompany",
        "sidelight connect salesforce --tenant mycompany --id salesforce-sandbox --environment sandbox",
        "sidelight connect zendesk --tenant mycompany --set url=https://mycompany.zendesk.com < secret.txt",
        "sidelight connect zendesk --tenant mycompany --set requestsPerMinute=700",
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
    .addHelpText("after", examples("sidelight doctor", "SIDELIGHT_CONFIG=staging.yaml sidelight doctor"))
    .action(run(async () => (await import("./doctor.ts")).doctor(context)));

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

type Run = <A extends unknown[]>(command: (...args: A) => Promise<number>) => (...args: A) => Promise<void>;

function addWebhooks(program: Command, context: CommandContext, run: Run): void {
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

function addKeys(program: Command, context: CommandContext, run: Run): void {
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

function addRoute(program: Command, context: CommandContext, run: Run): void {
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

function addIdentity(program: Command, context: CommandContext, run: Run): void {
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

function addConfig(program: Command, context: CommandContext, run: Run): void {
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

const examples = (...lines: string[]): string => `\nExamples:\n${lines.map((line) => `  $ ${line}\n`).join("")}`;
