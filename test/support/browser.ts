import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";
import { fontEnvironment } from "./fonts.ts";

const path = process.env["CHROMIUM_PATH"] ?? "/usr/bin/chromium";

/** False skips the tests that need a browser; where nothing may be skipped, that is an error. */
export const hasChromium = existsSync(path);

if (!hasChromium) {
  const message = `no Chromium at ${path}: install the package chromium, or set CHROMIUM_PATH`;
  if (process.env["SIDELIGHT_SKIP_NOTHING"] === "1") throw new Error(message);
  console.warn(`skipped: tests in a browser, ${message}`);
}

const args = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** A browser with a new profile and one font. */
export const launch = (): Promise<Browser> =>
  chromium.launch({ executablePath: path, args, env: { ...process.env, ...fontEnvironment() } });
