/** Webhooks come by the hundred a second; a secret that was rotated is in use after so long, ms. */
const rememberMs = 10_000;

/** Secrets by name, each asked for once in a while and once for all who wait. One that could not be had is asked for again. */
export function rememberedSecrets(get: (name: string) => Promise<string>, now: () => number): (name: string) => Promise<string> {
  const known = new Map<string, { value: Promise<string>; at: number }>();
  return (name) => {
    const before = known.get(name);
    if (before && now() - before.at < rememberMs) return before.value;
    const value = get(name);
    known.set(name, { value, at: now() });
    value.catch(() => {
      if (known.get(name)?.value === value) known.delete(name);
    });
    return value;
  };
}
