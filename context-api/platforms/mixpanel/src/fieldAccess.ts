import type { PlatformFields } from "@sidelight/platform-kit/fieldAccess.ts";
import { derivedPlaces } from "./options.ts";

/** Properties that Mixpanel computes, or that name the profile. */
const computed: readonly string[] = ["$distinct_id", "$last_seen", "$created", "$timezone", ...derivedPlaces];

/** Properties of profiles. Groups are not read, so companies have none here. */
export const mixpanelFields: PlatformFields = {
  person: {
    object: "user",
    action: "set-profile",
    input: (id, field, value) => ({ distinctId: id, set: { [field]: value } }),
    problemOf({ field, isWritten }) {
      if (field.length > 255) return "the name of a property has at most 255 characters";
      return isWritten && computed.includes(field) ? `Mixpanel computes ${field}` : null;
    },
  },
  presets: {
    phone: { kind: "person", field: "$phone" },
    jobTitle: { kind: "person", field: "title" },
    onboarded: { kind: "person", field: "onboarded", isOwner: true },
  },
};
