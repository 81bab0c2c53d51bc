import { type ChildProcess, spawn } from "node:child_process";
import { freePort } from "@sidelight/test-support/freePort.ts";

/** A Redis with appendfsync always, on a free port. */
export async function startRedis(folder: string, children: ChildProcess[]): Promise<{ port: number; pid: number }> {
  const port = await freePort();
  const args = [
    "--port",
    String(port),
    "--dir",
    folder,
    "--appendonly",
    "yes",
    "--appendfsync",
    "always",
    "--save",
    "",
    "--bind",
    "127.0.0.1",
  ];
  const child = spawn("redis-server", args, { stdio: ["ignore", "pipe", "inherit"] });
  children.push(child);
  await new Promise<void>((resolve, reject) => {
    child.once("error", () => reject(new Error("redis-server is not installed: apt-get install redis-server")));
    child.stdout.on("data", (chunk: Buffer) => {
      if (chunk.includes("Ready to accept connections")) resolve();
    });
  });
  return { port, pid: child.pid! };
}
