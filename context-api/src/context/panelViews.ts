/** A panel was shown an answer made of these things, as they were at `head`. */
export interface Sighting {
  panel: string;
  /** Epoch ms. */
  at: number;
  /** The last sequence that the answer could know of. */
  head: number;
  dependencies: ReadonlySet<string>;
}

export interface Sightings {
  add(sighting: Sighting): void;
  /** Who first saw something that touched one of `dependencies` at `sequence`, one entry a panel. */
  of(sequence: number, dependencies: Iterable<string>): Pick<Sighting, "panel" | "at">[];
}

/** The last answers that panels were shown, in the memory of this process. */
export function createSightings(most = 5_000): Sightings {
  const sightings: Sighting[] = [];
  return {
    add(sighting) {
      sightings.push(sighting);
      if (sightings.length > most * 1.1) sightings.splice(0, sightings.length - most);
    },
    of(sequence, dependencies) {
      const wanted = [...dependencies];
      const first = new Map<string, Pick<Sighting, "panel" | "at">>();
      for (const { panel, at, head, dependencies: shown } of sightings) {
        if (first.has(panel) || head < sequence || !wanted.some((d) => shown.has(d))) continue;
        first.set(panel, { panel, at });
      }
      return [...first.values()];
    },
  };
}
