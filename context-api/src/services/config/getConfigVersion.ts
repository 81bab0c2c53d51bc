import type { ConfigVersionText } from "@sidelight/contracts/config/configuration.ts";
import type { z } from "zod";
import { findVersion } from "../../store/tables/configVersions.ts";
import { ProblemError, shownId } from "../problemError.ts";
import { defineService, type ServiceContext } from "../service.ts";
import { configVersionView } from "./configVersionView.ts";

/** One version with its YAML. @throws {ProblemError} not_found */
export const getConfigVersion = defineService(
  "operate",
  async ({ served }: ServiceContext, { version }: { version: string }): Promise<z.infer<typeof ConfigVersionText>> => {
    const row = await findVersion(served.tenant.log.store, version);
    if (!row) throw unknownVersion(version);
    return { ...configVersionView(row), text: row.text };
  },
);

export const unknownVersion = (version: string): ProblemError =>
  new ProblemError("not_found", `The version ${shownId(version)} was never active. List the versions to see which were.`);
