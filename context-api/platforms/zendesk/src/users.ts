import { type Purpose, purposes } from "@sidelight/model/purposes.ts";
import type { RecordInput } from "@sidelight/model/records.ts";
import { goneRecord } from "@sidelight/platform-kit/gone.ts";
import type { PullContext } from "@sidelight/platform-kit/platform.ts";
import { keepUnknownConsent } from "@sidelight/platform-kit/unknownConsent.ts";
import { isCustomer, type Mapping, type Origin, userRecord, userRef } from "./records.ts";
import type { WireIdentity, WireUser } from "./wire.ts";

/** Records of end users. A stored user who became an agent or administrator is a customer no longer. */
export async function userRecords(
  mapping: Mapping,
  users: readonly WireUser[],
  identities: ReadonlyMap<string, WireIdentity[]>,
  origin: Origin,
  readCurrent: PullContext["readCurrent"],
): Promise<RecordInput[]> {
  const staff = users.filter((user) => !isCustomer(user));
  const storedStaff = staff.length === 0 ? new Map() : await readCurrent(staff.map((user) => userRef(user.id)));
  const unknownByRef = new Map(users.map((user) => [userRef(user.id), unknownPurposes(user, mapping)]));
  const customers = users.flatMap((user) => userRecord(user, identities.get(user.id) ?? [], mapping, origin) ?? []);
  return [
    ...(await keepUnknownConsent(customers, ({ ref }) => unknownByRef.get(ref) ?? [], readCurrent)),
    ...[...storedStaff].map(([ref, data]) => goneRecord({ ref, data, ...origin })),
  ];
}

/** Purposes whose checkbox Zendesk does not show: its field was deleted, or created again with another type. */
const unknownPurposes = ({ user_fields }: WireUser, { optOut }: Mapping): Purpose[] =>
  purposes.filter((purpose) => optOut[purpose]?.some((field) => typeof user_fields?.[field] !== "boolean"));
