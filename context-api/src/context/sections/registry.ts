import { accountSection } from "./account.ts";
import { healthSection } from "./health.ts";
import { notesSection } from "./notes.ts";
import { productSection } from "./product.ts";
import type { SectionDefinition } from "./section.ts";
import { supportSection } from "./support.ts";
import { timelineSection } from "./timeline.ts";

/** The sections of a context. Everything that deals with sections iterates over it. */
export interface SectionRegistry {
  /** In the order of the answer. */
  definitions: readonly SectionDefinition[];
  names: readonly string[];
}

const standardSections: readonly SectionDefinition[] = [
  accountSection,
  supportSection,
  productSection,
  healthSection,
  timelineSection,
  notesSection,
];

/**
 * The standard sections, and those that a deployment adds.
 * @throws {RangeError} for a name that is registered twice
 */
export function createSectionRegistry(extraSections: readonly SectionDefinition[] = []): SectionRegistry {
  const definitions = [...standardSections, ...extraSections].sort((a, b) => a.order - b.order);
  const names = definitions.map(({ name }) => name);
  const repeatedName = names.find((name, i) => names.indexOf(name) !== i);
  if (repeatedName !== undefined) throw new RangeError(`The section ${repeatedName} is registered twice. Rename or remove one.`);
  return { definitions, names };
}

/** The requested sections, and those that a requested section is computed from. In the order of the answer. */
export function neededSections({ definitions }: SectionRegistry, sectionNames: readonly string[]): SectionDefinition[] {
  const isRequested = ({ name }: SectionDefinition): boolean => sectionNames.includes(name);
  const includesComputed = definitions.some((definition) => definition.isComputed && isRequested(definition));
  return definitions.filter((definition) => isRequested(definition) || (includesComputed && definition.source !== null));
}
