/** Two clusters that were joined, and the average evidence of their pairs. */
export interface Merge {
  /** First members of the two clusters. */
  a: number;
  b: number;
  bits: number;
  /** Number of pairs between the two. */
  pairs: number;
}

export interface Group {
  size: number;
  /** log2 of odds of two members. */
  bitsOf(a: number, b: number): number;
  /** How much a pair counts in an average: the number of facts that both members have. 1 for each pair when left out. */
  weightOf?: ((a: number, b: number) => number) | undefined;
  /** Pairs that a person decided are one customer. */
  together?: readonly (readonly [number, number])[];
  /** True for a pair that a person decided are two. */
  isApart?: ((a: number, b: number) => boolean) | undefined;
}

/**
 * Average linkage: joins the two clusters whose pairs agree most on average, until the average falls below the threshold. A chain of
 * single agreements joins nothing. Averages of later merges never exceed those of earlier ones.
 */
export function averageLinkage(
  { size, bitsOf, weightOf = () => 1, together = [], isApart = () => false }: Group,
  threshold: number,
): Merge[] {
  const similarity = new Float64Array(size * size).fill(Number.NEGATIVE_INFINITY);
  const weights = new Float64Array(size * size);
  for (let a = 0; a < size; a++) {
    for (let b = a + 1; b < size; b++) {
      const bits = isApart(a, b) ? Number.NEGATIVE_INFINITY : bitsOf(a, b);
      similarity[a * size + b] = bits;
      similarity[b * size + a] = bits;
      const weight = weightOf(a, b);
      weights[a * size + b] = weight;
      weights[b * size + a] = weight;
    }
  }
  const members = Array.from({ length: size }, () => 1);
  const clusterOf = Array.from({ length: size }, (_, i) => i);
  const active = Array.from({ length: size }, (_, i) => i);
  const merges: Merge[] = [];
  const join = (a: number, b: number, bits: number): void => {
    const [sizeA, sizeB] = [members[a] ?? 0, members[b] ?? 0];
    merges.push({ a, b, bits, pairs: sizeA * sizeB });
    active.splice(active.indexOf(b), 1);
    for (const other of active) {
      if (other === a) continue;
      const [weightA, weightB] = [weights[a * size + other] ?? 0, weights[b * size + other] ?? 0];
      const [bitsA, bitsB] = [similarity[a * size + other] ?? 0, similarity[b * size + other] ?? 0];
      const average = (bitsA * weightA + bitsB * weightB) / (weightA + weightB);
      similarity[a * size + other] = average;
      similarity[other * size + a] = average;
      weights[a * size + other] = weightA + weightB;
      weights[other * size + a] = weightA + weightB;
    }
    members[a] = sizeA + sizeB;
    for (const [member, cluster] of clusterOf.entries()) if (cluster === b) clusterOf[member] = a;
  };
  for (const [a, b] of together) {
    const [x = 0, y = 0] = [clusterOf[a], clusterOf[b]].sort((p = 0, q = 0) => p - q);
    if (x !== y && similarity[x * size + y] !== Number.NEGATIVE_INFINITY) join(x, y, Number.POSITIVE_INFINITY);
  }
  for (;;) {
    const best = closest(active, similarity, size, threshold);
    if (best === null) return merges;
    join(...best);
  }
}

function closest(
  active: readonly number[],
  similarity: Float64Array,
  size: number,
  threshold: number,
): [number, number, number] | null {
  let [bestA, bestB, bestBits] = [-1, -1, threshold];
  for (let i = 0; i < active.length; i++) {
    const a = active[i] ?? 0;
    for (let j = i + 1; j < active.length; j++) {
      const b = active[j] ?? 0;
      const bits = similarity[a * size + b] ?? 0;
      if (bits < bestBits || (bits === bestBits && bestA >= 0)) continue;
      [bestA, bestB, bestBits] = [a, b, bits];
    }
  }
  return bestA < 0 ? null : [Math.min(bestA, bestB), Math.max(bestA, bestB), bestBits];
}
