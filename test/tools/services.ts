/** Programs that some tests run for real. Where one is missing it is installed if this is a Debian machine and we are root. */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";

interface Program {
  package: string;
  paths: string[];
}

export const programs: readonly Program[] = [
  { package: "chromium", paths: [process.env["CHROMIUM_PATH"] ?? "/usr/bin/chromium"] },
];

export function installMissing(say: (text: string) => void): void {
  const missing = programs.filter(({ paths }) => !paths.some((path) => existsSync(path))).map((p) => p.package);
  if (missing.length === 0) return;
  if (!existsSync("/usr/bin/apt-get") || process.getuid?.() !== 0) {
    say(`not here: ${missing.join(", ")}; as root on Debian they would be installed (apt-get install ${missing.join(" ")})`);
    return;
  }
  say(`installing ${missing.join(", ")}`);
  const apt = (...args: string[]) =>
    spawnSync("apt-get", ["-qq", ...args], {
      stdio: ["ignore", "ignore", "inherit"],
      env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
    });
  apt("update");
  apt("install", "-y", "--no-install-recommends", ...missing);
}
