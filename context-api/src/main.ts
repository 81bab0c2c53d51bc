import type { Platform } from "@sidelight/platform-kit/platform.ts";
import type { PlatformModules } from "./cli/run.ts";
import { endOnEarlySignals } from "./cli/signals.ts";

/** The platforms of this build, loaded when a command needs them. The only place that names them all. */
const platforms: PlatformModules = {
  salesforce: async () => (await import("@sidelight/salesforce/index.ts")).salesforce as Platform,
  zendesk: async () => (await import("@sidelight/zendesk/index.ts")).zendesk as Platform,
  mixpanel: async () => (await import("@sidelight/mixpanel/index.ts")).mixpanel as Platform,
  generic: async () => (await import("@sidelight/generic/index.ts")).generic as Platform,
};

// By default this signal opens the inspector, which gives access to the keys in memory.
process.on("SIGUSR1", () => {});
endOnEarlySignals(process.argv[2]);
// The other modules take a while to load.
const { runCli } = await import("./cli/run.ts");
process.exitCode = await runCli(process.argv.slice(2), process.env, platforms);
// A thread or a connection of a command that failed half-way must not keep the process alive.
setTimeout(() => process.exit(), 1_000).unref();
