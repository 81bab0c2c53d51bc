/** The part of `lodash.get` that Garden's colors use: a dotted path. See `vite.config.ts`. */
export default function get(object: unknown, path: string): unknown {
  return path.split(".").reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], object);
}
