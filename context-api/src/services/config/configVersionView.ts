import { ConfigOrigin, type ConfigVersion } from "@sidelight/contracts/config/configuration.ts";
import { iso } from "../instant.ts";

export const configVersionView = ({
  version,
  since,
  origin,
}: {
  version: string;
  since: number;
  origin: string;
}): ConfigVersion => ({
  version,
  since: iso(since),
  origin: ConfigOrigin.parse(origin),
});
