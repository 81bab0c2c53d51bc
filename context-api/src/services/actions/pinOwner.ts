import type { TenantLog } from "../../log/log.ts";
import type { Actor } from "../actor.ts";

/** Whose pins: the person's, or those of an API key without a person. */
export const pinOwner = ({ identifier }: Pick<TenantLog, "identifier">, { person, keyId }: Actor): string =>
  identifier("pin_owner", person?.ref ?? keyId);

/** Pins of one person. */
export const maxPins = 200;
