import type { Person } from "../lab/world/types.ts";

/** True for a person of the world without a special case, who has an address of the own company. */
export const isPlain = ({ tags, company }: Person): boolean =>
  company !== null && tags.every((tag) => tag === "everywhere" || tag.startsWith("only-"));
