import type { z } from "zod";

/** Part of a settings schema: a schema by name, or a group of schemas below a name. Several platforms may extend one group. */
export type SettingsShape = Readonly<Record<string, z.ZodType | Readonly<Record<string, z.ZodType>>>>;
