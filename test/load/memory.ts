import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { labConfig, labSecrets } from "../lab/launch/config.ts";
import { newTenantState } from "../lab/launch/state.ts";
import { startSimulators } from "../lab/simulators/lab.ts";
import { round } from "./measure.ts";

const main = fileURLToPath(new URL("../../context-api/src/main.ts", import.meta.url));
const sampleMs = 50;
const goalMb = 384;

/**
 * Resident memory of the API process during its first backfill: all platforms and both tenants of the lab, in a process of its own.
 * The kernel's high-water mark counts, so that no peak is missed between two samples.
 */
export async function memory(): Promise<void> {
  const lab = await startSimulators();
  const folder = mkdtempSync(join(tmpdir(), "sidelight-memory-"));
  try {
    const webhooks = Object.fromEntries(Object.keys(lab.tenants).map((name) => [name, newTenantState().webhooks]));
    const config = labConfig(lab.tenants, "http://localhost:9", webhooks, { hasRoutes: true });
    writeFileSync(join(folder, "sidelight.yaml"), config);
    writeFileSync(join(folder, "secrets.json"), JSON.stringify(labSecrets(lab.tenants, webhooks)));
    const { peakMb, readyMb, fileMb, seconds } = await backfill(folder);
    console.log(
      `  first backfill: peak ${round(peakMb, 0)} MB (goal ${goalMb}), ${round(readyMb, 0)} MB when ready (${round(fileMb, 0)} MB of files), after ${round(seconds, 1)} s`,
    );
  } finally {
    await lab.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function backfill(folder: string): Promise<{ peakMb: number; readyMb: number; fileMb: number; seconds: number }> {
  const startedAt = performance.now();
  const flags = ["--disable-warning=ExperimentalWarning", ...(process.env["SIDELIGHT_BENCH_FLAGS"]?.split(" ") ?? [])];
  const child = spawn(process.execPath, [...flags, main, "serve"], {
    env: {
      ...process.env,
      PORT: "0",
      SIDELIGHT_DATA: join(folder, "data"),
      SIDELIGHT_CONFIG: join(folder, "sidelight.yaml"),
      SIDELIGHT_LOG: "error",
    },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exit = new Promise((resolve) => child.once("exit", resolve));
  try {
    const url = await listening(child.stdout);
    while (!(await fetch(`${url}/readyz`)).ok) {
      if (child.exitCode !== null) throw new Error(`serve ended with ${child.exitCode}`);
      await new Promise((resolve) => setTimeout(resolve, sampleMs));
    }
    const seconds = (performance.now() - startedAt) / 1000;
    const { peakMb, residentMb, fileMb } = memoryOf(child.pid ?? 0);
    return { peakMb, readyMb: residentMb, fileMb, seconds };
  } finally {
    child.kill("SIGTERM");
    await exit;
  }
}

function listening(output: NodeJS.ReadableStream): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    output.on("data", (chunk: Buffer) => {
      text += chunk;
      const url = /listening (\S+)/.exec(text)?.[1];
      if (url) resolve(url);
    });
    output.once("end", () => reject(new Error("serve ended before it listened")));
  });
}

/** Linux only. */
function memoryOf(pid: number): { peakMb: number; residentMb: number; fileMb: number } {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const mb = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(status)?.[1] ?? Number.NaN) / 1024;
  return { peakMb: mb("VmHWM"), residentMb: mb("VmRSS"), fileMb: mb("RssFile") };
}
