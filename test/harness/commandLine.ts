import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startProcess, type TestProcess } from "@sidelight/test-support/processes.ts";
import { serverProgram } from "@sidelight/test-support/serverProgram.ts";
import { until } from "@sidelight/test-support/until.ts";
import { labConfig, labSecrets } from "../lab/launch/config.ts";
import { type Lab, startSimulators, TINY } from "../lab/simulators/lab.ts";

export interface CommandResult {
  code: number | null;
  out: string;
  err: string;
}

type Environment = Record<string, string | undefined>;

/** The command line in a folder of its own, with simulators in place of real accounts. */
export interface CommandLine {
  lab: Lab;
  folder: string;
  /** Runs a command to its end. */
  run(args: string[], env?: Environment, input?: string): Promise<CommandResult>;
  /** Starts `serve` on a free port. It also ends when this process ends, because its standard input does. */
  startServer(env?: Environment): TestProcess;
  close(): Promise<void>;
}

export async function openCommandLine(): Promise<CommandLine> {
  const lab = await startSimulators({ sizes: { acme: TINY["acme"]! } });
  const folder = mkdtempSync(join(tmpdir(), "sidelight-commands-"));
  writeFileSync(join(folder, "sidelight.yaml"), labConfig(lab.tenants, "http://localhost:9"));
  writeFileSync(join(folder, "secrets.json"), JSON.stringify(labSecrets(lab.tenants)));
  const start = (args: string[], env: Environment): TestProcess =>
    startProcess(process.execPath, ["--disable-warning=ExperimentalWarning", serverProgram, ...args], {
      cwd: folder,
      env: { ...process.env, SIDELIGHT_DATA: join(folder, "data"), SIDELIGHT_CONFIG: join(folder, "sidelight.yaml"), ...env },
    });
  return {
    lab,
    folder,
    async run(args, env = {}, input = "") {
      const { child, ended, out, err } = start(args, env);
      child.stdin.end(input);
      return { code: await ended, out: out(), err: err() };
    },
    startServer: (env = {}) => start(["serve"], { PORT: "0", SIDELIGHT_STOP_WITH_STDIN: "1", ...env }),
    async close() {
      await lab.close();
      rmSync(folder, { recursive: true });
    },
  };
}

/** @returns the port of a `serve`, once it accepts requests */
export async function listeningPort({ child, out, err }: TestProcess): Promise<number> {
  let port = 0;
  await until("serve to listen", () => {
    if (child.exitCode !== null) throw new Error(`serve ended with ${child.exitCode}: ${err()}`);
    port = Number(/listening http:\/\/localhost:(\d+)/.exec(out())?.[1] ?? 0);
    return port > 0;
  });
  return port;
}
