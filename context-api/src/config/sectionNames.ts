import { sectionNames } from "@sidelight/contracts/context/sections.ts";
import { isFieldKey } from "@sidelight/contracts/sessions/layout.ts";
import { didYouMean } from "./didYouMean.ts";
import type { ConfigIssue } from "./issues.ts";
import { labelFacts } from "./panelLayout.ts";
import type { TenantConfig } from "./schema.ts";

interface Place {
  path: PropertyKey[];
  name: string;
}

/**
 * Names of sections and mapped fields that do not exist, in the rights and in the layouts of a tenant. A card is named by its key, and
 * all cards together by `cards`. Paths are below the tenant.
 * @param ownSections sections that the deployment adds
 * @param fieldKeys of the mapped fields that a panel can show: `field:supportTier`
 */
export function sectionNameIssues(
  config: TenantConfig,
  cardKeys: readonly string[],
  ownSections: readonly string[],
  fieldKeys: readonly string[],
): ConfigIssue[] {
  const names = [...sectionNames, ...ownSections, "cards", ...cardKeys];
  const issueOf = ({ path, name }: Place, subject: string, valid: readonly string[]): ConfigIssue[] =>
    valid.includes(name) ? [] : [{ path, message: `${name} is not ${subject}${didYouMean(name, valid)}`, location: null }];
  return [
    ...[...rightsPlaces(config), ...layoutPlaces(config)].flatMap((place) => issueOf(place, "a section", names)),
    ...labelPlaces(config).flatMap((place) => issueOf(place, "a fact or a section", [...labelFacts, ...names, ...fieldKeys])),
    ...fieldPlaces(config).flatMap((place) => issueOf(place, fieldSubject, fieldKeys)),
  ];
}

const fieldSubject = "a field of this tenant that a panel can show. Add it to fields, with an owner whose section panels show";

function rightsPlaces({ roles, people, permissionSets }: TenantConfig): Place[] {
  return Object.entries({ roles, people, permissionSets }).flatMap(([group, grants]) =>
    Object.entries(grants as Record<string, unknown>).flatMap(([holder, grant]) =>
      sectionsOf(grant).map((name, i): Place => ({ path: [group, holder, "sections", i], name })),
    ),
  );
}

/** A grant may be the name of a role. */
function sectionsOf(grant: unknown): readonly string[] {
  if (typeof grant !== "object" || grant === null || !("sections" in grant)) return [];
  return Array.isArray(grant.sections) ? grant.sections : [];
}

const layoutPlaces = ({ panel }: TenantConfig): Place[] =>
  panel.layouts.flatMap(({ sections = [] }, i) =>
    sections.map((name, j): Place => ({ path: ["panel", "layouts", i, "sections", j], name })),
  );

const labelPlaces = ({ panel }: TenantConfig): Place[] =>
  panel.layouts.flatMap(({ labels }, i) =>
    Object.keys(labels).map((name): Place => ({ path: ["panel", "layouts", i, "labels", name], name })),
  );

const fieldPlaces = ({ panel }: TenantConfig): Place[] =>
  panel.layouts.flatMap(({ facts = [], rows = [] }, i) =>
    Object.entries({ facts, rows }).flatMap(([member, keys]) =>
      keys.flatMap((name, j): Place[] => (isFieldKey(name) ? [{ path: ["panel", "layouts", i, member, j], name }] : [])),
    ),
  );
