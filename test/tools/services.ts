/**
 * Programs and fonts that some tests use for real. What is missing is installed on Debian as root; otherwise a line explains what is
 * skipped and how to get it. No package manager of Node.js can install them.
 */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";

interface DebianPackage {
  name: string;
  /** Paths of which one exists when the package is installed. */
  paths: string[];
  /** The tests that need it. */
  usedBy: string;
}

const packages: readonly DebianPackage[] = [
  {
    name: "chromium",
    paths: [process.env["CHROMIUM_PATH"] ?? "/usr/bin/chromium"],
    usedBy: "tests in a browser (or set CHROMIUM_PATH)",
  },
  { name: "fonts-dejavu-core", paths: ["/usr/share/fonts/truetype/dejavu"], usedBy: "tests in a browser" },
  { name: "fonts-inter", paths: ["/usr/share/fonts/opentype/inter"], usedBy: "tests of the panels with another font" },
  { name: "redis-server", paths: ["/usr/bin/redis-server"], usedBy: "tests with Redis" },
  { name: "prometheus", paths: ["/usr/bin/promtool"], usedBy: "tests of metrics, dashboards and alert rules" },
  { name: "postgresql", paths: ["/usr/lib/postgresql"], usedBy: "tests with PostgreSQL" },
];

export function installMissing(print: (text: string) => void): void {
  const lacking = packages.filter(({ paths }) => !paths.some((path) => existsSync(path)));
  if (lacking.length === 0) return;
  const names = lacking.map(({ name }) => name);
  if (existsSync("/usr/bin/apt-get") && process.getuid?.() === 0) {
    print(`Installing ${names.join(", ")}`);
    aptGet("update");
    aptGet("install", "-y", "--no-install-recommends", ...names);
  }
  for (const { name, paths, usedBy } of lacking)
    if (!paths.some((path) => existsSync(path))) print(`Missing: ${name}, for ${usedBy}. On Debian: apt-get install ${name}`);
}

function aptGet(...args: string[]): void {
  spawnSync("apt-get", ["-qq", ...args], {
    stdio: ["ignore", "ignore", "inherit"],
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
  });
}
