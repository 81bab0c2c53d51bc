import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { withSecretFiles } from "./secretFiles.ts";

const folder = mkdtempSync(join(tmpdir(), "sidelight-secrets-"));
afterAll(() => rmSync(folder, { recursive: true }));

function file(text: string): string {
  const path = join(folder, String(Math.random()));
  writeFileSync(path, text);
  return path;
}

describe("withSecretFiles", () => {
  it("reads the secret of each variable from its file, without the line end", () => {
    const env = withSecretFiles({
      PORT: "1",
      SIDELIGHT_DATABASE_URL_FILE: file("postgres://a\n"),
      SIDELIGHT_MASTER_KEY_FILE: file("key"),
      SIDELIGHT_REDIS_URL: "redis://b",
    });
    expect(env).toMatchObject({
      PORT: "1",
      SIDELIGHT_DATABASE_URL: "postgres://a",
      SIDELIGHT_MASTER_KEY: "key",
      SIDELIGHT_REDIS_URL: "redis://b",
    });
  });

  it("refuses a file that is missing or empty, and a secret that is given twice", () => {
    expect(() => withSecretFiles({ SIDELIGHT_MASTER_KEY_FILE: join(folder, "absent") })).toThrow(/cannot be read \(ENOENT\)/);
    expect(() => withSecretFiles({ SIDELIGHT_MASTER_KEY_FILE: file("\n") })).toThrow(/is empty/);
    expect(() => withSecretFiles({ SIDELIGHT_MASTER_KEY: "a", SIDELIGHT_MASTER_KEY_FILE: file("b") })).toThrow(
      "Both SIDELIGHT_MASTER_KEY and SIDELIGHT_MASTER_KEY_FILE are set.",
    );
  });
});
