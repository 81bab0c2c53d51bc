import type { Migration, MigrationProvider } from "kysely/migration";
import { actions } from "./migrations/actions.ts";
import { alertActions } from "./migrations/alertActions.ts";
import { alertCauses } from "./migrations/alertCauses.ts";
import { alertMessages } from "./migrations/alertMessages.ts";
import { appendThenProject } from "./migrations/appendThenProject.ts";
import { callLog } from "./migrations/callLog.ts";
import { canaries } from "./migrations/canaries.ts";
import { consentAndAlerts } from "./migrations/consentAndAlerts.ts";
import { consoleTables } from "./migrations/consoleTables.ts";
import { customerOverview } from "./migrations/customerOverview.ts";
import { fields } from "./migrations/fields.ts";
import { freshnessAndCosts } from "./migrations/freshnessAndCosts.ts";
import { identityMatching } from "./migrations/identityMatching.ts";
import { openDeliveries } from "./migrations/openDeliveries.ts";
import { passedOver } from "./migrations/passedOver.ts";
import { plainNames } from "./migrations/plainNames.ts";
import { projectionVersion } from "./migrations/projectionVersion.ts";
import { qualityMeasurements } from "./migrations/qualityMeasurements.ts";
import { quotaUse } from "./migrations/quotaUse.ts";
import { releasedMigrations } from "./migrations/released.ts";
import { replays } from "./migrations/replays.ts";
import { sealedDeliveryRefs } from "./migrations/sealedDeliveryRefs.ts";
import { usedTokens } from "./migrations/usedTokens.ts";
import { writtenValues } from "./migrations/writtenValues.ts";

/**
 * In the order of their names. A name is final once released, because databases record it. The first 13 names carry dates; later
 * names start with `m` and their number, which sorts after the dates.
 */
const migrationsByName: Record<string, Migration> = {
  ...releasedMigrations,
  "m014-plain-names": plainNames,
  "m015-passed-over": passedOver,
  "m016-alert-causes": alertCauses,
  "m017-consent-and-alerts": consentAndAlerts,
  "m018-written-values": writtenValues,
  "m019-sealed-delivery-refs": sealedDeliveryRefs,
  "m020-alert-actions": alertActions,
  "m021-append-then-project": appendThenProject,
  "m022-quota-use": quotaUse,
  "m023-projection-version": projectionVersion,
  "m024-open-deliveries": openDeliveries,
  "m025-quality-measurements": qualityMeasurements,
  "m026-fields": fields,
  "m027-identity-matching": identityMatching,
  "m028-actions": actions,
  "m029-customer-overview": customerOverview,
  "m030-used-tokens": usedTokens,
  "m031-alert-messages": alertMessages,
  "m032-call-log": callLog,
  "m033-console-tables": consoleTables,
  "m034-freshness-and-costs": freshnessAndCosts,
  "m035-replays": replays,
  "m036-canaries": canaries,
};

export const migrationNames: readonly string[] = Object.keys(migrationsByName);
export const migrations: MigrationProvider = { getMigrations: () => Promise.resolve(migrationsByName) };
