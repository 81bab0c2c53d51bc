import manifest from "../../package.json" with { type: "json" };

/** The version of this build, from `package.json`: for `--version`, `/healthz`, logs and metrics. */
export const version: string = manifest.version;
