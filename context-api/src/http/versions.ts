import type { ApiVersion } from "./apiVersion.ts";
import { v1 } from "./v1/index.ts";

/** The versions that are served. */
export const versions: readonly ApiVersion[] = [v1];
